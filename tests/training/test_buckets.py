"""Texts of like length in one batch; padding and batch mates change nothing."""

from __future__ import annotations

import pytest
import torch

from dlviz.core.values import Category, Tags, Tokens
from dlviz.datasets.data import Examples, Fields
from dlviz.network.build import build
from dlviz.tasks.classification import Classification
from dlviz.tasks.task import Task
from dlviz.training.batches import Batches
from dlviz.training.buckets import TOGETHER, bucketed, buckets, lengths, trimmed

WORDS = Tokens(vocabulary=("<pad>", "<unk>", *"abcdefgh"), length=24)
TARGETS = (Category(names=("no", "yes")), Tags(names=("O", "B-x", "I-x"), length=24), WORDS)
TASKS = [
    pytest.param(kind(), Fields({"text": WORDS}, {"target": target}, 400), title, id=f"{name} {title}")
    for name, kind in Task.kinds().items()
    for target in TARGETS
    if kind.automatic and kind().why_not(Fields({"text": WORDS}, {"target": target}, 400)) is None
    for title in kind().starters(Fields({"text": WORDS}, {"target": target}, 400))
]


def examples(fields: Fields, count: int = 400) -> Examples:
    """Texts of 1 to 24 words, most of them short."""
    random = torch.Generator().manual_seed(0)
    ids = torch.randint(2, 10, (count, 24), generator=random)
    long = 1 + (torch.rand(count, generator=random) ** 3 * 24).long().clamp(max=23)
    there = torch.arange(24) < long[:, None]
    kind = fields.targets["target"]
    if isinstance(kind, Tags):
        target = torch.where(there, ids % 3, -1)
    elif isinstance(kind, Tokens):
        target = torch.where(there, ids.roll(-1, 1), 0)
    else:
        target = ids[:, 0] % 2
    return Examples({"text": torch.where(there, ids, 0), "target": target}, torch.arange(count))


def test_the_tasks_for_texts_are_all_here() -> None:
    assert {str(case.id).split()[0] for case in TASKS} >= {"Classification", "Tagging", "LanguageModel"}


@pytest.mark.parametrize(("task", "fields", "title"), TASKS)
def test_padding_and_batch_mates_change_no_output(task: Task, fields: Fields, title: str) -> None:
    some = examples(fields)
    torch.manual_seed(0)
    graphs = task.starters(fields)[title]
    made = {role: build(graphs[role], known.inputs, known.output).eval() for role, known in task.roles(fields).items()}
    task.prepare(made, fields, some)
    with torch.no_grad():
        batch = some.batch(slice(0, 12))
        together = task.forward(made, batch, fields)
        alone = torch.cat([task.forward(made, trimmed(some.batch(slice(n, n + 1)), fields), fields) for n in range(12)])
    assert together.shape == alone.shape
    assert torch.allclose(together.float(), alone.float(), atol=1e-4)
    assert buckets(task, made, some, fields) is not None


def test_a_batch_is_cut_to_its_longest_and_columns_of_one_length_alike() -> None:
    fields = Fields({"text": WORDS}, {"target": TARGETS[1]})
    text = torch.zeros(2, 24, dtype=torch.long)
    text[0, :3], text[1, :7] = 5, 6
    tags = torch.full((2, 24), -1)
    tags[:, :2] = 0
    cut = trimmed({"text": text, "target": tags}, fields)
    assert cut["text"].shape == cut["target"].shape == (2, 7)
    assert trimmed({"text": torch.zeros(2, 24, dtype=torch.long)}, fields)["text"].shape == (2, 1)


def test_an_order_keeps_all_examples_and_puts_like_lengths_together() -> None:
    fields = Fields({"text": WORDS}, {"target": TARGETS[0]})
    some = examples(fields, 1000)
    found = lengths(some, fields)
    assert found is not None
    order = bucketed(torch.randperm(1000), found, torch.Generator().manual_seed(1))
    assert sorted(order.tolist()) == list(range(1000))
    spread = [int(found[some_].max() - found[some_].min()) for some_ in order[: 15 * TOGETHER].split(TOGETHER)]
    assert sum(spread) / len(spread) < 4


def test_a_place_in_an_epoch_means_the_same_after_a_change_of_the_batch_size() -> None:
    fields = Fields({"text": WORDS}, {"target": TARGETS[0]})
    some = examples(fields)
    one = Batches(some, 20, 3, lengths=lengths(some, fields))
    other = Batches(some, 20, 3, lengths=lengths(some, fields))
    other.resize(50, 0, 100)
    rows = [torch.cat([batch["text"] for batch in batches.of(0, 100)]) for batches in (one, other)]
    assert torch.equal(*rows)


def test_what_is_full_or_flattens_its_steps_is_left_as_it_is() -> None:
    fields = Fields({"text": WORDS}, {"target": TARGETS[0]})
    some = examples(fields)
    flat = torch.nn.Sequential(torch.nn.Embedding(10, 4), torch.nn.Flatten(), torch.nn.Linear(96, 2))
    task = Classification()
    assert buckets(task, {"model": flat}, some, fields) is None
    full = Examples({**some.columns, "text": torch.full((400, 24), 3)}, some.rows)
    bag = torch.nn.Sequential(torch.nn.EmbeddingBag(10, 2, padding_idx=0))
    assert buckets(task, {"model": bag}, full, fields) is None
    assert buckets(task, {"model": bag}, some, fields) is not None
