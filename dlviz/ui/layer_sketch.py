"""The small picture of what a layer does, as SVG: a curve, or what goes in and what comes out.

GET /dlviz/layers/<kind>.svg[?dark=1]
"""

from __future__ import annotations

import math
from functools import cache
from html import escape
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.draw import palette
from dlviz.ui import sketch_panels
from dlviz.ui.sketch_panels import Frame, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dlviz.layers.sketch import Sketch

PATH = "/dlviz/layers/{kind}.svg"
WIDTH, HEIGHT = 200, 96


@cache
def picture(kind: str, dark: bool = False) -> str:
    """The SVG of the layer called `kind`. Raises `WrongInput` where there is none."""
    from dlviz.layers.sketch import sketch

    shown = sketch(kind)
    marks = _curve(shown, dark) if shown.curve else sketch_panels.drawn(shown, dark, WIDTH, HEIGHT)
    said = escape(shown.said)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'role="img" aria-label="{said}" font-family="system-ui, sans-serif"><title>{said}</title>'
        f"{''.join(marks)}</svg>"
    )


def _curve(shown: Sketch, dark: bool) -> list[str]:
    """y over x, with both axes and a few numbers on them."""
    assert shown.curve is not None
    x, y = shown.curve
    ground = palette.ground(dark)
    least, most = min(float(y.min()), 0.0), max(float(y.max()), 0.0)
    room = max(most - least, 1.6)
    left, right = float(x[0]) - 0.3, float(x[-1]) + 0.3
    spare = room - (most - least)
    floor, top = least - spare / 2 - 0.06 * room, most + spare / 2 + 0.06 * room
    if least > -0.1 * room:  # there stand the axis' numbers
        floor = min(floor, -0.2 * room)
    if most < 0.1 * room:
        top = max(top, 0.2 * room)
    frame = Frame((6, WIDTH - 6), (6, HEIGHT - 6), (left, right), (floor, top))
    color = palette.group(shown.group, dark)
    marks = [
        frame.line((left, 0), (right, 0), ground.line),
        frame.line((0, floor), (0, top), ground.line),
    ]
    marks += [
        f'<polyline points="{_points(frame, x[part], y[part])}" fill="none" stroke="{color}" stroke-width="2.5" '
        'stroke-linejoin="round" stroke-linecap="round"/>'
        for part in _pieces(y)
    ]
    for place in range(math.ceil(left / 2) * 2, math.floor(right / 2) * 2 + 1, 2):
        if place:
            at_x, at_y = frame.at(place, 0)
            marks.append(f'<path d="M{at_x:g} {at_y - 2:g}v4" stroke="{ground.faint}"/>')
            below = float(y[int(abs(x - place).argmin())]) > -0.02 * room
            marks.append(text(_number(place), at_x, at_y + (11 if below else -5), ground.faint, halo=ground.paper))
    for tick in _ticks(floor, top):
        at_x, at_y = frame.at(0, tick)
        side, anchor = (-5, "end") if tick > 0 else (5, "start")  # curves rise: there is room
        marks.append(f'<path d="M{at_x - 2:g} {at_y:g}h4" stroke="{ground.faint}"/>')
        marks.append(text(_number(tick), at_x + side, at_y + 3, ground.faint, anchor, halo=ground.paper))
    return marks


def _pieces(y: NDArray[np.float64]) -> list[slice]:
    """The parts of a curve between its jumps."""
    usual = 8 / (len(y) - 1)
    jumps = [place + 1 for place in range(len(y) - 1) if abs(y[place + 1] - y[place]) > 6 * usual]
    if len(jumps) > 4:  # chance, not jumps
        jumps = []
    return [slice(start, end) for start, end in zip([0, *jumps], [*jumps, len(y)], strict=True)]


def _ticks(floor: float, top: float) -> list[float]:
    """A number on each half of the upright axis, far enough from 0 and from the rim to be read."""
    apart = 0.2 * (top - floor)
    above = [tick for tick in (0.5, 1, 2, 3, 4, 6) if apart <= tick < top * 0.98]
    below = [-tick for tick in (0.5, 1, 2, 3, 4, 6) if apart <= tick < -floor * 0.98]
    return above[-1:] + below[-1:]


def _points(frame: Frame, x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return " ".join("{:g},{:g}".format(*frame.at(a, b)) for a, b in zip(x.tolist(), y.tolist(), strict=True))


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


async def _sketch(request: Request) -> Response:
    try:  # the first one may have to import torch
        drawn = await run_in_threadpool(picture, request.path_params["kind"], request.query_params.get("dark") == "1")
    except WrongInput as error:
        return PlainTextResponse(str(error), status_code=404)
    return Response(drawn, media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


def routes() -> list[Route]:
    """The route that serves the pictures."""
    return [Route(PATH, _sketch, methods=["GET"])]
