"""Padded steps where no mask is read: who may read them, what sets them to 0, and that then they change nothing."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Ids, Shape
from dlviz.layers.layer import Layer, check_dimensions
from dlviz.network.build import build
from dlviz.network.facts import facts
from dlviz.network.flow import Flow, Padding
from dlviz.network.graph import Graph
from dlviz.network.padding import misread, mixed, padding_after
from dlviz.network.shapes import infer

STEPS = 6
#: The step that is padding where a single layer is tried.
PADDED = 2
TEXT: dict[str, Shape] = {"text": Ids((STEPS,), 40)}
CONV = {"kind": "Conv1d", "padding": "same", "out_channels": 8}
#: Layers whose defaults leave out what matters here.
VARIANTS: dict[str, list[dict[str, Any]]] = {
    "Conv1d": [{"padding": "same"}, {"kernel_size": 1}, {"kernel_size": 1, "bias": False}],
    "ConvTranspose1d": [{"padding": 1}],
    "MaxPool1d": [{"kernel_size": 3, "stride": 1, "padding": 1}],
    "AvgPool1d": [{"kernel_size": 3, "stride": 1, "padding": 1}],
    "AdaptiveAvgPool1d": [{"output_size": STEPS}],
    "Linear": [{"out_features": STEPS}, {"bias": False}],
    "GroupNorm": [{"num_groups": 1}, {"num_groups": STEPS}, {"num_groups": 2}],
    "LayerNorm": [{"normalized_shape": [STEPS, 8]}],
    "Reshape": [{"shape": [STEPS, -1]}, {"shape": [-1, STEPS]}],
    "MatMul": [{"transpose": True}],
    "Threshold": [{"threshold": 0.1, "value": 2.0}],
    **{kind: [{"dim": 1}] for kind in ("Softmax", "Softmin", "LogSoftmax", "GLU")},
    **{kind: [{"dim": 2}] for kind in ("Concat", "CosineSimilarity")},
}


def graph(document: list[Any]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


def _cases() -> list[Any]:
    """Each layer without a mask, on a sequence whose steps lie along either dimension."""
    cases = []
    for name, kind in Layer.kinds().items():
        if kind.padded == "masks" or kind.inputs[1] == 0 or kind.takes != ("numbers",):
            continue
        for settings, axis in itertools.product([{}, *VARIANTS.get(name, [])], (0, 1)):
            layer = kind(**_tuples(settings))
            one: Shape = (STEPS, 8) if axis == 0 else (8, STEPS)
            shapes = next((shapes for shapes in _inputs(kind, one) if _fits(layer, shapes)), None)
            if shapes is not None:
                cases.append(pytest.param(layer, shapes, axis, id=f"{name}-{settings}-{axis}"))
    return cases


def _tuples(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()}


def _inputs(kind: type[Layer], one: Shape) -> list[tuple[Shape, ...]]:
    return [(one,)] if kind.inputs[0] == 1 else [(one, one), (one, one[::-1])]


def _fits(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    try:
        check_dimensions(layer, *shapes)
        layer.check(*shapes)
    except WrongInput:
        return False
    return facts(layer, shapes).shape is not None


def _module(layer: Layer, shapes: tuple[Shape, ...]) -> nn.Module:
    torch.manual_seed(0)
    module = layer.build(*shapes).eval()
    for weight in module.parameters():
        nn.init.uniform_(weight, 0.5, 1.5)  # so that no shift is 0 by chance
    return module


@pytest.mark.parametrize(("layer", "shapes", "axis"), _cases())
def test_a_layer_does_with_padded_steps_what_it_says(layer: Layer, shapes: tuple[Shape, ...], axis: int) -> None:
    """The first input has padded steps, surely 0 or not; the real module is asked whether they change the others."""
    module = _module(layer, shapes)
    xs = [torch.rand(2, *shape) + 0.1 for shape in shapes]
    other = xs[0].clone()
    other.select(axis + 1, PADDED).add_(3.0)
    zero = xs[0].clone()
    zero.select(axis + 1, PADDED).zero_()
    with torch.no_grad():
        before, after, blank = (module(x, *xs[1:]) for x in (xs[0], other, zero))
    flows = [Flow(shapes[0], Padding(STEPS, axis)), *map(Flow, shapes[1:])]
    ends = Flow(tuple(before.shape[1:]), padding_after(layer, flows, tuple(before.shape[1:])))
    told = misread(layer, flows, ends)
    if ends.padding is None:
        assert told is not None, "nobody knows the padded steps after it"
        return
    changed = (before != after).transpose(1, 1 + ends.padding.axis).flatten(2).any(2).any(0)  # (STEPS,)
    others = torch.arange(STEPS) != PADDED
    assert (told is not None) == bool(changed[others].any()), "whether a padded step changes another one is told"
    assert bool(mixed(layer, flows, ends)) == (told is not None and told[0] == "zero")
    sure = [Flow(shapes[0], Padding(STEPS, axis, zero=True)), *map(Flow, shapes[1:])]
    result = padding_after(layer, sure, ends.shape)
    assert result is not None
    assert not result.zero or not blank.select(1 + ends.padding.axis, PADDED).any(), "0 stays 0 only where it says"


@pytest.mark.parametrize(
    ("layers", "problem"),
    [
        (["Transpose", CONV], None),
        (["Dropout", "ReLU", "Identity", "Tanh", "Transpose", {**CONV, "kernel_size": 5}], None),
        (["Flatten", "Linear"], None),
        (["Transpose", "AdaptiveMaxPool1d", "Flatten"], None),
        (["LayerNorm", "Linear", "BatchNorm1d"], None),
        (["Transpose", CONV, "ReLU", CONV], "zero"),
        (["Sigmoid", "Transpose", CONV], "zero"),
        (["PositionalEncoding", "Flatten", "Linear"], "zero"),
        (["PositionalEncoding", CONV], "zero"),
        (["PositionalEncoding", "Transpose", "MaxPool1d"], "zero"),
        (["PositionalEncoding", "Transpose", "Linear"], "zero"),
        (["Linear", {"kind": "Block", "name": "b", "nodes": ["Input", "Transpose", CONV]}], "zero"),
        ([{"kind": "Block", "name": "b", "nodes": ["Input", "Transpose", CONV, CONV]}], "zero"),
        (["Transpose", "GroupNorm"], "counts"),
        (["Transpose", "InstanceNorm1d", "Transpose"], "counts"),
        (["Transpose", "LayerNorm"], "counts"),
        ([{"kind": "Softmax", "dim": 1}], "counts"),
    ],
)
def test_padded_steps_are_told_and_mended_by_one_click(layers: list[Any], problem: str | None) -> None:
    problems = infer(graph(["Input", "Embedding", *layers]), TEXT, None).problems
    if problem is None:
        assert problems == ()
        return
    (told,) = problems
    assert {"zero": "must be 0 before it", "counts": "would count like real ones"}[problem] in told.message
    first = told.remedies[0]
    assert problem == "counts" or first.title == "Set padded steps to 0 before it"
    assert infer(first.graph, TEXT, None).problems == ()
    assert first.graph == first.graph.ordered() or problem == "counts"


class Unmasked(nn.Module):
    """In place of a MaskSteps: what the network was before it was mended."""

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        return x


@pytest.mark.parametrize(
    "layers",
    [
        ["Linear", "Flatten", "Linear"],
        ["PositionalEncoding", "Transpose", {"kind": "AvgPool1d"}, "Flatten"],
        ["Linear", "Transpose", CONV, "Transpose", {"kind": "PoolSteps", "inputs": ["transpose_2", "mask"]}],
    ],
)
def test_what_is_told_is_true_and_the_remedy_ends_it(layers: list[Any]) -> None:
    """The padding's row of the table is given any numbers: before the remedy they change predictions, after it not."""
    mask = [{"kind": "PaddingMask", "name": "mask", "inputs": ["input"]}] if "mask" in str(layers) else []
    document = ["Input", *mask, {"kind": "Embedding", "inputs": ["input"]}, *layers]
    (told,) = infer(graph(document), TEXT, None).problems
    network = build(told.remedies[0].graph, TEXT, None).eval()
    words = torch.tensor([[5, 7, 9, 3, 0, 0], [8, 2, 0, 0, 0, 0]])
    rows = network.get_submodule("embedding")
    assert isinstance(rows, nn.Embedding)

    def answers() -> list[Tensor]:
        found = []
        for filling in (0.0, 4.0):
            rows.weight.data[0] = filling
            found.append(network(words))
        return found

    with torch.no_grad():
        torch.testing.assert_close(*answers(), rtol=0, atol=0)
        network.masksteps = Unmasked()
        assert not torch.allclose(*answers())


def test_a_text_is_read_alike_whatever_it_is_filled_up_to() -> None:
    mask = {"kind": "PaddingMask", "name": "mask", "inputs": ["input"]}
    embedding = {"kind": "Embedding", "inputs": ["input"]}
    pool = {"kind": "PoolSteps", "mode": "max", "inputs": ["transpose_2", "mask"]}
    drawn = graph(["Input", mask, embedding, "Transpose", CONV, "ReLU", {**CONV, "name": "last"}, "Transpose", pool])
    (told,) = infer(drawn, TEXT, None).problems
    mended = told.remedies[0].graph
    torch.manual_seed(0)
    short, long = build(mended, TEXT, None).eval(), build(mended, {"text": Ids((15,), 40)}, None).eval()
    long.load_state_dict(short.state_dict())
    words = torch.randint(1, 40, (4, STEPS))
    with torch.no_grad():
        torch.testing.assert_close(short(words), long(nn.functional.pad(words, (0, 9))))
