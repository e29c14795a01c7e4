"""Networks that write: what is drawn, and that remembering changes nothing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.data import Fields
from dlviz.generation.cached import cached, whole_logits
from dlviz.generation.sampling import drawn, shaped
from dlviz.generation.write import write
from dlviz.network.build import build
from dlviz.tasks.language_model import LanguageModel
from dlviz.tasks.starters import graph

KIND = Tokens(vocabulary=("<pad>", "<unk>", *"abcdefghij"), length=12)
FIELDS = Fields({"text": KIND}, {"next": KIND})
STARTERS = LanguageModel().starters(FIELDS)


def network(title: str) -> nn.Module:
    torch.manual_seed(3)
    role = LanguageModel().roles(FIELDS)["model"]
    return build(STARTERS[title]["model"], role.inputs, role.output)


def test_temperature_top_k_and_top_p_by_hand() -> None:
    logits = torch.tensor([0.5, 0.25, 0.15, 0.1]).log()
    assert torch.allclose(shaped(logits), torch.tensor([0.5, 0.25, 0.15, 0.1]))
    squared = torch.tensor([0.25, 0.0625, 0.0225, 0.01])
    assert torch.allclose(shaped(logits, temperature=0.5), squared / squared.sum())
    assert shaped(logits, temperature=0.0).tolist() == [1, 0, 0, 0]
    assert torch.allclose(shaped(logits, top_k=2), torch.tensor([2 / 3, 1 / 3, 0, 0]))
    assert torch.allclose(shaped(logits, top_p=0.7), torch.tensor([2 / 3, 1 / 3, 0, 0]))
    assert torch.allclose(shaped(logits, top_p=0.8), torch.tensor([0.5, 0.25, 0.15, 0]) / 0.9)
    assert shaped(logits, top_p=0.0).tolist() == [1, 0, 0, 0]


def test_what_is_drawn_comes_as_often_as_it_is_likely() -> None:
    rows = torch.tensor([0.7, 0.2, 0.1]).expand(20_000, 3)
    counts = torch.bincount(drawn(rows, torch.Generator().manual_seed(0)), minlength=3) / 20_000
    assert torch.allclose(counts, rows[0], atol=0.01)


@pytest.mark.parametrize("title", STARTERS)
def test_a_memory_changes_no_logit(title: str) -> None:
    made = network(title)
    LanguageModel().prepare({"model": made}, FIELDS, None)
    memory = cached(made, KIND.length, len(KIND.vocabulary))
    assert memory is not None
    ids = torch.randint(2, 12, (3, 9), generator=torch.Generator().manual_seed(1))
    whole = whole_logits(made, ids, KIND.length)
    memory.read(ids[:, :4])
    for at in range(4, 9):
        found = memory.read(ids[:, at : at + 1])
        assert torch.allclose(found, whole[:, at], atol=1e-5)
    memory.forget()
    memory.read(ids[:, :4])
    memory.keep(torch.tensor([2, 0, 2]))
    found = memory.read(ids[[2, 0, 2], 4:5])
    assert torch.allclose(found, whole[[2, 0, 2], 4], atol=1e-5)


def test_a_network_that_looks_ahead_or_mixes_steps_is_read_whole() -> None:
    role = LanguageModel().roles(FIELDS)["model"]
    around = graph([
        {"name": "input", "kind": "Input"},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 8},
        {"name": "turn", "kind": "Transpose"},
        {"name": "conv", "kind": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": "same"},
        {"name": "back", "kind": "Transpose"},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ])  # fmt: skip
    made = build(around, role.inputs, role.output)
    assert cached(made, KIND.length, len(KIND.vocabulary)) is None
    with pytest.raises(WrongInput, match="a step and those before it alone"):
        LanguageModel().prepare({"model": made}, FIELDS, None)
    assert len(list(write(made, torch.tensor([3, 4]), KIND, many=20, temperature=0.0))) == 20


@pytest.mark.parametrize("title", ["GPT", "LSTM"])
def test_it_writes_the_same_with_and_without_a_memory(title: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = network(title)
    prompt = torch.tensor([5, 6, 7])
    fast = list(write(made, prompt, KIND, many=8, temperature=0.0))
    assert min(fast) >= 2
    monkeypatch.setattr("dlviz.generation.write.cached", lambda *_: None)
    assert list(write(made, prompt, KIND, many=8, temperature=0.0)) == fast


def test_it_writes_beyond_what_it_can_see_and_a_seed_decides() -> None:
    made = network("GPT")

    def text(seed: int) -> list[int]:
        random = torch.Generator().manual_seed(seed)
        return list(write(made, torch.tensor([5]), KIND, many=40, random=random))

    assert len(text(0)) == 40 and text(0) == text(0) != text(1)


def test_a_table_of_pairs_by_hand() -> None:
    from dlviz.tasks.bigram import Bigram

    logs = torch.tensor([[0.5, 0.5], [0.25, 0.75]]).log()
    table = Bigram(logs)
    found = table.loss(torch.tensor([[1, 1, 0]]), torch.tensor([[1, 1, 0]]))
    assert found == pytest.approx(-math.log(0.75))
    text = torch.tensor([2, 3] * 500)[None]
    learned = Bigram.learned(text[:, :-1], text[:, 1:], 4)
    assert learned.loss(text[:, :-1], text[:, 1:]) < 0.01
