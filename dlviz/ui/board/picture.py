"""The picture: a drawing as one stand-alone SVG, to download, as a small picture in a list, to compare versions.

It looks as the canvas does. Small, it has no words: cards are then plain patches of their group's colour.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from html import escape
from typing import Any

from dlviz.draw import palette
from dlviz.draw.palette import Ground
from dlviz.ui.board.ways import Point, between, port, ports, way

View = Mapping[str, Any]
Node = Mapping[str, Any]
#: Around the drawing; more where edges swing out at the ends of its rows.
_MARGIN, _SWING = 16, 40
#: Drawn at less than this scale, words cannot be read and are left out.
_READABLE = 0.5
_FONT = "'Source Sans 3','Source Sans Pro',system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"


def picture(
    view: View,
    dark: bool = False,
    role: str = "",
    width: float = 0,
    height: float = 0,
    ringed: Collection[str] = (),
) -> str:
    """The SVG of a view, or of one of its networks. With `width` and `height`, it is made to fit into these. Nodes
    whose paths are `ringed` have a ring around them."""
    nodes = {
        path: node
        for path, node in view["nodes"].items()
        if "at" in node and (not role or path.partition(".")[0] == role)
    }
    roles = {name: one for name, one in view["roles"].items() if not role or name == role}
    left, top, right, bottom = _bounds(nodes, roles)
    wide, high = right - left, bottom - top
    scale = min(width / wide if width else 1, height / high if height else 1, 1)
    ground = palette.ground(dark)
    small = scale < _READABLE
    parts = [f'<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{ground.paper}"/>']
    if len(roles) > 1:
        parts += [_role(name, one, ground, small) for name, one in roles.items()]
    parts += [_frame(path, node, ground, dark, small) for path, node in nodes.items() if _is_open(node)]
    stroke = 1.6 / max(scale, 0.25) ** 0.6
    parts.append(
        f'<g fill="none" stroke="{palette.mixed(ground.paper, ground.ink, 0.48)}" stroke-width="{stroke:.1f}">'
    )
    parts += edges(view["order"], nodes)
    parts.append("</g>")
    parts += [_card(path, node, ground, dark, small) for path, node in nodes.items() if not _is_open(node)]
    parts += [_ring(nodes[path], ground) for path in ringed if path in nodes]
    words = escape(_told(nodes, roles))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {wide} {high}" width="{wide * scale:.0f}" '
        f'height="{high * scale:.0f}" font-family="{_FONT}" role="img"><title>{words}</title>{"".join(parts)}</svg>'
    )


def _bounds(nodes: Mapping[str, Node], roles: Mapping[str, Any]) -> tuple[float, float, float, float]:
    boxes = [(*node["at"], *node["size"]) for node in nodes.values()]
    boxes += [one["frame"] for one in roles.values() if len(roles) > 1 and "frame" in one]
    bends = [point for node in nodes.values() for points in node.get("bends", {}).values() for point in points]
    if not boxes:
        return 0, 0, 160, 56
    left, top = min(box[0] for box in boxes), min([*(box[1] for box in boxes), *(y for _, y in bends)])
    right = max(box[0] + box[2] for box in boxes)
    bottom = max([*(box[1] + box[3] for box in boxes), *(y for _, y in bends)])
    swings = any(
        source in nodes and nodes[source]["at"][0] >= node["at"][0]
        for node in nodes.values()
        for source in node["inputs"]
    )
    side = _SWING if swings else _MARGIN
    return left - side, top - _MARGIN, right + side, bottom + _MARGIN


def _told(nodes: Mapping[str, Node], roles: Mapping[str, Any]) -> str:
    kinds = ", ".join(_title(node) for node in list(nodes.values())[:40])
    more = ", …" if len(nodes) > 40 else ""
    return f"Network{'s' if len(roles) > 1 else ''} of {len(nodes)} layers: {kinds}{more}"


def _is_open(node: Node) -> bool:
    return bool(node.get("block", {}).get("open"))


def _title(node: Node) -> str:
    return str(node["block"]["title"] if "block" in node else node["kind"])


def _role(name: str, role: Mapping[str, Any], ground: Ground, small: bool) -> str:
    x, y, w, h = role["frame"]
    line = palette.mixed(ground.paper, ground.ink, 0.24)
    shape = (
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="12" fill="none" stroke="{line}" stroke-dasharray="5 5"/>'
    )
    return shape + ("" if small else _text(x + 14, y + 21, name.capitalize(), 15, ground.ink, 600, w - 28))


def _frame(path: str, node: Node, ground: Ground, dark: bool, small: bool) -> str:
    """An open block: a frame with a header."""
    (x, y), (w, h) = node["at"], node["size"]
    color = palette.group(node["group"], dark)
    line, body, head = (
        palette.mixed(ground.paper, one, share) for one, share in ((ground.ink, 0.26), (color, 0.05), (color, 0.16))
    )
    parts = [
        f'<rect x="{x}" y="{y}" width="{w}" height="{h}" rx="10" fill="{body}" stroke="{line}"/>',
        f'<path d="M{x + 10} {y}H{x + w - 10}A10 10 0 0 1 {x + w} {y + 10}V{y + 30}H{x}V{y + 10}'
        f'A10 10 0 0 1 {x + 10} {y}Z" fill="{head}"/>',
    ]
    if not small:
        title = _title(node) + _times(node)
        parts.append(_text(x + 14, y + 20, title, 13, ground.ink, 600, w - 28))
        rest = " · ".join(word for word in (path.rpartition(".")[2], node.get("summary", ""), _gives(node)) if word)
        start = 14 + 7.4 * len(title) + 10
        parts.append(_text(x + start, y + 20, rest, 11, ground.faint, 400, w - start - 14))
    return "".join(parts)


def _gives(node: Node) -> str:
    return f"gives {node['shape']}" if node.get("shape") else ""


def _times(node: Node) -> str:
    times = node.get("block", {}).get("repeat", 1)
    return f" ×{times}" if times != 1 else ""


def _ring(node: Node, ground: Ground) -> str:
    (x, y), (w, h) = node["at"], node["size"]
    return (
        f'<rect x="{x - 6}" y="{y - 6}" width="{w + 12}" height="{h + 12}" rx="12" fill="none" '
        f'stroke="{ground.accent}" stroke-width="4"/>'
    )


def _card(path: str, node: Node, ground: Ground, dark: bool, small: bool) -> str:
    (x, y), (w, h) = node["at"], node["size"]
    color = palette.group(node["group"], dark)
    wrong = bool(node.get("problems"))
    line = ground.negative if wrong else palette.mixed(ground.paper, ground.ink, 0.26)
    fill = color if small else ground.paper
    rect = f'width="{w}" height="{h}" rx="8" fill="{fill}" stroke="{line}"'
    parts = []
    if "block" in node:
        parts += [f'<rect x="{x + off}" y="{y + off}" {rect}/>' for off in (7, 3.5)]
    parts.append(f'<rect x="{x}" y="{y}" {rect} stroke-width="{2 if wrong else 1}"/>')
    if small:
        return "".join(parts)
    parts.append(
        f'<path d="M{x + 8} {y}A8 8 0 0 0 {x} {y + 8}V{y + h - 8}A8 8 0 0 0 {x + 8} {y + h}H{x + 5}V{y}Z" '
        f'fill="{color}"/>'
    )
    room, left = w - 24, x + 14
    summary = node.get("summary", "")
    lines = (0.335, 0.6, 0.845) if summary else (0.41, 0, 0.745)
    parts.append(_text(left, y + h * lines[0], _title(node) + _times(node), 13, ground.ink, 600, room))
    if summary:
        parts.append(_text(left, y + h * lines[1], summary, 11, ground.faint, 400, room))
    shape = node.get("shape") or "shape unknown"
    parts.append(
        _text(left, y + h * lines[2], shape, 11.5, ground.ink if node.get("shape") else ground.faint, 600, room)
    )
    if node.get("share"):
        full = w - 24
        parts.append(
            f'<rect x="{left}" y="{y + h - 5}" width="{full}" height="2.5" rx="1.25" fill="{ground.line}"/>'
            f'<rect x="{left}" y="{y + h - 5}" width="{max(2.5, full * node["share"]):.1f}" height="2.5" rx="1.25" '
            f'fill="{color}"/>'
        )
    if wrong:
        parts.append(_text(x + w - 14, y + h * lines[0], "!", 14, ground.negative, 700, 12))
    return "".join(parts)


def edges(order: Sequence[str], nodes: Mapping[str, Node]) -> Iterator[str]:
    """The edges between placed nodes, as SVG paths."""
    for path in order:
        node = nodes.get(path)
        if node is None:
            continue
        for place, source in enumerate(node["inputs"]):
            if source in nodes:
                points = node.get("bends", {}).get(source, [])
                start, end = _out(nodes[source]), _in(node, place)
                gap = _gap(node["parent"], nodes, start[1], end[1]) if end[0] < start[0] else None
                yield f'<path d="{way(start, end, points, gap)}"/>'
        if _is_open(node):
            for start, end in _joins(path, node, order, nodes):
                yield f'<path d="{way(start, end)}" stroke-dasharray="3 4" opacity=".8"/>'


def _gap(scope: str, nodes: Mapping[str, Node], upper: float, lower: float) -> float | None:
    """Where an edge goes back from one row of a drawing to the start of the next."""
    here = [node for node in nodes.values() if node["parent"] == scope]
    boxes = [(node["at"][1], node["at"][1] + node["size"][1]) for node in here]
    boxes += [(y, y) for node in here for points in node.get("bends", {}).values() for _, y in points]
    return between(boxes, upper, lower)


def _joins(path: str, node: Node, order: Sequence[str], nodes: Mapping[str, Node]) -> Iterator[tuple[Point, Point]]:
    """From an open block's left side to its ports, and from its result to its right side."""
    inner = [each for each in order if nodes.get(each, {}).get("parent") == path]
    entering = [each for each in inner if nodes[each]["kind"] == "Input"]
    read = {source for each in inner for source in nodes[each]["inputs"]}
    for place, each in enumerate(entering[: ports(node)]):
        yield _in(node, place), _in(nodes[each], 0)
    for each in [each for each in inner if each not in read and each not in entering][-1:]:
        yield _out(nodes[each]), _out(node)


def _out(node: Node) -> Point:
    (x, y), (w, h) = node["at"], node["size"]
    return x + w, y + h / 2


def _in(node: Node, place: int) -> Point:
    (x, y), (_, h) = node["at"], node["size"]
    return x, y + port(h, place, max(ports(node), 1))


def _text(x: float, y: float, text: str, size: float, color: str, weight: int, room: float) -> str:
    most = int(room / (size * (0.56 if weight > 400 else 0.52)))
    shown = text if len(text) <= most else text[: max(most - 1, 0)].rstrip() + "…"
    return (
        f'<text x="{x:g}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{color}">{escape(shown)}</text>'
    )
