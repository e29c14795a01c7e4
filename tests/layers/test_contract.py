"""What every layer must keep, asked of every registered layer. A new layer is tested by being there."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import torch
from torch import Tensor

from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer, wanted
from dlviz.network.facts import facts

SHAPES: dict[int, list[Shape]] = {
    1: [(8,), (12,)],
    2: [(8, 12), (4, 17), (6, 6)],
    3: [(4, 8, 8), (8, 12, 9)],
    4: [(4, 4, 6, 6), (8, 5, 4, 3)],
}

#: Settings beside the defaults and those of a click; each is tried on all shapes that the layer takes.
VARIANTS: list[tuple[str, dict[str, Any]]] = [
    ("Linear", {"out_features": "auto", "bias": False, "init": "orthogonal"}),
    ("Conv1d", {"kernel_size": 5, "stride": 2, "padding": 2, "dilation": 2, "groups": 2, "init": "kaiming"}),
    ("Conv1d", {"padding": "same", "padding_mode": "reflect"}),
    ("Conv2d", {"kernel_size": [3, 5], "stride": [1, 2], "padding": [1, 0], "bias": False, "init": "xavier"}),
    ("Conv2d", {"padding": "valid", "dilation": 2, "out_channels": "auto", "init": "zeros"}),
    ("Conv2d", {"padding": "same", "padding_mode": "circular", "kernel_size": 5}),
    ("ConvTranspose2d", {"kernel_size": 3, "stride": 2, "padding": 1, "output_padding": 1, "out_channels": "auto"}),
    ("MaxPool1d", {"kernel_size": 3, "stride": 1, "padding": 1, "ceil_mode": True}),
    ("MaxPool2d", {"kernel_size": [3, 2], "stride": 2, "padding": [1, 0], "ceil_mode": True, "dilation": 1}),
    ("AvgPool2d", {"kernel_size": 3, "padding": 1, "count_include_pad": False}),
    ("AdaptiveAvgPool2d", {"output_size": [3, 2]}),
    ("Flatten", {"start_dim": 2, "end_dim": -1}),
    ("Upsample", {"mode": "bilinear", "scale_factor": 1.5}),
    ("Upsample", {"mode": "linear"}),
    ("Upsample", {"size": 20}),
    ("Upsample", {"mode": "bicubic", "size": [5, 7]}),
    ("GELU", {"approximate": "tanh"}),
    ("Softmax", {"dim": 1}),
    ("BatchNorm2d", {"affine": False}),
    ("LayerNorm", {"bias": False}),
    ("LayerNorm", {"elementwise_affine": False}),
    ("GroupNorm", {"num_groups": 1}),
    ("Concat", {"dim": -1}),
    ("RNN", {"nonlinearity": "relu", "num_layers": 2, "dropout": 0.5, "bidirectional": True}),
    ("LSTM", {"bidirectional": True, "output": "last", "bias": False}),
    ("GRU", {"num_layers": 2, "bidirectional": True, "hidden_size": 5}),
    ("Embedding", {"num_embeddings": 40, "embedding_dim": 3, "padding_idx": None}),
    ("Embedding", {"init": "kaiming"}),
    ("PositionalEncoding", {"encoding": "learned", "dropout": 0.1}),
    ("LogMel", {"rate": 100, "n_fft": 8, "hop_length": 2, "n_mels": 2, "normalise": "none"}),
    ("PoolSteps", {"mode": "max"}),
    ("PoolSteps", {"mode": "sum"}),
    ("PoolSteps", {"mode": "last"}),
    ("MultiheadAttention", {"causal": True, "dropout": 0.1, "num_heads": 3, "bias": False}),
    ("TransformerEncoderLayer", {"causal": True, "activation": "gelu", "nhead": 2, "dim_feedforward": 8}),
    ("TransformerDecoderLayer", {"causal": False, "norm_first": True, "nhead": 2, "bias": False}),
    ("Dropout2d", {"p": 0.0}),
    ("Conv3d", {"kernel_size": [1, 3, 3], "stride": [1, 2, 2], "padding": [0, 1, 1], "groups": 2}),
    ("Conv3d", {"padding": "same", "padding_mode": "replicate", "out_channels": "auto"}),
    ("ConvTranspose1d", {"stride": 3, "output_padding": 2, "dilation": 2, "groups": 4, "bias": False}),
    ("ConvTranspose3d", {"kernel_size": [1, 2, 2], "stride": [1, 2, 2]}),
    ("AvgPool1d", {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True, "count_include_pad": False}),
    ("AvgPool3d", {"kernel_size": [1, 2, 2]}),
    ("MaxPool3d", {"kernel_size": [1, 3, 3], "stride": 1, "padding": [0, 1, 1]}),
    ("AdaptiveAvgPool3d", {"output_size": [1, 2, 3]}),
    ("LPPool2d", {"kernel_size": [3, 2], "norm_type": 4, "ceil_mode": True}),
    ("AdaptiveMaxPool1d", {"output_size": 5}),
    ("AdaptiveMaxPool2d", {"output_size": [3, 2]}),
    ("AdaptiveMaxPool3d", {"output_size": 2}),
    ("BatchNorm3d", {"affine": False}),
    ("InstanceNorm2d", {"affine": True}),
    ("RMSNorm", {"eps": 0.1, "elementwise_affine": False}),
    ("LocalResponseNorm", {"size": 2, "alpha": 1.0, "k": 2.0}),
    ("PReLU", {"num_parameters": 8}),
    ("CELU", {"alpha": 2.0}),
    ("Hardtanh", {"min_val": 0.0, "max_val": 6.0}),
    ("Softplus", {"beta": 3.0, "threshold": 1.0}),
    ("Threshold", {"threshold": 0.0, "value": -1.0}),
    ("LogSoftmax", {"dim": 1}),
    ("GLU", {"dim": 1}),
    ("ZeroPad1d", {"padding": [2, 0]}),
    ("ConstantPad2d", {"padding": [1, 2, 0, 3], "value": -1.5}),
    ("ReflectionPad2d", {"padding": [3, 0, 2, 1]}),
    ("CircularPad3d", {"padding": [1, 0, 2, 1, 0, 3]}),
    ("Upsample", {"mode": "trilinear", "scale_factor": 1.5}),
    ("Upsample", {"size": [2, 3, 4]}),
    ("PixelShuffle", {"upscale_factor": 1}),
    ("PixelUnshuffle", {"downscale_factor": 3}),
    ("ChannelShuffle", {"groups": 4}),
    ("Permute", {"dims": [2, 3, 1]}),
    ("Bilinear", {"out_features": "auto", "bias": False, "init": "xavier"}),
    ("MatMul", {"transpose": True}),
    ("CosineSimilarity", {"dim": -1}),
    ("PairwiseDistance", {"p": 1.0, "keepdim": True}),
]  # fmt: skip


def _cases() -> list[Any]:
    cases = []
    for name, kind in Layer.kinds().items():
        layers = [kind(), kind.clicked()]
        layers += [
            made for other, settings in VARIANTS if other == name and (made := Layer.parse(_doc(name, settings)))
        ]
        for layer in dict.fromkeys(layers):
            for dimensions in layer.dimensions or (1, 2, 3, 4):
                for shape in SHAPES[dimensions]:
                    marks = ",".join(f"{k}={v}" for k, v in layer.document(brief=True).items() if k != "kind")
                    for number in _numbers_of_inputs(layer):
                        shapes = _shapes(layer, shape, number)
                        if _suits(layer, shapes):
                            cases.append(pytest.param(layer, shapes, id=f"{name}({marks})-{shape}-{number}"))
    return cases


def _numbers_of_inputs(layer: Layer) -> list[int]:
    """The least, and the most where it is a mask that comes last."""
    least, most = layer.inputs
    return [least, most] if most is not None and most > least and wanted(layer, most - 1) == "mask" else [least]


def _shapes(layer: Layer, shape: Shape, number: int) -> tuple[Shape, ...]:
    """Inputs of this shape that hold what the layer takes."""
    held = [wanted(layer, place) for place in range(number)]
    made: dict[str, Shape] = {"ids": Ids(shape, 20), "mask": Flags(shape[:1])}
    return tuple(made.get(content, shape) for content in held)


def _suits(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    """Whether the layer's own rules let it take such inputs: a mode for sequences is no mode for pictures."""
    try:
        layer.sized((5,)).check(*shapes)
    except WrongInput as refusal:
        assert "Received" in str(refusal)
        return False
    return True


