"""The routes by which pages go back in a run's time: which moments were kept, what was seen at each, and signals.

    GET /dlviz/moments/<run>                 {"moments": [{"step", "epoch", "names", "views", "checkpoint", "made"}], "latest"}
    GET /dlviz/moments/<run>/<step>/<probe>  a frame (core/frames.py); kept by the browser for good where `?v=<made>` is asked
                                             `?gone=empty`: where it was thinned out, 204 in place of 404
    GET /dlviz/moments/<run>/examples        the validation examples that frames speak of by their number, as a frame;
                                             `?gone=empty`: 204 where they are not written yet
    GET /dlviz/signals/<run>[?from=<offset>] {"from", "to", "columns": {name: [number or null, …]}}

`checkpoint`: whether a run can branch off there. Columns are of equal length; what a reader holds from their first
step on no longer counts, because it was trained anew. `to` is where to ask on; a `from` of 0 in the answer says that
it begins anew.
"""  # noqa: E501

from __future__ import annotations

import gzip
import json
import os
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.training.folder import RunFolder, steps_in
from dlviz.training.moments import EXAMPLES, FRAMES, Moments
from dlviz.training.signals import FILE, columns, parsed

PATH, SIGNALS = "/dlviz/moments/{run}", "/dlviz/signals/{run}"
#: Bytes of answers that are kept ready, so that many browsers cost one read and one packing.
_READY = 48 << 20
#: Smaller answers are not packed; what does not shrink by a tenth is sent as it is.
_SMALL = 2000
#: Signals are sent thinned to about so many records.
_RECORDS = 1000
_NAME, _STEP = re.compile(r"[a-z0-9_]{1,64}"), re.compile(r"[0-9]{1,18}")

Stamp = tuple[int, ...]


def routes() -> list[Route]:
    """The routes of moments and signals."""
    return [
        Route(PATH, _list, methods=["GET"]),
        Route(PATH + "/examples", _examples, methods=["GET"]),
        Route(PATH + "/{step}/{probe}", _frame, methods=["GET"]),
        Route(SIGNALS, _signals, methods=["GET"]),
    ]


