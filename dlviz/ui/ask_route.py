"""The route by which the page asks back: an example is changed, parts of the network muted, and the answer follows.

    POST /dlviz/ask/<run>  {"part", "index", "target", "against", "edit", "muted", "method", "tab", "again"}
                           → {"status": queued | running | done | failed, "error", …the answer when it is done}

The answer: `said`, what the network says now; and with a `method` its attributions: `values`, of a picture one number a
pixel, row by row from above, with `shape` (of a sound's spectrogram `under` says how light each is), of columns and
words one each with `names`, of others one a step; the largest is 1.
`again`: what failed before is tried once more; a page that waits for an answer does not say it.
`tab`: a name that the page's script gives itself; what it asked before is ended when it asks something else.
"""

from __future__ import annotations

import shutil
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.core.files import read_record
from dlviz.core.values import Attribution, Value
from dlviz.ui.posted import Refused, answered

PATH = "/dlviz/ask/{run}"
LONGEST = 6_000_000
LIMIT = 30
_KNOWN = {"part", "index", "target", "against", "edit", "muted", "method", "study", "tab", "again"}
_ASIDE = ("tab", "again")
#: So many answers to passing changes are kept of a run: each key typed makes one.
KEPT = 30
#: What each tab asked last, so that the next question can end it: hands are faster than some methods.
_last: OrderedDict[str, Path] = OrderedDict()
_TABS = 500
#: So many steps of a series or sound are told.
_STEPS = 400


def routes() -> list[Route]:
    """The route that takes changed examples."""
    return [Route(PATH, _ask, methods=["POST"])]


async def _ask(request: Request) -> Response:
    return await answered(request, "a question", LONGEST, _wanted, asked)


def _wanted(found: Any) -> dict[str, Any]:
    if not isinstance(found, dict) or not set(found) <= _KNOWN or type(found.get("index")) is not int:
        raise Refused(400, "A question is a JSON object with a whole number `index`. Received: something else.")
    return found


def asked(run_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """How far the answer is; it is asked for where it was not yet."""
    from dlviz.ui import state  # the server is up before the store's modules are loaded

    run = state.store().run(run_id)
    queue = state.queue()
    question = {key: value for key, value in wanted.items() if key not in _ASIDE and value not in (None, {}, [])}
    question |= {"target": wanted.get("target"), "limit_s": LIMIT, "passing": True}
    if not {"method", "study"} & set(question):
        question["only"] = "prediction"
    folder = queue.ask(run, question, again=wanted.get("again") is True)
    before = _instead(str(wanted.get("tab") or ""), folder)
    if before is not None:
        queue.cancel(before)
    now = queue.answer_state(folder)
    if now["status"] != "done":
        return {"status": now["status"], "error": now["error"]}
    _forget(run.explanations, folder)
    return {"status": "done", **told(folder)}


def _instead(tab: str, folder: Path) -> Path | None:
    """What the tab asked before, where that is something else."""
    if not tab or len(tab) > 40:
        return None
    before = _last.pop(tab, None)
    _last[tab] = folder
    while len(_last) > _TABS:
        _last.popitem(last=False)
    return before if before != folder else None


def told(folder: Path) -> dict[str, Any]:
    """An answer as the page's script takes it."""
    finding = read_record(folder / "finding.json")
    if finding:
        return {"says": finding.get("says"), "numbers": finding.get("numbers")}
    found: dict[str, Any] = {"said": read_record(folder / "summary.json") or {}}
    if (folder / "answer.json").is_file():
        found |= _values(Value.load(folder / "answer"))
    return found


def _values(answer: Value) -> dict[str, Any]:
    kind = answer.kind
    assert isinstance(kind, Attribution)
    values = np.nan_to_num(np.asarray(answer.data, dtype=float))
    over = kind.lies_over()
    under = {}
    if over in ("picture", "spectrogram"):
        values = values.sum(0) if values.ndim == 3 else values
    if over == "spectrogram":
        values = values[::-1]  # its first band is the lowest, a picture's first row the uppermost
        heard = np.asarray(answer.more.get("input", ()), dtype=float)
        if heard.size == values.size:
            under = {"under": heard.reshape(values.shape)[::-1].round(2).ravel().tolist()}
    elif over in ("series", "sound"):
        values = np.atleast_2d(values).sum(0)
        if len(values) > _STEPS:
            values = np.array([piece.sum() for piece in np.array_split(values, _STEPS)])
    most = float(np.abs(values).max()) or 1.0
    return {
        "over": over, "names": list(kind.names), "shape": list(values.shape), "most": most,
        "values": (values / most).round(3).ravel().tolist(), **under,
    }  # fmt: skip


def _forget(explanations: Path, newest: Path) -> None:
    """Keep the newest answers to passing changes; what was asked for good stays."""
    passing = [
        file.parent
        for file in explanations.glob("*/request.json")
        if file.parent != newest and (read_record(file) or {}).get("passing")
    ]
    passing.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in passing[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
