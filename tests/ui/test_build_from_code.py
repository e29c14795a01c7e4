"""From code: what is pasted becomes the drawing; what cannot be read is told."""

import pytest

from dlviz.runs.drafts import Drafts
from dlviz.ui import experiment

DIGITS = {"version": 1, "data": {"kind": "Digits"}}
SOURCE = "nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))"


@pytest.fixture
def drafts(dlviz_home):
    return Drafts(dlviz_home)


def dialog(draft):
    from dlviz.ui import from_code

    from_code.from_code(draft)


def opened(draft):
    from streamlit.testing.v1 import AppTest

    return AppTest.from_function(dialog, args=(draft,), default_timeout=240).run()


def test_pasted_code_takes_the_place_of_the_network(drafts):
    draft = drafts.new(experiment.completed(DIGITS))
    test = opened(draft)
    test.text_area(key="from-code").set_value(SOURCE).run()
    assert "4 layers" in " ".join(element.value for element in test.markdown)
    test.button(key="from-code-put").click().run()
    kinds = [entry["kind"] for entry in drafts.read(draft)["networks"]["model"]]
    assert kinds == ["Input", "Flatten", "Linear", "ReLU", "Linear"] and not test.exception
    drafts.undo(draft)
    assert drafts.read(draft)["networks"]["model"][1]["kind"] == "Conv2d", "undo brings the old one back"


def test_what_cannot_be_read_is_told_and_never_run(drafts, tmp_path):
    trace = tmp_path / "ran"
    test = opened(drafts.new(experiment.completed(DIGITS)))
    code = f"open({str(trace)!r}, 'w')\nnet = nn.Sequential(nn.Flatten(), nn.Linear(64, 10), mine.Layer(3))"
    test.text_area(key="from-code").set_value(code).run()
    assert "could not be read" in " ".join(element.value for element in test.markdown)
    assert not trace.exists() and not test.exception
    test.text_area(key="from-code").set_value("hello, world").run()
    assert test.error and not test.exception


def test_of_two_networks_the_chosen_role_is_replaced(drafts):
    draft = drafts.new(experiment.completed({**DIGITS, "task": {"kind": "Gan"}}))
    before = drafts.read(draft)["networks"]
    test = opened(draft)
    test.text_area(key="from-code").set_value(SOURCE).run()
    test.segmented_control(key="from-code-role").set_value("discriminator").run()
    test.button(key="from-code-put").click().run()
    after = drafts.read(draft)["networks"]
    assert after["generator"] == before["generator"] and len(after["discriminator"]) == 5
