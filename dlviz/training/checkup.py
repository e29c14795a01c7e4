"""Checkup: gathers what the doctor needs while a run goes, lets it examine now and then, and keeps what it says.

doctor.json: {"step", "diagnoses", "passed", "skipped", "facts": of the data, "seen": what was said of the validation
part, by step}. All else stands in the run's other files, so a run can be examined anew from its folder alone.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from dlviz.core.files import read_record, write_json
from dlviz.core.values import Category
from dlviz.doctor.examine import Report, examine
from dlviz.doctor.record import Record
from dlviz.training.budget import Budget
from dlviz.training.data_facts import data_facts
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

#: Its name among those that share the budget for looking, and what an examination costs until one was made, in seconds.
_ACCOUNT, _GUESS = "doctor", 0.05
#: Seconds between two examinations at least.
_EVERY = 2.0
#: What is seen of the validation part is kept of so many epochs, evenly spaced.
_SEEN = 100
_COMPARED = 200


class Checkup:
    """What the doctor is told of one run while it trains."""

    def __init__(self, run: RunFolder, budget: Budget) -> None:
        self.run, self.budget = run, budget
        budget.enter(_ACCOUNT, guess=_GUESS)
        before = read_record(doctor_file(run)) or {}  # of a resumed run
        facts, seen = before.get("facts"), before.get("seen")
        self.facts: dict[str, Any] = facts if isinstance(facts, dict) else {}
        self.seen: list[dict[str, Any]] = (
            [one for one in seen if isinstance(one, dict) and isinstance(one.get("step"), int)]
            if isinstance(seen, list)
            else []
        )
        self._stride = 1
        self._epochs = 0
        self._next = time.monotonic() + _EVERY

    def epoch_ended(self, loop: Loop, outputs: Tensor | None) -> None:
        """Note what the network says of the validation part: some microseconds."""
        self._epochs += outputs is not None
        if outputs is None or self._epochs % self._stride or (self.seen and self.seen[-1]["step"] >= loop.step):
            return
        with self.budget.looking(_ACCOUNT):
            found = seen_of(loop, outputs)
        if found is not None:
            self.seen.append({"step": loop.step, **found})
        if len(self.seen) > _SEEN:
            self.seen, self._stride = self.seen[1::2], self._stride * 2

    def look(self, loop: Loop, state: Mapping[str, Any]) -> None:
        """Examine, where the time for it is there. What fails here never ends a run."""
        if time.monotonic() < self._next or not self.budget.choose({_ACCOUNT: ()}):
            return
        began = time.monotonic()
        with self.budget.looking(_ACCOUNT):
            self._learn(loop)
            self._examine(state)
            self.budget.spend(_ACCOUNT, time.monotonic() - began)
        self._next = time.monotonic() + _EVERY

    def end(self, loop: Loop, state: Mapping[str, Any]) -> None:
        """Examine at the end, also of a run that broke down."""
        self._learn(loop)
        self._examine(state)

    def _learn(self, loop: Loop) -> None:
        if not self.facts:
            try:
                self.facts = data_facts(loop.task, loop.data)
            except Exception as error:  # unusual data must not cost a run
                self.facts = {"unknown": f"{type(error).__name__}: {error}"}

    def _examine(self, state: Mapping[str, Any]) -> None:
        try:
            report = examine(record_of(self.run, state, self.facts, self.seen))
        except Exception as error:
            print(f"The doctor could not examine: {type(error).__name__}: {error}")
            return
        document = {**report.document(), "facts": self.facts, "seen": self.seen}
        try:
            write_json(doctor_file(self.run), document)
        except OSError:
            pass  # a full disk: what the run itself writes goes first


def doctor_file(run: RunFolder) -> Any:
    """Where a run's report lies."""
    return run.path / "doctor.json"


def record_of(
    run: RunFolder, state: Mapping[str, Any] | None = None, facts: Mapping[str, Any] | None = None,
    seen: list[dict[str, Any]] | None = None,
) -> Record:  # fmt: skip
    """All that a run's folder tells."""
    kept = read_record(doctor_file(run)) or {}
    facts = kept.get("facts") if facts is None else facts
    seen = kept.get("seen") if seen is None else seen
    spec = run.settings_at()  # as it holds now, whatever was changed on the way
    return Record.of(
        spec,
        read_events(run.events_file),
        read_events(run.path / "signals.jsonl"),
        facts if isinstance(facts, Mapping) else {},
        [one for one in seen if isinstance(one, dict)] if isinstance(seen, list) else [],
        run.state() if state is None else state,
    )


def again(run: RunFolder) -> Report:
    """Examine a run from what lies in its folder."""
    return examine(record_of(run))


def seen_of(loop: Loop, outputs: Tensor) -> dict[str, Any] | None:
    """Of classes: how often each is predicted, and how often rightly. Of made examples: how much they differ among
    each other, where 1 is as much as real ones do."""
    task, fields, columns = loop.task, loop.fields, loop.validation.columns
    outputs = outputs.to(next(iter(columns.values())).device)
    if task.kind() == "Classification":
        kind = next(iter(fields.targets.values()))
        assert isinstance(kind, Category)
        predicted, true = task.measured(outputs, columns, fields)
        count = len(kind.names)
        return {
            "predicted": torch.bincount(predicted, minlength=count).tolist(),
            "right": torch.bincount(true[predicted == true], minlength=count).tolist(),
        }
    if task.kind() == "Gan":
        real = columns[next(iter(fields.inputs))].flatten(1)[:_COMPARED].float()
        made = outputs.flatten(1)[:_COMPARED].float()
        return {"variety": float(torch.pdist(made).median() / torch.pdist(real).median().clamp(min=1e-12))}
    return None