class Ready:
    """Answers that were asked for lately, plain and packed, as long as their files have not changed."""

    def __init__(self, most: int = _READY) -> None:
        self.most = most
        self._size = 0
        self._lock = threading.Lock()  # answers are made in many threads
        self._kept: OrderedDict[str, tuple[Stamp, bytes, bytes | None]] = OrderedDict()

    def find(self, key: str, stamp: Stamp) -> tuple[bytes, bytes | None] | None:
        """(plain, packed or None where packing does not pay) of an answer, if it is still true."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != stamp:
                return None
            self._kept.move_to_end(key)
            return found[1], found[2]

    def make(self, key: str, stamp: Stamp, content: bytes) -> tuple[bytes, bytes | None]:
        """Keep an answer. Packs: not for the event loop."""
        packed = gzip.compress(content, 1, mtime=0) if len(content) > _SMALL else None
        if packed is not None and len(packed) > 0.9 * len(content):
            packed = None
        with self._lock:
            before = self._kept.pop(key, None)
            if before is not None:
                self._size -= _weight(before)
            self._kept[key] = stamp, content, packed
            self._size += _weight(self._kept[key])
            while self._size > self.most and len(self._kept) > 1:
                self._size -= _weight(self._kept.popitem(last=False)[1])
        return content, packed


_ready = Ready()


async def _list(request: Request) -> Response:
    run = _run(request)
    if isinstance(run, Response):
        return run
    moments = run.path / "moments"
    stamp = (*_stamp(moments), *_stamp(moments / "latest.json"), *_stamp(run.checkpoints))
    return await _answer(request, str(moments), stamp, lambda: _listed(run), "application/json")


def _listed(run: RunFolder) -> bytes:
    moments = Moments(run.path / "moments")
    saved = min(steps_in(run.checkpoints), default=None)
    listed = [
        {
            "step": moment.step, "epoch": round(moment.epoch, 4), "names": moment.names, "views": moment.views,
            "checkpoint": saved is not None and saved <= moment.step, "made": moment.made,
        }
        for moment in moments.all()
    ]  # fmt: skip
    return json.dumps({"moments": listed, "latest": moments.latest()}, separators=(",", ":")).encode()


async def _frame(request: Request) -> Response:
    run, step, probe = _run(request), request.path_params["step"], request.path_params["probe"]
    if isinstance(run, Response):
        return run
    if not _STEP.fullmatch(step) or not _NAME.fullmatch(probe):
        return _missing("There is no such moment.")
    moments = Moments(run.path / "moments")
    path = moments.folder / str(int(step)) / FRAMES
    found = await _file(request, path, f"{path}/{probe}", lambda: _content(moments, int(step), probe))
    return _or_nothing(request, found)


def _or_nothing(request: Request, found: Response) -> Response:
    """Whoever follows a run is now and then a moment too late or too early: no error for a browser to complain of."""
    asked = found.status_code == 404 and request.query_params.get("gone") == "empty"
    return Response(status_code=204, headers={"Cache-Control": "no-store"}) if asked else found


def _content(moments: Moments, step: int, probe: str) -> bytes:
    found = moments.content(step, probe)
    if found is None:
        raise FileNotFoundError(probe)
    return found


async def _examples(request: Request) -> Response:
    run = _run(request)
    if isinstance(run, Response):
        return run
    path = run.path / "moments" / EXAMPLES
    return _or_nothing(request, await _file(request, path, str(path), path.read_bytes))


async def _file(request: Request, path: Path, key: str, make: Callable[[], bytes]) -> Response:
    stamp = _stamp(path)
    if not any(stamp):
        return _missing("There is no such moment; it may have been thinned out.")
    return await _answer(request, key, stamp, make, "application/octet-stream")


async def _answer(request: Request, key: str, stamp: Stamp, make: Callable[[], bytes], media: str) -> Response:
    """An answer, from what is ready where its files have not changed; nothing at all where the browser has it."""
    tag = f'"{"-".join(f"{number:x}" for number in stamp)}"'
    lasting = media != "application/json" and "v" in request.query_params
    headers = {"ETag": tag, "Vary": "Accept-Encoding"}
    headers["Cache-Control"] = "private, max-age=31536000, immutable" if lasting else "private, no-cache"
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    found = _ready.find(key, stamp)
    if found is None:
        try:
            found = await run_in_threadpool(lambda: _ready.make(key, stamp, make()))
        except OSError:
            return _missing("This was not kept at that moment, or was just thinned out.")
    plain, packed = found
    if packed is not None and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(packed, media_type=media, headers={**headers, "Content-Encoding": "gzip"})
    return Response(plain, media_type=media, headers=headers)


async def _signals(request: Request) -> Response:
    run = _run(request)
    if isinstance(run, Response):
        return run
    asked = request.query_params.get("from", "0")
    offset = int(asked) if _STEP.fullmatch(asked) else 0
    text = await run_in_threadpool(signals_from, run.path / FILE, offset)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-store"})


def signals_from(path: Path, offset: int) -> str:
    """What stands in a file of signals from a byte offset on, as JSON. Reads files: not for the event loop."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            offset = offset if offset <= size else 0
            file.seek(offset)
            content = file.read()
    except OSError:
        offset, content = 0, b""
    whole = content[: content.rfind(b"\n") + 1]
    found = columns(parsed(whole.splitlines()))
    many = len(found["step"])
    if many > _RECORDS:
        kept = np.unique(np.linspace(0, many - 1, _RECORDS).astype(int))
        found = {name: column[kept] for name, column in found.items()}
    listed = {name: [_number(value) for value in column.tolist()] for name, column in found.items()}
    document = {"from": offset, "to": offset + len(whole), "columns": listed}
    return json.dumps(document, separators=(",", ":"), allow_nan=False)


def _number(value: float) -> float | int | None:
    if value != value or value in (float("inf"), float("-inf")):
        return None
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def _run(request: Request) -> RunFolder | Response:
    from dlviz.ui import state  # the server is up before the store's modules are loaded

    try:
        return state.store().run(request.path_params["run"])
    except WrongInput as error:
        return _missing(str(error))


def _missing(why: str) -> Response:
    return PlainTextResponse(why, status_code=404, headers={"Cache-Control": "no-store"})


def _stamp(path: Path) -> Stamp:
    """When a file or folder last changed, and its size; zeros where it is not there."""
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_mtime_ns, found.st_size


def _weight(kept: tuple[Any, bytes, bytes | None]) -> int:
    return len(kept[1]) + len(kept[2] or b"")
