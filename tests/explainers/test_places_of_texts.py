"""What is said at a place of a text, in a gap or in an answer: do methods find the token that decides it?"""

from __future__ import annotations

from functools import cache
from typing import Any

import attending
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.asking.answer import Answer, ask
from dlviz.core.problems import WrongInput
from dlviz.core.values import Tags, Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.explainers.explainer import Explainer, Question
from dlviz.explainers.piecewise import subject
from dlviz.explainers.smooth import smooth
from dlviz.tasks.gaps import mask_id
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.tasks.tagging import Tagging
from dlviz.tasks.task import Task
from dlviz.trust.trust import examine, judged

#: Four keys and the values that go with them, and words that say nothing.
KEYS, FILLING, LENGTH = 4, 20, 10
TEXT = Tokens(
    vocabulary=(
        "<pad>", "<unk>", *(f"key{n}" for n in range(KEYS)), *(f"value{n}" for n in range(KEYS)),
        *(f"w{n}" for n in range(FILLING)),
    ), length=LENGTH,
)  # fmt: skip
MANY = len(TEXT.vocabulary)
SIGNED = ("Shap", "Lime", "Occlusion", "Rise", "IntegratedGradients", "GradientShap")


class Filler(nn.Module):
    """What stands at a place, and the mean of all: the word for the place."""

    def __init__(self, width: int = 16) -> None:
        super().__init__()
        self.embedding = nn.Embedding(MANY + 1, width, padding_idx=0)
        self.own, self.all = nn.Linear(width, 32), nn.Linear(width, 32)
        self.tanh, self.output = nn.Tanh(), nn.Linear(32, MANY)

    def forward(self, ids: Tensor) -> Tensor:
        x = self.embedding(ids)
        mean = x.sum(1, keepdim=True) / (ids != 0).sum(1)[:, None, None].clamp(min=1)
        said: Tensor = self.output(self.tanh(self.own(x) + self.all(mean)))
        return said


@cache
def gaps() -> tuple[Data, nn.Module, nn.Module, Tensor, Tensor]:
    """Texts in which a key says which value stands in a gap; a network that learned it, one that did not; the places
    of the gaps and of the keys."""
    random = torch.Generator().manual_seed(0)
    count = 400
    ids = torch.randint(2 + 2 * KEYS, MANY, (count, LENGTH), generator=random)
    lengths = torch.randint(6, LENGTH + 1, (count,), generator=random)
    two = (torch.rand(count, LENGTH, generator=random) - 2.0 * (torch.arange(LENGTH) < lengths[:, None])).argsort(1)
    which, rows = torch.randint(0, KEYS, (count,), generator=random), torch.arange(count)
    key, gap = two[:, 0], two[:, 1]
    ids[rows, key], ids[rows, gap] = 2 + which, 2 + KEYS + which
    ids[torch.arange(LENGTH) >= lengths[:, None]] = 0
    torch.manual_seed(0)
    network, fresh = Filler(), Filler()
    optimizer = torch.optim.Adam(network.parameters(), 0.01)
    seen = ids.clone()
    seen[rows, gap] = mask_id(TEXT)
    for _ in range(150):
        loss = F.cross_entropy(network(seen)[rows, gap], ids[rows, gap])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        assert (network(seen)[rows, gap].argmax(1) == ids[rows, gap]).float().mean() > 0.98
    part = Examples({"text": ids}, rows)
    data = Data(Fields({"text": TEXT}, {}, count), part, part, part, {})
    return data, network.eval(), fresh.eval(), gap, key


def asked(document: str, task: Task, network: nn.Module, data: Data, index: int, target: int, **more: Any) -> Answer:
    method = Explainer.parse({"kind": document, **more})
    assert method is not None
    return ask(task, {"model": network}, data, "test", index, target, method)


def share(values: np.ndarray[Any, Any], place: int) -> tuple[float, bool]:
    """The share of the positive weight at a place, and whether the largest lies there."""
    weights = values.clip(min=0)
    return float(weights[place] / max(weights.sum(), 1e-12)), int(weights.argmax()) == place


@pytest.mark.parametrize("name", SIGNED)
def test_the_word_that_decides_what_fills_a_gap_is_found(name: str) -> None:
    data, network, fresh, gap, key = gaps()
    found: dict[nn.Module, list[tuple[float, bool]]] = {network: [], fresh: []}
    for index in range(6):
        place = int(gap[index])
        target = place * MANY + int(data.test.columns["text"][index, place])
        for one, shares in found.items():
            answer = asked(name, MaskedLanguageModel(), one, data, index, target)
            names = answer.explanation.kind.names
            assert [at for at, said in enumerate(names) if said == "___"] == [place]
            assert answer.explanation.values[place] == 0
            shares.append(share(answer.explanation.values, int(key[index])))
    assert np.mean([own for own, _ in found[network]]) >= 0.65
    assert all(hit for _, hit in found[network])
    assert np.mean([own for own, _ in found[fresh]]) <= 0.25


@pytest.mark.parametrize("name", [*SIGNED, "Saliency"])
def test_the_token_that_an_answer_turns_round_is_found(name: str) -> None:
    """Six digits backwards: what is said at place n was read at place 5 - n."""
    world = attending.turned()
    many, shares, before = len(attending.WRITTEN.vocabulary), [], []
    for index, place in enumerate((0, 1, 3, 5)):
        target = place * many + int(world.data.test.columns["answer"][index, place])
        for network, into in ((world.network, shares), (world.fresh, before)):
            answer = asked(name, world.task, network, world.data, index, target)
            assert len(answer.explanation.values) == attending.DIGITS
            assert "`read` alone; the true answer so far (`so_far`) stayed" in answer.explanation.note
            into.append(share(answer.explanation.values, attending.DIGITS - 1 - place))
    assert np.mean([own for own, _ in shares]) >= (0.6 if name == "Saliency" else 0.8)
    assert all(hit for _, hit in shares)
    assert np.mean([own for own, _ in before]) <= 0.45


