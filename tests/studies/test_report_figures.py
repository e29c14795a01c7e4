"""Outcomes, slices and calibration against predictors of which all is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from table_stand_ins import TOWN, Formula, data, inquiry, normal, numbers, towns

from dlviz.core.values import Audio, Bars, Category, Curves, Image, Kind, Scalar, Series, Tokens
from dlviz.studies.calibration import Calibration, reliability, temperature
from dlviz.studies.outcomes import outcomes
from dlviz.studies.slices import Slices, cut_part, figure
from dlviz.studies.study import Finding, Study
from dlviz.studies.traits import by_number, by_word, traits
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression

YES = Category(names=("no", "yes"))


def studied(study: Study, network: torch.nn.Module, among: Any) -> Finding:
    asked = inquiry(network, among)
    question = asked.question
    assert study.why_not(question.task, question.networks, question.data.fields) is None
    return study.study(asked, lambda done, of: None)


def two(sure: np.ndarray) -> np.ndarray:
    """Probabilities of two classes, `sure` of the second."""
    return np.stack([1 - sure, sure], axis=1)


def test_a_predictor_that_is_right_as_often_as_it_says_has_no_error() -> None:
    """Of 100 answers at 0.9, 90 are right; of 100 at 0.6, 60 are."""
    sure = np.repeat([0.9, 0.6], 100)
    true = np.concatenate([np.arange(100) < 90, np.arange(100) < 60]).astype(int)
    made = reliability(two(sure), true)
    assert made.ece == pytest.approx(0, abs=1e-12) and made.gap == pytest.approx(0, abs=1e-12)
    assert made.count.tolist() == [100, 100] and not made.off
    np.testing.assert_allclose(made.accuracy, [0.6, 0.9])
    assert ((made.low < made.accuracy) & (made.accuracy < made.high)).all()
    assert "nothing speaks against them" in made.says()


def test_an_overconfident_predictor_errs_by_the_difference() -> None:
    """It says 0.9, 70 % are right: ECE 0.2. Its logits are log 9 in place of log(7/3)."""
    true = (np.arange(200) % 10 < 7).astype(int)
    made = reliability(two(np.full(200, 0.9)), true)
    assert made.ece == pytest.approx(0.2) and made.gap == pytest.approx(0.2) and made.off
    assert made.temperature == pytest.approx(np.log(9) / np.log(7 / 3), rel=1e-4)
    assert "surer than it is right, by 20 %" in made.says()
    timid = reliability(two(np.full(200, 0.6)), (np.arange(200) % 10 < 9).astype(int))
    assert timid.ece == pytest.approx(0.3) and timid.gap < 0 and timid.temperature < 1
    assert "less sure than it is right" in timid.says()


def test_the_error_is_weighed_by_the_examples() -> None:
    """300 answers at 0.8 of which half are right, 100 at 0.95 of which all are: (300·0.3 + 100·0.05) / 400."""
    sure = np.concatenate([np.full(300, 0.8), np.full(100, 0.95)])
    true = np.concatenate([np.arange(300) % 2, np.ones(100)]).astype(int)
    assert reliability(two(sure), true).ece == pytest.approx((300 * 0.3 + 100 * 0.05) / 400)


def test_few_true_probabilities_make_an_error_by_chance_and_are_not_blamed() -> None:
    chance = np.random.default_rng(3)
    blamed = 0
    for _ in range(40):
        sure = chance.uniform(0.5, 1, 40)
        made = reliability(two(sure), (chance.random(40) < sure).astype(int), draws=200)
        blamed += made.off
        assert made.ece > 0.01
    assert blamed <= 6  # 5 % of 40, and some luck


def test_temperature_finds_by_what_logits_were_multiplied() -> None:
    chance = np.random.default_rng(0)
    logits = chance.normal(size=(4000, 3)) * 2
    honest = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    true = np.array([chance.choice(3, p=row) for row in honest])
    loud = np.exp(2.5 * logits) / np.exp(2.5 * logits).sum(1, keepdims=True)
    assert temperature(loud, true) == pytest.approx(2.5, rel=0.1)
    assert temperature(honest, true) == pytest.approx(1, rel=0.1)


def test_the_study_of_calibration_draws_the_curve_and_the_counts() -> None:
    rows = normal(300, 2)
    network = Formula(lambda x: torch.stack([0 * x[:, 0], 5 * x[:, 0]], 1))
    chance = torch.rand(300, generator=torch.Generator().manual_seed(1))
    among = numbers(rows, (torch.sigmoid(rows[:, 0]) > chance).long(), YES)
    finding = studied(Calibration(), network, among)
    curve, counts = finding.shown
    assert isinstance(curve.kind, Curves) and isinstance(counts.kind, Bars)
    assert curve.data.shape == curve.more["low"].shape == (2, len(curve.more["x"])) and counts.data.sum() == 300
    np.testing.assert_allclose(curve.data[0], curve.more["x"])
    assert finding.numbers["temperature"] == pytest.approx(5, rel=0.4) and "surer than it is right" in finding.says
    assert (
        Calibration().why_not(Regression(), {}, numbers(rows, rows[:, 0]).fields)
        == "It needs probabilities of classes."
    )


def weak_town(count: int = 240) -> tuple[torch.nn.Module, Any]:
    """Right everywhere but in Kiel, where every second answer is wrong."""
    rows = towns(count)
    said = (rows[:, 5] > 0).long()  # by the month
    wrong = (rows[:, 3] > 0.5) & (torch.arange(count) % 2 == 0)
    network = Formula(lambda x: torch.stack([0 * x[:, 5], x[:, 5]], 1))
    return network, data(rows, TOWN.vector(), torch.where(wrong, 1 - said, said), YES, {"x": TOWN})


def test_a_planted_weak_slice_is_found_first() -> None:
    network, among = weak_town()
    found, cut = cut_part(Classification(), {"model": network}, among, "validation")
    worst = cut[0]
    assert (worst.trait, worst.label, worst.count) == ("town", "Kiel", 80) and worst.worse
    assert worst.value == pytest.approx(0.5, abs=0.02) and worst.high < 0.62 and found.mean > 0.8
    best = {one.label: one for one in cut if one.trait == "town"}
    assert best["Bonn"].value == 1 and not best["Bonn"].worse
    finding = studied(Slices(), network, among)
    assert finding.says.startswith("Surest to be weak: town: Kiel (80 examples), accuracy 50 %")
    (bars,) = finding.shown
    assert bars.kind.names[0] == "▼ town: Kiel (80)" and bars.data[0] == worst.value  # type: ignore[attr-defined]


def test_a_weak_slice_of_numbers_is_found_first() -> None:
    """A regression that errs ten times as much where b is largest."""
    rows = normal(400, 3)
    top = rows[:, 1] > rows[:, 1].quantile(0.75)
    noise = torch.randn(400, generator=torch.Generator().manual_seed(5))
    among = numbers(rows, rows[:, 0] + noise * torch.where(top, 10.0, 1.0))
    found, cut = cut_part(Regression(), {"model": Formula(lambda x: x[:, 0])}, among, "test")
    assert found.measure == "mean absolute error" and found.mean == pytest.approx(float(np.abs(found.scores).mean()))
    by = [one for one in cut if one.trait in ("a", "b", "c")]
    assert by[0].trait == "b" and by[0].count == 100 and by[0].worse and by[0].low > found.mean
    assert sum(one.worse for one in by) == 1


def test_chance_is_not_taken_for_a_weakness() -> None:
    """Errors that have nothing to do with anything: of 30 tables of 8 columns hardly one has a slice that is marked."""
    marked = 0
    for seed in range(30):
        rows = normal(200, 8, seed)
        right = torch.rand(200, generator=torch.Generator().manual_seed(100 + seed)) < 0.85
        labels = torch.arange(200) % 2
        rows = torch.cat([rows, torch.where(right, labels, 1 - labels)[:, None].float()], 1)
        among = numbers(rows, labels, YES)
        network = Formula(lambda x: torch.stack([1 - x[:, 8], x[:, 8]], 1))
        _, cut = cut_part(Classification(), {"model": network}, among, "validation")
        marked += any(one.worse for one in cut if one.trait in tuple("abcdefgh"))
    assert marked <= 4


def test_intervals_hold_the_figure() -> None:
    value, low, high = figure(np.array([1.0, 0.0, 1.0, 1.0]), True)
    assert value == 0.75 and 0.2 < low < 0.75 < high < 1
    value, low, high = figure(np.arange(100.0), False)
    assert value == 49.5 and low == pytest.approx(49.5 - 1.96 * 2.9, abs=1) and high == pytest.approx(55.2, abs=1)


def test_numbers_are_cut_into_groups_of_equal_count() -> None:
    trait = by_number("age", np.array([*np.arange(1.0, 101), np.nan, np.nan]))
    assert trait.labels == ("1 to 25", "26 to 50", "51 to 75", "76 to 100", "missing")
    assert np.bincount(trait.group).tolist() == [25, 25, 25, 25, 2]
    few = by_number("legs", np.array([2.0] * 50 + [4.0] * 10))
    assert set(few.labels) <= {"2", "4", "2 to 4"} and len(set(few.group.tolist())) == len(few.labels)
    words = by_word("town", np.array(["a"] * 9 + [f"t{number:02d}" for number in range(20)] + [""] * 5))
    assert words.labels[:2] == ("a", "missing") and words.labels[-1] == "all others" and len(words.labels) == 13


@pytest.mark.parametrize(
    ("kind", "inputs", "names"),
    [
        (Image(channels=1, height=2, width=2), torch.rand(40, 1, 2, 2), {"brightness", "contrast"}),
        (Tokens(vocabulary=("", "?", "a"), length=9), (torch.arange(9) < torch.arange(40)[:, None] % 9 + 1) * 2,
         {"length"}),
        (Audio(rate=100, samples=50), torch.randn(40, 50) * torch.linspace(0.01, 1, 40)[:, None],
         {"loudness", "length"}),
        (Series(names=("u",), steps=6), torch.randn(40, 1, 6), {"level", "spread"}),
    ],
    ids=["pictures", "texts", "sounds", "series"],
)  # fmt: skip
def test_other_data_have_traits_too(kind: Kind, inputs: torch.Tensor, names: set[str]) -> None:
    network = Formula(lambda x: torch.stack([x.flatten(1).float().sum(1), x.flatten(1).float().mean(1)], 1))
    among = data(inputs, kind, torch.arange(40) % 2, YES)
    found = outcomes(Classification(), {"model": network}, among, "test")
    made = {trait.name: trait for trait in traits(among, found)}
    assert set(made) - {"true class"} <= names and len(set(made) - {"true class"}) >= 1
    assert all(len(trait.group) == 40 and trait.group.max() < len(trait.labels) for trait in made.values())
    if isinstance(kind, Audio):
        loud = made["loudness"]
        assert loud.group[0] == 0 and loud.group[-1] == 3 and loud.labels[0].endswith("dB")


def test_the_hardest_come_first() -> None:
    rows = normal(50, 2)
    network = Formula(lambda x: torch.stack([0 * x[:, 0], x[:, 0]], 1))
    found = outcomes(Classification(), {"model": network}, numbers(rows, torch.zeros(50).long(), YES), "test")
    assert found.hardest[0] == int(rows[:, 0].argmax()) and found.hardest[-1] == int(rows[:, 0].argmin())
    assert found.scores.tolist() == (rows[:, 0] <= 0).float().tolist()
    worst = outcomes(Regression(), {"model": Formula(lambda x: x[:, 0])}, numbers(rows, rows[:, 1], Scalar()), "test")
    assert worst.hardest[0] == int((rows[:, 0] - rows[:, 1]).abs().argmax())
