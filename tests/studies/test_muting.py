"""Muting: what is muted says nothing, what is not is left alone, and the loss is measured."""

from __future__ import annotations

import copy

import pytest
import torch
from stand_ins import CLASSES, GREY, convolutional, data, examples
from torch import nn

from dlviz.asking.pose import pose
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.layers.multihead_attention import Attention
from dlviz.studies.muted import Unit, mute, parse_units, units
from dlviz.studies.muting import Muting
from dlviz.studies.study import Finding, Inquiry
from dlviz.tasks.classification import Classification


def two_votes() -> tuple[nn.Sequential, Data]:
    """The class is the sign of the first column, which unit 0 alone sees; unit 1 sees nothing of use."""
    x = torch.randn(200, 2, generator=torch.Generator().manual_seed(0))
    fields = Fields({"x": Vector(names=("a", "b"))}, {"y": Category(names=("low", "high"))})
    part = Examples({"x": x, "y": (x[:, 0] > 0).long()}, torch.arange(200))
    network = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2))
    with torch.no_grad():
        network[0].weight.copy_(torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
        network[0].bias.zero_()
        network[2].weight.copy_(torch.tensor([[0.0, 0.0], [10.0, 0.0]]))
        network[2].bias.copy_(torch.tensor([1e-3, 0.0]))
    return network, Data(fields, part, part, part, {})


def studied(network: nn.Module, among: Data, **settings: str) -> Finding:
    put = pose(Classification(), {"model": network}, among, "test", 0, None)
    study = Muting.parse({"kind": "Muting", **settings})
    assert study is not None
    return study.study(Inquiry(put.question, "test", 0), lambda done, of: None)


def test_a_unit_on_which_a_class_depends_is_found() -> None:
    network, among = two_votes()
    before = copy.deepcopy(network.state_dict())
    found = studied(network, among, units="0:0")
    told = found.numbers
    assert told["before"]["all"] == 1.0  # type: ignore[index]
    assert told["after"]["high"] == 0.0 and told["after"]["low"] == 1.0  # type: ignore[index]
    assert "“high” loses most" in found.says
    assert "nothing becomes worse" in studied(network, among, units="0:1").says
    assert studied(network, among).numbers["losses"] == pytest.approx([found_share(among), 0.0])
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def found_share(among: Data) -> float:
    return float(among.validation.columns["y"].double().mean())


def test_a_filter_a_layer_and_a_head_say_nothing() -> None:
    torch.manual_seed(0)
    network = convolutional(1, 8, 3).eval()
    seen: list[torch.Tensor] = []
    mute({"model": network}, [Unit("conv", 2), Unit("conv", 5)])
    network.get_submodule("conv").register_forward_hook(lambda module, inputs, output: seen.append(output))
    network(torch.randn(2, 1, 8, 8))
    silent = seen[0].abs().sum((0, 2, 3)) == 0
    assert silent.nonzero().flatten().tolist() == [2, 5]
    attention = nn.Sequential(Attention(8, 2), nn.Linear(8, 1)).eval()
    x = torch.randn(1, 4, 8)
    assert units(attention) == {"0": 2}
    plain = attention[0](x)
    mute({"model": attention}, [Unit("0", 1)])
    muted = attention[0](x)
    assert not torch.allclose(plain, muted)
    mute({"model": attention}, [Unit("0")])
    torch.testing.assert_close(attention[0](x), attention[0].out_proj.bias.expand(1, 4, 8))


def test_what_is_not_there_is_refused_in_a_sentence() -> None:
    network, among = two_votes()
    for wrong, said in (("9:0", "no layer `9`"), ("0:7", "0 to 1. Received: 7"), ("0:x", "layer:number")):
        with pytest.raises(WrongInput, match=said):
            studied(network, among, units=wrong)
    with pytest.raises(WrongInput, match="There are 0"):
        studied(network, among, layer="nine")
    assert parse_units("") == [] and parse_units("a:1, b") == [Unit("a", 1), Unit("b")]


def test_an_unmuted_network_answers_as_before() -> None:
    torch.manual_seed(0)
    network = convolutional(1, 8, 3)
    among = data(examples(GREY, 10), GREY, CLASSES)
    plain = pose(Classification(), {"model": network}, among, "test", 1, None)
    muted = pose(Classification(), {"model": network}, among, "test", 1, 0, muted=[Unit("conv_2")])
    again = pose(Classification(), {"model": network}, among, "test", 1, None)
    assert (plain.prediction.data == again.prediction.data).all()
    assert (plain.prediction.data != muted.prediction.data).any()
