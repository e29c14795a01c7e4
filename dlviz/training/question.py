"""Question: what a lesson asks before a training, and what that training then measures. No torch here.

    question:
      asks: What accuracy can a straight line reach here?
      measures: test.accuracy
      choices:
        - {says: about half of the points, below: 0.65}
        - {says: all of them, from: 0.95}
      answer: 1
      why: A straight line …

What is right is never taken from `answer`: it is the choice whose range holds what the run has measured. `answer` (the
number of a choice, or the number itself where `within` stands in place of choices) is what the lesson's own settings
give; a test trains them.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dlviz.core.files import read_record, write_json
from dlviz.core.problems import Problems, nearest
from dlviz.core.values import Value, Vector
from dlviz.training.folder import RunFolder

#: What may be measured: a figure of the end, `test.accuracy`; or one of a picture, `views.temperatures.2`.
PARTS = ("train", "validation", "test")
_KNOWN = ("asks", "measures", "choices", "within", "answer", "why")
#: The file of a run that holds what was foretold.
FILE = "prediction.json"


@dataclass(frozen=True)
class Choice:
    """One answer to choose, and the range of the measured number in which it is right: `least` ≤ number < `most`."""

    says: str
    least: float = -math.inf
    most: float = math.inf

    def holds(self, number: float) -> bool:
        return self.least <= number < self.most

    def document(self) -> dict[str, Any]:
        ends = {"from": self.least, "below": self.most}
        return {"says": self.says, **{name: end for name, end in ends.items() if math.isfinite(end)}}


@dataclass(frozen=True)
class Question:
    """A question with choices, or, without them, one for a number that is right within `within`."""

    asks: str
    measures: str
    answer: float
    why: str
    choices: tuple[Choice, ...] = ()
    within: float = 0.0

    def document(self) -> dict[str, Any]:
        """Plain JSON values; `parse` of it gives an equal question."""
        how = {"choices": [each.document() for each in self.choices]} if self.choices else {"within": self.within}
        return {"asks": self.asks, "measures": self.measures, **how, "answer": self.answer, "why": self.why}

    def choice(self, number: float) -> int | None:
        """The number of the choice, from 1, that is right where `number` was measured; None: none is."""
        return next((place for place, each in enumerate(self.choices, 1) if each.holds(number)), None)

    def right(self, guess: float, number: float) -> bool:
        """Whether what was foretold (the number of a choice, or the number itself) came true."""
        return self.choice(number) == guess if self.choices else abs(guess - number) <= self.within

    @property
    def part(self) -> str:
        """Where it is measured: train, validation, test or views."""
        return self.measures.split(".", 1)[0]

    @property
    def figure(self) -> str:
        """The name of what is measured: `accuracy`."""
        return self.measures.split(".", 1)[1]

    @classmethod
    def parse(cls, document: object, place: str, problems: Problems) -> Question | None:
        """The question of a lesson; what is wrong with it goes to `problems`."""
        if not isinstance(document, Mapping):
            problems.add(place, f"must map {', '.join(f'`{name}`' for name in _KNOWN)}. Received: {document!r}.")
            return None
        before = len(problems)
        _only(document, _KNOWN, place, problems)
        for name in ("asks", "measures", "why"):
            if not isinstance(document.get(name), str) or not document[name].strip():
                problems.add(f"{place}.{name}", f"must be a text. Received: {document.get(name)!r}.")
        if not _measurable(document.get("measures")):
            problems.add(
                f"{place}.measures",
                "must name a figure of a part, `test.accuracy`, or a number of a picture, `views.temperatures.2`. "
                f"Received: {document.get('measures')!r}.",
            )
        choices = _choices(document.get("choices"), f"{place}.choices", problems)
        within, answer = document.get("within", 0.0), document.get("answer")
        if not choices and not (_number(within) and within > 0):
            problems.add(f"{place}.within", f"must be above 0 where there are no choices. Received: {within!r}.")
        if not _number(answer) or choices and answer not in range(1, len(choices) + 1):
            known = f"the number of a choice, 1 to {len(choices)}" if choices else "a number"
            problems.add(f"{place}.answer", f"must be {known}. Received: {answer!r}.")
        if len(problems) > before:
            return None
        return cls(document["asks"], document["measures"], answer, document["why"], choices, within)  # type: ignore[arg-type]


def measured(question: Question, run: RunFolder) -> float | None:
    """What the question asks for, as a run has measured it in the end; None: it has not."""
    state = run.state()
    if state["status"] not in ("finished", "stopped"):
        return None
    if question.part != "views":
        found = ((state.get("metrics") or {}).get(question.part) or {}).get(question.figure)
        return float(found) if isinstance(found, int | float) and math.isfinite(found) else None
    view, name = question.figure.split(".", 1)
    try:
        value = Value.load(run.views / "test" / view)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None
    if not isinstance(value.kind, Vector) or name not in value.kind.names:
        return None
    return float(value.data.reshape(-1)[value.kind.names.index(name)])


def predict(run: RunFolder, guess: float) -> None:
    """Keep what is foretold of a run, and after how many epochs. The first word counts."""
    if prediction(run) is None:
        write_json(run.path / FILE, {"guess": guess, "epoch": run.state().get("epoch") or 0})


def prediction(run: RunFolder) -> dict[str, Any] | None:
    """`{"guess", "epoch"}` as it was foretold; None: nothing was."""
    found = read_record(run.path / FILE) or {}
    return found if _number(found.get("guess")) and _number(found.get("epoch")) else None


def _choices(document: object, place: str, problems: Problems) -> tuple[Choice, ...]:
    """The choices in the order of their ranges, which may not overlap: else two would be right at once."""
    if document is None:
        return ()
    if not isinstance(document, list) or len(document) < 2:
        problems.add(place, "must list at least two choices, each with `says` and `from`, `below` or both.")
        return ()
    made: list[Choice] = []
    for number, each in enumerate(document):
        here = f"{place}.{number}"
        if not isinstance(each, Mapping) or not isinstance(each.get("says"), str):
            problems.add(here, f"must say something: {{says: all of them, from: 0.95}}. Received: {each!r}.")
            continue
        _only(each, ("says", "from", "below"), here, problems)
        least, most = each.get("from", -math.inf), each.get("below", math.inf)
        if not _number(least, True) or not _number(most, True) or not least < most:
            problems.add(here, f"`from` must be a number below `below`. Received: {least!r} and {most!r}.")
        elif made and least < made[-1].most:
            problems.add(here, f"begins at {least:g}, but the choice before it ends at {made[-1].most:g}.")
        else:
            made.append(Choice(each["says"], float(least), float(most)))
    return tuple(made)


def _only(document: Mapping[Any, Any], known: tuple[str, ...], place: str, problems: Problems) -> None:
    for key in document:
        if key not in known:
            problems.add(f"{place}.{key}", f"is not known here. {nearest(str(key), known)}".strip())


def _measurable(name: object) -> bool:
    parts = name.split(".", 2) if isinstance(name, str) else []
    return all(parts) and (len(parts) == 2 and parts[0] in PARTS or len(parts) == 3 and parts[0] == "views")


def _number(value: object, endless: bool = False) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and (endless or math.isfinite(value))
