"""The drawing that grows while a forward pass is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.network.graph import is_name
from dlviz.network.read_notes import Notes
from dlviz.network.read_values import Tensor

#: More than anyone would draw.
_MOST = 2000


class Drawing:
    """The entries of one graph document. `reserved` are names that modules of the class have; what has none of its
    own keeps clear of them."""

    def __init__(self, notes: Notes, reserved: Collection[str] = ()) -> None:
        self.notes = notes
        self.entries: list[dict[str, Any]] = []
        self._reserved = reserved
        self._by_name: dict[str, dict[str, Any]] = {}
        self._numbers: dict[str, int] = {}
        self._used: dict[int, object] = {}

    def add(self, entry: Mapping[str, Any], inputs: Sequence[str], wanted: str = "") -> Tensor:
        """A node with the layer of `entry`. `wanted` is the name its module has in the code."""
        if len(self.entries) >= _MOST:
            raise WrongInput(f"A drawing holds at most {_MOST:,} layers. Paste a smaller network.")
        own = bool(wanted) and is_name(wanted)
        kind = str(entry["kind"]).lower()
        name = self._fresh(wanted if own else kind if is_name(kind) else "node", () if own else self._reserved)
        self.entries.append({"name": name, **entry, "inputs": list(inputs)})
        self._by_name[name] = self.entries[-1]
        return Tensor(name)

    def _fresh(self, wanted: str, reserved: Collection[str]) -> str:
        """As `graph.fresh_name`, for many layers of one kind."""
        name, number = wanted, self._numbers.get(wanted, 1)
        while name in self._by_name or name in reserved:
            number += 1
            name = f"{wanted}_{number}"
        self._numbers[wanted] = number
        return name

    def again(self, module: object) -> bool:
        """Whether `module` has been used in this drawing before."""
        before = id(module) in self._used
        self._used[id(module)] = module
        return before

    def has(self, name: str) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> dict[str, Any]:
        return self._by_name[name]

    def readers(self, name: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if name in entry["inputs"]]

    def finished(self, result: str, line: int) -> list[dict[str, Any]]:
        """The entries that lead to `result`; the others are told and left out."""
        needed: set[str] = set()
        waiting = [result]
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += self[name]["inputs"]
        for entry in self.entries:
            if entry["name"] not in needed:
                self.notes.add(line, f"`{entry['name']}` does not lead to what is returned, so it is left out.")
        return [entry for entry in self.entries if entry["name"] in needed]
