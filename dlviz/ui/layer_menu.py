"""The menu of all layers as a file that the browser loads once: edits need not carry it."""

from __future__ import annotations

import hashlib
import json
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.ui import palette

#: What the menu holds stands in the address as a hash, so a browser may keep the file for good.
PATH = "/dlviz/layers/{content}.json"
#: The palette's groups in the order in which a network usually meets them.
GROUPS = (
    "input", "convolution", "pooling", "linear", "activation", "normalisation", "dropout", "shape", "merge",
    "recurrent", "attention", "embedding", "output",
)  # fmt: skip


def address() -> str:
    """Where this server offers the menu."""
    return PATH.format(content=_hash(content()))


def _hash(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


@cache
def content() -> bytes:
    """`[{"group", "color": [light, dark], "layers": [{"kind", "about", "takes": numbers of dimensions}]}]` as JSON."""
    from dlviz.layers.layer import Layer

    groups: dict[str, list[dict[str, object]]] = {}
    for name, part in Layer.kinds().items():
        groups.setdefault(part.group, []).append({"kind": name, "about": part.about(), "takes": part.dimensions})
    order = [group for group in GROUPS if group in groups] + sorted(set(groups) - set(GROUPS))
    made = [
        {"group": group, "color": [palette.group(group), palette.group(group, True)], "layers": groups[group]}
        for group in order
    ]
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")).encode()


async def _menu(request: Request) -> Response:
    known = await run_in_threadpool(content)  # the first one may have to import torch
    if request.path_params["content"] != _hash(known):
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(known, media_type="application/json", headers=headers)


def routes() -> list[Route]:
    """The route that serves the menu."""
    return [Route(PATH, _menu, methods=["GET"])]
