"""ONNX's layers with weights as torch's: convolutions, linear maps, normalisations, embeddings."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.foreign.onnx_padding import padded
from dlviz.foreign.onnx_turn import Apply, Turn, converts
from dlviz.foreign.weighted import Normalisation, Unsupported, fill

_CONVOLUTIONS: tuple[Any, ...] = (nn.Conv1d, nn.Conv2d, nn.Conv3d)
_TRANSPOSED: tuple[Any, ...] = (nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d)


class Products(nn.Module):
    """a · b of two values that both hang on the input; one module a place, so that it can be hooked."""

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        return torch.matmul(a, b)


@converts("Conv")
def _convolution(turn: Turn) -> None:
    weight = turn.weight(1, "filters")
    dims = weight.dim() - 2
    if not 1 <= dims <= 3:
        raise Unsupported(f"its Conv is over {dims} dimensions")
    kernel = list(weight.shape[2:])
    stride, dilation = turn.wholes("strides", [1] * dims), turn.wholes("dilations", [1] * dims)
    entry, padding = padded(turn, kernel, stride, dilation, 0.0)
    groups = turn.whole("group", 1)
    layer = _CONVOLUTIONS[dims - 1](
        weight.shape[1] * groups, weight.shape[0], kernel, stride, padding, dilation, groups, turn.has(2), device="meta"
    )
    fill(layer, weight=weight, bias=turn.weight(2, "biases") if turn.has(2) else None)
    turn.add(layer, [entry])


@converts("ConvTranspose")
def _transposed(turn: Turn) -> None:
    weight = turn.weight(1, "filters")
    dims, pads = weight.dim() - 2, turn.wholes("pads", [0] * 2 * (weight.dim() - 2))
    if not 1 <= dims <= 3 or pads[:dims] != pads[dims:] or "output_shape" in turn.attributes:
        raise Unsupported("its ConvTranspose pads one side more than the other or names the size of its result")
    if turn.word("auto_pad", "NOTSET") not in ("NOTSET", "VALID"):
        raise Unsupported(f"its ConvTranspose pads by {turn.word('auto_pad', '')}")
    groups = turn.whole("group", 1)
    layer = _TRANSPOSED[dims - 1](
        weight.shape[0], weight.shape[1] * groups, list(weight.shape[2:]), turn.wholes("strides", [1] * dims),
        pads[:dims], turn.wholes("output_padding", [0] * dims), groups, turn.has(2),
        turn.wholes("dilations", [1] * dims), device="meta",
    )  # fmt: skip
    fill(layer, weight=weight, bias=turn.weight(2, "biases") if turn.has(2) else None)
    turn.add(layer, turn.takes[:1])


@converts("Gemm")
def _gemm(turn: Turn) -> None:
    alpha, beta = turn.number("alpha", 1.0), turn.number("beta", 1.0)
    if turn.whole("transA", 0):
        raise Unsupported("its Gemm turns its input over")
    weight = turn.weight(1, "weights")
    _linear(turn, alpha * (weight if turn.whole("transB", 0) else weight.t()), 2, beta)


@converts("MatMul")
def _matmul(turn: Turn) -> None:
    weight = turn.steps.known(turn.takes[1])
    if isinstance(weight, Tensor) and weight.dim() == 2 and turn.steps.known(turn.takes[0]) is None:
        _linear(turn, weight.t(), 2, 1.0)
    else:
        turn.add(Products())


def _linear(turn: Turn, weight: Tensor, bias_at: int, beta: float) -> None:
    """y = x · weightᵀ + bias; a bias is one number or one for each output."""
    outputs, inputs = weight.shape
    bias = beta * turn.weight(bias_at, "biases").reshape(-1) if turn.has(bias_at) else None
    if bias is not None and len(bias) not in (1, outputs):
        raise Unsupported(f"its {turn.kind} adds another number to each example")
    layer = nn.Linear(inputs, outputs, bias is not None, device="meta")
    fill(layer, weight=weight, bias=bias.expand(outputs) if bias is not None else None)
    turn.add(layer, turn.takes[:1])


@converts("BatchNormalization")
def _batch_norm(turn: Turn) -> None:
    if turn.whole("training_mode", 0):
        raise Unsupported("its BatchNormalization still learns: export the model in evaluation mode")
    scale, shift, mean, var = (turn.weight(number, "figures") for number in range(1, 5))
    layer = Normalisation(len(scale), turn.number("epsilon", 1e-5), device="meta")
    fill(layer, weight=scale, bias=shift, running_mean=mean, running_var=var)
    layer.num_batches_tracked = torch.zeros((), dtype=torch.int64)
    turn.add(layer, turn.takes[:1], turn.gives[:1])


@converts("InstanceNormalization")
def _instance_norm(turn: Turn) -> None:
    epsilon = turn.number("epsilon", 1e-5)
    turn.add(Apply(lambda x, scale, shift: F.instance_norm(x, None, None, scale, shift, eps=epsilon)))


@converts("LayerNormalization")
def _layer_norm(turn: Turn) -> None:
    axis, epsilon = turn.whole("axis", -1), turn.number("epsilon", 1e-5)
    if len(turn.gives) > 1 and any(turn.gives[1:]):
        raise Unsupported("its LayerNormalization gives mean and spread as well")
    turn.add(Apply(lambda x, scale, shift=None: F.layer_norm(x, x.shape[axis:], scale, shift, epsilon)))


@converts("GroupNormalization")
def _group_norm(turn: Turn) -> None:
    groups, epsilon = turn.whole("num_groups", 1), turn.number("epsilon", 1e-5)
    if turn.opset < 21:
        raise Unsupported("its GroupNormalization is of an opset before 21")
    turn.add(Apply(lambda x, scale, shift: F.group_norm(x, groups, scale, shift, epsilon)))


@converts("LRN")
def _local_response(turn: Turn) -> None:
    turn.add(
        nn.LocalResponseNorm(
            turn.whole("size", 1), turn.number("alpha", 1e-4), turn.number("beta", 0.75), turn.number("bias", 1.0)
        )
    )


@converts("Gather")
def _gather(turn: Turn) -> None:
    table, axis = turn.steps.known(turn.takes[0]), turn.whole("axis", 0)
    if isinstance(table, Tensor) and table.is_floating_point() and table.dim() == 2 and axis == 0:
        layer = nn.Embedding(len(table), table.shape[1], device="meta")
        fill(layer, weight=table)
        turn.add(layer, turn.takes[1:])
        return

    def taken(x: Tensor, index: Tensor) -> Tensor:
        at, place = torch.where(index < 0, index + x.shape[axis], index), axis % x.dim()
        sizes = [*x.shape[:place], *at.shape, *x.shape[place + 1 :]]
        return x.index_select(axis, at.reshape(-1)).reshape(sizes)

    turn.add(Apply(taken))
