"""Networks that read one text and write another: remembering changes nothing, a beam finds what trying all finds."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.answer_encoder import END, END_ID, START, START_ID
from dlviz.datasets.data import Fields
from dlviz.generation.answering import Stepwise, Whole, answering
from dlviz.generation.beam import beam_search, penalty
from dlviz.generation.greedy import greedy
from dlviz.generation.looks import cross_attention
from dlviz.network.build import build
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.tasks.starters import graph

READ = Tokens(vocabulary=("<pad>", "<unk>", *"abcdef"), length=7)
ANSWER = Tokens(vocabulary=("<pad>", "<unk>", START, END, *"xyz"), length=5)
FIELDS = Fields({"source": READ, "so_far": ANSWER}, {"target": ANSWER})
TASK = SequenceToSequence()
STARTERS = TASK.starters(FIELDS)
SOURCE = torch.tensor([[2, 3, 4, 0, 0, 0, 0], [7, 6, 5, 4, 3, 2, 2], [5, 0, 0, 0, 0, 0, 0]])


def network(title: str = "Transformer", seed: int = 3) -> nn.Module:
    torch.manual_seed(seed)
    role = TASK.roles(FIELDS)["model"]
    made = build(STARTERS[title]["model"], role.inputs, role.output)
    with torch.no_grad():  # an answer should hang on the text and on itself, as in a trained network
        for weight in made.parameters():
            weight.mul_(1.7)
    return made.eval()


@pytest.mark.parametrize("title", STARTERS)
def test_a_memory_changes_no_logit(title: str) -> None:
    made = network(title)
    whole, step = Whole(made, SOURCE, 5), answering(made, SOURCE, 5)
    assert isinstance(step, Stepwise)
    token = torch.full((3,), START_ID)
    for _ in range(2):
        one, other = whole.read(token), step.read(token)
        assert torch.allclose(one, other, atol=1e-4)
        token = one[:, 4:].argmax(1) + 4
    rows = torch.tensor([2, 0, 0, 1])
    for reader in (whole, step):
        reader.keep(rows)
    for _ in range(2):
        assert torch.allclose(whole.read(token[rows]), step.read(token[rows]), atol=1e-4)


@pytest.mark.parametrize("title", STARTERS)
def test_padding_and_neighbours_change_no_answer(title: str) -> None:
    made = network(title)
    together = greedy(made, SOURCE, 5)
    for row, ids in zip(SOURCE, together, strict=True):
        assert torch.equal(greedy(made, row[row != 0][None], 5)[0], ids)
    assert made.training is False and int(together[together > 0].min()) >= END_ID


def test_the_likeliest_token_each_time() -> None:
    made, text = network(), SOURCE[:1]
    answer, so_far = greedy(made, text, 5)[0].tolist(), [START_ID]
    for token in filter(None, answer):
        padded = torch.tensor([so_far + [0] * (5 - len(so_far))])
        logits = made(text, padded)[0, len(so_far) - 1]
        assert token == int(logits[END_ID:].argmax()) + END_ID
        so_far.append(token)


@pytest.mark.parametrize("alpha", [0.0, 0.8])
def test_a_wide_beam_finds_what_trying_every_answer_finds(alpha: float) -> None:
    made, length = network(seed=5), 3
    texts = SOURCE[:2]
    wide = beam_search(made, texts, length, width=120, alpha=alpha)
    narrow = beam_search(made, texts, length, width=2, alpha=alpha)
    for text, best, few in zip(texts, wide, narrow, strict=True):
        known = {}
        for many in range(length + 1):
            for letters in itertools.product((4, 5, 6), repeat=many):
                ids = [*letters, END_ID] if many < length else [*letters]
                known[tuple(ids)] = log_probability(made, text, ids)
        scores = {ids: value / ((5 + len(ids)) / 6) ** alpha for ids, value in known.items()}
        order = sorted(scores, key=lambda ids: -scores[ids])
        assert [tuple(one.ids) for one in best[:5]] == order[:5]
        for one in (*best, *few):
            assert one.log_probability == pytest.approx(known[tuple(one.ids)], abs=1e-4)
            assert one.score == pytest.approx(scores[tuple(one.ids)], abs=1e-4)
        assert len(few) == 2 and few[0].score <= best[0].score + 1e-5
    assert penalty(1, alpha) == 1 and penalty(7, 1.0) == 2


@torch.no_grad()
def log_probability(made: nn.Module, text: Tensor, ids: list[int]) -> float:
    so_far = torch.tensor([START_ID, *ids[:-1]] + [0] * (5 - len(ids)))
    logs = made(text[None], so_far[None])[0].log_softmax(1)
    return float(sum(logs[place, token] for place, token in enumerate(ids)))


@pytest.mark.parametrize(("title", "heads"), [("Transformer", 4), ("GRU with attention", 1)])
def test_where_it_looked_adds_up_to_one_and_never_to_padding(title: str, heads: int) -> None:
    made = network(title)
    found = cross_attention(made, SOURCE, torch.tensor([[2, 4, 5]]).expand(3, -1))
    assert len(found) == 1
    (weights,) = found.values()
    assert weights.shape == (3, heads, 3, 7)
    assert torch.allclose(weights.sum(3), torch.ones(3, heads, 3), atol=1e-5)
    assert float(weights[2, :, :, 1:].abs().max()) == 0
    assert cross_attention(made, SOURCE, torch.tensor([[2]]).expand(3, -1)).keys() == found.keys()


def test_a_network_that_mixes_steps_is_read_whole_and_one_that_looks_ahead_refused() -> None:
    role = TASK.roles(FIELDS)["model"]
    ahead = graph([
        {"name": "source", "kind": "Input", "field": "source", "inputs": []},
        {"name": "mask", "kind": "PaddingMask"},
        {"name": "read", "kind": "Embedding", "embedding_dim": 8, "inputs": ["source"]},
        {"name": "so_far", "kind": "Input", "field": "so_far", "inputs": []},
        {"name": "written", "kind": "Embedding", "embedding_dim": 8},
        {"name": "turn", "kind": "Transpose"},
        {"name": "conv", "kind": "Conv1d", "out_channels": 8, "kernel_size": 3, "padding": "same"},
        {"name": "back", "kind": "Transpose"},
        {"name": "look", "kind": "MultiheadAttention", "num_heads": 1, "inputs": ["back", "read", "mask"]},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ])  # fmt: skip
    torch.manual_seed(0)
    made = build(ahead, role.inputs, role.output)
    assert isinstance(answering(made, SOURCE, 5), Whole)
    with pytest.raises(WrongInput, match="what it has written so far alone"):
        TASK.prepare({"model": made}, FIELDS, None)
    TASK.prepare({"model": network()}, FIELDS, None)
