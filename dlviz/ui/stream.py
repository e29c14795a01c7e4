"""The live stream: tells a page what is new in its runs, as server-sent events.

    GET /dlviz/stream?runs=<id>,<id>[&from=<offset>,<offset>]

Each event carries as its `id` the byte offset reached in each run's events file, so that a browser that lost the
connection goes on where it stood (`Last-Event-ID`). Events: `points` (see `curves.Chunk`), `state`, `moment` (pictures
were kept at a step), and `end` when no run of the stream can change any more. All that watch a run share one reader of
its files (`feed.py`).
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from functools import cache
from types import FrameType
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder
from dlviz.ui import detail, feed

PATH = "/dlviz/stream"
#: More lines than this nobody can tell apart, and an address has an end.
MOST_RUNS = 64
#: Points of a curve that are sent at once, by how many runs share the chart: (runs up to, points).
_POINTS = ((2, 2400), (8, 1600), (24, 800), (MOST_RUNS, 400))


_listening = 0


def listening() -> int:
    """How many pages listen to a stream just now."""
    return _listening


def routes() -> list[Route]:
    """The route of the stream, and that of the curves' details."""
    return [Route(PATH, _stream, methods=["GET"]), *detail.routes()]


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
    return StreamingResponse(
        follow(runs, offsets(start, len(runs))),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


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
            feed.closing.set()
            before(sent, frame)

        signal.signal(number, ended)


def offsets(text: str, many: int) -> list[int]:
    """The byte offsets that an event's id names; from the start where it is missing or not ours."""
    parts = text.split(",")
    if len(parts) != many or not all(part.isascii() and part.isdigit() and len(part) < 19 for part in parts):
        return [0] * many
    return [int(part) for part in parts]


def points_of(many: int) -> int:
    """How many points of a curve are sent at once where `many` runs are drawn together."""
    return next(points for runs, points in _POINTS if many <= runs)


async def follow(runs: Sequence[RunFolder], start: Sequence[int] = ()) -> AsyncIterator[str]:
    """The events of these runs, from the offsets `start` on, until none can change any more, or until whoever listens
    goes away."""
    global _listening
    woken, lookout = asyncio.Event(), feed.lookout()
    places = zip(runs, start or [0] * len(runs), strict=True)
    seats = [feed.Seat(run, offset, points_of(len(runs)), woken) for run, offset in places]
    _listening += 1
    try:
        yield "retry: 1000\n\n"
        beats = lookout.beats
        while not feed.closing.is_set():
            woken.clear()
            for number, seat in enumerate(seats):
                for event, text in await seat.news():
                    at = ",".join(str(each.offset) for each in seats)
                    yield f'id: {at}\nevent: {event}\ndata: {{"run":{number},{text}}}\n\n'
            if all(seat.ended for seat in seats):
                yield "event: end\ndata: {}\n\n"
                return
            if beats != lookout.beats:
                beats = lookout.beats
                yield ": still here\n\n"
            await woken.wait()
    finally:
        _listening -= 1
        for seat in seats:
            lookout.leave(seat)
