"""Tagging: entities counted by hand, padding that changes nothing, the trivial guess, what is seen of it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from dlviz.core.values import Tags, Tokens
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.network.build import build
from dlviz.tasks.spans import SpanF1, SpanPrecision, SpanRecall, Spans
from dlviz.tasks.tagging import Tagging, usual_tags

NAMES = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
WORDS = Tokens(vocabulary=("<pad>", "<unk>", *"abcdefgh"), length=9)
PLAIN = ("NOUN", "VERB", "DET")


def tags(*sentences: str) -> Tensor:
    """`B-PER I-PER O` as numbers, filled up with -1 to eight steps."""
    rows = [[NAMES.index(name) for name in sentence.split()] for sentence in sentences]
    return torch.tensor([row + [-1] * (8 - len(row)) for row in rows])


def fields(names: tuple[str, ...] = NAMES, length: int = 9, shapes: bool = False) -> Fields:
    words = Tokens(vocabulary=WORDS.vocabulary, length=length)
    inputs = {"text": words, **({"shape": words} if shapes else {})}
    return Fields({**inputs}, {"tags": Tags(names=names, length=length)}, 5000)


# Worked out by hand, as conlleval (Tjong Kim Sang & Buchholz 2000) counts: (right, predicted, true).
@pytest.mark.parametrize(
    ("predicted", "true", "counts"),
    [
        ("B-PER I-PER O B-LOC", "B-PER I-PER O B-LOC", (2, 2, 2)),
        ("B-PER O O B-LOC", "B-PER I-PER O B-LOC", (1, 2, 2)),  # one border is wrong
        ("B-PER I-PER I-PER B-LOC", "B-PER I-PER O B-LOC", (1, 2, 2)),  # the other one is
        ("B-LOC I-LOC O O", "B-PER I-PER O O", (0, 1, 1)),  # the type is wrong
        ("B-PER B-PER O O", "B-PER I-PER O O", (0, 2, 1)),  # two for one
        ("B-PER I-PER O O", "B-PER B-PER O O", (0, 1, 2)),
        ("O O O O", "B-PER O O B-LOC", (0, 0, 2)),
        ("B-PER O O B-LOC", "O O O O", (0, 2, 0)),
        ("O O O O", "O O O O", (0, 0, 0)),
        # broken BIO: I- after O or after another type begins an entity
        ("O I-PER I-PER O", "O B-PER I-PER O", (1, 1, 1)),
        ("I-LOC O O O", "B-LOC O O O", (1, 1, 1)),
        ("B-PER I-LOC O O", "B-PER B-LOC O O", (2, 2, 2)),
        ("B-PER I-LOC I-PER O", "B-PER I-PER I-PER O", (0, 3, 1)),
        # an entity may end with the sentence, and nothing beyond it counts
        ("O O O O O O O B-PER", "O O O O O O O B-PER", (1, 1, 1)),
        ("O O B-PER I-PER", "O O B-PER I-PER", (1, 1, 1)),
    ],
)
def test_entities_are_counted_as_by_hand(predicted: str, true: str, counts: tuple[int, int, int]) -> None:
    assert Spans(NAMES).counts(tags(predicted), tags(true)).tolist() == [list(counts)]


def test_figures_are_of_all_entities_together() -> None:
    predicted = tags("B-PER I-PER O B-LOC", "B-PER O", "O O")  # 2 right of 3 predicted
    true = tags("B-PER I-PER O B-LOC", "O B-LOC", "B-PER B-PER")  # of 5
    for metric, wanted in ((SpanPrecision, 2 / 3), (SpanRecall, 2 / 5), (SpanF1, 0.5)):
        made = metric(NAMES)
        made.update(predicted[:1], true[:1])
        made.update(predicted[1:], true[1:])
        assert float(made.compute()) == pytest.approx(wanted)


def test_nothing_found_is_no_division_by_nothing() -> None:
    for metric in (SpanF1, SpanPrecision, SpanRecall):
        made = metric(NAMES)
        made.update(tags("O O"), tags("O O"))
        assert float(made.compute()) == 0


def test_words_and_tags_must_go_together() -> None:
    task = Tagging()
    assert task.why_not(fields()) is None and task.why_not(fields(shapes=True)) is None
    longer = Fields({"text": WORDS}, {"tags": Tags(names=NAMES, length=12)})
    assert "a word for each tag" in (task.why_not(longer) or "")
    assert "at least two tags" in (task.why_not(fields(("O",))) or "")


def _texts(length: int) -> Batch:
    random = torch.Generator().manual_seed(1)
    ids = torch.randint(1, len(WORDS.vocabulary), (5, 9), generator=random)
    ids *= torch.arange(9) < torch.tensor([9, 8, 4, 1, 0])[:, None]
    true = (ids % len(NAMES)).masked_fill(ids == 0, -1)
    more = (0, length - 9)
    ids = torch.nn.functional.pad(ids, more)
    return {"text": ids, "shape": ids.clone(), "tags": torch.nn.functional.pad(true, more, value=-1)}


@pytest.mark.parametrize("shapes", [False, True], ids=["words", "words and shapes"])
@pytest.mark.parametrize("title", list(Tagging().starters(fields())))
def test_padding_and_batch_mates_change_no_tag_and_no_loss(title: str, shapes: bool) -> None:
    task, nets = Tagging(), []
    for length in (9, 15):
        known = fields(length=length, shapes=shapes)
        torch.manual_seed(0)
        role = task.roles(known)["model"]
        nets.append(build(task.starters(known)[title]["model"], role.inputs, role.output).eval())
    nets[1].load_state_dict(nets[0].state_dict())
    short, long = ({"model": net} for net in nets)
    with torch.no_grad():
        batch, padded = _texts(9), _texts(15)
        here, there = fields(shapes=shapes), fields(length=15, shapes=shapes)
        said = task.forward(short, batch, here)
        assert (said == -1).equal(batch["text"] == 0)
        assert torch.equal(task.forward(long, padded, there)[:, :9], said)
        alone = [{name: column[row : row + 1] for name, column in batch.items()} for row in range(5)]
        assert torch.equal(torch.cat([task.forward(short, each, here) for each in alone]), said)
        (loss,), (again,) = (list(task.losses(*each)) for each in ((short, batch, here), (long, padded, there)))
        torch.testing.assert_close(loss.value, again.value)
        assert loss.weight == 9 + 8 + 4 + 1  # one for each word
        each = [next(iter(task.losses(short, one, here))) for one in alone]
        together = sum(float(one.value) * float(one.weight or 0) for one in each) / loss.weight
        assert float(loss.value) == pytest.approx(together, rel=1e-5)


def test_the_trivial_guess_is_the_tag_that_a_word_had_most_often() -> None:
    words = torch.tensor([[2, 3, 4, 0], [2, 2, 4, 5], [3, 4, 0, 0]])
    true = torch.tensor([[1, 0, 3, -1], [0, 1, 3, 0], [0, 4, -1, -1]])
    known = Fields({"text": Tokens(vocabulary=WORDS.vocabulary, length=4)}, {"tags": Tags(names=NAMES, length=4)})
    usual = usual_tags(words, true, known)
    assert usual.tolist() == [0, 0, 1, 0, 3, 0, 0, 0, 0, 0]  # a word without any takes the commonest of all, O
    test = Examples({"text": words[:1], "tags": torch.tensor([[1, 0, 3, -1]])}, torch.arange(1))
    train = Examples({"text": words, "tags": true}, torch.arange(3))
    found = Tagging().result(torch.tensor([[1, 0, 0, -1]]), test, train, known)
    assert found is not None and found.name == "span F1"
    assert found.value == pytest.approx(2 / 3) and found.baseline == 1  # 1 right of 1 predicted and 2 true
    plain = Fields(known.inputs, {"tags": Tags(names=PLAIN, length=4)})
    test = Examples({"text": words[:1], "tags": torch.tensor([[1, 0, 2, -1]])}, torch.arange(1))
    found = Tagging().result(torch.tensor([[1, 0, 0, -1]]), test, train, plain)
    assert found is not None and found.name == "accuracy" and found.value == pytest.approx(2 / 3)


def test_rare_tags_weigh_by_the_root_of_how_rare_they_are() -> None:
    true = torch.tensor([[0, 0, 0, 0, 0, 0, 0, 0, 1]])
    known = fields(("O", "B-x", "I-x"))
    train = Examples({"text": torch.ones_like(true), "tags": true}, torch.arange(1))
    net = torch.nn.Identity()
    Tagging().prepare({"model": net}, known, train)
    # 9 words, 3 tags: 9 / (3 · 8), 9 / (3 · 1), and 9 / 3 for a tag that never came
    torch.testing.assert_close(net.class_weights, torch.tensor([0.375, 3.0, 3.0]).sqrt())
    assert not net.state_dict()
    Tagging(class_weights="equal").prepare({"model": (bare := torch.nn.Identity())}, known, train)
    assert not hasattr(bare, "class_weights")


def test_views_show_sentences_with_entities_and_shares_of_each_tag() -> None:
    ids = torch.tensor([[2, 3, 0], [4, 5, 6]])
    known = Fields({"text": Tokens(vocabulary=WORDS.vocabulary, length=3)}, {"tags": Tags(names=NAMES, length=3)})
    part = Examples({"text": ids, "tags": torch.tensor([[0, 0, -1], [1, 2, 0]])}, torch.arange(2))
    data = Data(known, part, part, part, encoders={})
    views = Tagging().views({}, data, "validation", torch.tensor([[0, 0, -1], [1, 0, 0]]))
    assert views["sentences"].more["words"].tolist() == [["c", "d", "e"]]  # the other one has nothing to see
    assert views["sentences"].more["predicted"].tolist() == [[1, 0, 0]]
    assert views["confusion"].data[:3, :3].tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]
