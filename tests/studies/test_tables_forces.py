"""Force plots against linear networks, whose shares are known: w · (x - E[x])."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from table_stand_ins import TOWN, data, found, inquiry, linear, normal, numbers, towns

from dlviz.core.values import Array, Forces, Scalar, Value
from dlviz.studies.force_plot import ForcePlot
from dlviz.studies.shap_dependence import ShapDependence
from dlviz.studies.stacked_force_plot import by_likeness
from dlviz.studies.study import Study

WEIGHTS = torch.tensor([1.0, -5.0, 0.1, -0.2, 3.0, 0.3])


def known(rows: torch.Tensor) -> Array:
    return np.asarray((WEIGHTS * (rows - rows.mean(0))).numpy())


def scores(value: Value) -> Array:
    assert isinstance(value.kind, Forces)
    return np.asarray(value.kind.base + value.data.sum(1))


def test_the_forces_of_a_row_lead_from_the_mean_to_its_score() -> None:
    rows = normal(80, 6)
    finding = found("ForcePlot", inquiry(linear(WEIGHTS), numbers(rows, rows @ WEIGHTS), index=7), background=80)
    (value,) = finding.shown
    shares = known(rows)[7]
    order = np.argsort(-np.abs(shares))
    np.testing.assert_allclose(value.data, [shares[order]], atol=1e-5)
    assert value.kind.names == tuple("abcdef"[at] for at in order)  # type: ignore[attr-defined]
    assert value.more["cells"][0, 0] == f"{'abcdef'[order[0]]} = {float(rows[7, order[0]]):.6g}"
    assert value.more["rows"].tolist() == ["validation 7"]
    assert value.kind.base == pytest.approx(float((rows @ WEIGHTS).mean() + 1), abs=1e-5)  # type: ignore[attr-defined]
    assert scores(value) == pytest.approx([finding.numbers["score"]], abs=1e-12)
    assert scores(value) == pytest.approx([float(rows[7] @ WEIGHTS + 1)], abs=1e-5)
    up, down = shares.clip(min=0).sum(), -shares.clip(max=0).sum()
    assert f"pushed up by {up:.3g} and down by {down:.3g}." in finding.says


def test_weaker_columns_are_joined_by_the_way_they_push() -> None:
    """So that those which cancel out are seen, and nothing of the score is lost."""
    rows = normal(80, 6)
    asked = inquiry(linear(WEIGHTS), numbers(rows, rows @ WEIGHTS), index=7)
    (value,) = found("ForcePlot", asked, background=80, columns=2).shown
    shares = known(rows)[7]
    rest = np.sort(np.abs(shares))[:4]
    others = shares[np.isin(np.abs(shares), rest)]
    up, down = others[others > 0], others[others < 0]
    assert len(up) and len(down)
    np.testing.assert_allclose(value.data[0, 2:], [up.sum(), down.sum()], atol=1e-5)
    names = [f"{len(side)} other column{'s' * (len(side) > 1)}" for side in (up, down)]
    assert list(value.kind.names[2:]) == names  # type: ignore[attr-defined]
    assert scores(value) == pytest.approx([float(rows[7] @ WEIGHTS + 1)], abs=1e-5)
    (whole,) = found("ForcePlot", asked, background=80, columns=5).shown
    assert len(whole.kind.names) == 6  # type: ignore[attr-defined]  # a single other one keeps its name


@pytest.mark.parametrize("many", [0, 1])
def test_rounding_pushes_nothing(many: int) -> None:
    """Of a network that uses one column, or none."""
    rows = normal(80, 6)
    asked = inquiry(linear(10 * torch.eye(6)[1] * many), numbers(rows, rows[:, 0]), index=7)
    finding = found("ForcePlot", asked)
    assert np.count_nonzero(finding.shown[0].data) == many and finding.says.count(" pushes ") == many
    assert "up by 0 and" in finding.says or "down by 0." in finding.says
    stacked = found("StackedForcePlot", asked, columns=2)
    assert np.count_nonzero(stacked.shown[0].data.any(0)) == many
    assert ("of 0 up (by up to 0) and of 0 down (by up to 0)." in stacked.says) == (many == 0)


def test_cells_are_told_as_written() -> None:
    rows = towns(30)
    among = data(rows, TOWN.vector(), rows[:, 2], Scalar(unit="€"), {"x": TOWN})
    worth = torch.tensor([1.0, 0.5, 0.0, 0.0, 3.0, 0.1, 0.0])
    (value,) = found("ForcePlot", inquiry(linear(worth), among, index=6)).shown
    assert set(value.more["cells"][0]) == {"town = Bonn", "age = (missing)", "day = 2024-07-07"}
    assert value.kind.title == "y (€)"  # type: ignore[attr-defined]


def test_each_row_of_a_stack_makes_up_its_own_score() -> None:
    rows = normal(60, 6)
    asked = inquiry(linear(WEIGHTS), numbers(rows, rows @ WEIGHTS))
    finding = found("StackedForcePlot", asked, background=60, columns=5, order="score")
    (value,) = finding.shown
    order = np.argsort(-(rows @ WEIGHTS).numpy(), kind="stable")
    assert finding.numbers["rows"] == order.tolist()
    assert value.more["rows"].tolist() == [f"validation {row}" for row in order]
    np.testing.assert_allclose(scores(value), (rows @ WEIGHTS + 1).numpy()[order], atol=1e-5)
    shares = known(rows)[order]
    columns = np.argsort(-np.abs(shares).mean(0), kind="stable")
    np.testing.assert_allclose(value.data, shares[:, columns], atol=1e-5)
    np.testing.assert_allclose(finding.numbers["shares"]["b"], shares[:, 1], atol=1e-5)  # type: ignore[index]


def test_what_is_joined_has_one_name_in_all_rows() -> None:
    rows = normal(40, 6)
    weights = WEIGHTS * torch.tensor([1, 1, 0, 1, 1, 1])
    (value,) = found("StackedForcePlot", inquiry(linear(weights), numbers(rows, rows[:, 0])), columns=2).shown
    assert value.kind.names == ("b", "e", "4 other columns", "4 other columns")  # type: ignore[attr-defined]
    assert (value.data[:, 2] >= 0).all() and (value.data[:, 3] <= 0).all()


def test_rows_of_like_shares_stand_side_by_side() -> None:
    """Two kinds of rows with the same scores, mixed; within each kind the shares go up in steps."""
    steps = np.arange(10) / 100
    one, other = np.stack([3 + steps, -2 - steps], 1), np.stack([-2 - steps, 3 + steps], 1)
    shuffled = np.random.default_rng(0).permutation(20)
    shares = np.concatenate([one, other])[shuffled]
    order = by_likeness(shares, shares.sum(1))
    assert sorted(order.tolist()) == list(range(20))
    kinds = (shuffled[order] >= 10).astype(int)
    assert np.abs(np.diff(kinds)).sum() == 1  # one border between the kinds
    assert np.abs(np.diff(shares[order], axis=0)).sum() == pytest.approx(2 * 2 * 0.09 + 10, abs=0.2)
    assert by_likeness(shares[:2], np.array([1.0, 2.0])).tolist() == [1, 0]


def test_the_likest_order_begins_with_the_higher_scores() -> None:
    shares = np.array([[-1.0], [1.0], [-1.1], [1.1], [-1.2], [1.2]])
    assert by_likeness(shares, shares[:, 0])[0] in (1, 3, 5)


def test_what_studies_share_is_no_study_and_comes_after_what_is_their_own() -> None:
    assert not {"Sharing", "SharingOneRow", "SharingRows"} & Study.kinds().keys()
    found_by = ["how", "evaluations", "background", "seed"]
    assert [setting.name for setting in ForcePlot.settings()] == ["columns", *found_by]
    assert [setting.name for setting in ShapDependence.settings()] == ["column", "rows", *found_by]
