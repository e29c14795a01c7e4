"""Every built-in block builds, learns, and is visible by name; the known ones compute what torch computes."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlviz.blocks import Blueprint, builtin
from dlviz.core.problems import Problems, WrongInput
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.network.build import build
from dlviz.network.facts import example
from dlviz.network.graph import Graph
from dlviz.network.shapes import infer

#: What enters each block, chosen to fit its defaults, and what must come out.
SHAPES: dict[str, tuple[tuple[Shape, ...], Shape]] = {
    "ConvNormAct": (((3, 8, 8),), (16, 8, 8)),
    "Inception": (((16, 8, 8),), (64, 8, 8)),
    "Residual": (((16, 8, 8),), (16, 8, 8)),
    "ResidualDown": (((16, 8, 8),), (32, 4, 4)),
    "SqueezeExcite": (((16, 8, 8),), (16, 8, 8)),
    "TransformerDecoderBlock": (((5, 64), (7, 64), Flags((7,))), (5, 64)),
    "TransformerEncoderBlock": (((7, 64), Flags((7,))), (7, 64)),
    "UNetDown": (((16, 8, 8),), (32, 4, 4)),
    "UNetUp": (((32, 4, 4), (16, 8, 8)), (16, 8, 8)),
}
BLOCKS = pytest.mark.parametrize("blueprint", builtin().values(), ids=lambda one: one.title)


def graph(document: list[Any]) -> Graph:
    problems = Problems()
    parsed = Graph.parse(document, "networks.model", problems)
    assert parsed is not None, list(problems)
    return parsed


@BLOCKS
def test_it_builds_and_learns(blueprint: Blueprint) -> None:
    shapes, gives = SHAPES[blueprint.title]
    block = blueprint.block()
    assert len(shapes[0]) in blueprint.takes and block.dimensions in ((), blueprint.takes)
    torch.manual_seed(0)
    module = block.build(*shapes)
    inputs = [example(shape, 2) for shape in shapes]
    inputs = [torch.rand_like(x).requires_grad_() if x.is_floating_point() else x for x in inputs]
    result = module(*inputs)
    assert tuple(result.shape) == (2, *gives)
    (result * torch.rand_like(result)).sum().backward()
    assert all(weight.grad is not None and weight.grad.isfinite().all() for weight in module.parameters())
    assert all(x.grad is not None and x.grad.abs().sum() > 0 for x in inputs if x.is_floating_point())


@BLOCKS
def test_it_is_visible_by_name_in_a_network(blueprint: Blueprint) -> None:
    shapes, gives = SHAPES[blueprint.title]
    ports = [{"name": f"in{number}", "kind": "Input"} for number in range(len(shapes))]
    reads = [port["name"] for port in ports]
    fields = {f"x{number}": shape for number, shape in enumerate(shapes)}
    drawn = graph([*ports, {"name": "stage", **blueprint.node(), "inputs": reads}])
    report = infer(drawn, fields, gives)
    assert report.problems == () and report.nodes["stage"].shape == gives
    network = build(drawn, fields, gives)
    inner = {str(node["name"]) for node in blueprint.nodes if node["kind"] != "Input"}
    assert {name for name, _ in network.get_submodule("stage").named_children()} == inner
    assert sum(weight.numel() for weight in network.parameters()) == report.nodes["stage"].parameters


@BLOCKS
def test_its_words_and_settings_are_complete(blueprint: Blueprint) -> None:
    assert blueprint.about.endswith(".") and blueprint.paper
    used = {value[1:] for node in blueprint.nodes for value in node.values() if str(value).startswith("$")}
    used -= {""}
    assert used == set(blueprint.settings), "each setting is used"
    assert all(lifted.help.endswith(".") for lifted in blueprint.settings.values())
    with pytest.raises(WrongInput, match="has no setting `chanels`"):
        blueprint.node(chanels=3)


def test_settings_reach_the_layers_inside() -> None:
    block = builtin()["ConvNormAct"].block(channels=5, kernel_size=5, padding=2, stride=2)
    assert tuple(block.build((3, 8, 8))(torch.rand(2, 3, 8, 8)).shape) == (2, 5, 4, 4)
    with pytest.raises(WrongInput, match="out_channels"):
        builtin()["ConvNormAct"].block(channels=-1)


def test_a_node_is_its_own_copy() -> None:
    node = builtin()["Residual"].node()
    node["nodes"][1]["kernel_size"] = 9
    assert builtin()["Residual"].node()["nodes"][1]["kernel_size"] == 3


def test_a_residual_adds_what_came_in() -> None:
    module = builtin()["Residual"].block().build((16, 8, 8)).eval()
    for norm in (module.norm1, module.norm2):
        nn.init.zeros_(norm.weight)
    x = torch.randn(2, 16, 8, 8)
    torch.testing.assert_close(module(x), x.relu())


def test_squeeze_and_excite_scales_whole_channels() -> None:
    module = builtin()["SqueezeExcite"].block().build((16, 8, 8))
    x = torch.rand(2, 16, 8, 8) + 0.5
    ratio = module(x) / x
    gate = torch.sigmoid(module.expand(torch.relu(module.reduce(x.mean((2, 3), keepdim=True)))))
    torch.testing.assert_close(ratio, gate.expand_as(x))


def _with_weights_of(torch_layer: nn.Module, module: nn.Module, looks: dict[str, str], rest: dict[str, str]) -> None:
    """Copy torch's weights: `looks` attention → torch's, `rest` other layers → torch's."""
    state: dict[str, Tensor] = {}
    theirs = torch_layer.state_dict()
    for ours, name in looks.items():
        for kind in ("weight", "bias"):
            parts = theirs[f"{name}.in_proj_{kind}"].chunk(3)
            state |= {f"{ours}.{p}_proj.{kind}": part for p, part in zip("qkv", parts, strict=True)}
            state[f"{ours}.out_proj.{kind}"] = theirs[f"{name}.out_proj.{kind}"]
    state |= {f"{ours}.{kind}": theirs[f"{name}.{kind}"] for ours, name in rest.items() for kind in ("weight", "bias")}
    module.load_state_dict(state)


