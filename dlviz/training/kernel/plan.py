"""Plan: what the kernel can train, and how it is told so in numbers. No compiler is needed to ask."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, fx, nn

from dlviz.optimization.regularizers.gradient_clipping import GradientClipping
from dlviz.optimization.regularizers.l1 import L1 as L1Part
from dlviz.optimization.regularizers.l2 import L2 as L2Part
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.tasks.task import Task
from dlviz.tasks.units import Units

#: What a stage is.
LINEAR = 0
RELU, LEAKY_RELU, TANH, SIGMOID, ELU, CELU, SELU, GELU, GELU_TANH, SILU, SOFTPLUS, SOFTSIGN, HARDTANH = range(1, 14)
HARDSIGMOID, HARDSWISH, MISH, LOG_SIGMOID, TANHSHRINK = range(14, 19)
#: What the loss is.
CLASSES, SOFT, MSE, MAE, HUBER = range(5)
#: What steps.
SGD, ADAM, ADAMW, RMSPROP, ADAGRAD = range(5)
#: What changes the gradients.
L1, L2, CLIP_NORM, CLIP_VALUE = range(4)

Two = tuple[float, float]

#: torch's activation → its code and its two settings.
ACTIVATIONS: dict[type[nn.Module], tuple[int, Callable[[nn.Module], Two]]] = {
    nn.ReLU: (RELU, lambda layer: (0.0, 0.0)),
    nn.LeakyReLU: (LEAKY_RELU, lambda layer: (float(layer.negative_slope), 0.0)),  # type: ignore[arg-type]
    nn.Tanh: (TANH, lambda layer: (0.0, 0.0)),
    nn.Sigmoid: (SIGMOID, lambda layer: (0.0, 0.0)),
    nn.ELU: (ELU, lambda layer: (float(layer.alpha), 0.0)),  # type: ignore[arg-type]
    nn.CELU: (CELU, lambda layer: (float(layer.alpha), 0.0)),  # type: ignore[arg-type]
    nn.SELU: (SELU, lambda layer: (0.0, 0.0)),
    nn.GELU: (GELU, lambda layer: (0.0, 0.0)),  # or GELU_TANH: see `_stage`
    nn.SiLU: (SILU, lambda layer: (0.0, 0.0)),
    nn.Softplus: (SOFTPLUS, lambda layer: (float(layer.beta), float(layer.threshold))),  # type: ignore[arg-type]
    nn.Softsign: (SOFTSIGN, lambda layer: (0.0, 0.0)),
    nn.Hardtanh: (HARDTANH, lambda layer: (float(layer.min_val), float(layer.max_val))),  # type: ignore[arg-type]
    nn.ReLU6: (HARDTANH, lambda layer: (0.0, 6.0)),
    nn.Hardsigmoid: (HARDSIGMOID, lambda layer: (0.0, 0.0)),
    nn.Hardswish: (HARDSWISH, lambda layer: (0.0, 0.0)),
    nn.Mish: (MISH, lambda layer: (0.0, 0.0)),
    nn.LogSigmoid: (LOG_SIGMOID, lambda layer: (0.0, 0.0)),
    nn.Tanhshrink: (TANHSHRINK, lambda layer: (0.0, 0.0)),
}
OPTIMIZERS: dict[type[torch.optim.Optimizer], int] = {
    torch.optim.SGD: SGD, torch.optim.Adam: ADAM, torch.optim.AdamW: ADAMW, torch.optim.RMSprop: RMSPROP,
    torch.optim.Adagrad: ADAGRAD,
}  # fmt: skip
_LOSSES = {"mse": MSE, "mae": MAE, "huber": HUBER}


class Declined(Exception):
    """The kernel does not train this; the message says why, in a sentence."""


@dataclass(frozen=True)
class Stage:
    """One layer: its code, its sizes, its two settings, and the Linear where it is one."""

    code: int
    units: tuple[int, int]
    settings: Two = (0.0, 0.0)
    linear: nn.Linear | None = None


@dataclass(frozen=True)
class Plan:
    """A network in the kernel's terms. `loss` is CLASSES also where targets may come softened."""

    stages: tuple[Stage, ...]
    loss: int
    class_weights: Tensor | None = None
    units: Units | None = None

    @property
    def linears(self) -> list[nn.Linear]:
        return [stage.linear for stage in self.stages if stage.linear is not None]


