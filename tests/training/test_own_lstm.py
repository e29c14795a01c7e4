"""Own LSTM: the same states and gradients as torch's, in the same bits whoever shares the work, or it is not used."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from dlviz.training.engine import choose
from dlviz.training.engine.own_lstm import OwnLstm, own_lstm, serves
from dlviz.training.engine.plan import Choice, Plan
from dlviz.training.engine.timing import with_threads
from dlviz.training.kernel import compiling
from tests.training.test_loop import loop_of
from tests.training.toys import DEMANDING

pytestmark = pytest.mark.skipif(compiling.status() == "impossible", reason="numba is not there")


def sequences(**training: Any) -> dict[str, Any]:
    """Small pictures, read row by row."""
    nodes = [
        {"kind": "Input"}, {"kind": "Reshape", "shape": [-1, 16]},
        {"kind": "LSTM", "hidden_size": 40, "num_layers": 2, "dropout": 0.2, "output": "last"},
        {"kind": "Linear", "out_features": "auto"},
    ]  # fmt: skip
    return {
        **copy.deepcopy(DEMANDING),
        "networks": {"model": nodes},
        "optimization": {"optimizer": {"kind": "Adam", "lr": 0.01}},
        "training": {"epochs": 1, "batch_size": 40, "device": "cpu", "precision": "float32", **training},
    }


def results(cell: nn.Module, weights: list[nn.Parameter], x: Tensor, seed: int, bfloat16: bool = False) -> list[Tensor]:
    """States, and the gradients of a sum of all that an LSTM gives, each with a weight of its own."""
    x = x.clone().requires_grad_()
    with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
        steps, (hidden, memory) = cell(x)
    draw = torch.Generator().manual_seed(seed)
    loss = sum((found.float() * torch.randn(found.shape, generator=draw)).sum() for found in (steps, hidden, memory))
    assert isinstance(loss, Tensor)
    return [steps, hidden, memory, *torch.autograd.grad(loss, [x, *weights])]


def apart(mine: Tensor, other: Tensor) -> float:
    return float((mine.float() - other.float()).detach().norm() / other.float().detach().norm())


@pytest.mark.parametrize("batch", [1, 16, 21])
@pytest.mark.parametrize(
    "settings",
    [{}, {"bias": False}, {"num_layers": 2, "bidirectional": True, "dropout": 0.3}],
    ids=["one", "without bias", "stacked, both ways"],
)
def test_states_and_gradients_are_those_of_torch(settings: dict[str, Any], batch: int) -> None:
    torch.manual_seed(batch)
    cell = nn.LSTM(7, 33, batch_first=True, **settings).eval()  # nothing left to chance
    weights, x = list(cell.parameters()), torch.randn(batch, 9, 7)
    wanted = results(cell, weights, x, 1)
    for mine, other in zip(results(OwnLstm(cell), weights, x, 1), wanted, strict=True):
        assert mine.shape == other.shape and apart(mine, other) < 1e-5
    rounded = [apart(*pair) for pair in zip(results(OwnLstm(cell), weights, x, 1, True), wanted, strict=True)]
    torchs = [apart(*pair) for pair in zip(results(cell, weights, x, 1, True), wanted, strict=True)]
    assert max(rounded) < 0.02 and sum(rounded) < 1.5 * sum(torchs), "no further from the exact numbers than torch's"


def test_only_the_last_state_is_asked_for_and_threads_do_not_change_a_bit() -> None:
    cell = nn.LSTM(5, 32, batch_first=True)
    own, x = OwnLstm(cell), torch.randn(40, 6, 5)
    for way in (own, cell):
        cell.zero_grad()
        with with_threads(2):
            steps, (hidden, _) = way(x)
            hidden.square().sum().backward()
        found = [weight.grad.clone() for weight in cell.parameters() if weight.grad is not None]
        if way is own:
            mine, many = found, steps.detach().clone()
    assert all(apart(a, b) < 1e-5 for a, b in zip(mine, found, strict=True))
    with with_threads(1):
        assert torch.equal(own(x)[0], many)


def test_it_shares_weights_and_what_it_cannot_do_goes_to_the_original() -> None:
    cell = nn.LSTM(4, 32, batch_first=True)
    network = nn.Sequential(nn.Identity(), cell)
    twin = own_lstm(network)
    assert isinstance(twin, nn.Sequential) and isinstance(twin[1], OwnLstm) and twin[0] is network[0]
    assert [id(weight) for weight in twin.parameters()] == [id(weight) for weight in network.parameters()]
    assert network[1] is cell
    x = torch.randn(3, 5, 4)
    state = (torch.ones(1, 3, 32), torch.ones(1, 3, 32))
    assert torch.equal(twin[1](x, state)[0], cell(x, state)[0])
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor([5, 3, 1]), batch_first=True)
    assert torch.equal(twin[1](packed)[0].data, cell(packed)[0].data)
    for other in (nn.LSTM(4, 32), nn.LSTM(4, 8, batch_first=True), nn.LSTM(4, 32, batch_first=True, proj_size=9)):
        assert not serves(other) and own_lstm(nn.Sequential(other)) is None
    assert own_lstm(nn.Sequential(nn.GRU(4, 32))) is None


def test_a_run_takes_it_by_rule_keeps_it_and_learns_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "SHORT_KERNEL", 0.0)
    monkeypatch.setattr(choose, "_FEW_STEPS", 1)
    ends = []
    for _ in range(2):
        loop = loop_of(sequences())
        loop.train()
        assert loop.plan.own_lstm and "compiled LSTM" in loop.plan.title
        assert [text for text in loop.choice.because if text.startswith("A compiled LSTM")]
        ends.append([weight.detach().clone() for weight in loop.parameters["model"]])
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))
    assert Plan.parse(loop.plan.document()) == loop.plan
    assert not loop.plan.suits(loop.training.model_copy(update={"engine": "eager"}))
    asked = loop_of(sequences(engine="eager"))
    assert not choose.choose(asked).plan.own_lstm


def test_without_a_compiler_and_where_it_computes_something_else_it_is_not_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(choose, "SHORT_KERNEL", 0.0)
    monkeypatch.setattr(choose, "_FEW_STEPS", 1)
    loop = loop_of(sequences())
    code = compiling.code()
    monkeypatch.setattr(compiling, "_loaded", code._replace(backward=lambda *_: None))
    found = choose.choose(loop)
    assert not found.plan.own_lstm and [text for text in found.declined if text.startswith("A compiled LSTM: checked")]
    assert not [text for text in found.because if "compiled LSTM" in text]
    monkeypatch.setattr(compiling, "_loaded", None)
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert "A compiled LSTM needs numba, which is not there." in choose.choose(loop).declined
    loop.chosen, loop.choice = True, Choice(replace(Plan(threads=1), own_lstm=True))
    monkeypatch.setattr(compiling, "code", lambda: 1 / 0)
    loop._set_out()  # a checkpoint of a machine that has one
    assert not loop.plan.own_lstm
