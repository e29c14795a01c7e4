"""Healthy runs are left in peace: nothing severe, hardly a warning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from dlviz.doctor.curve import Curve
from dlviz.doctor.examine import Report, examine
from dlviz.doctor.record import Record
from tests.doctor.patients import HEALTHY, examined, trained


@pytest.fixture(scope="session")
def patients(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Record, Report]]:
    """Each healthy spec, trained once for real, and what the doctor says of it."""
    folder: Path = tmp_path_factory.mktemp("healthy")
    found = {}
    for number, (name, document) in enumerate(HEALTHY.items()):
        run = trained(folder / str(number), document, seed=2)
        assert run.status() == "finished", (name, run.state().get("error"))
        found[name] = examined(run)
    return found


@pytest.fixture(scope="session")
def reports(patients: dict[str, tuple[Record, Report]]) -> dict[str, Report]:
    return {name: report for name, (_, report) in patients.items()}


def test_no_healthy_run_is_called_severely_ill(reports: dict[str, Report]) -> None:
    assert len(reports) >= 20
    for name, report in reports.items():
        assert not [each.sentence for each in report.diagnoses if each.severity == "severe"], name


def test_few_healthy_runs_are_warned(reports: dict[str, Report]) -> None:
    warned = {name: each.sentence for name, report in reports.items() for each in report.diagnoses}
    assert len(warned) <= 3, warned


def test_what_passed_and_what_could_not_be_examined_is_told(reports: dict[str, Report]) -> None:
    for name, report in reports.items():
        assert len(report.passed) >= 5, name
        assert all(why.endswith((".", "!")) for why in report.skipped.values()), name
        assert len(report.passed) + len(report.skipped) + len(report.diagnoses) >= 15, name


@pytest.mark.parametrize("share", [0.05, 0.15, 0.4, 0.7])
def test_nor_is_one_while_it_trains(share: float, patients: dict[str, tuple[Record, Report]]) -> None:
    for name, (record, _) in patients.items():
        report = examine(_until(record, share))
        assert not [each.sentence for each in report.diagnoses if each.severity == "severe"], name


def _until(record: Record, share: float) -> Record:
    """What was known when so much of the run was done."""
    end = share * record.step

    def cut(curves: Mapping[str, Curve]) -> dict[str, Curve]:
        there = {name: curve.steps <= end for name, curve in curves.items()}
        return {name: Curve(name, c.steps[there[name]], c.values[there[name]]) for name, c in curves.items()}

    state = {**record.state, "status": "running", "steps": record.step}
    seen = tuple(entry for entry in record.seen if entry["step"] <= end)
    return replace(
        record,
        losses=cut(record.losses),
        figures=cut(record.figures),
        signals=cut(record.signals),
        seen=seen,
        state=state,
    )
