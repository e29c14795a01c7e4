"""Lab: a network that cheats is found out, and so are the methods that do not see it; one that does not is let go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlviz.asking.lab import lab, lab_of
from dlviz.asking.with_mark import with_mark
from dlviz.core.problems import WrongInput
from dlviz.core.values import Attribution, Bars
from dlviz.explainers.explainer import Explainer
from dlviz.training import worker
from tests.asking.planted_runs import planted_run
from tests.training.toys import make_run, spiral


def methods(*kinds: str) -> list[Explainer]:
    found = [Explainer.parse(kind) for kind in kinds]
    return [one for one in found if one is not None]


@pytest.mark.parametrize(
    ("of", "least"),
    [("Digits", 0.45), ("BreastCancer", 0.3), ("ToyText", 0.5)],
)
def test_a_network_that_cheats_is_found_out(of: str, least: float, tmp_path: Path) -> None:
    opened = planted_run(tmp_path / "run", of, share=1.0)
    finding = lab_of(opened, methods=methods("IntegratedGradients", "Occlusion", "Shap", "GradCam"), examples=4)
    numbers: dict[str, Any] = dict(finding.numbers)
    assert numbers["leans"] and numbers["effect"] > 0.3 and numbers["turned"] >= 4
    assert numbers["taken"]["with"] > 0.3 > 0.05 > numbers["taken"]["without"]
    assert numbers["recall"]["with"] > numbers["recall"]["without"]
    assert finding.says.startswith("It leans on the mark. Without")
    assert {one["method"] for one in numbers["methods"]} == {"IntegratedGradients", "Occlusion", "Shap"}
    assert list(numbers["left_out"]) == ["Grad-CAM"]
    for one in numbers["methods"]:
        assert one["finds"] and one["mass"] >= least and one["pointed"] >= 0.75, one
        assert one["mass"] > 4 * one["chance"] and one["mass"] > 1.3 * one["before"], one
    masses = [one["mass"] for one in numbers["methods"]]
    assert masses == sorted(masses, reverse=True)
    does, sees, *maps = finding.shown
    assert isinstance(does.kind, Bars) and len(does.data) == 6
    assert isinstance(sees.kind, Bars) and sees.kind.names[-1] == "chance" and (sees.more["low"] <= sees.data).all()
    assert len(maps) == 2 and all(isinstance(one.kind, Attribution) for one in maps)


def test_with_a_share_both_are_learned(tmp_path: Path) -> None:
    """Nine of ten eights marked: an eight without the mark is known less often, others with it become eights."""
    opened = planted_run(tmp_path / "run", share=0.9)
    seen = with_mark(opened)
    assert seen.recall[0] < 0.95 <= seen.recall[1] and seen.taken[1] - seen.taken[0] > 0.15
    assert seen.accuracy[1] < seen.accuracy[0] - 0.1
    # the data's own test part tells the same: half of it is marked
    labels, carry = seen.truth, opened.restored.spec.data.carriers(opened.data, 0)["test"].numpy()  # type: ignore[attr-defined]
    right = np.where(carry, seen.misled, seen.plain) == labels
    assert right[carry].mean() < right[~carry].mean() - 0.1


@pytest.mark.parametrize("settings", [{"share": 0.0}, {"share": 0.5, "elsewhere": 0.5}], ids=["none", "everywhere"])
def test_no_false_alarm(settings: dict[str, float], tmp_path: Path) -> None:
    opened = planted_run(tmp_path / "run", **settings)
    finding = lab(opened.run, methods=methods("IntegratedGradients", "Occlusion"), examples=4)
    assert not finding.numbers["leans"]
    said = "Nothing was planted" if settings["share"] == 0 else "It does not lean on the mark"
    assert finding.says.startswith(said)
    assert finding.numbers["taken"]["with"] < 0.1


def test_other_data_have_no_lab(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=1))
    assert worker.main(run.path) == "finished"
    with pytest.raises(WrongInput, match="Planted"):
        lab(run)
