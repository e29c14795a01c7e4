"""Steering: how far a run may go before it pauses, and how fast; what was asked of it and is not yet done."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlviz.core.problems import WrongInput
from dlviz.training.commands import Command, Glance
from dlviz.training.folder import RunFolder

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: Seconds between two glances at the control folder.
GLANCE_EVERY = 0.02
#: What is slower than this many steps a second, and steps of which no more are asked for, are shown one by one.
_SLOW, _FEW = 20.0, 20
#: Who only wants to watch sees at least so many steps a second; a run that takes so many times as long anyway goes at
#: full speed, and so does one that has fallen behind by so many seconds without ever having to wait.
_LEAST, _LONG, _LATE = 5.0, 4.0, 1.0
#: More steps, or steps a second, than this are a slip of the hand.
_MOST = 10**12


class Steering:
    """Knows where a run is to pause and how long a step is to last."""

    def __init__(self, run: RunFolder) -> None:
        self._glance = Glance(run.control)
        #: Pause after this step; at the end of this epoch; go so many steps a second.
        self.until_step: int | None = None
        self.until_epoch: int | None = None
        self.pace: float | None = None
        #: The pace is one for watching: the whole run is to take about so many seconds.
        self.pace_seconds: float | None = None
        self._late = 0.0
        self._few = False
        self._paced = (0.0, 0)  # since when, and since which step, this pace is kept

    def news(self) -> bool:
        """Whether a command may have come."""
        return self._glance.news()

    @property
    def closely(self) -> bool:
        """Whether somebody watches single steps: then each is shown."""
        return self._few or (self.pace is not None and self.pace <= _SLOW)

    def take(self, command: Command, loop: Loop, paused: bool) -> bool:
        """Take note of a command about going on; whether the run is to be paused now. Raises `WrongInput`."""
        match command.name:
            case "pause":
                self._forget()  # steps that were still to be taken are not added to those that are asked for next
                paused = True
            case "resume":
                self._forget()
                paused = False
            case "step":
                steps = command.payload.get("steps", 1)
                if not isinstance(steps, int) or isinstance(steps, bool) or not 1 <= steps <= _MOST:
                    raise WrongInput(f"`steps` must be a whole number from 1 to {_MOST:,}. Received: {steps!r}.")
                self.until_step = (self.until_step or loop.step) + steps  # two quick clicks are two steps
                self._few = steps <= _FEW
                paused = False
            case "epoch":
                self.until_epoch = loop.epoch + 1
                paused = False
            case "pace":
                self.pace, self.pace_seconds = _pace(command.payload, loop)
                self._paced, self._late = (time.monotonic(), loop.step), 0.0
        return paused

    def arrived(self, loop: Loop) -> bool:
        """Whether the run has come to where it is to pause; that is then forgotten."""
        step = self.until_step is not None and loop.step >= self.until_step
        epoch = self.until_epoch is not None and loop.epoch >= self.until_epoch
        if step or epoch:
            self._forget()
        return step or epoch

    def _forget(self) -> None:
        self.until_step = self.until_epoch = None
        self._few = False

    def stretch(self, loop: Loop) -> int | None:
        """How many steps may be taken until the next look; None: as many as suit the engine."""
        wanted = [math.inf]
        if self.until_step is not None:
            wanted.append(self.until_step - loop.step)
        if self.pace is not None:
            wanted.append(max(1, int(self.pace * GLANCE_EVERY)))
        return None if math.isinf(min(wanted)) else max(1, int(min(wanted)))

    def wait(self, loop: Loop) -> float:
        """How long to wait, in seconds, so that no more than `pace` steps a second are taken."""
        if self.pace is None:
            return 0.0
        since, step = self._paced
        now = time.monotonic()
        left = since + (loop.step - step) / self.pace - now
        if left < -max(0.05, 1 / self.pace):  # a slow machine, or it was paused: never catch up in a rush
            self._paced = now, loop.step
            self._late += min(-left, _LATE / 4)  # a pause, too, is told as one wait that came too late
        elif left > 0:
            self._late = 0.0
        if self.pace_seconds is not None and self._late > _LATE:  # it takes long enough to be watched by itself
            self.pace = self.pace_seconds = None
        return max(0.0, left)


def _pace(payload: Mapping[str, Any], loop: Loop) -> tuple[float | None, float | None]:
    """(steps a second, seconds that the whole run is to take), None for each that was not asked for."""
    seconds = payload.get("seconds")
    if seconds is not None:
        if not isinstance(seconds, (int, float)) or isinstance(seconds, bool) or not 0 < seconds <= _MOST:
            raise WrongInput(f"`seconds` must be a number above 0, at most {_MOST:,}. Received: {seconds!r}.")
        if loop.expected_seconds > _LONG * seconds:
            return None, None
        return max(_LEAST, loop.steps / seconds), float(seconds)
    asked = payload.get("steps_per_second")
    if asked is None:
        return None, None
    if not isinstance(asked, (int, float)) or isinstance(asked, bool) or not 0 < asked <= _MOST:
        raise WrongInput(
            f"`steps_per_second` must be a number above 0, at most {_MOST:,}, or nothing for full speed. "
            f"Received: {asked!r}."
        )
    return float(asked), None
