"""Runner: asks a session of onnxruntime in its own process, and ends it when its time is up."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array
from dlviz.foreign.limits import BATCH_SECONDS, MOST_MEMORY
from dlviz.foreign.onnx_file import INSTALL
from dlviz.foreign.session import TOO_LONG, receive, send

#: Seconds more than the session's own limit, so that it can end itself first.
_GRACE = 3.0


class Runner:
    """One model in one process, started when it is first asked. Copies share it."""

    def __init__(self, model: Path, output: str, seconds: float = BATCH_SECONDS, room: int = MOST_MEMORY) -> None:
        self.model, self.output, self.seconds, self.room = model, output, seconds, room
        self._process: subprocess.Popen[bytes] | None = None
        self._one_at_a_time = threading.Lock()

    def __deepcopy__(self, memo: dict[int, Any]) -> Runner:
        return self

    def __call__(self, x: Array) -> Array:
        """The answer to a batch. Raises `WrongInput` where there is none, with the reason."""
        with self._one_at_a_time:
            if self._process is None:
                self._start()
            head, found = self._ask({"output": self.output}, x)
        if "error" in head:
            raise WrongInput(f"onnxruntime cannot run this network: {_plain(head['error'])}")
        return np.asarray(found)

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            try:
                pipe.close()
            except OSError:  # it is gone
                pass
        process.kill()
        process.wait()

    def __del__(self) -> None:
        self.close()

    def _start(self) -> None:
        if importlib.util.find_spec("onnxruntime") is None:
            raise WrongInput(f"This network is run by onnxruntime, which is not installed. {INSTALL}")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "dlviz.foreign.session", str(self.model), str(self.seconds), str(self.room)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            cwd=Path(__file__).resolve().parents[2],
        )  # fmt: skip
        head, _ = self._ask()
        if "error" in head:
            self.close()
            raise WrongInput(f"onnxruntime cannot open this network: {_plain(head['error'])}")

    def _ask(self, head: dict[str, Any] | None = None, x: Array | None = None) -> tuple[dict[str, Any], Any]:
        """Send a batch and wait for what comes; without one, wait for the first word."""
        process = self._process
        assert process is not None and process.stdin is not None and process.stdout is not None
        timer = threading.Timer(self.seconds + _GRACE, process.kill)
        timer.start()
        try:
            if head is not None:
                send(process.stdin, head, x)  # type: ignore[arg-type]
            found = receive(process.stdout)  # type: ignore[arg-type]
        except (OSError, ValueError):
            found = None
        finally:
            timer.cancel()
        if found is None:
            code = process.wait()
            self.close()
            if code in (TOO_LONG, -9):
                raise WrongInput(
                    f"The network took longer than {self.seconds:g} s for a batch, so it was stopped. A loop that does "
                    "not end? Bring a network without one, or a smaller one."
                )
            raise WrongInput(
                f"The network's process ended without an answer (code {code}): it needs more memory than "
                f"{self.room / 2**30:g} GB, or onnxruntime broke on it. Bring a smaller one."
            )
        return found


def _plain(error: str) -> str:
    """An error of onnxruntime without where in its sources it was found."""
    if "allocate memory" in error or "bad_alloc" in error:
        return "it needs more memory than it is given. Bring a smaller one."
    text = error.split(" : ", 2)[-1].strip() if error.startswith("[ONNXRuntimeError]") else error
    return f"{text.rstrip('.')}."
