"""Session: onnxruntime in a process of its own. `python -m dlviz.foreign.session MODEL SECONDS BYTES`.

It reads batches from standard input and writes answers to standard output, each a line of JSON ({"shape", "dtype"},
for an error {"error"}) and the numbers behind it. It ends itself when a batch takes longer than SECONDS, when its
parent is gone, and cannot take more memory than BYTES: what a graph does in a loop harms nobody else.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

#: How the process ends when a batch took too long.
TOO_LONG = 124
#: Seconds between two looks whether it is to end.
_GLANCE = 0.2
#: The most bytes of one line of JSON.
_LINE = 4096


def main(model: str, seconds: str, room: str) -> int:
    """Answer until there is nothing more to read."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not get between the answers
    limit_memory(int(room))
    watch = _Watch(float(seconds))
    try:
        session = _open(Path(model))
    except Exception as error:
        send(target, {"error": in_a_line(error)})
        return 1
    entry = session.get_inputs()[0].name
    send(target, {"outputs": [output.name for output in session.get_outputs()]})
    while (request := receive(source)) is not None:
        head, x = request
        watch.begins()
        try:
            (found,) = session.run([head["output"]], {entry: x})
            if not isinstance(found, np.ndarray) or found.dtype == object:
                raise ValueError("the answer is no tensor of numbers")
            send(target, {}, found)
        except Exception as error:
            send(target, {"error": in_a_line(error)})
        watch.ends()
    return 0


def _open(model: Path) -> Any:
    import onnxruntime  # type: ignore[import-untyped]

    onnxruntime.set_default_logger_severity(4)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # from memory, so that there is no folder in which it could look for other files
    return onnxruntime.InferenceSession(model.read_bytes(), options, providers=["CPUExecutionProvider"])


class _Watch:
    """Ends the process when a batch takes too long, or when nobody waits any more."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.parent = seconds, os.getppid()
        self.until: float | None = time.monotonic() + seconds
        threading.Thread(target=self._look, daemon=True).start()

    def begins(self) -> None:
        self.until = time.monotonic() + self.seconds

    def ends(self) -> None:
        self.until = None

    def _look(self) -> None:
        while True:
            time.sleep(_GLANCE)
            if os.getppid() != self.parent:
                os._exit(0)
            if self.until is not None and time.monotonic() > self.until:
                os._exit(TOO_LONG)


def limit_memory(room: int) -> None:
    """Let this process take at most so many bytes from now on, where the system can be asked to see to it."""
    try:
        import resource
    except ImportError:  # Windows
        return
    with suppress(ValueError, OSError):
        now = _taken()
        _, hard = resource.getrlimit(resource.RLIMIT_DATA)
        resource.setrlimit(resource.RLIMIT_DATA, (now + room, hard))


def _taken() -> int:
    """The bytes of memory that count for that limit and are taken already."""
    for line in Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    return 0


def send(target: BinaryIO, head: dict[str, Any], numbers: Any = None) -> None:
    """Write a line of JSON and the numbers it tells of."""
    if numbers is not None:
        numbers = np.ascontiguousarray(numbers)
        head = {**head, "shape": list(numbers.shape), "dtype": numbers.dtype.name}
    target.write(json.dumps(head).encode() + b"\n")
    if numbers is not None:
        target.write(numbers.tobytes())
    target.flush()


def receive(source: BinaryIO) -> tuple[dict[str, Any], Any] | None:
    """A line of JSON and the numbers it tells of (None: of none); None at the end."""
    line = source.readline(_LINE)
    if not line.endswith(b"\n"):
        return None
    head = json.loads(line)
    if "dtype" not in head:
        return head, None
    dtype = np.dtype(head["dtype"])
    size = int(np.prod(head["shape"], dtype=np.int64)) * dtype.itemsize
    content = source.read(size)
    if len(content) != size:
        return None
    return head, np.frombuffer(content, dtype).reshape(head["shape"])


def in_a_line(error: BaseException) -> str:
    """An error in one line, short."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))
