"""Request: what `request.json` asks, checked.

{"run", "part", "index", "target": int or null (what is predicted), "against": int or null (why not that class?),
 "checkpoint": step or null (the best), "edit": {…} (edited.py), "muted": [[layer, number], …] (muted.py), "limit_s",
 and one of
   "method": an explainer, with "trust": whether its trials are made as well
   "study": a study
   "compare": what is held side by side (comparing.py)
   "lab": true, what methods find of a planted giveaway (lab.py)
   "report": true, the model card
   "gallery": true, examples to choose from, for a run that keeps none
   "only": "prediction" }
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dlviz.asking.comparing import Comparing
from dlviz.asking.load import Opened
from dlviz.asking.pose import Put, WhyNot, pose
from dlviz.core.problems import WrongInput
from dlviz.explainers.explainer import Explainer
from dlviz.studies.muted import Unit
from dlviz.studies.study import Study

LIMIT = 180.0  # seconds, where the request names none


@dataclass(frozen=True)
class Request:
    """A question about one example of a run; `method`, `study` or neither: the prediction alone."""

    part: str
    index: int
    target: int | None
    against: int | None = None
    checkpoint: int | None = None
    edit: Mapping[str, Any] = field(default_factory=dict)
    muted: tuple[Unit, ...] = ()
    method: Explainer | None = None
    study: Study | None = None
    compare: Comparing | None = None
    lab: bool = False
    report: bool = False
    gallery: bool = False
    trust: bool = False

    @classmethod
    def parse(cls, request: Mapping[str, Any]) -> Request:
        """Raises `WrongInput`."""
        method = study = compare = None
        if "compare" in request:
            compare = Comparing.parse(request["compare"])
        elif "study" in request:
            study = Study.parse(request["study"], "study")
        elif not {"lab", "report", "gallery"} & set(request) and request.get("only") != "prediction":
            method = Explainer.parse(request.get("method"), "method")
        lab, report, gallery = (request.get(name) is True for name in ("lab", "report", "gallery"))
        muted, edit = request.get("muted") or [], request.get("edit") or {}
        if not isinstance(muted, list) or not isinstance(edit, Mapping):
            raise WrongInput("`muted` is a list and `edit` a mapping. Received: something else.")
        return cls(
            part=str(request.get("part", "test")), index=0 if lab or report or gallery else _whole(request, "index"),
            target=_perhaps(request, "target"),
            against=_perhaps(request, "against"), checkpoint=_perhaps(request, "checkpoint"), edit=edit,
            muted=tuple(Unit.parse(unit) for unit in muted), method=method, study=study, compare=compare,
            trust=request.get("trust") is True, lab=lab, report=report, gallery=gallery,
        )  # fmt: skip

    def put(self, opened: Opened) -> Put:
        """The question put to copies of the run's networks."""
        asker, why_not = self._asker()
        return pose(
            opened.task, opened.networks, opened.data, self.part, self.index, self.target, asker, why_not,
            against=self.against, edit=self.edit, muted=self.muted,
        )  # fmt: skip

    def _asker(self) -> tuple[str, WhyNot | None]:
        chosen = self.method or self.study
        return (chosen.kind(), chosen.why_not) if chosen is not None else ("", None)


def limit_of(request: Mapping[str, Any]) -> float:
    """For how many seconds it may be worked on."""
    limit = request.get("limit_s")
    return float(limit) if isinstance(limit, int | float) and not isinstance(limit, bool) and limit > 0 else LIMIT


def _whole(request: Mapping[str, Any], name: str) -> int:
    number = request.get(name)
    if not isinstance(number, int) or isinstance(number, bool):
        raise WrongInput(f"`{name}` must be a whole number. Received: {number!r}.")
    return number


def _perhaps(request: Mapping[str, Any], name: str) -> int | None:
    return None if request.get(name) is None else _whole(request, name)


#: Opens the run of a question, with the weights of a step (None: the best).
Open = Callable[[int | None], Opened]
