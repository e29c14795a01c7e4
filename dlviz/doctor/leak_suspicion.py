"""LeakSuspicion: too good to be true."""

from __future__ import annotations

from typing import Any, ClassVar

from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: One column tells so much alone: accuracy, R². As in `datasets/suspicions.py`.
TELLS = {"accuracy": 0.995, "r2": 0.999}
#: So many validation examples have an equal one in the training part.
REPEATED, MOST = 0.1, 0.5
#: Each row comes so many times on average: these are rows of few kinds, no copies.
FEW_KINDS = 5.0


class LeakSuspicion(Illness):
    """The answer is known before it is asked: a column holds it in another form, or the examples to check on are among
    those it trained on. Such a figure breaks down in practice.

    Told by one column of at least three that predicts the target alone (accuracy 0.995, R² 0.999, by a rule learned on
    the training part and judged on the validation part), severe where the network is as good; or by validation examples
    that have an equal one in the training part, of pictures and tables: from 10 %, severe from half; a hint where the
    training part's own examples are as often equal to each other, as rows of few values are by nature (from half, only
    where each comes 5 times on average: fewer may be copies of a file). Short made-up
    sentences repeat by nature, too. The borders are those of the data sets' own warnings.
    """

    title: ClassVar[str] = "Leak suspected"

    def why_not(self, record: Record) -> str | None:
        return None if record.facts.get("duplicates") else "The data were not looked at yet."

    def examine(self, record: Record) -> Diagnosis | None:
        return self._column(record) or self._repeats(record)

    def _column(self, record: Record) -> Diagnosis | None:
        alone = record.facts.get("alone") or []
        figure = str((record.facts.get("baseline") or {}).get("figure", ""))
        border = TELLS.get(figure, 2.0)
        base = float((record.facts.get("baseline") or {}).get("value", 0.0))
        best = alone[0] if len(alone) >= 3 else None
        if best is None or best["value"] < border or best["value"] - base < 0.02:
            return None
        name = str(best["name"])
        metric = record.figure("validation", record.primary)
        sentence = f"`{name}` alone predicts the target of examples not seen with {figure} {best['value']:.4g}"
        severity: Severity = "warning"
        if len(metric):
            sentence += (
                f"; the network reached {metric.last:.4g}, after its first measured epoch {metric.values[0]:.3g}"
            )
            severity = "severe" if metric.last >= 0.98 else "warning"
        sentence += ". If it is not known before the target is, it must go."
        evidence = (Evidence(f"{figure} on validation", (metric,), border, "too good"),) if len(metric) else ()
        return self.diagnosis(
            severity, sentence, record.begin, where=name, evidence=evidence, cures=(_ignored(record, name),)
        )  # fmt: skip

    def _repeats(self, record: Record) -> Diagnosis | None:
        counted: dict[str, Any] = record.facts["duplicates"]
        share = counted["count"] / max(1, counted["of"])
        if share < REPEATED or record.facts.get("input") not in ("image", "row", "several"):
            return None
        sentence = (
            f"{counted['count']:,} of {counted['of']:,} validation examples ({percent(share)}) lie in the training "
            "part, too. The network may know them by heart, so its figures there are too good."
        )
        metric = record.figure("validation", record.primary)
        evidence = (Evidence(f"{record.primary} on validation", (metric,)),) if len(metric) else ()
        within = float(counted.get("within", 0.0))
        severity: Severity = "severe" if share >= MOST else "warning"
        by_nature = severity == "warning" or float(counted.get("times", 1.0)) >= FEW_KINDS
        if by_nature and within > share / 2:
            severity = "hint"
            sentence += (
                f" In the training part itself {percent(within)} have an equal one: rows of few values often do."
            )
        by_hand = Cure("By hand: take the repeated examples out of the file, then train anew")
        return self.diagnosis(severity, sentence, record.begin, evidence=evidence, cures=(by_hand,))


def _ignored(record: Record, column: str) -> Cure:
    """A new run without the column."""
    data = record.spec.get("data") or {}
    if "ignore" not in data:
        return Cure(f"By hand: take `{column}` out of the data, then train anew")
    ignored = [*(data.get("ignore") or ()), column]
    return Cure(f"Leave `{column}` out", {"data.ignore": ignored}, anew=True)
