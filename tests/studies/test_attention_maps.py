"""Where every head looked: what is known to be looked at is found, and nothing in networks that learned nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from attending import DIGITS, Learned, decided_by_a_word, looked_up, network_of, turned, writing
from stand_ins import GREY, TEXT, convolutional, data, examples
from torch import nn

from dlviz.core.values import Attention, Category, Image, Tokens
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import Question
from dlviz.layers.multihead_attention import Attention as Attending
from dlviz.studies.attention_heads import layer_names
from dlviz.studies.attention_maps import PADDING, REST, AttentionMaps
from dlviz.studies.attention_patterns import Seeing, best, evenness, rules
from dlviz.studies.study import Finding, Inquiry
from dlviz.tasks.classification import Classification
from dlviz.tasks.sequence_starters import recurrent
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.tasks.task import Task


def asked(task: Task, network: nn.Module, among: Data, index: int = 0, **settings: Any) -> Finding:
    inputs = {name: among.test.columns[name][index : index + 1] for name in among.fields.inputs}
    study = AttentionMaps(**settings)
    assert study.why_not(task, {"model": network}, among.fields) is None
    question = Question(task, {"model": network}, among, inputs, 0)
    return study.study(Inquiry(question, "test", index), lambda done, of: None)


def of(world: Learned, network: nn.Module, index: int = 0, **settings: Any) -> Finding:
    return asked(world.task, network, world.data, index, **settings)


def heads(found: Finding) -> list[dict[str, Any]]:
    told = found.numbers["heads"]
    assert isinstance(told, list)
    return told


def test_the_right_layer_looks_up_where_the_letter_stood() -> None:
    world, many = looked_up(), 60

    def mass(network: nn.Module) -> tuple[float, float, float]:
        second, first, before = [], [], []
        for index in range(many):
            looks = of(world, network, index).shown[0].data[:, 0]
            row = torch.nonzero(world.places[index] >= 0)[:, 0].numpy()
            at = world.places[index].numpy()[row]
            first.append(looks[0, row, at])
            second.append(looks[1, row, at])
            before.append(looks[0, np.arange(1, 6), np.arange(5)])
        return tuple(float(np.concatenate(each).mean()) for each in (second, first, before))  # type: ignore[return-value]

    right, other, before = mass(world.network)
    fresh = mass(world.fresh)[0]
    print(
        f"look-up: {right:.4f} of layer 2's mass, {other:.3f} of layer 1's, which looks back ({before:.3f}); "
        f"{fresh:.3f} untrained"
    )
    assert right >= 0.995 and other < 0.5 and before > 0.9
    assert fresh < 0.2


def test_a_sentence_says_which_head_looks_up_and_which_looks_back() -> None:
    world = looked_up()
    longest = int((world.data.test.columns["text"] != 0).sum(1).argmax())
    found = of(world, world.network, longest)
    told = {head["layer"]: head for head in heads(found)}
    assert told["block2"]["looks_at"] == "the token that followed it the last time" and told["block2"]["share"] > 0.8
    assert "ead 1 of block2 looks at the token that followed it the last time" in found.says
    assert "causal" in found.shown[0].title
    assert not any(head["looks_at"] for head in heads(of(world, world.fresh, longest)))
    assert "Where it looked is not why it decided." in found.says


def test_written_backwards_it_looks_from_the_end_to_the_start() -> None:
    world, many = turned(), 50

    def mass(network: nn.Module) -> float:
        found = []
        for index in range(many):
            looks = of(world, network, index).shown[-1].data[0, 0]
            found.append(looks[np.arange(DIGITS), DIGITS - 1 - np.arange(DIGITS)].mean())
        return float(np.mean(found))

    right, fresh = mass(world.network), mass(world.fresh)
    print(f"backwards: {right:.3f} of the cross-attention on the anti-diagonal; {fresh:.3f} untrained")
    assert right >= 0.94
    assert fresh <= 0.25  # chance is .17


def test_two_texts_have_three_kinds_of_looks() -> None:
    world = turned()
    found = of(world, world.network)
    titles = [value.title for value in found.shown]
    assert titles == [
        "Where it looked: self-attention within “read”",
        "Where it looked: causal self-attention within “so_far”",
        "Where it looked: cross-attention, from “so_far” into “read”",
    ]
    kinds = [value.kind for value in found.shown]
    assert all(isinstance(kind, Attention) for kind in kinds)
    assert [kind.crossing for kind in kinds] == [False, False, True]  # type: ignore[attr-defined]
    assert kinds[2].queries[0] == "<start>" and len(kinds[2].keys) == DIGITS  # type: ignore[attr-defined]
    assert "place from the end" in found.shown[2].note and "place from the end" in heads(found)[2]["looks_at"]


def test_a_word_that_all_look_at_is_named() -> None:
    world, named = decided_by_a_word(), 0
    for index in range(20):
        word = deciding(world, index)
        named += f"Most looked at by all heads: {word} " in of(world, world.network, index).says
        assert "Most looked at" not in of(world, world.fresh, index).says
    assert named >= 16


def deciding(world: Learned, index: int) -> str:
    kind = world.data.fields.inputs["text"]
    assert isinstance(kind, Tokens)
    return kind.vocabulary[int(world.data.test.columns["text"][index, world.places[index]])]


def test_rows_sum_to_one_and_the_network_comes_back_untouched() -> None:
    for world in (decided_by_a_word(), looked_up(), turned()):
        before = {name: tensor.clone() for name, tensor in world.network.state_dict().items()}
        inputs = [world.data.test.columns[name][:3] for name in world.data.fields.inputs]
        with torch.no_grad():
            said = world.network(*inputs)
            for value in of(world, world.network).shown:
                np.testing.assert_allclose(value.data.sum(-1), 1, atol=1e-5)
                layer, head = value.more["chosen"]
                assert layer < value.data.shape[0] and head < value.data.shape[1]
            assert torch.equal(world.network(*inputs), said)
        after = world.network.state_dict()
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_long_sequences_are_cut_and_what_is_not_shown_is_told() -> None:
    world = looked_up()
    longest = int((world.data.test.columns["text"] != 0).sum(1).argmax())
    whole, cut = (of(world, world.network, longest, most=most).shown[0] for most in (96, 8))
    assert isinstance(cut.kind, Attention)
    assert cut.data.shape == (2, 1, 8, 9) and cut.kind.keys[-1] == REST
    np.testing.assert_allclose(cut.data[..., :8], whole.data[:, :, -8:, -8:])
    np.testing.assert_allclose(cut.data.sum(-1), 1, atol=1e-5)


class Careless(nn.Module):
    """It reads padding like any word."""

    def __init__(self, classes: int = 3) -> None:
        super().__init__()
        self.embedding, self.attention = nn.Embedding(len(TEXT.vocabulary), 8), Attending(8, 2)
        self.output = nn.Linear(8, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        done: torch.Tensor = self.output(self.attention(self.embedding(x)).mean(1))
        return done


def test_looks_at_padding_have_a_column() -> None:
    torch.manual_seed(0)
    texts = examples(TEXT, 12)
    index = int((texts != 0).sum(1).argmin())
    found = asked(Classification(), Careless(), data(texts, TEXT, Category(names=("a", "b", "c"))), index)
    kind = found.shown[0].kind
    assert isinstance(kind, Attention)
    assert kind.keys[-1] == PADDING and len(kind.queries) == int((texts[index] != 0).sum())
    assert "went to padding" in found.says
    np.testing.assert_allclose(found.shown[0].data.sum(-1), 1, atol=1e-5)


def test_patches_of_pictures_have_names() -> None:
    kind = Image(channels=1, height=8, width=8)
    layers = [
        {"name": "input", "kind": "Input"},
        {"name": "patches", "kind": "Conv2d", "out_channels": 8, "kernel_size": 4, "stride": 4},
        {"name": "flat", "kind": "Flatten", "start_dim": 2},
        {"name": "steps", "kind": "Transpose"},
        {"name": "block", "kind": "TransformerEncoderLayer", "nhead": 2, "dim_feedforward": 16},
        {"name": "all", "kind": "Flatten"},
        {"name": "output", "kind": "Linear", "out_features": 2},
    ]
    network = network_of(layers, {"x": kind.shape()}, (2,), 0).eval()
    found = asked(Classification(), network, data(examples(kind, 8), kind, Category(names=("a", "b"))))
    told = found.shown[0].kind
    assert isinstance(told, Attention)
    assert told.keys == ("r1 c1", "r1 c2", "r2 c1", "r2 c2") and "patch" in found.says


def test_luong_attention_is_cross_attention_alone() -> None:
    world = writing()
    layers = recurrent("GRU", world.data.fields, 16)
    shapes = {name: kind.shape() for name, kind in world.data.fields.inputs.items()}
    target = next(iter(world.data.fields.targets.values()))
    assert isinstance(target, Tokens)
    network = network_of(layers, shapes, (target.length, len(target.vocabulary)), 0).eval()
    found = asked(SequenceToSequence(), network, world.data)
    assert [value.title for value in found.shown] == ["Where it looked: cross-attention, from “so_far” into “read”"]


def test_what_has_no_attention_is_told_so() -> None:
    study, network = AttentionMaps(), convolutional(1, 8, 2)
    fields = data(examples(GREY, 4), GREY, Category(names=("a", "b"))).fields
    assert "no attention layer" in str(study.why_not(Classification(), {"model": network}, fields))
    both = {"one": network, "two": network}
    assert "one network" in str(study.why_not(Classification(), both, fields))


# ---- rules ------------------------------------------------------------------------------------------------------


def seeing(names: str, causal: bool = True, keys: str = "") -> Seeing:
    many = (len(names), len(keys or names))
    may = np.tril(np.ones(many, dtype=bool)) if causal else np.ones(many, dtype=bool)
    return Seeing(list(names), list(keys or names), may, not keys, True, "letter")


def pointing(at: list[int], keys: int) -> Any:
    return np.eye(keys)[at]


@pytest.mark.parametrize(
    ("names", "causal", "keys", "at", "said"),
    [
        ("abcdefgh", True, "", [0, 1, 2, 3, 4, 5, 6, 7], "itself"),
        ("abcdefgh", True, "", [0, 0, 1, 2, 3, 4, 5, 6], "the letter before it"),
        ("abcdefgh", False, "", [1, 2, 3, 4, 5, 6, 7, 7], "the letter after it"),
        ("abcdefgh", True, "", [0, 0, 0, 0, 0, 0, 0, 0], "the first letter"),
        ("abcdabcd", True, "", [0, 0, 0, 0, 1, 2, 3, 4], "the letter that followed it the last time"),
        ("abcdabcd", True, "", [0, 0, 0, 0, 0, 1, 2, 3], "earlier letters that are the same"),
        ("ab.cdefg", False, "", [2, 2, 2, 2, 2, 2, 2, 2], "marks that divide: blanks, stops, line ends"),
        ("abcd", False, "wxyz", [0, 1, 2, 3], "the letter at the same place"),
        ("abcd", False, "wxyz", [3, 2, 1, 0], "the letter at its place from the end"),
        ("abcde", False, "wxyz", [0, 0, 1, 2, 3], "the letter at the same place, less one"),
        ("abcd", False, "wxyz", [0, 0, 0, 0], "the first letter"),
    ],
)
def test_a_head_that_follows_a_rule_is_known_by_it(
    names: str, causal: bool, keys: str, at: list[int], said: str
) -> None:
    own = seeing(names, causal, keys)
    found = best(pointing(at, len(own.keys)), own)
    assert found is not None and found.at == said and found.share > 0.6 and found.share >= 2 * found.even
    assert evenness(pointing(at, len(own.keys)), own) < 0.01


def test_chance_follows_no_rule() -> None:
    random, own, named = np.random.default_rng(0), seeing("abcdefghabcdefgh"), 0
    for _ in range(100):
        looks = np.where(own.may, random.exponential(size=own.may.shape), 0)
        looks /= looks.sum(1, keepdims=True)
        named += best(looks, own) is not None
        assert 0.5 < evenness(looks, own) < 0.95
    assert named == 0
    even = own.may / own.may.sum(1, keepdims=True)
    assert evenness(even, own) == pytest.approx(1) and best(even, own) is None


def test_rules_have_names_of_their_own() -> None:
    for own in (seeing("abc."), seeing("abc", False, "xyz")):
        told = [at for at, _ in rules(own)]
        assert len(told) == len(set(told))


def test_layers_are_named_by_what_tells_them_apart() -> None:
    assert layer_names(["model.block1.self_attn", "model.block2.self_attn"]) == ("block1", "block2")
    assert layer_names(["model.attention"]) == ("attention",)
    assert layer_names(["model.encoder.0.attention", "model.encoder.1.attention"]) == ("encoder.0", "encoder.1")
    assert layer_names(["model.a.look", "model.a.look"]) == ("a (1)", "a (2)")
    assert layer_names(["model.a.look_back", "model.a.look_at"]) == ("a.look_back", "a.look_at")
