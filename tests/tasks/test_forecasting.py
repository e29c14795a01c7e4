"""Forecasting: its figures by hand, its units, and that a window's forecast hangs on that window alone."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from dlviz.core.values import Category, Scalar, Series, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.network.build import build
from dlviz.tasks.forecast_ends import seasonal_distance, units_of
from dlviz.tasks.forecast_metrics import Coverage, Mase, MedianError, pinball, seasonal_naive
from dlviz.tasks.forecasting import Forecasting
from dlviz.tasks.task import forward_all
from dlviz.training.spec import fitting_task
from tests.tasks.support import networks, trained

WINDOW, HORIZON, SEASON = 8, 3, 4


def fields(known: bool = False, size: int = 300) -> Fields:
    past = Series(names=("a", "b", "sine of the day"), steps=WINDOW, season=SEASON)
    more = {"known": Series(names=("sine of the day",), steps=HORIZON, season=SEASON)} if known else {}
    return Fields({"past": past, **more}, {"future": Series(names=("b",), steps=HORIZON, season=SEASON)}, size)


def data(known: bool = False, level: float = 50.0, scale: float = 10.0) -> Data:
    """Windows of a wave of four steps with a little noise; `b` is to be forecast."""
    random = torch.Generator().manual_seed(0)
    steps = torch.arange(160)
    b = level + scale * (torch.sin(steps * math.pi / 2 + 0.3) + 0.1 * torch.randn(160, generator=random))
    table = torch.stack([torch.randn(160, generator=random), b, torch.cos(steps / 7)])
    made = fields(known)

    def part(first: int, last: int) -> Examples:
        starts = torch.arange(first, last)
        seen = torch.stack([table[:, s : s + WINDOW] for s in starts.tolist()])
        ahead = torch.stack([table[:, s + WINDOW : s + WINDOW + HORIZON] for s in starts.tolist()])
        columns = {"past": seen, "future": ahead[:, 1:2]} | ({"known": ahead[:, 2:]} if known else {})
        return Examples(columns, starts)

    return Data(made, part(0, 90), part(100, 120), part(120, 149), encoders={})


def outputs(*rows: list[float]) -> Tensor:
    """(1, rows, 1, steps)"""
    return torch.tensor(rows)[None, :, None]


def test_the_quantile_loss_by_hand() -> None:
    error = torch.tensor([2.0, -2.0, 0.0])[None, None].expand(1, 2, 3)  # too low by 2, too high by 2, right
    found = pinball(error, torch.tensor([0.1, 0.9]))
    assert torch.allclose(found, torch.tensor([[[0.2, 1.8, 0.0], [1.8, 0.2, 0.0]]]))


def test_the_value_one_season_before_by_hand() -> None:
    past = torch.tensor([[[9.0, 1, 2, 3]]])
    assert seasonal_naive(past, 5, 3).tolist() == [[[1, 2, 3, 1, 2]]]
    assert seasonal_naive(past, 2, 1).tolist() == [[[3, 3]]]


def test_what_mase_divides_by_counts_each_pair_of_the_series_once() -> None:
    series = torch.tensor([1.0, 4, 2, 8, 3, 3, 9, 5])  # two apart: 1, 4, 1, 5, 6, 2: their mean is 19 / 6
    starts = [0, 1, 2, 3]
    past = torch.stack([series[s : s + 3] for s in starts])[:, None]
    future = torch.stack([series[s + 3 : s + 5] for s in starts])[:, None]
    found = seasonal_distance(past, future, torch.tensor(starts), 2)
    assert found.tolist() == pytest.approx([19 / 6])
    every_other = torch.tensor([0, 2])  # the windows at 0 and 2 hold the steps up to 7: all but the last pair
    assert seasonal_distance(past[::2], future[::2], every_other, 2).tolist() == pytest.approx([17 / 5])


def test_metrics_by_hand() -> None:
    told = outputs([1.0, 1, 1], [2, 3, 4], [5, 5, 5], [0, 0, 0], [2, 2, 2])  # low, middle, high, naive, distance
    truth = torch.tensor([[[2.0, 5, 6]]])  # errors of the middle: 0, 2, 2; 6 lies above the bounds, 5 on them
    for metric, wanted in ((MedianError(1), 4 / 3), (Mase(1), 2 / 3), (Coverage(), 2 / 3)):
        metric.update(told, truth)
        assert float(metric.compute()) == pytest.approx(wanted)


@pytest.mark.parametrize("normalise", ["window", "last", "none"])
@pytest.mark.parametrize("loss", ["quantiles", "mse"])
def test_it_learns_in_the_units_of_the_series(normalise, loss) -> None:  # type: ignore[no-untyped-def]
    some, task = data(), Forecasting(normalise=normalise, loss=loss)
    made = networks(task, some.fields, some.train)
    trained(task, made, some, steps=60)
    told = forward_all(task, made, some.test, some.fields)
    assert told.shape == (29, len(task.levels()) + 2, 1, HORIZON)
    bounds = told[:, :-2]
    assert (bounds.diff(dim=1) >= 0).all()  # quantiles do not cross
    error = (told[:, task.middle] - some.test.columns["future"]).abs().mean()
    assert error < 4  # always guessing the mean is wrong by 6.4
    value = task.predict(made, some.test.columns, some.fields)["future"]
    assert value.data.shape == (29, 1, HORIZON) and set(value.more) == (
        {"low", "high"} if loss == "quantiles" else set()
    )
    result = task.result(told, some.test, some.train, some.fields)
    assert result is not None and result.low <= result.value <= result.high
    naive = (told[:, -2] - some.test.columns["future"]).abs() / units_of(made["model"]).naive[:, None]
    assert result.baseline == pytest.approx(float(naive.mean()), rel=1e-5)


def test_a_window_is_seen_relative_to_itself() -> None:
    """What is learned at one level and size of a series holds at another: both are taken out of the window."""
    some, task = data(), Forecasting()
    made = networks(task, some.fields, some.train)
    batch = {name: column[:5] for name, column in some.train.columns.items()}
    moved = {**batch, "past": batch["past"].clone()}
    moved["past"][:, 1] += 500
    made["model"].eval()
    with torch.no_grad():
        told, other = (task.forward(made, one, some.fields)[:, :3] for one in (batch, moved))
    assert torch.allclose(told + 500, other, atol=1e-2)


@pytest.mark.parametrize("known", [False, True])
def test_every_starter_answers_alone_as_among_others(known: bool) -> None:
    some, task = data(known), Forecasting()
    role = task.roles(some.fields)["model"]
    for size in (100, 300):
        starters = task.starters(fields(known, size))
        assert set(starters) >= {"Linear", "CNN", "LSTM", "GRU", "RNN", "Transformer"}
    for title, graphs in starters.items():
        torch.manual_seed(0)
        made = {"model": build(graphs["model"], role.inputs, role.output)}
        task.prepare(made, some.fields, some.train)
        together = forward_all(task, made, some.test, some.fields)
        one = Examples(some.test.batch(slice(4, 5)), some.test.rows[4:5])
        alone = forward_all(task, made, one, some.fields)
        assert torch.allclose(together[4:5], alone, atol=1e-3), title


def test_a_checkpoint_holds_the_scale() -> None:
    some, task = data(), Forecasting()
    made = networks(task, some.fields, some.train)
    fresh = networks(task, some.fields, None)
    fresh["model"].load_state_dict(made["model"].state_dict())
    told = [forward_all(task, one, some.test, some.fields) for one in (made, fresh)]
    assert torch.equal(*told)


def test_series_choose_forecasting_and_nothing_else_does() -> None:
    assert fitting_task(fields()).kind() == "Forecasting" and fitting_task(fields(known=True)).kind() == "Forecasting"
    task, some = Forecasting(), fields()
    row = Vector(names=("x", "y"))
    for inputs, targets in (
        ({"x": row}, some.targets),
        (some.inputs, {"y": Scalar()}),
        (some.inputs, {"y": Category(names=("a", "b"))}),
        (some.inputs, {"future": Series(names=("z",), steps=2, season=2)}),
        (some.inputs, {"future": Series(names=("b",), steps=2, season=99)}),
    ):
        why = task.why_not(Fields(dict(inputs), dict(targets)))
        assert why is not None and why.endswith(".")


def test_views_show_the_fan_and_the_error_by_step() -> None:
    some, task = data(), Forecasting()
    made = networks(task, some.fields, some.train)
    told = forward_all(task, made, some.validation, some.fields)
    views = task.views(made, some, "validation", told)
    drawn = views["forecast"]
    assert drawn.data.shape == (4, 1, WINDOW + HORIZON)
    assert torch.equal(torch.from_numpy(drawn.data[0, 0, :WINDOW]), some.validation.columns["past"][0, 1])
    assert (drawn.more["low"] <= drawn.more["median"]).all() and (drawn.more["median"] <= drawn.more["high"]).all()
    figures = task.metrics(some.fields)["mase"]
    figures.update(*task.measured(told, some.validation.columns, some.fields))
    assert views["steps"].data[0, 0].mean() == pytest.approx(float(figures.compute()), rel=1e-4)


@pytest.mark.parametrize("quantiles", [(0.9, 0.5), (0.1, 0.9), (0.5, 0.5)])
def test_quantiles_rise_about_the_middle(quantiles: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        Forecasting(quantiles=quantiles)
