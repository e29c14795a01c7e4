"""Steps: a network as modules that run one after the other, each with the names of what it takes and gives.

Each operation is a module of its own, so that an explainer finds a convolution by its type and hooks it. No code is
generated from the file: names that stand in it are only looked up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput


@dataclass(frozen=True)
class Step:
    """One module's turn. `takes`: names of values, empty where an argument is left out; `after`: what nobody needs
    any more when it is done."""

    module: str
    takes: tuple[str, ...]
    gives: tuple[str, ...]
    after: tuple[str, ...] = ()


class Sized(nn.Module):
    """A module that may name a number of examples. `batch`: the fixed number that the network was exported with, where
    that means as many as there are; else 0."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = 0


class Steps(nn.Module):
    """Runs its steps on one input (N, …). What does not hang on the input is worked out once, while it is built."""

    def __init__(self, entry: str) -> None:
        super().__init__()
        self.entry, self.exit = entry, entry
        self.steps: list[Step] = []
        #: Name of a value → the parameter or buffer that holds it.
        self.held: dict[str, str] = {}
        #: Name of a value → a number that is no tensor.
        self.plain: dict[str, Any] = {}
        self._known: dict[str, Any] = {}
        self._made, self._learned = {entry}, set[str]()

    def know(self, name: str, value: Any, learned: bool = False) -> None:
        """A value that is the same for each input: a size, a constant; `learned`: a weight."""
        self._known[name] = value
        self._made.add(name)
        if learned:
            self._learned.add(name)

    def known(self, name: str) -> Any:
        """The value of this name where it is the same for each input; else None."""
        return self._known.get(name)

    def add(self, module: nn.Module, kind: str, takes: Sequence[str], gives: Sequence[str]) -> None:
        """Let `module` make `gives` of `takes`. `kind`: what it is called, numbered. Raises `WrongInput` where a value
        is taken that nothing has made yet, or made twice."""
        for taken in takes:
            if taken and taken not in self._made:
                raise WrongInput(f"The model is damaged: `{taken[:60]}` is used before it is made. Export it anew.")
        for given in gives:
            if given in self._made:
                raise WrongInput(f"The model is damaged: `{given[:60]}` is made twice. Export it anew.")
        self._made.update(name for name in gives if name)
        if all(not name or name in self._known for name in takes):
            with torch.no_grad():
                found = module(*(self._known[name] if name else None for name in takes))
            self._known |= dict(zip(gives, _each(found), strict=False))
            self._learned.update(gives if self._learned.intersection(takes) else ())
            return
        name = f"{re.sub(r'[^0-9A-Za-z]', '', kind).lower()[:40] or 'step'}_{len(self.steps) + 1}"
        self.add_module(name, module)
        self.steps.append(Step(name, tuple(takes), tuple(gives)))

    def free_batch(self, batch: int) -> None:
        """Let a network that was exported for `batch` examples take any number: where a size names that first, it means
        all of them."""
        for module in self.modules():
            if isinstance(module, Sized):
                module.batch = batch

    def finish(self, exit: str) -> None:
        """Say which value is the answer. What it does not need is left away."""
        if exit not in self._made:
            raise WrongInput(f"The model is damaged: nothing makes its answer `{exit[:60]}`. Export it anew.")
        if exit in self._known:
            raise WrongInput("This network's answer does not hang on its input. Export the model anew.")
        self.exit = exit
        needed, kept = {exit}, []
        for step in reversed(self.steps):
            last = tuple(name for name in {*step.takes, *step.gives} - needed if name)
            if needed.isdisjoint(step.gives):
                delattr(self, step.module)
                continue
            last = tuple(sorted(name for name in last if name not in self._known))
            kept.append(Step(step.module, step.takes, step.gives, last))
            needed |= {name for name in step.takes if name}
        self.steps = kept[::-1]
        for name in sorted(needed & set(self._known)):
            value = self._known[name]
            if not isinstance(value, Tensor):
                self.plain[name] = value
                continue
            self.held[name], own = f"held_{len(self.held)}", value.detach().clone()
            if name in self._learned and own.is_floating_point():
                self.register_parameter(self.held[name], nn.Parameter(own, requires_grad=False))
            else:
                self.register_buffer(self.held[name], own)
        self._known, self._made, self._learned = {}, set(), set()

    def forward(self, x: Tensor) -> Tensor:
        values: dict[str, Any] = {name: getattr(self, buffer) for name, buffer in self.held.items()}
        values |= {**self.plain, "": None, self.entry: x}
        for step in self.steps:
            found = getattr(self, step.module)(*(values[name] for name in step.takes))
            values |= dict(zip(step.gives, _each(found), strict=False))
            for name in step.after:
                values.pop(name, None)
        answer = values[self.exit]
        if not isinstance(answer, Tensor):
            raise WrongInput("This network's answer is no tensor. Export a model that answers with numbers.")
        return answer


def _each(found: Any) -> tuple[Any, ...]:
    return tuple(found) if isinstance(found, (tuple, list)) else (found,)
