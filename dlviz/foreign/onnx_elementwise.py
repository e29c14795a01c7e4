"""ONNX's operations number by number: activations, arithmetic, comparisons, sums along an axis."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.foreign.onnx_turn import Apply, Turn, converts
from dlviz.foreign.weighted import Unsupported

#: Operations that are one of torch's modules, made of their attributes.
_MODULES: dict[str, Callable[[Turn], nn.Module]] = {
    "Relu": lambda turn: nn.ReLU(),
    "LeakyRelu": lambda turn: nn.LeakyReLU(turn.number("alpha", 0.01)),
    "Elu": lambda turn: nn.ELU(turn.number("alpha", 1.0)),
    "Celu": lambda turn: nn.CELU(turn.number("alpha", 1.0)),
    "Sigmoid": lambda turn: nn.Sigmoid(),
    "Tanh": lambda turn: nn.Tanh(),
    "Softplus": lambda turn: nn.Softplus(),
    "Softsign": lambda turn: nn.Softsign(),
    "HardSwish": lambda turn: nn.Hardswish(),
    "Mish": lambda turn: nn.Mish(),
    "Gelu": lambda turn: nn.GELU("tanh" if turn.word("approximate", "none") == "tanh" else "none"),
    "Swish": lambda turn: _swish(turn.number("alpha", 1.0)),
    "Identity": lambda turn: nn.Identity(),
}
#: Operations that are one function of torch.
_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "Add": torch.add, "Sub": torch.sub, "Mul": torch.mul, "Sqrt": torch.sqrt, "Exp": torch.exp, "Log": torch.log,
    "Neg": torch.neg, "Abs": torch.abs, "Reciprocal": torch.reciprocal, "Erf": torch.erf, "Sin": torch.sin,
    "Cos": torch.cos, "Tan": torch.tan, "Floor": torch.floor, "Ceil": torch.ceil, "Round": torch.round,
    "Sign": torch.sign, "Equal": torch.eq, "Greater": torch.gt, "GreaterOrEqual": torch.ge, "Less": torch.lt,
    "LessOrEqual": torch.le, "And": torch.logical_and, "Or": torch.logical_or, "Not": torch.logical_not,
    "Xor": torch.logical_xor, "IsNaN": torch.isnan, "Where": torch.where,
    "Atan": torch.atan, "Sinh": torch.sinh, "Cosh": torch.cosh,
}  # fmt: skip
#: What is made of several values, two at a time.
_FOLDED: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "Sum": torch.add, "Max": torch.maximum, "Min": torch.minimum,
}  # fmt: skip


def _swish(alpha: float) -> nn.Module:
    return nn.SiLU() if alpha == 1 else Apply(lambda x: x * torch.sigmoid(alpha * x))


@converts(*_MODULES)
def _module(turn: Turn) -> None:
    turn.add(_MODULES[turn.kind](turn), turn.takes[:1], turn.gives[:1])


@converts(*_FUNCTIONS)
def _function(turn: Turn) -> None:
    turn.add(Apply(_FUNCTIONS[turn.kind]))


@converts(*_FOLDED)
def _folded(turn: Turn) -> None:
    function = _FOLDED[turn.kind]
    turn.add(Apply(lambda *values: reduce(function, values)))


@converts("Mean")
def _mean(turn: Turn) -> None:
    turn.add(Apply(lambda *values: reduce(torch.add, values) / len(values)))


@converts("Div")
def _div(turn: Turn) -> None:
    def divided(a: Tensor, b: Tensor) -> Tensor:
        whole = not (a.is_floating_point() or b.is_floating_point())
        return torch.div(a, b, rounding_mode="trunc" if whole else None)

    turn.add(Apply(divided))


@converts("Mod")
def _mod(turn: Turn) -> None:
    turn.add(Apply(torch.fmod if turn.whole("fmod", 0) else torch.remainder))


@converts("Pow")
def _pow(turn: Turn) -> None:
    turn.add(Apply(lambda base, exponent: torch.pow(base, exponent).to(base.dtype)))


@converts("PRelu")
def _prelu(turn: Turn) -> None:
    turn.add(Apply(lambda x, slope: torch.where(x < 0, x * slope, x)))


@converts("Selu")
def _selu(turn: Turn) -> None:
    if "alpha" in turn.attributes or "gamma" in turn.attributes:
        alpha, gamma = turn.number("alpha", 1.6732632), turn.number("gamma", 1.0507010)
        turn.add(Apply(lambda x: gamma * torch.where(x > 0, x, alpha * torch.expm1(x))))
    else:
        turn.add(nn.SELU())


@converts("HardSigmoid")
def _hard_sigmoid(turn: Turn) -> None:
    alpha, beta = turn.number("alpha", 0.2), turn.number("beta", 0.5)
    turn.add(Apply(lambda x: (alpha * x + beta).clamp(0, 1)))


@converts("Clip")
def _clip(turn: Turn) -> None:
    if turn.opset < 11:
        low, high = turn.number("min", -3.4e38), turn.number("max", 3.4e38)
        turn.add(Apply(lambda x: x.clamp(low, high)))
    else:
        turn.add(Apply(lambda x, low=None, high=None: x if low is None and high is None else x.clamp(low, high)))


@converts("Softmax", "LogSoftmax")
def _softmax(turn: Turn) -> None:
    logarithm = turn.kind == "LogSoftmax"
    if turn.opset >= 13:
        axis = turn.whole("axis", -1)
        turn.add(nn.LogSoftmax(axis) if logarithm else nn.Softmax(axis))
        return
    axis, function = turn.whole("axis", 1), F.log_softmax if logarithm else F.softmax
    # before opset 13 all from the axis on was taken as one
    turn.add(Apply(lambda x: function(x.flatten(axis), -1).reshape(x.shape) if x.dim() > axis else function(x, -1)))


@converts("Dropout")
def _dropout(turn: Turn) -> None:
    if any(turn.gives[1:]):
        raise Unsupported("its Dropout tells what it left out")
    turn.add(nn.Identity(), turn.takes[:1], turn.gives[:1])
