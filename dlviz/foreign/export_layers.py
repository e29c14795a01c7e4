"""Calls of a program of `torch.export` that are a layer: as torch's module, where their weights are the file's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.foreign.weighted import Normalisation, alike, fill

#: Arguments of a call by name, with defaults; "?" for what hangs on the input.
Arguments = dict[str, Any]


def _weights(given: Arguments, *names: str) -> list[Tensor | None] | None:
    """Those weights; None where one of them hangs on the input."""
    found = [given.get(name) for name in names]
    return found if all(weight is None or isinstance(weight, Tensor) for weight in found) else None


def _settings(given: Arguments, *names: str) -> bool:
    """Whether these are plain numbers."""
    return all(
        not isinstance(each, str) or each != "?"
        for name in names
        for each in (given.get(name) if isinstance(given.get(name), list) else [given.get(name)])  # type: ignore[union-attr]
    )


def _convolution(kind: Any) -> Callable[[Arguments], nn.Module | None]:
    def make(given: Arguments) -> nn.Module | None:
        weights = _weights(given, "weight", "bias")
        if weights is None or weights[0] is None or not _settings(given, "stride", "padding", "dilation"):
            return None
        weight, groups, padding = weights[0], int(given["groups"]), given["padding"]
        layer: nn.Module = kind(
            weight.shape[1] * groups, weight.shape[0], list(weight.shape[2:]), _each(given["stride"], weight),
            padding if isinstance(padding, str) else _each(padding, weight), _each(given["dilation"], weight), groups,
            weights[1] is not None, device="meta",
        )  # fmt: skip
        fill(layer, weight=weight, bias=weights[1])
        return layer

    return make


def _any_convolution(given: Arguments) -> nn.Module | None:
    """The call that all convolutions become where a program was taken apart further."""
    weight = given.get("weight")
    if given["transposed"] or not isinstance(weight, Tensor) or not 3 <= weight.dim() <= 5:
        return None
    return _convolution((nn.Conv1d, nn.Conv2d, nn.Conv3d)[weight.dim() - 3])(given)


def _each(sizes: Any, weight: Tensor) -> list[int]:
    """One size for each dimension: a single one counts for all."""
    given = list(sizes) if isinstance(sizes, (list, tuple)) else [sizes]
    return given * (weight.dim() - 2) if len(given) == 1 else given


def _linear(given: Arguments) -> nn.Module | None:
    weights = _weights(given, "weight", "bias")
    if weights is None or weights[0] is None or weights[0].dim() != 2:
        return None
    layer = nn.Linear(weights[0].shape[1], weights[0].shape[0], weights[1] is not None, device="meta")
    fill(layer, weight=weights[0], bias=weights[1])
    return layer


def _batch_norm(given: Arguments) -> nn.Module | None:
    weights = _weights(given, "weight", "bias", "running_mean", "running_var")
    if weights is None or weights[2] is None or weights[3] is None:
        return None
    scale, shift, mean, var = weights
    layer = Normalisation(len(weights[2]), float(given["eps"]), affine=scale is not None, device="meta")
    fill(layer, running_mean=mean, running_var=var, **({"weight": scale, "bias": shift} if scale is not None else {}))
    layer.num_batches_tracked = torch.zeros((), dtype=torch.int64)
    return layer


def _embedding(given: Arguments) -> nn.Module | None:
    weights = _weights(given, "weight")
    if weights is None or weights[0] is None or weights[0].dim() != 2:
        return None
    layer = nn.Embedding(len(weights[0]), weights[0].shape[1], device="meta")
    fill(layer, weight=weights[0])
    return layer


def _pool(kind: Any, *names: str) -> Callable[[Arguments], nn.Module | None]:
    def make(given: Arguments) -> nn.Module | None:
        if not _settings(given, *names) or given.get("divisor_override") is not None:
            return None
        settings = {name: _one(given[name]) for name in names}
        layer: nn.Module = kind(**{**settings, "stride": settings["stride"] or settings["kernel_size"]})
        return layer

    return make


def _one(setting: Any) -> Any:
    return alike(setting) if isinstance(setting, (list, tuple)) and setting else setting


def _plain(make: Callable[[Arguments], nn.Module], *names: str) -> Callable[[Arguments], nn.Module | None]:
    return lambda given: make(given) if _settings(given, *names) else None


#: A call's name → the layer it is; None: it is called as it stands.
LAYERS: dict[str, Callable[[Arguments], nn.Module | None]] = {
    "conv1d": _convolution(nn.Conv1d),
    "conv2d": _convolution(nn.Conv2d),
    "conv3d": _convolution(nn.Conv3d),
    "convolution": _any_convolution,
    "linear": _linear,
    "batch_norm": _batch_norm,
    "_native_batch_norm_legit_no_training": _batch_norm,
    "relu": lambda given: nn.ReLU(),
    "relu6": lambda given: nn.ReLU6(),
    "leaky_relu": _plain(lambda given: nn.LeakyReLU(float(given["negative_slope"])), "negative_slope"),
    "selu": lambda given: nn.SELU(),
    "gelu": lambda given: nn.GELU(str(given["approximate"])),
    "silu": lambda given: nn.SiLU(),
    "mish": lambda given: nn.Mish(),
    "sigmoid": lambda given: nn.Sigmoid(),
    "tanh": lambda given: nn.Tanh(),
    "hardswish": lambda given: nn.Hardswish(),
    "hardsigmoid": lambda given: nn.Hardsigmoid(),
    "dropout": lambda given: nn.Identity(),
    "feature_dropout": lambda given: nn.Identity(),
    "alpha_dropout": lambda given: nn.Identity(),
    "feature_alpha_dropout": lambda given: nn.Identity(),
    "softmax": _plain(lambda given: nn.Softmax(int(given["dim"])), "dim"),
    "log_softmax": _plain(lambda given: nn.LogSoftmax(int(given["dim"])), "dim"),
    "flatten": _plain(lambda given: nn.Flatten(given["start_dim"], given["end_dim"]), "start_dim", "end_dim"),
    "max_pool1d": _pool(nn.MaxPool1d, "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "max_pool2d": _pool(nn.MaxPool2d, "kernel_size", "stride", "padding", "dilation", "ceil_mode"),
    "avg_pool2d": _pool(nn.AvgPool2d, "kernel_size", "stride", "padding", "ceil_mode", "count_include_pad"),
    "adaptive_avg_pool2d": _plain(lambda given: nn.AdaptiveAvgPool2d(given["output_size"]), "output_size"),
}
