"""Drafts as links: what is shared opens as a draft of its own, and rubbish is told in a sentence."""

import pytest

from dlviz.core.problems import WrongInput
from dlviz.runs.drafts import Drafts
from dlviz.ui import experiment, shared

DIGITS = {"version": 1, "data": {"kind": "Digits"}}


@pytest.fixture
def drafts(dlviz_home):
    return Drafts(dlviz_home)


def test_a_shared_draft_opens_as_the_same_on_a_machine_that_never_saw_it(drafts, tmp_path, monkeypatch):
    whole = experiment.completed(DIGITS)
    made = shared.link(drafts.new(whole))
    start, text = made["fragment"].split("=", 1)
    assert start == "draft" and made["note"] == ""
    monkeypatch.setenv("DLVIZ_HOME", str(tmp_path / "elsewhere"))
    opened = Drafts(tmp_path / "elsewhere").read(shared.opened(text))
    assert opened["networks"] == whole["networks"] and opened["optimization"] == whole["optimization"]


def test_a_draft_with_problems_is_shared_as_it_stands(drafts):
    whole = experiment.completed(DIGITS)
    broken = [entry for entry in whole["networks"]["model"] if entry["kind"] != "Flatten"]
    for entry in broken:
        entry["inputs"] = [item if item != "flatten" else "pool" for item in entry["inputs"]]
    draft = drafts.new({**whole, "networks": {"model": broken}})
    opened = drafts.read(shared.opened(shared.link(draft)["fragment"].removeprefix("draft=")))
    assert opened["networks"]["model"] == broken


def test_a_link_says_that_an_uploaded_file_is_not_in_it(drafts):
    draft = drafts.new({"version": 1, "data": {"kind": "Table", "path": "/somewhere/rows.csv", "target": "x"}})
    assert "the same file" in shared.link(draft)["note"]


@pytest.mark.parametrize("text", ["", "rubbish", "8J-Yig", "A" * 300_000])
def test_rubbish_gets_a_sentence_and_makes_no_draft(drafts, text):
    with pytest.raises(WrongInput) as told:
        shared.opened(text)
    assert str(told.value).endswith((".", "experiment")) and not list(drafts.folder.glob("*"))


def test_a_file_of_this_machine_cannot_be_asked_for_by_a_link(drafts):
    from dlviz.runs.share import packed

    text = packed({"version": 1, "data": {"kind": "Table", "path": "/etc/passwd", "target": "x"}})
    with pytest.raises(WrongInput, match="upload"):
        shared.opened(text)
