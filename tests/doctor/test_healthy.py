"""Healthy runs are left in peace: nothing severe, hardly a warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from dlviz.doctor.examine import Report
from tests.doctor.patients import HEALTHY, examined, trained


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Report]:
    """What the doctor says of each healthy spec, trained once for real."""
    folder: Path = tmp_path_factory.mktemp("healthy")
    found = {}
    for number, (name, document) in enumerate(HEALTHY.items()):
        run = trained(folder / str(number), document, seed=2)
        assert run.status() == "finished", (name, run.state().get("error"))
        found[name] = examined(run)[1]
    return found


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
