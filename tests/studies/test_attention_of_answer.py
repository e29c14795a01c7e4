"""For each token of an answer, where it looked: in networks that write, fill gaps and give tags."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from attending import ALPHABET, DIGITS, among, continuing, decided_by_a_word, encoder, looked_up, network_of, turned
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Attention, Attribution, Tags
from dlviz.datasets.answer_encoder import END
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Question
from dlviz.studies.attention_of_answer import AttentionOfAnswer, shares
from dlviz.studies.study import Finding, Inquiry
from dlviz.tasks.gaps import mask_id
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.tasks.tagging import Tagging
from dlviz.tasks.task import Task


def asked(task: Task, network: nn.Module, data: Data, index: int = 0, **settings: Any) -> Finding:
    inputs = {name: data.test.columns[name][index : index + 1] for name in data.fields.inputs}
    study = AttentionOfAnswer(**settings)
    assert study.why_not(task, {"model": network}, data.fields) is None
    question = Question(task, {"model": network}, data, inputs, 0)
    return study.study(Inquiry(question, "test", index), lambda done, of: None)


@pytest.mark.parametrize(("method", "least"), [("rollout", 0.95), ("gradient", 0.6)])
def test_each_digit_written_leads_back_to_the_one_read(method: str, least: float) -> None:
    world, many = turned(), 20
    right = {"learned": 0.0, "fresh": 0.0}
    for which, network in (("learned", world.network), ("fresh", world.fresh)):
        for index in range(many):
            looks = asked(world.task, network, world.data, index, method=method, answer="wanted").shown[0].data[0, 0]
            right[which] += float((looks[:DIGITS].argmax(1) == world.places.numpy()).mean()) / many
    print(f"backwards by {method}: top-1 {right['learned']:.2f}; untrained {right['fresh']:.2f}")
    assert right["learned"] >= least
    assert right["fresh"] <= 0.35  # chance is .17


@pytest.mark.parametrize(("method", "least"), [("rollout", 0.85), ("gradient", 0.85)])
def test_the_next_letter_leads_back_to_where_it_stood(method: str, least: float) -> None:
    world, hits, fresh = looked_up(), [], []
    for index in range(20):
        for network, into in ((world.network, hits), (world.fresh, fresh)):
            looks = asked(world.task, network, world.data, index, method=method).shown[0].data[0, 0]
            places = world.places[index].numpy()
            into += [looks[row].argmax() == places[row] for row in range(len(looks)) if places[row] >= 0]
    print(f"look-up by {method}: top-1 {np.mean(hits):.2f}; untrained {np.mean(fresh):.2f}")
    assert np.mean(hits) >= least
    assert np.mean(fresh) <= 0.35


def test_what_it_writes_is_asked_about_and_both_texts_are_shown() -> None:
    world = turned()
    found = asked(world.task, world.network, world.data, 3)
    kinds = [type(value.kind) for value in found.shown]
    assert kinds == [Attention, Attribution, Attention, Attribution]
    digits = world.data.test.columns["read"][3] - 2
    said = found.shown[0].kind.queries  # type: ignore[attr-defined]
    assert said == (*(str(int(digit)) for digit in digits.flip(0)), END)
    assert found.shown[1].title == f"Where it looked in “read” for “{said[-2]}”"  # the end is no word to ask about
    assert found.shown[2].title.startswith("Where it looked in “so_far”")
    assert f"For “{said[-2]}”, token {DIGITS} of the answer, it looked most at" in found.says
    assert "place from the end" in found.says and "not why" in found.says
    chosen = asked(world.task, world.network, world.data, 3, token=2)
    assert chosen.shown[1].title == f"Where it looked in “read” for “{said[1]}”"
    np.testing.assert_allclose(chosen.shown[1].data, found.shown[0].data[0, 0, 1], atol=1e-6)
    with pytest.raises(WrongInput, match=f"at most {DIGITS + 1}"):
        asked(world.task, world.network, world.data, 3, token=DIGITS + 2)


def masked() -> tuple[nn.Module, Data]:
    world = continuing()
    layers = [
        {"name": "input", "kind": "Input"},
        {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 16, "inputs": ["input"]},
        *encoder(1, 2, 16),
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]
    layers[3]["inputs"] = ["embedding", "mask"]
    fields = Fields({"text": ALPHABET}, {})
    shape = MaskedLanguageModel().roles(fields)["model"].inputs
    network = network_of(layers, shape, (ALPHABET.length, len(ALPHABET.vocabulary)), 0).eval()
    return network, among(fields, world.data.test.columns)


def test_of_a_network_that_fills_gaps_each_word_is_hidden_in_turn() -> None:
    network, data = masked()
    seen: list[torch.Tensor] = []
    hook = network.register_forward_pre_hook(lambda module, given: seen.append(given[0]))
    found = asked(MaskedLanguageModel(), network, data)
    hook.remove()
    length = int((data.test.columns["text"][0] != 0).sum())
    gaps = {int((ids[0] == mask_id(ALPHABET)).nonzero()[0, 0]) for ids in seen if (ids == mask_id(ALPHABET)).any()}
    assert gaps == set(range(length))
    assert found.shown[0].data.shape == (1, 1, length, length)


def test_of_a_network_that_gives_tags_each_row_is_a_tag() -> None:
    network, data = masked()
    tags = Tags(names=tuple(f"T{n}" for n in range(len(ALPHABET.vocabulary))), length=ALPHABET.length)
    fields = Fields({"text": ALPHABET}, {"tags": tags})
    columns = {"text": data.test.columns["text"], "tags": data.test.columns["text"]}
    found = asked(Tagging(), network, among(fields, columns))
    length = int((columns["text"][0] != 0).sum())
    with torch.no_grad():
        said = network(columns["text"][:1])[0, :length].argmax(1).tolist()
    assert found.shown[0].kind.queries == tuple(f"T{n}" for n in said)  # type: ignore[attr-defined]


def test_a_class_is_no_answer_token_by_token() -> None:
    world = decided_by_a_word()
    why = AttentionOfAnswer().why_not(world.task, {"model": world.network}, world.data.fields)
    assert why is not None and "token by token" in why


def test_an_empty_example_is_refused() -> None:
    world = continuing()
    empty = among(
        world.data.fields, {name: torch.zeros_like(column) for name, column in world.data.test.columns.items()}
    )
    with pytest.raises(WrongInput, match="empty"):
        asked(world.task, world.network, empty)


def test_rows_are_scaled_and_rows_of_nothing_stay() -> None:
    np.testing.assert_allclose(shares(np.array([[1.0, 3.0], [0, 0]])), [[0.25, 0.75], [0, 0]])
