"""Watch: tells how far a question is, shows what was found so far, and ends the work when its time is up."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import me
from dlviz.explainers.explainer import Explanation

EVERY = 0.25  # seconds between two writes of the progress
SO_FAR = 0.5  # seconds at least between two looks at what was found so far
SHARE = 0.1  # at most such a part of the time goes into these looks


class Watch:
    """A question's `step`. Writes its state a few times a second."""

    def __init__(self, folder: Path, limit: float) -> None:
        self._file, self._limit = folder / "state.json", limit
        self._began, self._written = monotonic(), float("-inf")
        self._state: dict[str, Any] = {**me(), "answered": False, "done": 0, "of": None}
        self._show: Callable[[Explanation], None] | None = None
        self._next = float("inf")

    def __call__(self, done: float, of: float) -> None:
        self._state |= {"done": done, "of": of}
        if monotonic() - self._written >= EVERY:
            self.write("running")
        self.check()

    def shows(self, show: Callable[[Explanation], None]) -> None:
        """From now on, keep what is found so far by `show`, now and then."""
        self._show, self._next = show, monotonic() + SO_FAR

    def so_far(self, made: Callable[[], Explanation]) -> None:
        """What makes it an `Onlooker`."""
        now = monotonic()
        if self._show is None or now < self._next:
            return
        self._show(made())
        took = monotonic() - now
        self._next = now + max(SO_FAR, took / SHARE)

    def check(self) -> None:
        """Raise when the time is up."""
        if monotonic() - self._began > self._limit:
            raise WrongInput(
                f"It took longer than {self._limit:g} s. Let it try fewer samples, sets or steps, or give it more time."
            )

    def answered(self) -> None:
        """Say that the answer can be read, though the work goes on."""
        self._state |= {"answered": True, "done": 0, "of": None}
        self._show = None
        self.write("running")

    def write(self, status: str, error: str | None = None) -> None:
        """Write the state; its last word where `status` is not "running"."""
        self._written = monotonic()
        self._state |= {"status": status, "error": error, "seconds": round(self._written - self._began, 3)}
        write_json(self._file, self._state)
