"""The menu of all layers and built-in blocks as a file that the browser loads once: edits need not carry it."""

from __future__ import annotations

import gzip
import hashlib
import json
import typing
from functools import cache
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.core.setting import Setting
from dlviz.draw import palette
from dlviz.ui import synonyms

if TYPE_CHECKING:
    from dlviz.blocks import Blueprint
    from dlviz.core.part import Part
    from dlviz.layers.layer import Layer

#: What the menu holds stands in the address as a hash, so a browser may keep the file for good.
PATH = "/dlviz/layers/{content}.json"
#: The picture of what a layer computes; `?dark=1` for a dark ground.
SKETCH = "/dlviz/layers/{kind}.svg"
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
    """The menu as JSON: `[{"group", "color": [light, dark], "layers": [entry]}]`, the built-in blocks as last group.

    An entry: `kind` (or `block`: a built-in block's name), `about`, `when` to use it, `formula`, `paper`, `words`
    (other names to find it by), `dims` (numbers of dimensions its inputs may have; empty: any), `takes` (what flows
    into it), `inputs` (least and most; null: no upper bound), `sketch` (its picture's address), `clicked` (settings a
    click takes), `settings`, `keeps` (a block's setting that must be as large as what comes in). What is empty is left
    out.
    """
    return json.dumps([*_layers(), *_blocks()], ensure_ascii=False, separators=(",", ":")).encode()


def _layers() -> list[dict[str, Any]]:
    from dlviz.layers.layer import Layer

    groups: dict[str, list[dict[str, Any]]] = {}
    for name, part in Layer.kinds().items():
        if name != "Block":  # made by grouping, or out of the built-in blocks
            groups.setdefault(part.group, []).append(_layer(name, part))
    order = [group for group in GROUPS if group in groups] + sorted(set(groups) - set(GROUPS))
    return [_group(group, groups[group]) for group in order]


def _group(name: str, entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {"group": name, "color": [palette.group(name), palette.group(name, True)], "layers": entries}


def _layer(name: str, part: type[Layer]) -> dict[str, Any]:
    clicked = part.clicked().document(brief=True)
    del clicked["kind"]
    return _brief(
        {
            "kind": name,
            "about": part.about(),
            "when": part.advice(),
            "formula": part.formula,
            "paper": part.paper,
            "words": synonyms.words(name),
            "dims": list(part.dimensions),
            "takes": list(part.takes),
            "inputs": list(part.inputs),
            "sketch": SKETCH.format(kind=name),
            "clicked": clicked,
            "settings": [_setting(part, setting) for setting in part.settings()],
        }
    )


def _setting(part: type[Part], setting: Setting) -> dict[str, Any]:
    """A setting as the browser's form needs it. `sides`: how many numbers a list of them holds (0: any number);
    `single`: one number may stand for all of them."""
    made = {
        "name": setting.name,
        "label": setting.label,
        "type": setting.type,
        "choices": list(setting.choices),
        "low": setting.low,
        "high": setting.high,
        "low_open": setting.low_open,
        "high_open": setting.high_open,
        "help": setting.help,
        "advanced": setting.advanced,
        "unit": setting.unit,
        "optional": setting.optional,
    }
    if setting.type == "ints":
        made |= _sides(part.model_fields[setting.name].annotation)
    return {**_brief(made), "default": setting.default}


def _sides(annotation: Any) -> dict[str, Any]:
    """The length of the lists that `annotation` allows, and whether a bare number may stand there."""
    many, single = 0, False
    for member in _members(annotation):
        if typing.get_origin(member) is tuple:
            inner = typing.get_args(member)
            many = 0 if Ellipsis in inner else len(inner)
        elif member is int:
            single = True
    return {"sides": many, "single": single}


def _members(annotation: Any) -> list[Any]:
    """The plain types in an annotation of alternatives."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _members(inner[0])
    if inner and origin not in (tuple, list, typing.Literal):
        return [found for member in inner for found in _members(member)]
    return [annotation]


def _blocks() -> list[dict[str, Any]]:
    """The built-in blocks as one group."""
    from dlviz.blocks import builtin

    return [_group("block", [_block(name, blueprint) for name, blueprint in builtin().items()])]


def _block(name: str, blueprint: Blueprint) -> dict[str, Any]:
    ports = sum(node["kind"] == "Input" for node in blueprint.nodes)
    return _brief(
        {
            "block": name,
            "about": blueprint.about,
            "paper": blueprint.paper,
            "words": synonyms.words(name),
            "dims": list(blueprint.takes),
            "takes": ["numbers"],
            "inputs": [ports, ports],
            "keeps": _kept(blueprint),
        }
    )


def _kept(blueprint: Blueprint) -> str:
    """The setting that must be as large as what comes in: the first one, where what comes in is added to the result or
    multiplied with it; "" for other blocks."""
    ports = {node["name"] for node in blueprint.nodes if node["kind"] == "Input"}
    merged = (node for node in blueprint.nodes if node["kind"] in ("Add", "Multiply"))
    return next(iter(blueprint.settings), "") if any(ports & set(node["inputs"]) for node in merged) else ""


def _brief(entry: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; a bound of 0 stays."""
    return {key: value for key, value in entry.items() if value not in ("", None, [], {}) and value is not False}


@cache
def _packed(known: bytes) -> bytes:
    return gzip.compress(known, mtime=0)


async def _menu(request: Request) -> Response:
    known = await run_in_threadpool(content)  # the first one may have to import torch
    if request.path_params["content"] != _hash(known):
        return Response(status_code=404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        known, headers["Content-Encoding"] = _packed(known), "gzip"
    return Response(known, media_type="application/json", headers=headers)


def routes() -> list[Route]:
    """The route that serves the menu."""
    return [Route(PATH, _menu, methods=["GET"])]