def _doc(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    return {"kind": name, **settings}


CASES = _cases()
KINDS = [pytest.param(kind, id=name) for name, kind in Layer.kinds().items()]
SETTINGS = [
    pytest.param(kind, setting, id=f"{name}.{setting.name}")
    for name, kind in Layer.kinds().items()
    for setting in kind.settings()
]


def _inputs(shapes: tuple[Shape, ...], batch: int, seed: int = 0) -> list[Tensor]:
    random = torch.Generator().manual_seed(seed)
    made: list[Tensor] = []
    for shape in shapes:
        if isinstance(shape, Ids):
            made.append(torch.randint(0, shape.vocabulary, (batch, *shape), generator=random))
        elif isinstance(shape, Flags):
            made.append(torch.rand(batch, *shape, generator=random) < 0.4)
        else:
            made.append(torch.randn(batch, *shape, generator=random))
    return made


def _built(layer: Layer, shapes: tuple[Shape, ...]) -> torch.nn.Module:
    torch.manual_seed(0)
    return layer.sized((5,)).build(*shapes)


@pytest.mark.parametrize("kind", Layer.kinds().values())
def test_it_is_tried_with_its_defaults_on_every_form_that_it_takes(kind: type[Layer]) -> None:
    tried = {shapes for layer, shapes in (case.values for case in CASES) if layer == kind()}
    forms = {len(shape) for shapes in tried for shape in shapes if not isinstance(shape, Flags)}
    assert tried and (not kind.inputs[0] or forms == set(kind.dimensions or (1, 2, 3, 4)))


@pytest.mark.parametrize(("name", "settings"), VARIANTS)
def test_a_variant_is_tried_on_some_form(name: str, settings: dict[str, Any]) -> None:
    assert Layer.parse(_doc(name, settings)) in [case.values[0] for case in CASES]


@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_the_shape_known_beforehand_is_the_real_one(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    module = _built(layer, shapes)
    if isinstance(layer, Input):
        return
    known = facts(layer.sized((5,)), shapes)
    assert known.fault == ""
    for batch in (2, 3):
        assert tuple(module(*_inputs(shapes, batch)).shape) == (batch, *(known.shape or ()))
    assert known.parameters == sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_gradients_are_finite_and_the_input_stays_as_it_was(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    module = _built(layer, shapes)
    inputs = [x.requires_grad_(x.is_floating_point()) for x in _inputs(shapes or ((3,),), 4)]
    before = [x.detach().clone() for x in inputs]
    result = module(*inputs)
    if not result.requires_grad:
        assert not any(True for _ in module.parameters())
        return  # a mask
    (result * torch.randn(result.shape)).sum().backward()
    for x, old in zip(inputs, before, strict=True):
        assert torch.equal(x.detach(), old)
        assert not x.is_floating_point() or (x.grad is not None and torch.isfinite(x.grad).all())
    for weight in module.parameters():
        assert weight.grad is not None and torch.isfinite(weight.grad).all()


@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_an_example_gives_the_same_alone_and_among_others(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    module = _built(layer, shapes)
    shapes = shapes or ((3,),)
    with torch.no_grad():
        module(*_inputs(shapes, 5, seed=1))  # whatever it remembers of a batch, it has now
        module.eval()
        inputs = _inputs(shapes, 4)
        together = module(*inputs)
        for number in range(4):
            alone = module(*(x[number : number + 1] for x in inputs))
            torch.testing.assert_close(alone[0], together[number], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("layer", "shapes"), CASES)
def test_in_evaluation_it_has_no_chance_and_no_memory(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    module = _built(layer, shapes).eval()
    inputs = _inputs(shapes or ((3,),), 2)
    with torch.no_grad():
        assert torch.equal(module(*inputs), module(*inputs))


@pytest.mark.parametrize("kind", KINDS)
def test_its_document_makes_it_again(kind: type[Layer]) -> None:
    for layer in (kind(), kind.clicked()):
        for brief in (False, True):
            assert Layer.parse(layer.document(brief)) == layer
    assert hash(kind()) == hash(kind())


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_is(kind: type[Layer]) -> None:
    assert len(kind.about()) > 20 and kind.about().endswith(".")
    assert kind.__name__ not in ("Layer",) and kind.group
    assert kind.module.__call__ is not None and issubclass(kind.module, torch.nn.Module)
    least, most = kind.inputs
    assert least >= 0 and (most is None or most >= least)


#: Layers that nobody proposed: where numbers enter, the same numbers laid out otherwise, and torch's x - tanh(x).
NOBODYS = {"Input", "Flatten", "Reshape", "Permute", "Tanhshrink", "Transpose", "PaddingMask", "MaskSteps"}


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_what_it_computes_when_to_use_it_and_who_proposed_it(kind: type[Layer]) -> None:
    assert kind.formula and "\n" not in kind.formula
    assert len(kind.advice()) > 20 and kind.advice().endswith(".")
    assert "Paper" not in (kind.__doc__ or ""), "papers stand in `paper`"
    for paper in kind.paper.split("; ") if kind.kind() not in NOBODYS else []:
        assert re.fullmatch(r"\S.*, .+ \((1[89]|20)\d\d\)", paper), paper


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_works_in_place(kind: type[Layer]) -> None:
    module = _first_that_builds(kind())
    assert not getattr(module, "inplace", False)
    assert "inplace" not in kind.model_fields


def _first_that_builds(layer: Layer) -> torch.nn.Module:
    for dimensions in layer.dimensions or (1, 2, 3, 4):
        shapes = _shapes(layer, SHAPES[dimensions][0], layer.inputs[0])
        try:
            return layer.sized((5,)).build(*shapes)
        except WrongInput:
            continue
    raise AssertionError(f"{layer} builds for none of the shapes")


@pytest.mark.parametrize(("kind", "setting"), SETTINGS)
def test_a_setting_is_explained_and_bounded(kind: type[Layer], setting: Any) -> None:
    assert len(setting.help) > 15 and setting.help.endswith("."), "each setting says what it is"
    assert setting.type != "other", "a form can be made of it"
    assert not setting.required, "a click adds a layer with nothing left to fill in"
    if setting.type in ("int", "float", "ints"):
        assert setting.low is not None and setting.high is not None


@pytest.mark.parametrize(("kind", "setting"), SETTINGS)
def test_a_wrong_setting_is_refused_with_its_place(kind: type[Layer], setting: Any) -> None:
    wrong: list[Any] = [{"a": 1}, [["x"]]]
    if setting.type != "text":
        wrong.append("no such thing")
    if setting.type in ("int", "ints"):
        wrong += [setting.low - 1, setting.high + 1, 1.5, True, float("nan")]
    if setting.type == "ints":
        wrong += [[setting.low - 1, 1], [setting.high + 1, 1], [1.5, 1]]
    if setting.type == "float":
        wrong += [setting.low - 1, setting.high + 1, float("inf")]
    if not setting.optional:
        wrong.append(None)
    for value in wrong:
        problems = Problems()
        assert Layer.parse(_doc(kind.kind(), {setting.name: value}), "layers.it", problems) is None, value
        assert [problem.place for problem in problems] == [f"layers.it.{setting.name}"], value
        assert all(problem.message for problem in problems)


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_setting_is_refused(kind: type[Layer]) -> None:
    with pytest.raises(WrongInput, match="has no setting `filters`"):
        Layer.parse(_doc(kind.kind(), {"filters": 3}))


@pytest.mark.parametrize(("layer", "shapes"), CASES[::3])
def test_settings_that_it_proposes_can_be_built(layer: Layer, shapes: tuple[Shape, ...]) -> None:
    for title, fitted in itertools.islice(layer.sized((5,)).fitting(*shapes), 6):
        assert title and type(fitted).family == "layers"
