"""Ops: edits as the browser asks for them, `{"do": "connect", "from": …, "to": …}`, done to a draft's networks.

Every op either gives new networks or raises `WrongInput` with the reason; what came is never changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dlviz.core.problems import WrongInput, nearest
from dlviz.ui.board import alter, clipboard, grouping, place, wire
from dlviz.ui.board.catalogue import Catalogue
from dlviz.ui.board.edited import Edited
from dlviz.ui.board.entries import BLOCK, Entries, find, inside
from dlviz.ui.board.lifted import around, resolved
from dlviz.ui.board.scope import Networks, entries_at, split, with_entries

Op = Mapping[str, Any]

MOST_OPS = 500
#: So far from the origin a node may be put.
FARTHEST = 1_000_000
#: So many nodes a network may be drawn with; more can be neither read nor drawn quickly.
MOST_NODES = 2000
#: As `network/block.py` has them: how deep blocks may lie in blocks, how many layers a network may unfold to.
MOST_DEPTH, MOST_LAYERS = 8, 8192


@dataclass(frozen=True)
class Done:
    """The networks after an op, what was done in a sentence, and the paths to select now."""

    networks: dict[str, Entries]
    say: str = ""
    select: tuple[str, ...] = ()


def do(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    """One op. `mend`, `undo` and `redo` need more than the networks and are not known here."""
    kind = op.get("do")
    if not isinstance(kind, str) or kind not in _OPS:
        raise WrongInput(f"There is no edit `{str(kind)[:40]}`. {nearest(str(kind)[:40], _OPS)}".strip())
    done = _OPS[kind](networks, op, catalogue)
    _check_size(networks, done.networks)
    return done


def _check_size(before: Networks, after: Networks) -> None:
    """`WrongInput` where an op makes a network too large to draw or to build."""
    for role, entries in after.items():
        if entries is before.get(role):
            continue
        was, now = _size(before.get(role, [])), _size(entries)
        for number, old, most, says in zip(now, was, (MOST_NODES, MOST_LAYERS, MOST_DEPTH), _TOO_LARGE, strict=True):
            if number > most and number > old:
                raise WrongInput(f"{says.format(f'{most:,}')} Received: {number:,}.")


_TOO_LARGE = (
    "A network may be drawn with at most {} nodes.",
    "A network may have at most {} layers, every copy of a block counted.",
    "Blocks may lie at most {} deep in each other.",
)


def _size(entries: Entries) -> tuple[int, int, int]:
    """(nodes drawn, layers with every copy of a block counted, how deep blocks lie in each other)."""
    nodes, layers, depth = 0, 0, 0
    for entry in entries:
        inner = _size(inside(entry)) if entry["kind"] == BLOCK else (0, 1, -1)
        times = entry.get("repeat", 1)
        nodes, depth = nodes + 1 + inner[0], max(depth, 1 + inner[2])
        layers += inner[1] * (times if isinstance(times, int) else 1)
    return nodes, layers, depth


def _add(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    edge = _paths(op, "edge", missing=())
    after = _paths(op, "after", missing=())
    if edge and len(edge) != 2:
        raise WrongInput("An edge is named by two nodes, from and to.")
    reads = _paths(op, "reads", missing=())
    scope = _scope(networks, op, [*edge, *after, *reads])
    if op.get("block") is not None:
        new = catalogue.block(_text(op, "block"))
        if op.get("settings"):
            new = {**new, "settings": {**new.get("settings", {}), **_mapping(op, "settings")}}
    else:
        new = {**catalogue.clicked(_text(op, "kind")), **_mapping(op, "settings")}
    for fault in catalogue.faults(resolved(new, around(networks, scope))):
        raise WrongInput(fault)
    at = _point(op.get("at")) if op.get("at") is not None else None
    ends = [_name(path) for path in edge]
    edited = place.add(
        entries_at(networks, scope), catalogue, new, after=[_name(path) for path in after],
        edge=(ends[0], ends[1]) if ends else None, at=at, loose=at is not None or bool(reads),
    )  # fmt: skip
    for path in reads if catalogue.takes(new)[1] != 0 else ():
        wired = wire.connect(edited.entries, catalogue, _name(path), edited.select[0])
        edited = Edited(wired.entries, f"{new.get('title') or new['kind']} added. {wired.say}", edited.select)
    return _done(networks, scope, edited)


def _remove(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    paths = _paths(op, "nodes")
    outermost = [path for path in paths if not any(path.startswith(f"{other}.") for other in paths)]
    scopes: dict[str, list[str]] = {}
    for path in outermost:
        scopes.setdefault(split(path)[0], []).append(_name(path))
    done = Done(dict(networks))
    for scope, chosen in scopes.items():
        edited = place.remove(entries_at(done.networks, scope), catalogue, chosen)
        after = _done(done.networks, scope, edited)
        done = Done(after.networks, f"{done.say} {after.say}".strip(), (*done.select, *after.select))
    return done


def _duplicate(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, chosen = _together(op, "nodes")
    return _done(networks, scope, place.duplicate(entries_at(networks, scope), catalogue, chosen))


def _paste(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    after = _paths(op, "after", missing=())
    scope = _scope(networks, op, after)
    at = _point(op.get("at")) if op.get("at") is not None else None
    edited = clipboard.paste(
        entries_at(networks, scope), catalogue, _text(op, "text"), at=at, around=around(networks, scope),
        after=_name(after[0]) if after else None,
    )  # fmt: skip
    return _done(networks, scope, edited)


def _move(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    places = _mapping(op, "at")
    changed = dict(networks)
    for path, at in places.items():
        scope, name = split(path)
        entries = entries_at(changed, scope)
        find(entries, name)
        point = list(_point(at))
        moved = [{**entry, "at": point} if entry["name"] == name else entry for entry in entries]
        changed = with_entries(changed, scope, moved)
    return Done(changed, f"{_count(len(places))} moved." if places else "", tuple(places))


def _tidy(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    """Without the places given by hand, in the scope and in the blocks below it; in all networks without a scope."""
    scope = op.get("scope")
    scopes = [scope] if isinstance(scope, str) and scope else list(networks)
    changed = dict(networks)
    for each in scopes:
        changed = with_entries(changed, each, _unplaced(entries_at(changed, each)))
    return Done(changed, "Tidied up.")


def _unplaced(entries: Entries) -> Entries:
    tidied = []
    for entry in entries:
        entry = {key: value for key, value in entry.items() if key != "at"}
        if entry["kind"] == BLOCK and isinstance(entry.get("nodes"), list):
            entry["nodes"] = _unplaced(entry["nodes"])
        tidied.append(entry)
    return tidied


def _connect(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, (source, target) = _edge(op)
    number = op.get("place")
    if number is not None and (isinstance(number, bool) or not isinstance(number, int)):
        raise WrongInput(f"`place` counts the inputs from 0. Received: {str(number)[:40]}.")
    return _done(networks, scope, wire.connect(entries_at(networks, scope), catalogue, source, target, number))


def _disconnect(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, (source, target) = _edge(op)
    return _done(networks, scope, wire.disconnect(entries_at(networks, scope), source, target))


def _rewire(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    inputs = [_name(path) for path in _paths(op, "inputs", missing=())]
    return _done(networks, scope, wire.rewire(entries_at(networks, scope), catalogue, name, inputs))


def _set(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    entries, outer = entries_at(networks, scope), around(networks, scope)
    none = op.get("none", [])
    if not isinstance(none, list) or not all(isinstance(each, str) for each in none):
        raise WrongInput("`none` names the settings that shall be nothing.")
    new = _mapping(op, "settings")
    return _done(networks, scope, alter.change(entries, catalogue, name, new, outer, none))


def _rename(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    return _done(networks, scope, alter.rename(entries_at(networks, scope), catalogue, name, _text(op, "name").strip()))


def _title(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    return _done(networks, scope, alter.retitle(entries_at(networks, scope), name, _text(op, "title")))


def _replace(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    entries, outer = entries_at(networks, scope), around(networks, scope)
    return _done(networks, scope, alter.replace(entries, catalogue, name, _text(op, "kind"), outer))


def _group(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, chosen = _together(op, "nodes")
    return _done(networks, scope, grouping.group(entries_at(networks, scope), catalogue, chosen, _text(op, "title")))


def _ungroup(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    return _done(networks, scope, grouping.ungroup(entries_at(networks, scope), name))


def _open(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    return _done(networks, scope, grouping.set_open(entries_at(networks, scope), name, op.get("open") is True))


def _repeat(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    times: Any = op.get("times")
    return _done(networks, scope, grouping.repeat(entries_at(networks, scope), name, times))


def _lift(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    block, node = split(_text(op, "node"))
    if "." not in block:
        raise WrongInput("Only a setting inside a block can become the block's own.")
    scope, name = split(block)
    entries = entries_at(networks, scope)
    edited = grouping.lift(entries, catalogue, name, node, _text(op, "setting"), _text(op, "as"))
    return _done(networks, scope, edited)


def _lower(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    return _done(networks, scope, grouping.lower(entries_at(networks, scope), name, _text(op, "name")))


def _shift(networks: Networks, op: Op, catalogue: Catalogue) -> Done:
    scope, name = split(_text(op, "node"))
    by = op.get("by")
    if by not in (-1, 1) or isinstance(by, bool):
        raise WrongInput(f"`by` is -1 (earlier) or 1 (later). Received: {str(by)[:40]}.")
    return _done(networks, scope, place.shift(entries_at(networks, scope), name, int(by)))


_OPS: dict[str, Callable[[Networks, Op, Catalogue], Done]] = {
    "add": _add, "remove": _remove, "duplicate": _duplicate, "paste": _paste, "move": _move, "tidy": _tidy,
    "connect": _connect, "disconnect": _disconnect, "rewire": _rewire, "set": _set, "rename": _rename,
    "title": _title, "replace": _replace, "group": _group, "ungroup": _ungroup, "open": _open, "repeat": _repeat,
    "lift": _lift, "lower": _lower, "shift": _shift,
}  # fmt: skip


def _done(networks: Networks, scope: str, edited: Edited) -> Done:
    select = tuple(f"{scope}.{name}" for name in edited.select)
    return Done(with_entries(networks, scope, edited.entries), edited.say, select)


def _text(op: Op, key: str) -> str:
    value = op.get(key)
    if not isinstance(value, str) or not value:
        raise WrongInput(f"The edit `{op.get('do')}` needs `{key}`, a text.")
    return value


def _mapping(op: Op, key: str) -> dict[str, Any]:
    value = op.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise WrongInput(f"`{key}` of the edit `{op.get('do')}` must map names to values.")
    return value


def _paths(op: Op, key: str, missing: Sequence[str] | None = None) -> list[str]:
    """One path or several; each names a node."""
    value = op.get(key)
    if value is None and missing is not None:
        return list(missing)
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not all(isinstance(path, str) for path in found) or (not found and not missing):
        if found == [] and missing is not None:
            return []
        raise WrongInput(f"The edit `{op.get('do')}` needs `{key}`: the paths of nodes, `model.conv1` for instance.")
    for path in found:
        split(path)
    return list(dict.fromkeys(found)) if key != "inputs" else list(found)


def _name(path: str) -> str:
    return split(path)[1]


def _together(op: Op, key: str) -> tuple[str, list[str]]:
    """The one scope of several paths, and the names in it."""
    paths = _paths(op, key)
    scopes = {split(path)[0] for path in paths}
    if len(scopes) > 1:
        raise WrongInput("These layers lie in different networks or blocks. Choose layers that lie together.")
    return scopes.pop(), [_name(path) for path in paths]


def _edge(op: Op) -> tuple[str, tuple[str, str]]:
    source, target = split(_text(op, "from")), split(_text(op, "to"))
    if source[0] != target[0]:
        raise WrongInput(
            "An edge joins two layers of one network or one block. What a block reads enters by its own inputs."
        )
    return source[0], (source[1], target[1])


def _scope(networks: Networks, op: Op, paths: Sequence[str]) -> str:
    """Where something is added: beside the nodes that are named, else in the scope that is, else in the first."""
    scopes = {split(path)[0] for path in paths}
    if len(scopes) > 1:
        raise WrongInput("These layers lie in different networks or blocks. Choose layers that lie together.")
    scope = scopes.pop() if scopes else op.get("scope") or next(iter(networks), "")
    if not isinstance(scope, str):
        raise WrongInput("`scope` is the path of a network or a block.")
    entries_at(networks, scope)
    return scope


def _point(value: object) -> tuple[float, float]:
    """Two numbers, in whole pixels."""
    match value:
        case [int(x) | float(x), int(y) | float(y)] if all(math.isfinite(each) for each in (x, y)):
            if max(abs(x), abs(y)) <= FARTHEST:
                return round(x), round(y)
    raise WrongInput(f"A place is two numbers, x and y, of at most {FARTHEST:,}. Received: {str(value)[:60]}.")


def _count(number: int) -> str:
    return "1 layer" if number == 1 else f"{number} layers"
