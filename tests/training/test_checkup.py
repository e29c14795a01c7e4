"""What the doctor is told: facts of the data with known answers, the budget, damaged files."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from dlviz.cli import main
from dlviz.core.values import Category, Scalar, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.training import checkup, worker
from dlviz.training.budget import Budget
from dlviz.training.data_facts import data_facts
from tests.training.toys import make_run, spiral

NAMES = ("told", "noise", "more")


def _data(shift: float = 0.0, number: bool = False, repeated: int = 0) -> Data:
    """600 rows of three numbers; the first one is the label twice over."""
    random = torch.Generator().manual_seed(0)
    label = torch.arange(600) % 4 // 3  # a quarter is of class 1
    rows = torch.randn(600, 3, generator=random)
    rows[:, 0] = 2.0 * label + 0.01 * rows[:, 0]
    rows[400:500, 1] += shift
    if repeated:
        rows[400 : 400 + repeated] = rows[:repeated]
    target = rows[:, 0] * 3 + 1 if number else label
    fields = Fields({"row": Vector(names=NAMES)}, {"ill": Scalar() if number else Category(names=("no", "yes"))}, 600)

    def part(start: int, end: int) -> Examples:
        return Examples({"row": rows[start:end], "ill": target[start:end]}, torch.arange(start, end))

    return Data(fields, part(0, 400), part(400, 500), part(500, 600), {})


def test_facts_of_classes() -> None:
    facts = data_facts(Classification(), _data(shift=3.0, repeated=25))
    assert facts["sizes"] == {"train": 400, "validation": 100}
    assert facts["classes"] == {"names": ["no", "yes"], "train": [300, 100], "validation": [75, 25]}
    assert facts["duplicates"] == {"count": 25, "of": 100, "within": 0.0, "times": 1.0}
    assert facts["alone"][0] == {"name": "told", "value": 1.0}
    assert facts["alone"][1]["value"] < 0.9
    worst = facts["shift"][0]
    assert worst["name"] == "noise" and 1.8 < worst["away"] < 3.4  # 25 of 100 were taken from the training part
    # -(0.75 ln 0.75 + 0.25 ln 0.25)
    assert facts["baseline"] == {"loss": pytest.approx(0.5623, abs=1e-4), "figure": "accuracy", "value": 0.75}
    assert facts["neighbours"]["value"] > 0.9
    json.dumps(facts, allow_nan=False)


def test_a_column_that_tells_all_does_so_wherever_its_border_lies() -> None:
    data = _data()
    for part in (data.train, data.validation):
        row, label = part.columns["row"], part.columns["ill"]
        row[:, 0] = label + torch.linspace(0.0, 0.9, len(label))  # every value another, and a clean cut at 1
        row[:, 2] = (torch.arange(len(label)) % 7 == 0).float()  # two values that tell nothing
    for rare in (100, 93, 41):  # pieces of equal count would hold the border inside one
        kept = torch.cat([torch.arange(len(data.train))[data.train.columns["ill"] == 0],
                          torch.nonzero(data.train.columns["ill"])[:rare, 0]])  # fmt: skip
        train = Examples(data.train.batch(kept), kept)
        assert data_facts(Classification(), dataclasses.replace(data, train=train))["alone"][0] == {
            "name": "told", "value": 1.0
        }  # fmt: skip


def test_what_a_category_tells_is_asked_of_all_its_words_together() -> None:
    label = torch.arange(300) % 3
    random = torch.Generator().manual_seed(0)
    words = torch.nn.functional.one_hot(label, 3).float()  # no word alone tells three classes apart
    names = ("size", "hue=red", "hue=green", "hue=blue", "a=1", "a=2")
    rows = torch.cat([torch.randn(300, 1, generator=random), words, torch.randn(300, 2, generator=random)], 1)
    fields = Fields({"row": Vector(names=names)}, {"kind": Category(names=("x", "y", "z"))}, 300)

    def part(start: int, end: int) -> Examples:
        return Examples({"row": rows[start:end], "kind": label[start:end]}, torch.arange(start, end))

    alone = data_facts(Classification(), Data(fields, part(0, 150), part(150, 225), part(225, 300), {}))["alone"]
    assert alone[0] == {"name": "hue", "value": 1.0}
    assert {one["name"] for one in alone[1:]} < {"size", "a=1", "a=2"}  # numbers whose names only look so


def test_facts_of_numbers() -> None:
    facts = data_facts(Regression(loss="mae"), _data(number=True))
    assert "classes" not in facts and facts["baseline"]["figure"] == "r2"
    assert facts["alone"][0]["name"] == "told" and facts["alone"][0]["value"] > 0.999
    # |x - mean| of three quarters at 0 and one at 2, in spreads: 2 · 0.75 · 0.25 · 2 / (2 · √(0.75 · 0.25))
    assert facts["baseline"]["loss"] == pytest.approx(0.866, abs=0.01)


def test_a_part_that_holds_one_class_after_the_other_is_seen_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.training.data_facts._ROWS", 50)
    data = _data()
    order = data.train.columns["ill"].argsort(stable=True)
    facts = data_facts(Classification(), dataclasses.replace(data, train=Examples(data.train.batch(order), order)))
    assert facts["baseline"]["value"] == 0.75  # of the first fifty all are of one class
    assert facts["neighbours"]["value"] > 0.9 and facts["alone"][0] == {"name": "told", "value": 1.0}


def test_an_empty_part_is_no_trouble() -> None:
    data = _data()
    empty = Examples({name: column[:0] for name, column in data.validation.columns.items()}, torch.arange(0))
    assert data_facts(Classification(), dataclasses.replace(data, validation=empty))["sizes"]["validation"] == 0


def test_a_run_is_examined_at_its_end_and_again_from_its_folder(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=8))
    assert worker.main(run.path) == "finished"
    kept = json.loads((run.path / "doctor.json").read_text())
    assert kept["step"] == run.state()["step"] and kept["passed"] and kept["facts"]["sizes"]["train"] == 140
    assert [sum(entry["predicted"]) for entry in kept["seen"]] == [30] * len(kept["seen"]) and kept["seen"]
    anew = checkup.again(run).document()
    assert anew == {name: kept[name] for name in anew}
    told = CliRunner().invoke(main, ["doctor", str(run.path), "--json"])
    assert told.exit_code == 0 and json.loads(told.output) == anew
    said = CliRunner().invoke(main, ["doctor", str(run.path)])
    assert said.exit_code == 0 and "passed" in said.output


@pytest.mark.parametrize("text", ["", "[]", "{", '{"facts": 3, "seen": [1, {"step": 2}], "diagnoses": "no"}'])
def test_a_damaged_report_is_passed_over(text: str, tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral())
    (run.path / "doctor.json").write_text(text)
    assert checkup.again(run).diagnoses == ()
    made = checkup.Checkup(run, Budget())
    assert made.facts == {} and all(isinstance(entry, dict) for entry in made.seen)


def test_looking_waits_until_the_budget_has_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    budget = Budget(share=0.01, advance=0.0, clock=lambda: now[0])
    made = checkup.Checkup(make_run(tmp_path / "run", spiral()), budget)
    looked: list[float] = []
    monkeypatch.setattr(made, "_learn", lambda loop: None)
    monkeypatch.setattr(made, "_examine", lambda state: looked.append(now[0]))
    monkeypatch.setattr(made, "_next", 0.0)
    budget.begin()
    loop: Any = None
    for second in range(1, 20):
        now[0] = float(second)
        made.look(loop, {})
    assert looked and looked[0] >= 5  # 0.05 s of work are 1 % of 5 s


def test_what_fails_in_the_doctor_does_not_end_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checkup, "examine", fails)
    monkeypatch.setattr(checkup, "data_facts", fails)
    run = make_run(tmp_path / "run", spiral(epochs=2))
    assert worker.main(run.path) == "finished"
    assert not (run.path / "doctor.json").exists()


def test_a_damaged_report_does_not_end_a_run(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=3))
    seen = [{"predicted": [1]}, {"step": "x"}, {"step": None}, 7]
    (run.path / "doctor.json").write_text(json.dumps({"facts": [], "seen": seen}))
    assert worker.main(run.path) == "finished", run.state()
