"""One reader a run, many listeners: what is new in a run's files is read and worded once for all who watch it.

Every look is one visit to a thread for all runs together: sizes and times of files first, contents only where these
have changed. A listener costs no thread and no look of its own.
"""

from __future__ import annotations

import asyncio
import json
import logging
import math
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from starlette.concurrency import run_in_threadpool

from dlviz.core.files import read_record
from dlviz.training.folder import RunFolder
from dlviz.ui.curves import Tail

#: Seconds between two looks at the files, between two looks whether a worker still lives, and between heartbeats.
LOOK, PULSE, HEARTBEAT = 0.2, 1.0, 15.0
ENDED = ("finished", "stopped", "failed", "interrupted")
#: More bytes than this are read for the listener who asks, in a thread of its own: the others need not wait for it.
MUCH = 200_000
_PIECES = 48
#: Set when the server is asked to end.
closing = threading.Event()
_TOLD = (
    "status", "doing", "done", "of", "epoch", "epochs", "step", "steps", "seconds", "seconds_left",
    "examples_per_second", "metrics", "pace", "pace_seconds", "refused",
)  # fmt: skip


@dataclass(frozen=True)
class Piece:
    """What stands in the events from one offset to the offset `to`, as the inside of a JSON object; "" for nothing."""

    to: int
    text: str


class Feed:
    """One run: what of it has been read. `state` and `moment` are worded, with a number that grows at each change."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.size = -1  # -1: not looked yet
        self.state: tuple[int, str] = (0, "")
        self.moment: tuple[int, str] = (0, "")
        self.final = False
        self.damaged = False  # that its files cannot be read has been told
        self._pieces: OrderedDict[tuple[int, int], Piece] = OrderedDict()
        self._reading = threading.Lock()
        self._told: dict[str, Any] = {}
        self._stamp: tuple[int, int] | None = None
        self._latest: tuple[int, int] | None = None
        self._pulse = 0.0

    def look(self, standing: Iterable[tuple[int, int]]) -> bool:
        """See what is new, and read it for those who stand near the end, at (offset, most points). Whether anything
        was. Reads files: not for the event loop."""
        # the state first: what a finished worker wrote last is then surely in the file
        news, final = self._look_at_state(), self._told.get("status") in ENDED
        size = _stamp_of(self.run.events_file)[1]
        if size != self.size:
            if size < self.size:
                self._pieces.clear()
            news, self.size = True, size
            for offset, most in standing:
                if 0 <= size - offset < MUCH:
                    self.read(offset, most)
        self.final = final  # not before the size: who reads both meanwhile must not take an old size for the last
        return self._look_at_moments() or news

    def known(self, offset: int, most: int) -> Piece | None:
        """What follows `offset`, where it has been read already."""
        if offset == self.size:
            return Piece(offset, "")
        return self._pieces.get((offset, most))

    def read(self, offset: int, most: int) -> Piece:
        """What follows `offset`, with at most about `most` points a curve. Reads files: not for the event loop."""
        with self._reading:  # who comes second finds it read
            found = self.known(offset, most)
            if found is not None:
                return found
            tail = Tail(self.run.events_file, offset)
            chunk = tail.read()
            piece = Piece(tail.offset, worded(chunk.document(most)) if chunk else "")
            if piece.to != offset:  # half a line may be whole the next time
                self._pieces[offset, most] = piece
                while len(self._pieces) > _PIECES:
                    self._pieces.popitem(last=False)
            return piece

    def _look_at_state(self) -> bool:
        now, stamp = time.monotonic(), _stamp_of(self.run.path / "state.json")
        if stamp == self._stamp and (self.final or now - self._pulse < PULSE):
            return False
        self._stamp, self._pulse = stamp, now
        state = self.run.state()
        if stamp == (0, 0) and not self.run.path.is_dir():
            state = {"status": "interrupted"}  # the folder was deleted: there is nothing more to hear
        told = {name: finite(state[name]) for name in _TOLD if name in state}
        if told == self._told:
            return False
        self._told, self.state = told, (self.state[0] + 1, worded(told))
        return True

    def _look_at_moments(self) -> bool:
        moments = self.run.path / "moments"
        stamp = _stamp_of(moments / "latest.json")
        if stamp == self._latest:
            return False
        self._latest = stamp
        step = (read_record(moments / "latest.json") or {}).get("step")
        if not isinstance(step, int):
            return False
        found = read_record(moments / str(step) / "moment.json") or {}
        told = {name: finite(found.get(name)) for name in ("epoch", "names", "made")}
        self.moment = (self.moment[0] + 1, worded({"step": step, **told}))
        return True


class Lookout:
    """Looks after every run that somebody watches; one an event loop."""

    def __init__(self) -> None:
        self._feeds: dict[Path, tuple[Feed, set[Seat]]] = {}
        self._task: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        #: How often all were woken although nothing was new, so that a dead connection is noticed.
        self.beats = 0

    def join(self, seat: Seat) -> Feed:
        """Watch the run of `seat`; it is woken at once when the run has been looked at, and at all that is new."""
        feed, seats = self._feeds.setdefault(seat.run.path, (Feed(seat.run), set()))
        seats.add(seat)
        self._asked.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_after())
        return feed

    def leave(self, seat: Seat) -> None:
        """Nobody sits there any more; a run without listeners is looked at no more."""
        seats = self._feeds[seat.run.path][1]
        seats.discard(seat)
        if not seats:
            del self._feeds[seat.run.path]

    async def _look_after(self) -> None:
        beat = time.monotonic()
        while self._feeds:
            self._asked.clear()
            visits = [(feed, list(seats)) for feed, seats in self._feeds.values()]
            woken = await run_in_threadpool(_look_at, visits)
            late = time.monotonic() - beat > HEARTBEAT
            if late or closing.is_set():
                beat, self.beats = time.monotonic(), self.beats + 1
                woken = [list(seats) for _, seats in self._feeds.values()]
            for seats in woken:
                for seat in seats:
                    seat.woken.set()
            if closing.is_set():
                return
            try:
                await asyncio.wait_for(self._asked.wait(), LOOK)
            except TimeoutError:
                pass


class Seat:
    """One listener's place at one run: `offset` is what it has heard of the events."""

    def __init__(self, run: RunFolder, offset: int, most: int, woken: asyncio.Event) -> None:
        self.run, self.offset, self.most, self.woken = run, offset, most, woken
        self.heard = {"state": 0, "moment": 0}
        self.feed = lookout().join(self)

    @property
    def ended(self) -> bool:
        """Whether there is nothing more to hear, unless the run is taken up again."""
        return self.feed.final and self.offset >= self.feed.size >= 0

    async def news(self) -> list[tuple[str, str]]:
        """(event, worded data) of all that is new to this listener."""
        found: list[tuple[str, str]] = []
        feed, before = self.feed, self.offset
        final = feed.final
        if feed.size < 0:
            return found
        piece = feed.known(self.offset, self.most)
        if piece is None:
            piece = await run_in_threadpool(feed.read, self.offset, self.most)
        self.offset = piece.to
        if piece.text:
            found.append(("points", piece.text))
        if piece.to == before and final:
            self.offset = max(before, feed.size)  # half a line of a killed worker is all that is left
        elif self.offset < feed.size:
            self.woken.set()  # there is more to read
        for kind, (number, text) in (("state", feed.state), ("moment", feed.moment)):
            if number != self.heard[kind]:
                self.heard[kind] = number
                found.append((kind, text))
        return found


