"""Fewer points, the same curve; what is smoothed or averaged is so over all points."""

from __future__ import annotations

import json

import numpy as np
import pytest

from dlviz.draw.thin import averaged, kept, smoothed
from dlviz.ui import detail


def test_the_exponential_mean_has_no_bias_at_its_start():
    assert smoothed(np.array([3.0, 3.0, 3.0]), 0.9) == pytest.approx([3, 3, 3])
    assert smoothed(np.array([1.0, 0.0]), 0.5) == pytest.approx([1, 0.25 / 0.75])
    numbers = np.array([2.0, 4.0, 1.0])
    assert smoothed(numbers, 0.0) == pytest.approx(numbers)


def test_a_gap_stays_a_gap_and_counts_for_nothing():
    found = smoothed(np.array([1.0, np.nan, 0.0, np.inf]), 0.5)
    assert found[[0, 2]] == pytest.approx([1, 1 / 3])
    assert np.isnan(found[[1, 3]]).all()


def test_means_are_of_all_numbers():
    assert averaged(np.arange(8.0), 2) == pytest.approx([1.5, 5.5])
    assert averaged(np.array([1.0, np.nan, 3.0, 5.0]), 2) == pytest.approx([1, 4])
    assert len(averaged(np.arange(3.0), 10)) == 3


def test_what_is_kept_has_both_ends_and_every_peak():
    numbers = np.zeros(10_000)
    numbers[[1234, 9000]] = 5, -7
    at = kept(numbers, 100)
    assert len(at) <= 102 and {0, 1234, 9000, 9999} <= set(at.tolist())


@pytest.fixture
def curve():
    steps = np.arange(1, 1001, dtype=float)
    return detail.Columns(steps, steps / 100, np.sin(steps))


def test_a_stretch_is_told_in_full_with_a_neighbour_on_either_side(curve):
    found = detail.stretch(curve, 200, 209, 2000, mean=False, smooth=0)
    assert found["step"] == list(range(199, 211)) and not found["thinned"]
    assert found["y"] == pytest.approx(np.sin(np.arange(199, 211)), abs=1e-5)


def test_a_stretch_is_smoothed_from_the_curves_beginning(curve):
    whole, part = (detail.stretch(curve, low, 1000, 2000, mean=False, smooth=0.9) for low in (0, 500))
    assert part["y"] == whole["y"][-len(part["y"]) :]


def test_a_long_stretch_is_thinned_or_averaged(curve):
    assert len(detail.stretch(curve, 0, 1000, 100, mean=False, smooth=0)["y"]) <= 102
    mean = detail.stretch(curve, 0, 1000, 10, mean=True, smooth=0)
    assert mean["thinned"] and mean["step"][0] == 50.5 and len(mean["y"]) == 10
    assert mean["y"][0] == pytest.approx(np.sin(np.arange(1, 101)).mean(), abs=1e-5)


def test_a_curve_is_read_on_and_a_resume_takes_back(tmp_path):
    file = tmp_path / "events.jsonl"
    line = '{{"type":"train","step":{},"epoch":{},"loss":{}}}\n'
    file.write_text("".join(line.format(step, step / 10, 1.0) for step in range(1, 6)))
    whole = detail.whole(file)
    assert whole.curve("step.loss").step.tolist() == [1, 2, 3, 4, 5]
    assert whole.curve("nothing") is None
    with file.open("a") as out:
        out.write('{"type":"resume","step":3}\n' + line.format(4, 0.4, 7.0) + '{"type":"train","step":5,"ep')
    assert whole.curve("step.loss").step.tolist() == [1, 2, 3, 4]
    assert whole.curve("step.loss").value[-1] == 7.0
    json.dumps(detail.stretch(whole.curve("step.loss"), 0, 9, 100, mean=False, smooth=0), allow_nan=False)
