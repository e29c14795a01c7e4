"""What an illness part is: how one thing that can go wrong is told from the record of a training."""

from __future__ import annotations

from typing import ClassVar

from dlviz.core.part import Part
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.record import Record


class Illness(Part, family="illnesses"):
    """One thing that can go wrong in a training.

    The docstring's first paragraph tells a student of 16 what it means; the rest says how it is told, and where its
    borders come from.
    """

    #: What it is called, without a full stop: "The learning rate is too high".
    title: ClassVar[str]
    #: Other illnesses that, where they are found, explain what this one would say: it then keeps silent.
    explained_by: ClassVar[tuple[str, ...]] = ()
    #: Whether it usually is the cause of what else is found: it is then told first among those as grave.
    causes: ClassVar[bool] = False

    def why_not(self, record: Record) -> str | None:
        """Why this cannot be examined with what is known, in a sentence; None: it can. Never raises."""
        return None

    def examine(self, record: Record) -> Diagnosis | None:
        """What is found; None: nothing. Called only where `why_not` is None."""
        raise NotImplementedError

    def diagnosis(
        self, severity: Severity, sentence: str, step: float, *, where: str = "", evidence: tuple[Evidence, ...] = (),
        cures: tuple[Cure, ...] = (), title: str = "",
    ) -> Diagnosis:  # fmt: skip
        """A diagnosis of this illness."""
        return Diagnosis(
            self.kind(), title or self.title, severity, sentence, max(0, int(step)), where, evidence, cures
        )  # fmt: skip
