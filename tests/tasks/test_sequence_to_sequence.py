"""Sequence to sequence: what is learned, what is measured, what a batch may not change."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from dlviz.core.part import family
from dlviz.core.problems import Problems
from dlviz.core.values import Kind, Tokens
from dlviz.datasets.answer_encoder import END_ID, START_ID
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.toy_reversal import ToyReversal
from dlviz.generation.greedy import greedy
from dlviz.network.shapes import infer
from dlviz.tasks.answers import IDS, Bleu, bleu, counted, text_of
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.tasks.task import forward_all
from dlviz.training.buckets import buckets, trimmed
from dlviz.training.evaluate import evaluate
from dlviz.training.recipe import Optimization, Training
from dlviz.training.spec import fitting_task
from tests.tasks.support import networks, trained

TASK = SequenceToSequence()
WORDS = Tokens(vocabulary=("<pad>", "<unk>", "<start>", "<end>", "the", "cat", "sat", "down", "."), length=6)


@pytest.fixture(scope="module")
def data() -> Data:
    return ToyReversal(size=150, digits=4).load(0)


def test_pairs_choose_it_and_no_other_task_fits(data: Data) -> None:
    assert fitting_task(data.fields) == TASK
    fitting = [name for name, kind in family("tasks").items() if kind().why_not(data.fields) is None]  # type: ignore[attr-defined]
    assert fitting == ["SequenceToSequence"]
    other: dict[str, Kind] = {"target": WORDS}
    assert "a step further" in str(TASK.why_not(Fields(data.fields.inputs, other)))


@pytest.mark.parametrize("many", [30, 8000])
def test_starters_are_sound_and_recipes_parse(many: int) -> None:
    kind = Tokens(vocabulary=("<pad>", "<unk>", "<start>", "<end>", *map(str, range(many))), length=9)
    fields = Fields({"source": kind, "so_far": kind}, {"target": kind}, 40_000)
    for title, graphs in TASK.starters(fields).items():
        role = TASK.roles(fields)["model"]
        report = infer(graphs["model"], role.inputs, role.output)
        assert not report.problems, (title, report.problems)
    recipe, problems = TASK.recipe(fields), Problems()
    assert Optimization.parse(recipe["optimization"], "optimization", problems)
    assert Training.from_settings(recipe["training"], "training", problems) and not len(problems)


@pytest.mark.parametrize("title", TASK.starters(ToyReversal(size=100).describe()))
def test_it_learns_and_is_measured(data: Data, title: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = networks(TASK, data.fields, data.train, TASK.starters(data.fields)[title])
    first = float(next(TASK.losses(made, data.train.columns, data.fields)).value.detach())
    (last,) = trained(TASK, made, data, steps=12)
    assert last.outputs is not None and not last.outputs.requires_grad
    assert float(last.value) < 0.95 * first and first == pytest.approx(math.log(14), abs=0.8)
    figures, outputs = evaluate(TASK, made, data.validation, TASK.metrics(data.fields), data.fields)
    assert set(figures) == {"loss", "accuracy", "exact", "bleu"}
    assert all(value is not None and math.isfinite(value) for value in figures.values())
    assert outputs is not None and outputs.shape == (len(data.validation), IDS + 5)
    result = TASK.result(outputs, data.validation, data.train, data.fields)
    assert result is not None and result.name == "exact match" and result.low <= result.value <= result.high
    views = TASK.views(made, data, "validation", outputs)
    assert set(views) == {"answers", "looks"} and np.allclose(views["looks"].data.sum(1), 1, atol=1e-5)
    for name, view in views.items():
        view.save(tmp_path / name)
        assert view.title and view.note


def test_a_text_is_right_as_a_whole_where_it_is_written_so(data: Data) -> None:
    """Of the answers that are written token by token, those are as wanted of which all tokens are held for likeliest
    after the true ones."""
    made = networks(TASK, data.fields, data.train)
    source = data.train.columns["source"]
    wanted = greedy(made["model"].eval(), source, 5)
    wanted[::3, 1] = wanted[::3, 1] % 10 + 4  # every third is wanted otherwise
    so_far = torch.cat([torch.full((len(wanted), 1), START_ID), wanted[:, :-1]], dim=1)
    so_far = so_far.masked_fill(so_far == END_ID, 0)
    columns = {"source": source, "so_far": so_far, "target": wanted}
    outputs = forward_all(TASK, made, Examples(columns, data.train.rows), data.fields)
    same = (outputs[:, IDS:].long() == wanted).all(1)
    assert torch.equal(same, outputs[:, 3] > 0) and not bool(same[::3].any()) and bool(same[1::3].all())


def test_padding_and_batch_mates_change_nothing() -> None:
    data = ToyReversal(size=100, digits=8).load(0)
    made = networks(TASK, data.fields, data.train)
    trained(TASK, made, data, steps=5)
    together = forward_all(TASK, made, data.validation, data.fields)
    for row in range(5):
        alone = trimmed(data.validation.batch(slice(row, row + 1)), data.fields)
        made["model"].eval()
        assert torch.allclose(TASK.forward(made, alone, data.fields)[0], together[row], atol=1e-4)
    assert buckets(TASK, made, data.train, data.fields) is not None


def test_of_many_pairs_a_fixed_share_is_written(data: Data) -> None:
    made = networks(TASK, data.fields, data.train)
    fields = Fields(data.fields.inputs, data.fields.targets, 40_000)
    written = forward_all(TASK, made, data.train, fields)[:, IDS] > 0
    assert 0.3 < float(written.float().mean()) < 0.7
    again = forward_all(TASK, made, data.train, fields)[:, IDS] > 0
    assert torch.equal(written, again)


def test_smoothing_leaves_a_share_to_all_others(data: Data) -> None:
    made = networks(TASK, data.fields, data.train)
    made["model"].eval()
    batch = data.train.batch(slice(0, 8))
    plain, smooth = (
        float(next(task.losses(made, batch, data.fields)).value.detach())
        for task in (TASK, SequenceToSequence(label_smoothing=0.2))
    )
    logs = made["model"](batch["source"], batch["so_far"]).log_softmax(2).detach()
    there = batch["target"] != 0
    assert smooth == pytest.approx(0.8 * plain - 0.2 * float(logs.mean(2)[there].mean()), abs=1e-5)
    with torch.no_grad():  # on validation the plain loss is told
        assert float(next(SequenceToSequence(label_smoothing=0.2).losses(made, batch, data.fields)).value) == (
            pytest.approx(plain, abs=1e-5)
        )


def test_bleu_is_that_of_sacrebleu() -> None:
    from sacrebleu import corpus_bleu

    written = ["the cat sat down.", "a cat is here", "no", "the dog sat on the mat today", ""]
    wanted = ["the cat sat down.", "the cat is here now", "yes", "a dog sat on the mat", "the end"]
    sums = counted(written, wanted).sum(0)
    assert float(bleu(sums)) == pytest.approx(corpus_bleu(written, [wanted]).score, abs=1e-6)
    few = counted(written[1:3], wanted[1:3]).sum(0)
    assert float(bleu(few)) == pytest.approx(corpus_bleu(written[1:3], [wanted[1:3]]).score, abs=1e-6)
    assert float(bleu(counted(["no"], ["yes"]).sum(0))) == 0


def test_the_metric_reads_ids_up_to_the_end() -> None:
    wanted = torch.tensor([[4, 5, 6, 7, 8, 3], [4, 5, 3, 0, 0, 0]])
    assert text_of(WORDS, wanted[0].tolist()) == "the cat sat down."
    metric = Bleu(WORDS)
    sums = torch.zeros(2, 4)
    metric.update(torch.cat([sums, torch.tensor([[4, 5, 6, 7, 8, 3], [0] * 6])], dim=1), wanted)
    assert float(metric.compute()) == pytest.approx(100)  # the second was not written
    metric.reset()
    metric.update(torch.zeros(2, 10), wanted)
    assert math.isnan(float(metric.compute()))
