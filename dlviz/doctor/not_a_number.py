"""NotANumber: the training broke down."""

from __future__ import annotations

from typing import ClassVar

from dlviz.doctor import cures
from dlviz.doctor.diagnosis import Diagnosis, Evidence
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record


class NotANumber(Illness):
    """Some number became infinite or "not a number" (NaN), and from then on nothing can be learned: NaN plus anything
    is NaN.

    Told by the worker itself, which takes the last steps again and looks at every layer. There is no border.
    """

    title: ClassVar[str] = "Numbers broke down (NaN)"

    def examine(self, record: Record) -> Diagnosis | None:
        error = str(record.state.get("error") or "")
        if record.state.get("status") != "failed" or ("NaN" not in error and "bad_node" not in record.state):
            return None
        where = str(record.state.get("bad_node") or "")
        good = int(record.state.get("good_step") or record.begin)
        step = int(record.state.get("step") or record.step)
        place = f"in layer `{where}`" if where else "in the loss"
        sentence = (
            f"At step {step} the numbers became infinite or no numbers at all, first {place}; step {good} was the last "
            "sound one. "
        )
        if "data" in error:
            sentence += "The data themselves hold such a number: look for a missing or far too large value."
            return self.diagnosis("severe", sentence, step, where=where, evidence=_evidence(record))
        sentence += f"The learning rate is {record.lr:.3g}; steps that are too long are the usual reason."
        offers = cures.several(
            cures.clip(record, good, with_lr=True), cures.lower_lr(record, good), cures.normalise(record, record.begin)
        )
        return self.diagnosis("severe", sentence, step, where=where, evidence=_evidence(record), cures=offers)


def _evidence(record: Record) -> tuple[Evidence, ...]:
    if not len(record.loss):
        return ()
    return (
        Evidence("Loss of the steps before it broke down", (record.loss,), log=bool((record.loss.values > 0).all())),
    )
