"""SmallBatchNorm: batch normalisation that sees too few examples."""

from __future__ import annotations

from typing import ClassVar

from dlviz.doctor import cures, redraw
from dlviz.doctor.curve import Curve
from dlviz.doctor.diagnosis import Cure, Diagnosis, Evidence, Severity
from dlviz.doctor.illness import Illness
from dlviz.doctor.record import Record
from dlviz.doctor.words import percent

#: Batches this small: severe, and a warning. Pictures lend each example's pixels to the mean, so less is enough.
TINY, SMALL = 2, 6


class SmallBatchNorm(Illness):
    """Batch normalisation takes mean and spread from the batch; of two or three examples these are mostly chance. What
    the network learns with them fits neither the next batch nor the remembered mean and spread.

    Told by the batch size: for rows of features severe at 2, a warning up to 6; for pictures, whose pixels count too, a
    warning at 2. (Wu & He 2018 show errors growing below 16, fast below 4.)
    """

    title: ClassVar[str] = "Batch too small for batch normalisation"

    def why_not(self, record: Record) -> str | None:
        return None if _norms(record) else "There is no batch normalisation."

    def examine(self, record: Record) -> Diagnosis | None:
        norms = _norms(record)
        rows = [path for path, kind in norms.items() if kind == "BatchNorm1d"]
        size = record.batch_size
        if not size or size > (SMALL if rows else TINY):
            return None
        where = rows[0] if rows else next(iter(norms))
        sentence = (
            f"`{where}` takes its mean and spread from {size} examples a batch; "
            f"chance alone makes them stray by about {percent(1 / size**0.5)} of the spread."
        )
        train, validation = record.figure("train"), record.figure("validation")
        if len(train) and len(validation):
            sentence += f" The loss is {train.late():.3g} on training and {validation.late():.3g} on validation."
        shown = tuple(
            Curve(name, curve.steps, curve.values)
            for name, curve in (("train", train), ("validation", validation))
            if len(curve)
        )
        severity: Severity = "severe" if rows and size <= TINY else "warning"
        step = record.begin
        offers = cures.several(
            Cure("Batches of 32", {"training.batch_size": 32}, step),
            cures.redrawn(record, "Layer normalisation, which needs no batch", step,
                          lambda nodes: redraw.replaced(nodes, ("BatchNorm1d",), "LayerNorm")),
            cures.redrawn(record, "Without batch normalisation", step,
                          lambda nodes: redraw.without(nodes, ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d"))),
        )  # fmt: skip
        evidence = (Evidence("Loss", shown),) if shown else ()
        return self.diagnosis(severity, sentence, step, where=where, evidence=evidence, cures=offers)


def _norms(record: Record) -> dict[str, str]:
    """The batch normalisation layers by path."""
    return {
        f"{role}.{node['name']}": str(node["kind"])
        for role in record.roles
        for node in record.nodes(role)
        if str(node.get("kind", "")).startswith("BatchNorm") and "name" in node
    }
