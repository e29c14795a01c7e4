"""The gallery of networks to start from: what it offers for a draft, and what choosing makes of it."""

from __future__ import annotations

from typing import Any

import pytest

from dlviz.training.spec import Spec
from dlviz.ui import experiment
from dlviz.ui.start_from import EMPTY, begun, choices


def draft(**more: Any) -> dict[str, Any]:
    return experiment.completed({"version": 1, "data": {"kind": "Digits"}, **more})


def test_every_title_stands_once_and_what_cannot_be_chosen_has_a_reason() -> None:
    for document in (draft(), draft(task={"kind": "Gan"}), draft(task={"kind": "Reconstruction"})):
        found = choices(document)
        free = [choice.title for choice in found if choice.why_not is None]
        assert len(free) == len(set(free)) and EMPTY in free
        assert set(experiment.starters(document)) <= set(free)
        assert all(choice.why_not for choice in found if choice.title not in free)


@pytest.mark.parametrize("task", ["Classification", "Reconstruction"])
def test_whatever_is_chosen_can_be_trained(task: str) -> None:
    document = draft(task={"kind": task})
    for choice in choices(document):
        if choice.why_not is not None or choice.title == EMPTY:
            continue
        after = begun(document, choice.title)
        spec = Spec.parse(after).completed()
        assert spec.task is not None and after["data"] == document["data"]
        if choice.task:
            assert after["task"]["kind"] == choice.task["kind"] and set(choice.task.items()) <= set(
                after["task"].items()
            )
        else:
            assert after["task"] == document["task"]
