"""Job: answer one question in a process of its own. `python -m dlviz.asking.job FOLDER`.

<folder>/request.json   {"run", "part", "index", "target": int or null (what is predicted), "method", "limit_s"}
<folder>/state.json     {"status": running | done | failed | cancelled, "done", "of", "error", "seconds", "pid", …}
<folder>/answer         Value(Attribution), with the input in `more["input"]`
<folder>/answer_input   the input as a person reads it, one example
<folder>/summary.json   method, index, target, prediction, probabilities or value, score, note, gap, seconds
<folder>/job.log        the traceback of what failed; a user sees one sentence
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import Any

from dlviz.asking.answer import answer
from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import me
from dlviz.explainers.explainer import Explainer
from dlviz.training.folder import RunFolder

LIMIT = 180.0  # seconds, where the request names none
EVERY = 0.25  # seconds between two writes of the progress


class Cancelled(BaseException):
    """Somebody wants no answer any more. No `Exception`: a library that swallows those must not swallow this."""


class Watch:
    """Writes the state a few times a second, and ends the work when its time is up."""

    def __init__(self, folder: Path, limit: float) -> None:
        self._file, self._limit = folder / "state.json", limit
        self._began, self._written = monotonic(), float("-inf")
        self._state: dict[str, Any] = {**me(), "done": 0, "of": None}

    def __call__(self, done: float, of: float) -> None:
        """The explainer's `step`."""
        self._state |= {"done": done, "of": of}
        if monotonic() - self._written >= EVERY:
            self.write("running")
        self.check()

    def check(self) -> None:
        """Raise when the time is up."""
        if monotonic() - self._began > self._limit:
            raise WrongInput(
                f"It took longer than {self._limit:g} s. Let it try fewer samples, sets or steps, or give it more time."
            )

    def write(self, status: str, error: str | None = None) -> None:
        self._written = monotonic()
        self._state |= {"status": status, "error": error, "seconds": round(self._written - self._began, 3)}
        write_json(self._file, self._state)


def main(folder: str | Path) -> int:
    """Answer the question in `folder`; 0 where it is answered. Whatever happens, the state tells it."""
    folder = Path(folder)
    request: Mapping[str, Any] = read_json(folder / "request.json", {})
    watch = Watch(folder, _limit(request))
    try:
        with cancelled_by_signals():
            watch.write("running")
            method = Explainer.parse(request.get("method"), "method")
            assert method is not None
            found = answer(
                RunFolder(folder.parents[1]),  # runs/<id>/explanations/<question>
                _part(request),
                _whole(request, "index"),
                None if request.get("target") is None else _whole(request, "target"),
                method,
                watch,
                within=watch.check,
            )
            found.value().save(folder / "answer")
            found.shown.save(folder / "answer_input")
            write_json(folder / "summary.json", found.summary())
            watch.write("done")
        return 0
    except Cancelled:
        watch.write("cancelled")
    except WrongInput as error:
        watch.write("failed", str(error))
    except MemoryError:
        _log(folder)
        watch.write("failed", "There was not enough memory for this. Let it try fewer samples or a smaller picture.")
    except Exception as error:
        _log(folder)
        told = (str(error).strip().splitlines() or [""])[0][:200]
        watch.write("failed", f"The method failed ({type(error).__name__}: {told}). The log has the rest.")
    return 1


def _limit(request: Mapping[str, Any]) -> float:
    limit = request.get("limit_s")
    return float(limit) if isinstance(limit, int | float) and not isinstance(limit, bool) and limit > 0 else LIMIT


def _part(request: Mapping[str, Any]) -> str:
    return str(request.get("part", "test"))


def _whole(request: Mapping[str, Any], name: str) -> int:
    number = request.get(name)
    if not isinstance(number, int) or isinstance(number, bool):
        raise WrongInput(f"`{name}` must be a whole number. Received: {number!r}.")
    return number


def _log(folder: Path) -> None:
    with (folder / "job.log").open("a", encoding="utf-8") as log:
        traceback.print_exc(file=log)


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Within, a request to end (SIGTERM, SIGINT) raises `Cancelled`; afterwards signals mean what they did before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(number: int, frame: object) -> None:
        raise Cancelled

    before = {number: signal.signal(number, cancel) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
