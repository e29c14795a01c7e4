"""Write: the report of a run into files."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from dlviz.core.files import replace_file
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import Step, silent
from dlviz.reports.believed import EXAMPLES
from dlviz.reports.card import report
from dlviz.reports.case import case_of
from dlviz.reports.html import html
from dlviz.reports.markdown import markdown
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored


class Written(NamedTuple):
    """Where the report lies."""

    html: Path
    markdown: Path


def write_report(
    run: RunFolder,
    path: Path,
    step: Step = silent,
    *,
    part: str = "validation",
    trials: int = EXAMPLES,
    restored: Restored | None = None,
    data: Data | None = None,
) -> Written:
    """Write a run's report to `path`, a page that needs nothing else, and as Markdown beside it (`.md`), each at once.

    `part`: which part is looked at closely, validation or test. `trials`: of how many examples an explanation is
    tried, some two seconds each. What is at hand already (`restored`, `data`) need not
    be loaded again; `step` is told how far it is, of 100, and may raise to cancel. Takes some seconds. Raises
    `WrongInput` where the run has no checkpoint or its data cannot be loaded.
    """
    found = report(case_of(run, part, restored, data), step, trials)
    path = Path(path)
    beside = path.with_suffix(".md")
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, html(found).encode())
    replace_file(beside, markdown(found).encode())
    return Written(path, beside)