@pytest.mark.parametrize("name", ["IntegratedGradients", "Occlusion"])
def test_trials_believe_what_is_true_of_gaps_and_of_answers(name: str) -> None:
    data, network, _, gap, _ = gaps()
    world, method = attending.turned(), Explainer.parse({"kind": name})
    assert method is not None
    target = int(gap[0]) * MANY + int(data.test.columns["text"][0, gap[0]])
    for question in (
        Question(MaskedLanguageModel(), {"model": network}, data, data.test.batch(slice(0, 1)), target),
        Question(
            world.task, {"model": world.network}, world.data, world.data.test.batch(slice(0, 1)),
            int(world.data.test.columns["answer"][0, 0]),
        ),
    ):  # fmt: skip
        found = examine(question, method, method.explain(question, _silent), _silent, budget=60.0)
        assert judged(found).word == "supported", found
        figures = {one.trial: one.value for one in found}
        assert figures["Faithfulness"] > 0.35 and figures["Stability"] > 0.8, figures


def test_what_is_hidden_beside_a_gap_becomes_the_mask_and_the_gap_stays() -> None:
    data, network, _, gap, _ = gaps()
    inputs = data.test.batch(slice(0, 1))
    place = int(gap[0])
    about = subject(Question(MaskedLanguageModel(), {"model": network}, data, inputs, place * MANY + 7))
    none = about.hiding(about.pieces)(torch.zeros(1, about.pieces.count, dtype=torch.bool))[0]
    length = int((inputs["text"] != 0).sum())
    assert none.tolist() == [[mask_id(TEXT)] * length + [0] * (LENGTH - length)]
    for known in (torch.ones, torch.zeros):
        row = about.hiding(about.pieces, "unknown")(known(1, about.pieces.count, dtype=torch.bool))[0]
        assert int(row[0, place]) == mask_id(TEXT)
    with torch.no_grad():
        said = network(about.x)[0, place, 7]
        assert float(about.score(about.x)) == pytest.approx(float(said))
    with pytest.raises(WrongInput, match="learned to fill gaps"):
        world = attending.continuing()
        own = Question(world.task, {"model": world.network}, world.data, {"text": inputs["text"][:, :6] % 12}, 3)
        subject(own).hiding(subject(own).pieces, "mask")


def test_the_embedding_of_a_gap_is_never_changed() -> None:
    data, network, _, gap, _ = gaps()
    question = Question(
        MaskedLanguageModel(), {"model": network}, data, data.test.batch(slice(0, 1)), int(gap[0]) * MANY + 7
    )
    about = smooth(question)
    for how in ("auto", "mask", "zero", "mean", "unknown"):
        torch.testing.assert_close(about.baseline(how)[0, int(gap[0])], about.x[0, int(gap[0])])
    torch.testing.assert_close(about.baseline("auto")[0, 0], network.embedding.weight[mask_id(TEXT)].detach())


def test_two_gaps_are_not_held_against_each_other() -> None:
    data, network, *_ = gaps()
    method = Explainer.parse({"kind": "Occlusion"})
    assert method is not None
    same = ask(MaskedLanguageModel(), {"model": network}, data, "test", 0, 6, method, against=7)
    with torch.no_grad():
        seen = data.test.columns["text"][:1].clone()
        seen[0, 0] = mask_id(TEXT)
        logits = network(seen)[0, 0]
    assert same.explanation.score == pytest.approx(float(logits[6] - logits[7]), abs=1e-5)
    with pytest.raises(WrongInput, match="in one gap"):
        ask(MaskedLanguageModel(), {"model": network}, data, "test", 0, 6, method, against=MANY + 6)


class Tagger(nn.Module):
    """The tag of a word is told by the word before it, and by its own shape."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.shapes = nn.Embedding(6, 2), nn.Embedding(3, 2)
        for embedding in (self.words, self.shapes):
            nn.init.normal_(embedding.weight, generator=torch.Generator().manual_seed(1))

    def forward(self, words: Tensor, shapes: Tensor) -> Tensor:
        return F.pad(self.words(words), (0, 0, 1, 0))[:, :-1] + 5 * self.shapes(shapes)


@pytest.mark.parametrize("name", ["Occlusion", "IntegratedGradients"])
def test_of_words_with_shapes_the_words_are_explained(name: str) -> None:
    words, shapes = (Tokens(vocabulary=tuple(f"{kind}{n}" for n in range(many)), length=5) for kind, many in
                     (("w", 6), ("s", 3)))  # fmt: skip
    columns = {"text": torch.tensor([[2, 3, 4, 5, 0]]), "shape": torch.tensor([[2, 1, 2, 1, 0]])}
    part = Examples({**columns, "tags": torch.tensor([[0, 1, 0, 1, -1]])}, torch.arange(1))
    fields = Fields({"text": words, "shape": shapes}, {"tags": Tags(names=("O", "B"), length=5)})
    network = Tagger()
    answer = asked(name, Tagging(), network, Data(fields, part, part, part, {}), 0, 2 * 2 + 1)
    said = network.words.weight[:, 1].detach()
    gone = said[1] if name == "Occlusion" else 0.0
    assert answer.explanation.values.tolist() == pytest.approx([0, float(said[3] - gone), 0, 0], abs=1e-5)
    assert "(`shape`) stayed" in answer.explanation.note


def _silent(done: float, of: float) -> None:
    pass