def plan(
    network: nn.Module, task: Task, optimizer: torch.optim.Optimizer, regularizers: Sequence[Regularizer],
    shape: Sequence[int],
) -> Plan:  # fmt: skip
    """The network, for examples of this shape, in the kernel's terms. Raises `Declined`."""
    made = _network(network, task, tuple(shape))
    kind = OPTIMIZERS.get(type(optimizer))
    if kind is None:
        raise Declined(f"The kernel knows no {type(optimizer).__name__}.")
    if len(optimizer.param_groups) != 1 or optimizer.param_groups[0].get("maximize"):
        raise Declined("The kernel steps all weights alike, and this optimizer has groups of its own.")
    own = {id(weight) for linear in made.linears for weight in linear.parameters()}
    if {id(weight) for weight in optimizer.param_groups[0]["params"]} != own:
        raise Declined("The kernel steps all weights of the network; here some others learn, or some do not.")
    for weight in (weight for linear in made.linears for weight in linear.parameters()):
        if weight.dtype != torch.float32 or weight.device.type != "cpu" or not weight.requires_grad:
            raise Declined("The kernel trains float32 weights on the CPU, all of them.")
    regularizer_codes(regularizers)
    return made


def regularizer_codes(regularizers: Sequence[Regularizer]) -> list[tuple[int, float]]:
    """Those that change gradients, as codes and strengths, in their order. Raises `Declined`."""
    codes = []
    for part in regularizers:
        if isinstance(part, L1Part):
            codes.append((L1, part.strength))
        elif isinstance(part, L2Part):
            codes.append((L2, part.strength))
        elif isinstance(part, GradientClipping):
            codes.append((CLIP_NORM if part.by == "norm" else CLIP_VALUE, part.limit))
        elif type(part).gradients is not Regularizer.gradients:
            raise Declined(f"The kernel knows no {part.kind()}.")
    return codes


def _network(network: nn.Module, task: Task, shape: tuple[int, ...]) -> Plan:
    if type(task) not in (Classification, Regression):
        raise Declined(f"The kernel trains classifiers and regressions; this task is {task.kind()}.")
    layers = list(_chain(network))
    units: Units | None = None
    if isinstance(task, Regression):
        last = layers.pop() if layers else None
        if not isinstance(last, Units):
            raise Declined("A regression's network ends in its target's units, and this one does not.")
        units = last
    stages: list[Stage] = []
    wide = shape
    for layer in layers:
        if type(layer) is nn.Identity:
            continue
        if type(layer) is nn.Flatten:
            if len(wide) > 1 and (layer.start_dim != 1 or layer.end_dim not in (-1, len(wide))):
                raise Declined("The kernel takes examples as rows of numbers; this Flatten keeps a dimension.")
            wide = (math.prod(wide),)
            continue
        stages.append(_stage(layer, wide))
        if stages[-1].linear is not None:
            wide = (stages[-1].units[1],)
    if not any(stage.linear is not None for stage in stages):
        raise Declined("The kernel trains Linear layers; this network has none.")
    if len(wide) != 1:
        raise Declined("The kernel takes examples as rows of numbers; a Flatten is missing.")
    loss = _LOSSES[task.loss] if isinstance(task, Regression) else CLASSES
    weights = getattr(network, "class_weights", None)
    return Plan(tuple(stages), loss, weights if isinstance(task, Classification) else None, units)


def _stage(layer: nn.Module, wide: tuple[int, ...]) -> Stage:
    if type(layer) is nn.Linear:
        if len(wide) != 1:
            raise Declined("The kernel takes examples as rows of numbers; this Linear works on more dimensions.")
        return Stage(LINEAR, (layer.in_features, layer.out_features), linear=layer)
    found = ACTIVATIONS.get(type(layer))
    if found is None:
        raise Declined(f"The kernel trains Linear layers and plain activations; this network has a {_name(layer)}.")
    code = GELU_TANH if isinstance(layer, nn.GELU) and layer.approximate == "tanh" else found[0]
    return Stage(code, (math.prod(wide), math.prod(wide)), found[1](layer))


def _chain(network: nn.Module) -> Iterator[nn.Module]:
    """The layers of a network that is one chain, blocks unpacked. Raises `Declined` where it branches."""
    if type(network) is nn.Sequential:
        for layer in network:
            yield from _chain(layer)
        return
    if not isinstance(network, fx.GraphModule):
        yield network
        return
    before: fx.Node | None = None
    for node in network.graph.nodes:
        if node.op == "placeholder" and before is None:
            before = node
        elif node.op == "call_module" and node.args == (before,) and not node.kwargs:
            yield from _chain(network.get_submodule(str(node.target)))
            before = node
        elif node.op != "output" or node.args != (before,):
            raise Declined("The kernel trains plain chains of layers, and this network branches.")


def _name(layer: nn.Module) -> str:
    return type(layer).__name__
