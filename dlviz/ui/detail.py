"""The whole of a curve, for whoever looks closer: a stretch of it with as many points as a screen is wide, smoothed or
averaged over all its points and not over those that were sent.

    GET /dlviz/curves/<run>?curve=step.loss[&from=<step>&to=<step>][&most=2000][&how=mean][&smooth=0.9]
    → {"step": […], "x": […epochs], "y": […], "thinned": whether points were left out}
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array
from dlviz.draw.thin import averaged, kept, smoothed
from dlviz.ui.curves import Tail

PATH = "/dlviz/curves/{run}"
MOST = 4000
#: So many runs are kept read: a hundred thousand points take 2.4 MB a curve.
_KEPT = 8


def routes() -> list[Route]:
    """The route of a curve's details."""
    return [Route(PATH, _detail, methods=["GET"])]


@dataclass
class Columns:
    """A curve as columns of equal length."""

    step: Array
    epoch: Array
    value: Array


class Whole:
    """All curves of one run, read on where it stopped last time."""

    def __init__(self, path: Path) -> None:
        self.tail = Tail(path)
        self.curves: dict[str, Columns] = {}
        self._lock = threading.Lock()

    def curve(self, name: str) -> Columns | None:
        """The curve as it stands now; None where there is none of that name."""
        with self._lock:
            while self.tail.grown():
                before = self.tail.offset
                self._take()
                if self.tail.offset == before:
                    break  # half a line
            return self.curves.get(name)

    def _take(self) -> None:
        chunk = self.tail.read()
        if chunk.trim is not None:
            for name, old in self.curves.items():
                keep = old.step <= chunk.trim
                self.curves[name] = Columns(old.step[keep], old.epoch[keep], old.value[keep])
        for name, rows in chunk.curves.items():
            table = np.array(rows, dtype=float).reshape(-1, 3)  # (points, 3); None becomes NaN
            old = self.curves.get(name, Columns(np.empty(0), np.empty(0), np.empty(0)))
            columns = zip((old.step, old.epoch, old.value), table.T, strict=True)
            self.curves[name] = Columns(*(np.concatenate(pair) for pair in columns))


_wholes: OrderedDict[Path, Whole] = OrderedDict()
_guard = threading.Lock()


def whole(path: Path) -> Whole:
    """The curves in an events file, kept read for the next question."""
    with _guard:
        found = _wholes.pop(path, None) or Whole(path)
        _wholes[path] = found
        while len(_wholes) > _KEPT:
            _wholes.popitem(last=False)
        return found


def stretch(curve: Columns, start: float, end: float, most: int, mean: bool, smooth: float) -> dict[str, Any]:
    """The points with `start` <= step <= `end` and one on either side, at most about `most` of them."""
    value = smoothed(curve.value, smooth) if smooth else curve.value
    low = max(int(np.searchsorted(curve.step, start)) - 1, 0)
    high = int(np.searchsorted(curve.step, end, side="right")) + 1
    step, epoch, value = curve.step[low:high], curve.epoch[low:high], value[low:high]
    thinned = len(step) > most
    if thinned and mean:
        step, epoch, value = (averaged(column, most) for column in (step, epoch, value))
    elif thinned:
        at = kept(value, most)
        step, epoch, value = step[at], epoch[at], value[at]
    return {
        "step": [int(s) if s == int(s) else round(s, 2) for s in step.tolist()],
        "x": [round(x, 4) for x in epoch.tolist()],
        "y": [float(f"{y:.6g}") if math.isfinite(y) else None for y in value.tolist()],
        "thinned": thinned,
    }


async def _detail(request: Request) -> Response:
    from dlviz.ui import state

    asked = request.query_params
    try:
        run = state.store().run(request.path_params["run"])
        start, end = _number(asked, "from", -1.0, 1e18), _number(asked, "to", 1e18, 1e18)
        most = int(_number(asked, "most", 2000, MOST))
        smooth = _number(asked, "smooth", 0.0, 0.999)
    except WrongInput as error:
        return PlainTextResponse(str(error), status_code=404 if "no run" in str(error) else 400)

    def answer() -> dict[str, Any] | None:
        found = whole(run.events_file).curve(asked.get("curve", ""))
        return None if found is None else stretch(found, start, end, max(most, 2), asked.get("how") == "mean", smooth)

    document = await run_in_threadpool(answer)
    if document is None:
        return PlainTextResponse("This run has no curve of that name.", status_code=404)
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


def _number(asked: Any, name: str, default: float, most: float) -> float:
    text = asked.get(name, "")
    try:
        value = float(text) if text else default
    except ValueError:
        value = math.nan
    if not -1 <= value <= most:
        raise WrongInput(f"`{name}` is a number from -1 to {most:g}. Received: {text[:40]!r}.")
    return value
