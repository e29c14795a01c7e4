"""Case: a trained run with all that its report asks for, worked out once."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

import torch

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.core.values import Category
from dlviz.datasets.data import Data, Fields
from dlviz.explainers.explainer import Question, sole_input
from dlviz.studies.outcomes import Outcomes, outcomes
from dlviz.studies.study import Inquiry
from dlviz.tasks.task import Networks, Task
from dlviz.training.events import read_events
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore


@dataclass(frozen=True)
class Case:
    """`part`: the part that is looked at closely. `found`: how the networks did on each of its examples; None:
    `missing` says why. The networks are copies in evaluation mode."""

    run: RunFolder
    restored: Restored
    data: Data
    networks: Networks
    part: str
    state: dict[str, Any]
    found: Outcomes | None
    missing: str = ""

    @property
    def task(self) -> Task:
        return self.restored.task

    @property
    def fields(self) -> Fields:
        return self.data.fields

    @property
    def inquiry(self) -> Inquiry | None:
        """A question about the network as a whole, as studies take it: about the class that is sought, else the second
        of two, else the most frequent. None where an example has not one class or one number."""
        name = sole_input(self.fields)
        if name is None or len(self.networks) != 1 or not self.task.targets(self.fields):
            return None
        if self.found is None or self.found.predicted is None:
            return None
        inputs = {name: self.data.part(self.part).columns[name][:1].cpu()}
        question = Question(self.task, self.networks, self.data, inputs, self.target)
        return Inquiry(question, self.part, 0, self.run, self.restored)

    @property
    def target(self) -> int:
        """The number of the class that is explained where one must be chosen."""
        kind = next(iter(self.fields.targets.values()), None)
        if not isinstance(kind, Category):
            return 0
        if kind.sought in kind.names:
            return kind.names.index(kind.sought)
        if len(kind.names) == 2:
            return 1
        labels = self.data.train.columns[next(iter(self.fields.targets))]
        return int(torch.bincount(labels.flatten(), minlength=len(kind.names)).argmax())

    def doctor(self) -> list[dict[str, Any]]:
        """What the doctor found of the training, as its documents."""
        found = (read_record(self.run.path / "doctor.json") or {}).get("diagnoses")
        sound = found if isinstance(found, list) else []
        return [one for one in sound if isinstance(one, dict) and one.get("title") and one.get("sentence")]

    def facts(self) -> dict[str, Any]:
        """What the doctor knows of the data."""
        found = (read_record(self.run.path / "doctor.json") or {}).get("facts")
        return found if isinstance(found, dict) else {}

    def epochs(self) -> list[dict[str, Any]]:
        """The figures of each epoch."""
        return list(read_events(self.run.events_file, only=("epoch",)))


def case_of(
    run: RunFolder, part: str = "validation", restored: Restored | None = None, data: Data | None = None
) -> Case:
    """Open a run; what is at hand already need not be loaded again. Raises `WrongInput` where there is nothing to
    open."""
    if part not in ("validation", "test"):
        raise WrongInput(f"A report looks at the validation or the test part. Received: {part}.")
    restored = restored or restore(run)
    data = restored.load_data() if data is None else data
    if not len(data.part(part)):
        part = "validation" if part == "test" and len(data.validation) else "train"
    networks = {
        role: copy.deepcopy(network).cpu().eval().requires_grad_(False) for role, network in restored.networks.items()
    }
    found, missing = None, ""
    try:
        found = outcomes(restored.task, networks, data, part)
    except (WrongInput, NotImplementedError) as error:
        missing = str(error) or f"{restored.task.kind()} has no figure for a single example."
    return Case(run, restored, data, networks, part, run.state(), found, missing)
