"""The classes of exported code: blocks of one title and structure share one, and what differs between them becomes
an argument of its `__init__`."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.network.block import Block, frozen
from dlviz.network.code_plan import Copy, Line, Slot, doubled, is_setting, planned_block, taken_names
from dlviz.network.graph import fresh_name


@dataclass
class Argument:
    """One argument of a class's `__init__`: the slot whose value it is, and whether it is a setting lifted out of the
    block under its name."""

    name: str
    slot: Slot | None
    lifted: bool
    setting: bool


@dataclass
class BlockClass:
    """A class that stands for blocks of one title and structure."""

    name: str
    title: str
    copies: list[Copy]
    arguments: dict[str, Argument] = field(default_factory=dict)
    #: Slot → the expression in the class's text; slots without one hold a plain value.
    written: dict[Slot, str] = field(default_factory=dict)

    @property
    def told(self) -> bool:
        """Whether some argument is a setting that the drawing does not lift out."""
        return any(argument.setting and not argument.lifted for argument in self.arguments.values())


class Classes:
    """The classes of all blocks in some graphs, the innermost first."""

    def __init__(self, wholes: Iterable[Copy], taken: Iterable[str]) -> None:
        self._by_key: dict[Hashable, BlockClass] = {}
        found = [one for whole in wholes for one in whole.blocks()]
        lifted = {name for one in found if one.block is not None for name, _ in one.block.values}
        names = {*taken, *taken_names(), *lifted}
        for one in found:
            if one.block is not None:
                known = self._by_key.get(one.key)
                if known is None:
                    title = one.block.title
                    name, number = title, 1
                    while name in names:
                        number += 1
                        name = f"{title}{number}"
                    names.add(name)
                    known = self._by_key[one.key] = BlockClass(name, title, [])
                known.copies.append(one)
        for known in self._by_key.values():  # inner classes come first, so that their arguments are known
            self._settle(known)

    def __iter__(self) -> Any:
        return iter(self._by_key.values())

    def of(self, copy: Copy) -> BlockClass:
        return self._by_key[copy.key]

    def slots(self, line: Line) -> list[tuple[Slot, str]]:
        """The arguments of all calls behind a node, each with its name."""
        if not line.inner:
            return [((line.node.name, 0, name), name) for name in line.arguments]
        return [
            ((line.node.name, number, name), name)
            for number, one in enumerate(line.inner)
            for name in self.of(one).arguments
        ]

    def value(self, copy: Copy, slot: Slot, like: Copy | None = None) -> Any:
        """What stands at a slot of a copy; `like` is a copy of the same structure whose classes are known."""
        node, number, name = slot
        line, known = copy.line(node), (like or copy).line(node)
        if not known.inner:
            return line.arguments[name]
        argument = self.of(known.inner[number]).arguments[name]
        return self.argument_value(line.inner[number], argument, known.inner[number])

    def argument_value(self, copy: Copy, argument: Argument, like: Copy | None = None) -> Any:
        """What a copy is made with."""
        if argument.slot is None:
            assert copy.block is not None
            return dict(copy.block.values)[argument.name]
        return self.value(copy, argument.slot, like)

    def _settle(self, known: BlockClass) -> None:
        """Decide what the class takes, and how each argument inside is written."""
        first = known.copies[0]
        assert first.block is not None
        lifted = dict(first.block.values)
        grows = self._grows(first)
        columns: dict[tuple[Any, bool], str] = {}
        for line in first.lines:
            for slot, name in self.slots(line):
                column = tuple(frozen(self.value(copy, slot)) for copy in known.copies)
                takes, setting = line.lifted.get(name, ""), self._is_setting(line, slot, column[0])
                if takes and takes not in taken_names() and self._holds(known, takes, column):
                    known.arguments.setdefault(takes, Argument(takes, None, True, True))
                    known.written[slot] = takes
                    continue
                said = "" if setting else self._said(known, slot, column, grows, lifted)
                if said:
                    taken = said.split()[0]
                    known.arguments.setdefault(taken, Argument(taken, None, True, True))
                    known.written[slot] = said
                elif len(set(map(repr, column))) > 1:
                    key = (tuple(map(repr, column)), setting)
                    if key not in columns:
                        columns[key] = fresh_name(name, [*known.arguments, *lifted, *taken_names()])
                        known.arguments[columns[key]] = Argument(columns[key], slot, False, setting)
                    known.written[slot] = columns[key]

    def _is_setting(self, line: Line, slot: Slot, value: Any) -> bool:
        if line.inner:
            return self.of(line.inner[slot[1]]).arguments[slot[2]].setting
        return is_setting(line, slot[2], value)

    def _holds(self, known: BlockClass, name: str, column: tuple[Any, ...], times: int = 1) -> bool:
        """Whether a slot is a lifted setting, times a number, in all copies."""
        for copy, value in zip(known.copies, column, strict=True):
            own = dict(copy.block.values if copy.block else ())[name]
            same = own * times if times != 1 else own
            if frozen(same) != value or type(frozen(same)) is not type(value):
                return False
        return True

    def _said(
        self,
        known: BlockClass,
        slot: Slot,
        column: tuple[Any, ...],
        grows: Mapping[str, Mapping[Slot, bool]],
        lifted: Mapping[str, Any],
    ) -> str:
        """A size as a lifted setting that it grows with: `channels`, or `channels * 4`."""
        if type(column[0]) is not int:
            return ""
        for name in lifted:
            if name not in taken_names() and grows.get(name, {}).get(slot) and column[0] % lifted[name] == 0:
                times = column[0] // lifted[name]
                if self._holds(known, name, column, times):
                    return name if times == 1 else f"{name} * {times}"
        return ""

    def _grows(self, copy: Copy) -> dict[str, dict[Slot, bool]]:
        """Which slots double when a lifted setting does: found by trying."""
        found: dict[str, dict[Slot, bool]] = {}
        block = copy.block
        assert block is not None
        slots = [slot for line in copy.lines for slot, _ in self.slots(line)]
        for name, value in block.values:
            if type(value) is not int or value < 1 or not any(taken == name for _, _, taken in block.lifted):
                continue
            tried = self._tried(block, name, 2 * value, copy)
            if tried is not None:
                found[name] = {}
                for slot in slots:
                    now, then = self.value(copy, slot), self.value(tried, slot, copy)
                    found[name][slot] = type(now) is int and type(then) is int and then == 2 * now
        return found

    def _tried(self, block: Block, name: str, value: Any, copy: Copy) -> Copy | None:
        """The first copy of the block with another value of a setting, for the same inputs, or for wider ones where
        what comes in must be as wide."""
        try:
            other = block.setting(**{name: value}).changed(repeat=1)
        except (WrongInput, ValueError, KeyError):
            return None
        for axis in (None, 0, -1):
            flows = copy.flows if axis is None else tuple(doubled(flow, axis) for flow in copy.flows)
            made = planned_block(other, other, flows)
            if made and len(made[0].lines) == len(copy.lines):
                return made[0]
        return None
