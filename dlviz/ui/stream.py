"""The live stream: tells a page's chart what is new in its runs, as server-sent events.

    GET /dlviz/stream?runs=<id>,<id>[&from=<offset>,<offset>]

Each event carries as its `id` the byte offset reached in each run's events file, so that a browser that lost the
connection goes on where it stood (`Last-Event-ID`). Events: `points` (see `curves.Chunk`), `state`, and `end` when
no run of the stream can change any more.
"""

from __future__ import annotations

import asyncio
import json
import math
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from functools import cache
from types import FrameType
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui.curves import Tail

PATH = "/dlviz/stream"
#: Seconds between two looks at the files, between two looks whether a worker still lives, and between heartbeats.
LOOK, PULSE, HEARTBEAT = 0.2, 0.8, 15.0
MOST_RUNS = 24
ENDED = ("finished", "stopped", "failed", "interrupted")
_TOLD = (
    "status", "doing", "done", "of", "epoch", "epochs", "step", "steps", "seconds", "seconds_left",
    "examples_per_second", "metrics",
)  # fmt: skip


def routes() -> list[Route]:
    """The route of the stream."""
    return [Route(PATH, _stream, methods=["GET"])]


async def _stream(request: Request) -> Response:
    from dlviz.ui import state  # the server is up before the store's modules are loaded

    names = [name for name in request.query_params.get("runs", "").split(",") if name]
    if not 1 <= len(names) <= MOST_RUNS:
        return PlainTextResponse(f"A stream takes 1 to {MOST_RUNS} runs. Received: {len(names)}.", status_code=400)
    try:
        runs = [state.store().run(name) for name in names]
    except WrongInput as error:
        return PlainTextResponse(str(error), status_code=404)
    _end_with_the_server()
    start = request.headers.get("last-event-id") or request.query_params.get("from", "")
    watches = [Watch(run, offset) for run, offset in zip(runs, offsets(start, len(runs)), strict=True)]
    return StreamingResponse(
        follow(watches),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


_closing = threading.Event()


@cache
def _end_with_the_server() -> None:
    """Let streams end when the server is asked to: it waits for open answers, and a stream's has no end of its own."""
    if threading.current_thread() is not threading.main_thread():
        return
    for number in (signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        if not callable(before):
            continue

        def ended(sent: int, frame: FrameType | None, before: Callable[..., Any] = before) -> None:
            _closing.set()
            before(sent, frame)

        signal.signal(number, ended)


def offsets(text: str, many: int) -> list[int]:
    """The byte offsets that an event's id names; from the start where it is missing or not ours."""
    parts = text.split(",")
    if len(parts) != many or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return [0] * many
    return [int(part) for part in parts]


class Watch:
    """One run of a stream: what of it has been sent."""

    def __init__(self, run: RunFolder, offset: int = 0) -> None:
        self.run = run
        self.tail = Tail(run.events_file, offset)
        self.told: dict[str, Any] = {}
        self.ended = False
        self._pulse = 0.0

    def news(self) -> list[tuple[str, dict[str, Any]]]:
        """(event, data) of all that is new. Reads files: not for the event loop."""
        found: list[tuple[str, dict[str, Any]]] = []
        # The state is read first: what a finished worker wrote last is then surely in the file.
        told = self._state()
        before = self.tail.offset
        if self.tail.grown():
            chunk = self.tail.read()
            if chunk:
                found.append(("points", chunk.document()))
        if told is not None:
            found.append(("state", told))
        self.ended = self.told.get("status") in ENDED and self.tail.offset == before
        return found

    def due(self) -> bool:
        """Whether it is worth a look in a thread; costs one look at a file's size."""
        return self.tail.grown() or time.monotonic() - self._pulse >= PULSE

    def _state(self) -> dict[str, Any] | None:
        if time.monotonic() - self._pulse < LOOK:
            return None
        self._pulse = time.monotonic()
        state = self.run.state()
        told = {name: _finite(state[name]) for name in _TOLD if name in state}
        if told == self.told:
            return None
        self.told = told
        return told


def _finite(value: Any) -> Any:
    """`value` as JSON can say it: no infinity, no NaN."""
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


async def follow(watches: list[Watch]) -> AsyncIterator[str]:
    """The events of these runs until none can change any more, or until whoever listens goes away."""
    beat = time.monotonic()
    yield "retry: 1000\n\n"
    while not _closing.is_set():
        for number, watch in enumerate(watches):
            if watch.ended or not watch.due():
                continue
            for event, data in await run_in_threadpool(watch.news):
                at = ",".join(str(each.tail.offset) for each in watches)
                text = json.dumps({"run": number, **data}, separators=(",", ":"), allow_nan=False, default=str)
                yield f"id: {at}\nevent: {event}\ndata: {text}\n\n"
                beat = time.monotonic()
        if all(watch.ended for watch in watches):
            yield "event: end\ndata: {}\n\n"
            return
        if time.monotonic() - beat > HEARTBEAT:
            yield ": still here\n\n"
            beat = time.monotonic()
        await asyncio.sleep(LOOK)