def _shaken(module: nn.Module) -> nn.Module:
    """Norms that do something: no scale of 1, no shift of 0."""
    for name, weight in module.named_parameters():
        if "norm" in name:
            nn.init.normal_(weight, 1.0, 0.2)
    return module.eval()


def test_the_transformer_encoder_computes_what_torch_computes() -> None:
    torch.manual_seed(0)
    theirs = _shaken(nn.TransformerEncoderLayer(64, 4, 256, norm_first=True, batch_first=True))
    module = builtin()["TransformerEncoderBlock"].block().build((7, 64), Flags((7,))).eval()
    rest = {"norm1": "norm1", "norm2": "norm2", "expand": "linear1", "reduce": "linear2"}
    _with_weights_of(theirs, module, {"attention": "self_attn"}, rest)
    x = torch.randn(3, 7, 64)
    mask = torch.arange(7) >= torch.tensor([7, 4, 2])[:, None]
    real = ~mask[..., None]
    torch.testing.assert_close(module(x, mask) * real, theirs(x, src_key_padding_mask=mask) * real)
    alone = builtin()["TransformerEncoderBlock"].block().build((7, 64)).eval()
    alone.load_state_dict(module.state_dict())
    torch.testing.assert_close(alone(x), theirs(x))
    assert "mask" not in [node.name for node in alone.graph.nodes], "a mask that is not connected is not read"


def test_the_transformer_decoder_computes_what_torch_computes() -> None:
    torch.manual_seed(0)
    theirs = _shaken(nn.TransformerDecoderLayer(64, 4, 256, norm_first=True, batch_first=True))
    module = builtin()["TransformerDecoderBlock"].block().build((5, 64), (7, 64), Flags((7,))).eval()
    looks = {"look_back": "self_attn", "look_at": "multihead_attn"}
    rest = {"expand": "linear1", "reduce": "linear2", **{f"norm{n}": f"norm{n}" for n in (1, 2, 3)}}
    _with_weights_of(theirs, module, looks, rest)
    x, memory = torch.randn(3, 5, 64), torch.randn(3, 7, 64)
    mask = torch.arange(7) >= torch.tensor([7, 4, 2])[:, None]
    causal = nn.Transformer.generate_square_subsequent_mask(5)
    expected = theirs(x, memory, tgt_mask=causal == float("-inf"), tgt_is_causal=True, memory_key_padding_mask=mask)
    torch.testing.assert_close(module(x, memory, mask), expected)


TEXT: list[Any] = [
    "Input",
    {"kind": "Embedding", "embedding_dim": 64},
    "PositionalEncoding",
    {"name": "encoder", **builtin()["TransformerEncoderBlock"].node()},
]
ENDS: list[Any] = [{"kind": "PoolSteps", "name": "pool"}, {"kind": "Linear", "out_features": "auto"}]


def test_text_in_an_encoder_needs_a_mask_and_one_click_connects_it() -> None:
    ids = {"text": Ids((9,), 40)}
    report = infer(graph([*TEXT, *ENDS]), ids, (2,))
    assert {problem.node for problem in report.problems} == {"encoder.attention", "pool"}
    drawn = graph([*TEXT, *ENDS])
    for _ in range(2):
        problem = infer(drawn, ids, (2,)).problems[0]
        assert problem.remedies[0].title == "Connect a padding mask"
        drawn = problem.remedies[0].graph
    assert infer(drawn, ids, (2,)).problems == ()
    assert sum(node.layer.kind() == "PaddingMask" for node in drawn) == 1, "both read the same mask"
    network = build(drawn, ids, (2,)).eval()
    short = torch.tensor([[5, 3, 9, 0, 0, 0, 0, 0, 0]])
    weight = network.get_parameter("embedding.weight")
    before = network(short)
    with torch.no_grad():
        weight[0] = 7.0  # whatever stands for padding
    torch.testing.assert_close(network(short), before)
