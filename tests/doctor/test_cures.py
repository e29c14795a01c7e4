"""If the cure is taken, the illness goes: the run is forked with it, trained, and examined again."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlviz.runs.store import Store
from tests.doctor.patients import ILL, examined, train, trained

#: By patient: which of the cures is taken.
TAKEN = {
    "far too high, tanh": 0,
    "too low": 0,
    "sigmoid stack": 0,
    "dead": 1,
    "by heart": 1,
    "a line through xor": 0,
    "rare class": 0,
    "batches of two": 0,
    "broken down": 0,
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_cure_cures(name: str, tmp_path: Path) -> None:
    kind, _, document, change = ILL[name]
    store = Store(tmp_path)
    run = trained(tmp_path / "runs" / "ill", document, change=change)
    found = next(each for each in examined(run)[1].diagnoses if each.kind == kind)
    cure = found.cures[TAKEN[name]]
    child = store.fork(run, cure.step, cure.changes, cure.title)
    train(child, change)
    report = examined(child)[1]
    assert child.status() == "finished", child.state().get("error")
    left = [each.sentence for each in report.diagnoses if each.kind == kind and each.severity != "hint"]
    assert not left, cure.title