def _look_at(visits: list[tuple[Feed, list[Seat]]]) -> list[list[Seat]]:
    """Those who sit at runs of which there is something new, or who have just come."""
    woken = []
    for feed, seats in visits:
        try:
            if feed.look({(seat.offset, seat.most) for seat in seats}):
                woken.append(seats)
            else:
                woken.append([seat for seat in seats if not seat.heard["state"]])
        except OSError:
            continue  # the folder is just going away
        except Exception:  # one run's damaged files must not end the streams of all others
            if not feed.damaged:
                logging.getLogger("dlviz").exception("the run %s cannot be followed", feed.run.id)
            feed.damaged = True
    return woken


_lookouts: WeakKeyDictionary[asyncio.AbstractEventLoop, Lookout] = WeakKeyDictionary()


def lookout() -> Lookout:
    """The lookout of the running event loop."""
    return _lookouts.setdefault(asyncio.get_running_loop(), Lookout())


def worded(document: dict[str, Any]) -> str:
    """The inside of `document` as JSON, without its braces: a listener adds which of its runs it is about."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False, default=str)[1:-1]


def finite(value: Any) -> Any:
    """`value` as JSON can say it: no infinity, no NaN."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _stamp_of(path: Path) -> tuple[int, int]:
    """When a file was last written, and its size; zeros where it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size
