"""Job: answer one question in a process of its own. `python -m dlviz.asking.job FOLDER`.

<folder>/request.json   what is asked (`request.py`)
<folder>/state.json     {"status": running | done | failed | cancelled, "answered": whether the answer stands there
                        already while its trials go on, "done", "of", "error", "seconds", "pid", …}
<folder>/summary.json   index, target, prediction, probabilities or value; of a method its score, note, gap, seconds
<folder>/answer_input   the input as a person reads it, one example
<folder>/answer         of a method: Value(Attribution), with the input in `more["input"]`
<folder>/so_far         as the answer, from what was asked until now, at times; gone once the answer is there
<folder>/trust.json     of a method: {"judgement", "says", "rank", "verdicts": […]}
<folder>/finding.json   of a study or a comparison: {"says", "shown": how many values, "numbers"}
<folder>/finding_0 …    the values that it shows
<folder>/report.html    the model card, report.md beside it
gallery/                in the run's folder: examples to choose from (`training/gallery.py`)
<folder>/job.log        the traceback of what failed; a user sees one sentence
"""

from __future__ import annotations

import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.asking.answer import answer_of, explained
from dlviz.asking.lab import lab_of
from dlviz.asking.load import Opened, load
from dlviz.asking.pose import Put
from dlviz.asking.request import Open, Request, limit_of
from dlviz.asking.said import said
from dlviz.asking.trials import examined
from dlviz.asking.watch import Watch
from dlviz.core.files import read_json, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.values import Value
from dlviz.explainers.explainer import Explainer, Explanation
from dlviz.reports.write import write_report
from dlviz.studies.study import Finding, Inquiry
from dlviz.training import machine
from dlviz.training.folder import RunFolder
from dlviz.training.gallery import write_gallery


class Cancelled(BaseException):
    """Somebody wants no answer any more. No `Exception`: a library that swallows those must not swallow this."""


def main(folder: str | Path, open_run: Open | None = None) -> int:
    """Answer the question in `folder`; 0 where it is answered. Whatever happens, the state tells it. `open_run` gives
    the run where it has been opened already."""
    folder = Path(folder)
    request: Mapping[str, Any] = read_json(folder / "request.json", {})
    watch = Watch(folder, limit_of(request))
    run = RunFolder(folder.parents[1])  # runs/<id>/explanations/<question>
    try:
        with cancelled_by_signals():
            watch.write("running")
            machine.settle()
            asked = Request.parse(request)
            opened = open_run(asked.checkpoint) if open_run else load(run, asked.checkpoint, watch.check)
            watch.check()
            _work(folder, asked, opened, watch)
            watch.write("done")
        return 0
    except Cancelled:
        watch.write("cancelled")
    except WrongInput as error:
        watch.write("failed", str(error))
    except MemoryError:
        _log(folder)
        watch.write("failed", "There was not enough memory for this. Let it try fewer samples or a smaller picture.")
    except Exception as error:
        _log(folder)
        told = (str(error).strip().splitlines() or [""])[0][:200]
        watch.write("failed", f"The method failed ({type(error).__name__}: {told}). The log has the rest.")
    return 1


def _work(folder: Path, asked: Request, opened: Opened, watch: Watch) -> None:
    if asked.report:
        write_report(opened.run, folder / "report.html", watch, restored=opened.restored, data=opened.data)
        return
    if asked.gallery:
        parts = [part for part in ("test", "validation") if _has_gallery(opened, part, watch)]
        write_json(folder / "summary.json", {"parts": parts})
        return
    if asked.lab:
        _keep(lab_of(opened, watch), folder)
        return
    if asked.compare is not None:
        _keep(asked.compare.found(opened, asked.part, asked.index, asked.target, watch), folder)
        return
    put = asked.put(opened)
    put.shown.save(folder / "answer_input")
    if asked.study is not None:
        where = Inquiry(put.question, put.part, put.index, opened.run, opened.restored)
        _keep(asked.study.study(where, watch), folder)
        return
    method = asked.method
    if method is None:
        write_json(folder / "summary.json", said(put))
        return
    watch.shows(lambda explanation: _sketch(put, method, explanation, folder))
    found_answer = explained(put, method, watch)
    found_answer.value().save(folder / "answer")
    write_json(folder / "summary.json", found_answer.summary())
    Value.remove(folder / "so_far")
    if asked.trust:
        watch.answered()
        write_json(folder / "trust.json", examined(put, found_answer, watch))


def _has_gallery(opened: Opened, part: str, watch: Watch) -> bool:
    """Choose the examples of a part, where the run has none: one of before its task could be asked about."""
    watch.check()
    return write_gallery(opened.run, opened.task, opened.networks, opened.data, part)


def _sketch(put: Put, method: Explainer, explanation: Explanation, folder: Path) -> None:
    """Keep what was found so far, where it can be shown at all."""
    if np.isfinite(explanation.values).all():
        answer_of(put, method, explanation).value().save(folder / "so_far")


def _keep(found: Finding, folder: Path) -> None:
    for number, value in enumerate(found.shown):
        value.save(folder / f"finding_{number}")
    told = {"says": found.says, "shown": len(found.shown), "numbers": dict(found.numbers)}
    write_json(folder / "finding.json", told)


def _log(folder: Path) -> None:
    with (folder / "job.log").open("a", encoding="utf-8") as log:
        traceback.print_exc(file=log)


@contextmanager
def cancelled_by_signals() -> Iterator[None]:
    """Within, a request to end (SIGTERM, SIGINT) raises `Cancelled`; afterwards signals mean what they did before."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def cancel(number: int, frame: object) -> None:
        raise Cancelled

    before = {number: signal.signal(number, cancel) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
