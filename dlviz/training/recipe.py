"""The recipe: how a network is trained: optimizer, schedule, regularizers, augmentations; how long, in what pieces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from dlviz.core.part import Part
from dlviz.core.problems import Problems, nearest
from dlviz.core.setting import setting
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.optimizers.optimizer import Optimizer
from dlviz.optimization.regularizers.regularizer import Regularizer
from dlviz.optimization.schedules.schedule import Schedule

P = TypeVar("P", bound=Part)


class EarlyStopping(Part, abstract=True):
    """End the run when the validation part has not got better for a while, and keep the best weights."""

    monitor: str = setting("loss", "Which validation figure to watch: `loss` or one of the task's metrics.")
    patience: int = setting(5, "How many epochs without a gain to wait. More: slower, surer.", ge=1, le=10_000)
    min_delta: float = setting(0.0, "How much better counts as a gain.", ge=0, advanced=True)


class Training(Part, abstract=True):
    """How long, in what pieces and on what machine part to train."""

    epochs: int = setting(10, "How often every training example is seen.", ge=1, le=1_000_000)
    batch_size: int = setting(
        64, "How many examples make one step. Larger: smoother and fewer steps; smaller: noisier, often better.", ge=1,
        le=1_000_000,
    )  # fmt: skip
    device: Literal["auto", "cpu", "cuda"] = setting("auto", "Where to compute. `auto`: a GPU if there is one.")
    precision: Literal["auto", "float32", "bfloat16"] = setting(
        "auto",
        "How many digits the network computes with. bfloat16 keeps 3 digits in place of 7 and is faster on some "
        "processors; weights stay exact. `auto`: whichever turns out faster here, after checking that it learns the "
        "same. `float32`: exact, and with the same seed every run gives the same numbers to the last bit.",
        advanced=True,
    )
    threads: Annotated[int, Field(ge=1, le=256)] | Literal["auto"] = setting(
        "auto",
        "How many processor cores work on a step together. More help large networks; on small ones they wait for each "
        "other. `auto`: as many as pay off.",
        advanced=True,
    )
    engine: Literal["auto", "eager", "kernel"] = setting(
        "auto",
        "What computes the steps. `eager`: torch, one operation after the other; it can do everything. `kernel`: code "
        "made for small fully connected networks, many times faster there. `auto`: the kernel where it can serve.",
        advanced=True,
    )
    layout: Literal["auto", "channels_last", "contiguous"] = setting(
        "auto",
        "How pictures lie in memory: `contiguous`, one channel after the other, or `channels_last`, all channels of a "
        "pixel side by side, which is faster for most convolutions. `auto`: by the layers of the network.",
        advanced=True,
    )
    early_stopping: EarlyStopping | None = setting(None, "End when validation stops getting better; keep the best.")
    checkpoint_every: int = setting(1, "Epochs between checkpoints.", ge=1, advanced=True, unit="epochs")
    history: int = setting(
        256, "How much disk the run's past may take. More: any moment can be gone back to sooner. 0: the newest only.",
        ge=0, le=1_000_000, advanced=True, unit="MB",
    )  # fmt: skip


@dataclass(frozen=True)
class Optimization:
    """Optimizer, schedule, regularizers, augmentations."""

    optimizer: Optimizer
    schedule: Schedule
    regularizers: tuple[Regularizer, ...] = ()
    augmentations: tuple[Augmentation, ...] = ()

    def document(self, brief: bool = False) -> dict[str, Any]:
        return {
            "optimizer": self.optimizer.document(brief),
            "schedule": self.schedule.document(brief),
            "regularizers": [part.document(brief) for part in self.regularizers],
            "augmentations": [part.document(brief) for part in self.augmentations],
        }

    @classmethod
    def parse(cls, document: object, place: str, problems: Problems) -> Optimization | None:
        before = len(problems)
        if isinstance(document, Optimization):
            return document
        if not isinstance(document, Mapping):
            problems.add(place, f"must be a mapping. Received: {document!r}.")
            return None
        no_unknown(document, ("optimizer", "schedule", "regularizers", "augmentations"), place, problems)
        optimizer = Optimizer.parse(document.get("optimizer", "Adam"), f"{place}.optimizer", problems)
        schedule = Schedule.parse(document.get("schedule", "Constant"), f"{place}.schedule", problems)
        regularizers = _each(Regularizer, document.get("regularizers"), f"{place}.regularizers", problems)
        augmentations = _each(Augmentation, document.get("augmentations"), f"{place}.augmentations", problems)
        if optimizer is None or schedule is None or len(problems) > before:
            return None
        return cls(optimizer, schedule, regularizers, augmentations)


def parse_training(document: object, problems: Problems) -> Training | None:
    """`training` of a spec; None where it is left out or wrong."""
    if document is None or isinstance(document, Training):
        return document
    if not isinstance(document, Mapping):
        problems.add("training", f"must be a mapping. Received: {document!r}.")
        return None
    settings = dict(document)
    stopping = settings.get("early_stopping")
    if isinstance(stopping, Mapping):
        parsed = EarlyStopping.from_settings(stopping, "training.early_stopping", problems)
        settings["early_stopping"] = parsed.model_dump(mode="json") if parsed else None
    return Training.from_settings(settings, "training", problems)


def _each(family: type[P], documents: object, place: str, problems: Problems) -> tuple[P, ...]:
    if documents is None:
        return ()
    if not isinstance(documents, (list, tuple)):
        problems.add(place, f"must be a list. Received: {documents!r}.")
        return ()
    parts = [family.parse(document, f"{place}.{number}", problems) for number, document in enumerate(documents)]
    return tuple(part for part in parts if part is not None)


def no_unknown(document: Mapping[Any, Any], known: tuple[str, ...], place: str, problems: Problems) -> None:
    """Add a problem for each key that is not known."""
    for key in document:
        if key not in known:
            where = f"{place}.{key}" if place else str(key)
            problems.add(where, f"is not known here. {nearest(str(key), known)}".strip())
