"""Every illness is found in a run that really has it, and what is offered against it can be tried."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dlviz.core.problems import WrongInput
from dlviz.doctor.diagnosis import SEVERITIES, Diagnosis
from dlviz.doctor.illness import Illness
from dlviz.training.documents import override
from dlviz.training.folder import RunFolder
from tests.doctor.patients import ILL, adam, examined, leaky_table, mlp, sgd, spec, toy, trained


@pytest.mark.parametrize("name", ILL)
def test_an_ill_run_is_found_ill(name: str, tmp_path: Path) -> None:
    kind, at_least, document, change = ILL[name]
    run = trained(tmp_path / "run", document, change=change)
    record, report = examined(run)
    found = {diagnosis.kind: diagnosis for diagnosis in report.diagnoses}
    assert kind in found, (list(found), report.skipped)
    assert SEVERITIES.index(found[kind].severity) <= SEVERITIES.index(at_least)  # type: ignore[arg-type]
    for diagnosis in report.diagnoses:
        _sound(diagnosis, run)
    json.dumps(report.document(), allow_nan=False)
    # what the worker left behind at the end says the same
    kept = json.loads((run.path / "doctor.json").read_text())
    assert kind in [each["kind"] for each in kept["diagnoses"]]


def test_every_illness_has_a_patient() -> None:
    assert {kind for kind, *_ in ILL.values()} == set(Illness.kinds())
    for kind in Illness.kinds().values():
        assert kind.title and not kind.title.endswith("."), kind
        assert len(kind.about()) > 60, kind
        assert not set(kind.explained_by) - set(Illness.kinds()), kind


def test_a_column_that_tells_the_target(tmp_path: Path) -> None:
    document = spec(leaky_table(tmp_path), mlp(16), adam(0.01), epochs=15, batch_size=16)
    run = trained(tmp_path / "run", document)
    found = examined(run)[1].diagnoses[0]
    assert (found.kind, found.severity, found.where) == ("LeakSuspicion", "severe", "told")
    cure = found.cures[0]
    assert cure.anew and cure.changes == {"data.ignore": ["told"]}
    _sound(found, run)
    cured = trained(tmp_path / "cured", override(document, "data.ignore", ["told"]))
    assert "LeakSuspicion" not in [each.kind for each in examined(cured)[1].diagnoses]


def _sound(diagnosis: Diagnosis, run: RunFolder) -> None:
    """Whether a diagnosis is whole: a sentence with numbers, curves, cures that make valid specs."""
    assert diagnosis.severity in SEVERITIES
    assert any(sign.isdigit() for sign in diagnosis.sentence) and diagnosis.sentence.strip().endswith(".")
    assert diagnosis.cures, diagnosis.kind
    for shown in diagnosis.evidence:
        assert shown.curves and all(len(curve) for curve in shown.curves), diagnosis.kind
    for cure in diagnosis.cures:
        assert cure.title
        if cure.changes:
            valid(run.settings_at(), cure.changes, cure.title)


def valid(document: dict[str, Any], changes: Any, what: str) -> None:
    """The spec with these changes can be trained: it parses, fits its data, and its shapes fit each other."""
    from dlviz.network.shapes import infer
    from dlviz.training.spec import Spec

    for path, value in changes.items():
        document = override(document, path, value)
    try:
        parsed = Spec.parse(document)
        fields = parsed.data.describe(parsed.seed)
        whole = parsed.completed(fields)
    except WrongInput as error:
        pytest.fail(f"{what}: {error}")
    assert whole.task is not None and whole.networks is not None
    for name, role in whole.task.roles(fields).items():
        assert not infer(whole.networks[name], role.inputs, role.output).problems, what


def test_the_first_bad_layer_is_named_and_the_last_good_step_gone_back_to(tmp_path: Path) -> None:
    layers = [{"kind": "Linear", "out_features": 32, "init": "kaiming", "name": f"fc{n}"} for n in range(1, 25)]
    deep = {"model": [{"kind": "Input"}, *layers, {"kind": "Linear", "out_features": "auto", "init": "kaiming"}]}
    run = trained(tmp_path / "run", spec(toy("circles"), deep, sgd(10.0), epochs=3, batch_size=20))
    found = next(each for each in examined(run)[1].diagnoses if each.kind == "NotANumber")
    assert re.fullmatch(r"model\.\w+", found.where) and f"`{found.where}`" in found.sentence
    assert [cure.step for cure in found.cures[:2]] == [run.state()["good_step"]] * 2
