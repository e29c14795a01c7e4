"""What one layer does to inputs of given shapes, found out on `meta` tensors: no memory, no arithmetic."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd.graph import saved_tensors_hooks
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from dlviz.core.problems import WrongInput
from dlviz.core.shape import Flags, Ids
from dlviz.layers.layer import Layer, Shape, described

_BATCH = 2  # batch normalisation cannot train on a batch of one


@dataclass(frozen=True)
class Facts:
    """One layer on inputs of given shapes.

    `shape` comes out; `parameters` are learned; `flops` are the operations of one example's forward pass in matrix
    products and convolutions, a multiplication and its addition counted as two, biases and element by element work
    not counted. For the backward pass it keeps `own` numbers an example beside its inputs and its result, and perhaps
    these: `keeps_inputs` for each of them, `keeps_result`. Where the result is but another view of an input's numbers,
    `view_of` is that input's place. `fault` says why the layer cannot take such inputs (then the rest is empty).
    """

    shape: Shape | None = None
    parameters: int = 0
    flops: int = 0
    own: int = 0
    keeps_inputs: tuple[bool, ...] = ()
    keeps_result: bool = False
    view_of: int | None = None
    fault: str = ""


@dataclass(frozen=True)
class Step:
    """One node of a walk, for `composed`: its facts, what it reads, and how many numbers it gives."""

    name: str
    facts: Facts
    sources: tuple[str, ...]
    numbers: int


def composed(entries: Sequence[str], steps: Sequence[Step], result: str) -> tuple[Facts, dict[str, int]]:
    """What several layers are as one, but for the shape, and how many numbers each leaves in memory for the backward
    pass of one example: its own, and its result where it or a reader keeps that. A view's numbers are those of the node
    that made them; what enters (`entries`) and, for the whole, what comes out are counted by whoever joins them on."""
    maker: dict[str, str] = {}
    kept: set[str] = set()
    for step in steps:
        sources = [maker.get(source, source) for source in step.sources]
        maker[step.name] = step.name if step.facts.view_of is None else sources[step.facts.view_of]
        kept.update(source for source, keeps in zip(sources, step.facts.keeps_inputs, strict=True) if keeps)
        if step.facts.keeps_result:
            kept.add(maker[step.name])
    left = {step.name: step.facts.own + (step.numbers if step.name in kept else 0) for step in steps}
    made = maker.get(result, result)
    numbers = next((step.numbers for step in steps if step.name == made), 0) if made in kept else 0
    places = list(entries)
    whole = Facts(
        parameters=sum(step.facts.parameters for step in steps),
        flops=sum(step.facts.flops for step in steps),
        own=sum(left.values()) - numbers,
        keeps_inputs=tuple(entry in kept for entry in entries),
        keeps_result=made in kept and made not in places,
        view_of=places.index(made) if made in places else None,
    )
    return whole, left


@lru_cache(maxsize=16384)
def facts(layer: Layer, shapes: tuple[Shape, ...]) -> Facts:
    """The facts of `layer` on inputs of `shapes` (without the batch). Never raises."""
    try:
        with torch.device("meta"):
            module = layer.build(*shapes)
    except WrongInput as error:
        return Facts(fault=str(error))
    except Exception as error:
        return Facts(fault=_torch_says(layer, shapes, error))
    try:
        return _measured(module, shapes)
    except Exception as error:
        return Facts(fault=_torch_says(layer, shapes, error))


def _measured(module: nn.Module, shapes: Sequence[Shape]) -> Facts:
    inputs = [example(shape, _BATCH, "meta") for shape in shapes]
    kept: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        kept[_storage(tensor)] = tensor.numel() * max(tensor.element_size() // 4, 1)  # in numbers of 4 bytes
        return tensor

    with _FlopCounter() as counter, saved_tensors_hooks(keep, lambda tensor: tensor):
        output = module(*inputs)
    if not isinstance(output, Tensor) or output.dim() < 1 or output.shape[0] != _BATCH:
        return Facts(fault="The layer must keep the batch: as many results as examples.")
    shape = _shape(output, shapes)
    if shape is None:
        return Facts(
            fault="The layer gives whole numbers; only numbers with a fraction can flow on and be learned from."
        )
    places = [_storage(tensor) for tensor in inputs]
    result = _storage(output)
    elsewhere = {*places, result, *(_storage(t) for t in [*module.parameters(), *module.buffers()])}
    return Facts(
        shape=shape,
        parameters=sum(weight.numel() for weight in module.parameters()),
        flops=counter.flops // _BATCH,
        own=math.ceil(sum(number for place, number in kept.items() if place not in elsewhere) / _BATCH),
        keeps_inputs=tuple(place in kept for place in places),
        keeps_result=result in kept,
        view_of=places.index(result) if result in places else None,
    )


def example(shape: Shape, batch: int = _BATCH, device: torch.device | str = "cpu") -> Tensor:
    """A batch of what such a shape holds: zeros that want a gradient, padding alone, a mask that hides nothing."""
    if isinstance(shape, Ids):
        return torch.zeros(batch, *shape, dtype=torch.int64, device=device)
    if isinstance(shape, Flags):
        return torch.zeros(batch, *shape, dtype=torch.bool, device=device)
    return torch.zeros(batch, *shape, device=device, requires_grad=True)


def _shape(output: Tensor, shapes: Sequence[Shape]) -> Shape | None:
    """The shape of a result, with what it holds; None where that is nothing known."""
    sizes = tuple(output.shape[1:])
    if output.dtype == torch.bool:
        return Flags(sizes)
    if output.is_floating_point():
        return sizes
    ids = next((shape for shape in shapes if isinstance(shape, Ids)), None)
    return None if ids is None else Ids(sizes, ids.vocabulary)


class _FlopCounter(TorchDispatchMode):
    """Adds up what torch's own formulas give for each operation.

    Not torch's FlopCounterMode: that hooks every module of the process, in other threads too, and a server draws
    several networks at a time.
    """

    flops = 0

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        formula = flop_registry.get(func._overloadpacket)
        if formula is not None:
            self.flops += formula(*args, **(kwargs or {}), out_val=result)
        return result


def _storage(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)


def _torch_says(layer: Layer, shapes: Sequence[Shape], error: Exception) -> str:
    """torch's own words, for a rule that no layer has put into better ones."""
    came = " and ".join(described(shape) for shape in shapes) or "nothing"
    reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return f"{layer.kind()} cannot take this input. Received: {came}. (torch: {reason})"
