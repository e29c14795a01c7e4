"""The doctor on a run's page: quiet when all is well, findings with evidence, cures that make forks."""

from __future__ import annotations

import json
import re

import numpy as np
import psutil
import pytest

from dlviz.core.files import write_json
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.training.spec import Spec
from dlviz.ui import evidence

FOUND = {
    "kind": "LearningRateTooHigh",
    "title": "Learning rate too high",
    "severity": "severe",
    "sentence": "The loss rose to 309 [see](https://x.example) at `model.fc1`.",
    "step": 3,
    "where": "model.fc1",
    "evidence": [
        {"title": "Loss", "curves": [{"name": "loss", "steps": [1, 2, 3], "values": [2.3, 309.0, 15.0]}], "line": 2.3,
         "line_title": "knowing nothing", "log": True},
        {"title": "broken", "curves": [{"name": "x", "steps": [1], "values": ["NaN"]}, 3]},
    ],
    "cures": [
        {"title": "Learning rate 30 → 0.05", "changes": {"optimization.optimizer.lr": 0.05}, "step": 0, "anew": False},
        {"title": "Divide anew", "changes": {"seed": 9}, "step": 0, "anew": True},
        {"title": "By hand: look at the data", "changes": {}, "step": 0, "anew": False},
    ],
}  # fmt: skip


@pytest.fixture(autouse=True)
def no_host(monkeypatch):
    """Nothing is trained here: the queue only takes notes."""
    monkeypatch.setattr(Queue, "warm", lambda self: None)


@pytest.fixture
def examined(dlviz_home):
    """`examined(report)`: a finished run with this report."""

    def made(report):
        me = psutil.Process()
        spec = Spec.parse({"version": 1, "data": {"kind": "Digits"}, "seed": 1}).completed().document()
        run = Store(dlviz_home).create(spec)
        run.write_state({"status": "finished", "epoch": 3, "epochs": 10, "step": 30, "steps": 30, "error": None,
                         "pid": me.pid, "pid_started": me.create_time()})  # fmt: skip
        log = EventLog(run.events_file)
        log.add("train", 1, epoch=0.1, loss=2.0)
        log.flush()
        write_json(run.path / "doctor.json", report)
        return run

    return made


def text(test):
    return "\n".join(each.value for each in [*test.markdown, *test.caption])


def button(test, key):
    return next(each for each in test.button if each.key == key)


def others(home, run):
    return [each for each in Store(home).runs() if each.id != run.id]


def test_all_is_well(one_page, examined):
    run = examined(
        {"step": 30, "diagnoses": [], "passed": ["Dead ReLUs", "Plateau"], "skipped": {"Overfitting": "No."}}
    )
    test = one_page("train", run=run.id).run()
    assert not test.exception
    labels = [each.label for each in test.expander]
    assert "Doctor · No complaint: 2 checks passed" in labels
    assert "The doctor" not in [each.value for each in test.subheader]
    assert "Overfitting" in text(test)


def test_a_finding_is_shown_put_aside_and_brought_back(one_page, examined):
    run = examined({"step": 30, "diagnoses": [FOUND, {"severity": "odd"}, 3], "passed": ["Plateau"], "skipped": []})
    test = one_page("train", run=run.id).run()
    assert not test.exception
    said = text(test)
    assert "Learning rate too high" in said and "Every step goes too far" in said
    assert "[see](" not in said  # a text from a file cannot become a link
    assert "look at the data" in said
    mains = [each.key for each in test.button if each.proto.type == "primary"]
    assert mains and all(str(key).startswith("try-") for key in mains), "an ill run is to be mended first"
    button(test, "aside-LearningRateTooHigh").click().run()
    assert [each.key for each in test.button if each.proto.type == "primary"] == ["next-runs"]
    assert "1 finding put aside" in "".join(each.label for each in test.expander)
    assert not [each for each in test.button if str(each.key).startswith("try-")]
    button(test, "aside-none").click().run()
    assert [each for each in test.button if str(each.key).startswith("try-")]


def test_a_cure_is_a_fork_with_its_changes(one_page, examined, dlviz_home):
    run = examined({"step": 30, "diagnoses": [FOUND], "passed": [], "skipped": {}})
    test = one_page("train", run=run.id).run()
    button(test, "try-LearningRateTooHigh-0").click().run()
    (child,) = others(dlviz_home, run)
    assert child.state()["parent"] == run.id and child.state()["parent_step"] == 0
    assert child.spec_document()["optimization"]["optimizer"]["lr"] == 0.05
    assert [entry["run"] for _, entry in Queue(dlviz_home).waiting()] == [child.id]


def test_other_data_are_tried_in_a_new_run(one_page, examined, dlviz_home):
    run = examined({"step": 30, "diagnoses": [FOUND], "passed": [], "skipped": {}})
    test = one_page("train", run=run.id).run()
    button(test, "try-LearningRateTooHigh-1").click().run()
    (child,) = others(dlviz_home, run)
    assert child.spec_document()["seed"] == 9 and "parent_step" not in child.state()


@pytest.mark.parametrize("content", ["", "[]", '{"diagnoses": {}, "passed": 3, "skipped": "x", "step": "y"}'])
def test_a_damaged_report_breaks_no_page(one_page, examined, content):
    run = examined({})
    (run.path / "doctor.json").write_text(content)
    assert not one_page("train", run=run.id).run().exception


def test_the_drawing_says_in_words_what_it_shows():
    assert evidence.summary(FOUND["evidence"][0]) == (
        "Loss: loss from 2.3 at step 1 to 15 at step 3; the border (knowing nothing) lies at 2.3."
    )
    assert evidence.picture(FOUND["evidence"][1], dark=False) == ""
    drawn = evidence.picture(FOUND["evidence"][0], dark=True)
    assert 'alt="Loss: loss from' in drawn and "data:image/svg+xml;base64," in drawn


def test_every_point_lies_inside_the_drawing():
    import base64

    values = np.geomspace(1e-9, 1e9, 200).tolist()
    shown = {"title": "x", "curves": [{"name": "<b>", "steps": list(range(200)), "values": values}], "log": True}
    address = re.search(r"base64,([^\"]+)", evidence.picture(shown, dark=False))
    svg = base64.b64decode(address.group(1)).decode()
    points = re.search(r'points="([^"]+)"', svg).group(1)
    assert "<b>" not in svg
    for point in points.split():
        x, y = map(float, point.split(","))
        assert 0 <= x <= evidence.WIDTH and 0 <= y <= evidence.HEIGHT
    assert json.dumps(shown)


def test_a_few_far_values_do_not_press_the_rest_flat():
    from dlviz.ui.evidence import _axis

    leap = [2.0] * 3 + [600.0] + [1.0 + 0.1 * (at % 4) for at in range(30)]
    assert _axis(leap, False) == (True, 0.0, pytest.approx(2.778, abs=1e-3))  # powers of ten
    below = [-1.2e6, -400.0, *(0.02 * at for at in range(40))]
    log, low, high = _axis(below, False)
    assert not log and -2 < low < 0.02 and high == pytest.approx(0.78)
    assert _axis([0.5, 0.5], False) == (False, 0.0, 1.0)
