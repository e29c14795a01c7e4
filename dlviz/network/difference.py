"""What two drawings of a network differ in, node by node, in words. Works on documents: a draft may hold faults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from dlviz.core.wording import shown

Entry = Mapping[str, Any]
Change = Literal["added", "removed", "renamed", "changed", "rewired"]
_NO_SETTINGS = ("name", "kind", "inputs", "at", "open", "nodes", "settings", "title")


@dataclass(frozen=True)
class Step:
    """One difference: what happened to the node at `path` ("stage1.conv1"; its new name where it was renamed), and a
    sentence that says so. `before` is the path it had in the older drawing, "" where it had none."""

    change: Change
    path: str
    before: str
    text: str


@dataclass(frozen=True)
class Difference:
    """All differences between two drawings, in the order of the newer one; what was removed comes last."""

    steps: tuple[Step, ...] = field(default=())

    def __bool__(self) -> bool:
        return bool(self.steps)

    def sentences(self) -> list[str]:
        return [step.text for step in self.steps]

    def paths(self, *changes: Change) -> set[str]:
        """The nodes of the newer drawing that are concerned; of those removed, of the older one."""
        return {step.path for step in self.steps if not changes or step.change in changes}


def difference(before: Sequence[Entry], after: Sequence[Entry]) -> Difference:
    """What has to be done to `before` to get `after` (entries of graph documents, inputs written out). Where layers
    are drawn is no difference."""
    return Difference(tuple(_steps(before, after, "", "")))


def networks_difference(
    before: Mapping[str, Sequence[Entry]], after: Mapping[str, Sequence[Entry]]
) -> dict[str, Difference]:
    """The differences of several networks, role by role; a role that only one side has counts as empty on the other."""
    roles = [*after, *(role for role in before if role not in after)]
    return {role: difference(before.get(role, ()), after.get(role, ())) for role in roles}


def _steps(before: Sequence[Entry], after: Sequence[Entry], old_way: str, new_way: str) -> list[Step]:
    old, new = ({str(entry.get("name")): entry for entry in entries} for entries in (before, after))
    names = _same(old, new)
    back = {there: name for name, there in names.items()}
    found: list[Step] = []
    for name, entry in new.items():
        path = f"{new_way}{name}"
        if name not in back:
            found.append(Step("added", path, "", _added(path, entry)))
            continue
        was = old[back[name]]
        old_path = f"{old_way}{back[name]}"
        if back[name] != name:
            found.append(Step("renamed", path, old_path, f"`{old_path}` is called `{name}` now."))
        settings = _settings_changed(was, entry)
        if settings:
            found.append(Step("changed", path, old_path, f"`{path}`: {'; '.join(settings)}."))
        sources = [names.get(source, source) for source in _inputs(was)]
        if sources != _inputs(entry):
            found.append(Step("rewired", path, old_path, _rewired(path, sources, _inputs(entry))))
        if "nodes" in was or "nodes" in entry:
            found += _steps(_nodes(was), _nodes(entry), f"{old_path}.", f"{path}.")
    for name, entry in old.items():
        if name not in names:
            path = f"{old_way}{name}"
            found.append(Step("removed", path, path, f"`{path}` ({_kind(entry)}) is gone."))
    return found


def _same(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> dict[str, str]:
    """Old name → new name of each node that is in both: the same name, or, of what is left, the same layer in the
    same place between others."""
    names = {name: name for name in old if name in new and _kind(old[name]) == _kind(new[name])}
    while True:
        pairs: dict[str, str] = {}
        for name in [name for name in old if name not in names]:
            fitting = [
                other
                for other in new
                if other not in names.values() and other not in pairs.values() and _alike(name, other, old, new, names)
            ]
            if fitting:
                pairs[name] = fitting[0]
        if not pairs:
            break
        names.update(pairs)
    for name in old:  # another kind under the same name is the same node, changed
        if name in new and name not in names and name not in names.values():
            names[name] = name
    return names


def _alike(name: str, other: str, old: Mapping[str, Entry], new: Mapping[str, Entry], names: Mapping[str, str]) -> bool:
    """Whether `name` may be what is called `other` now: the same layer that reads the same, or is read by the same."""
    was, now = old[name], new[other]
    if _kind(was) != _kind(now) or _settings(was) != _settings(now) or _nodes(was) != _nodes(now):
        return False
    if other in old and _kind(old[other]) == _kind(new[other]):
        return False
    sources = [names.get(source, source) for source in _inputs(was)]
    readers = {names.get(key, key) for key, entry in old.items() if name in _inputs(entry)}
    return sources == _inputs(now) or bool(
        readers and readers == {key for key, entry in new.items() if other in _inputs(entry)}
    )


def _settings_changed(was: Entry, now: Entry) -> list[str]:
    """`kernel_size 3 → 5` for each setting that changed; a setting that is not written has its default."""
    said = []
    if _kind(was) != _kind(now):
        said.append(f"{_kind(was)} → {_kind(now)}")
        if was.get("kind") != now.get("kind"):
            return said
    one, two = _settings(was), _settings(now)
    for name in dict.fromkeys([*one, *two]):
        a, b = (shown(side[name]) if name in side else "default" for side in (one, two))
        if one.get(name, _ABSENT) != two.get(name, _ABSENT):
            said.append(f"{name} {a} → {b}")
    return said


_ABSENT = object()


def _rewired(path: str, sources: Sequence[str], inputs: Sequence[str]) -> str:
    more = [name for name in inputs if name not in sources]
    less = [name for name in sources if name not in inputs]
    if not more and not less:
        return f"`{path}` reads the same in another order: {', '.join(inputs)}."
    told = [f"reads {_listed(more)}"] if more else []
    told += [f"no longer reads {_listed(less)}"] if less else []
    return f"`{path}` {' and '.join(told)}."


def _added(path: str, entry: Entry) -> str:
    inputs = _inputs(entry)
    return f"`{path}` ({_kind(entry)}) is new{f' and reads {_listed(inputs)}' if inputs else ''}."


def _listed(names: Sequence[str]) -> str:
    return " and ".join([", ".join(f"`{name}`" for name in names[:-1]), f"`{names[-1]}`"][len(names) < 2 :])


def _kind(entry: Entry) -> str:
    kind = str(entry.get("kind", ""))
    return f"block {entry.get('title', 'Block')}" if kind == "Block" else kind


def _settings(entry: Entry) -> dict[str, Any]:
    own = {key: value for key, value in entry.items() if key not in _NO_SETTINGS}
    lifted = entry.get("settings")
    return {**own, **(lifted if isinstance(lifted, Mapping) else {})}


def _inputs(entry: Entry) -> list[str]:
    inputs = entry.get("inputs") or []
    return [inputs] if isinstance(inputs, str) else [str(name) for name in inputs]


def _nodes(entry: Entry) -> Sequence[Entry]:
    nodes = entry.get("nodes") or []
    return [node for node in nodes if isinstance(node, Mapping)]
