"""Plan: how the steps of a run are computed, as plain values that a checkpoint keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from dlviz.training.recipe import Training

Engine = Literal["eager", "kernel", "graph"]
Precision = Literal["float32", "bfloat16"]
Layout = Literal["contiguous", "channels_last"]


@dataclass(frozen=True)
class Plan:
    """What was chosen. As it stands here it is the plain way: what everything else is checked against."""

    engine: Engine = "eager"
    threads: int = 1
    precision: Precision = "float32"
    layout: Layout = "contiguous"
    #: Whether a maximum over neighbours is taken before a rising activation in place of after it: the same numbers,
    #: and fewer of them to activate.
    pool_first: bool = False
    #: Whether that pooling and ReLU are one call of compiled code, with a first convolution before them.
    fused: bool = False
    #: Whether LSTMs learn by compiled code of our own in place of oneDNN's.
    own_lstm: bool = False

    @property
    def title(self) -> str:
        if self.engine == "kernel":
            return "compiled kernel · float32"
        parts = ["one graph of GPU kernels a step"] if self.engine == "graph" else []
        parts += [f"{self.threads} thread{'s' if self.threads > 1 else ''}", self.precision]
        parts += ["channels last"] if self.layout == "channels_last" else []
        parts += ["pooling before activation"] if self.pool_first else []
        parts += ["in one pass of compiled code"] if self.fused else []
        parts += ["compiled LSTM"] if self.own_lstm else []
        return " · ".join(parts)

    def suits(self, pinned: Training) -> bool:
        """Whether it is what the settings ask for: a fork may ask for something else than its parent did."""
        asked: list[tuple[object, object]] = [
            (pinned.threads, self.threads if self.engine == "eager" else pinned.threads)
        ]
        asked += [
            (pinned.precision, self.precision),
            (pinned.engine, "own" if self.own_lstm else self.engine),
            (pinned.layout, self.layout),
        ]
        return all(wanted in ("auto", mine) for wanted, mine in asked)

    def document(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def parse(cls, document: object) -> Plan | None:
        """The plan in a checkpoint's facts; None where there is none that can be read."""
        if not isinstance(document, Mapping) or not isinstance(document.get("threads"), int):
            return None
        allowed = {"engine": get_args(Engine), "precision": get_args(Precision), "layout": get_args(Layout)}
        if any(document.get(name) not in choices for name, choices in allowed.items()):
            return None
        return cls(
            document["engine"], max(1, document["threads"]), document["precision"], document["layout"],
            document.get("pool_first") is True, document.get("fused") is True, document.get("own_lstm") is True,
        )  # fmt: skip


@dataclass
class Choice:
    """A plan, and in sentences for a student why it was taken and what was not."""

    plan: Plan
    because: list[str] = field(default_factory=list)
    declined: list[str] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """As `state.json` and the page have it."""
        return {"title": self.plan.title, "because": self.because, "declined": self.declined}

    @classmethod
    def parse(cls, document: object) -> Choice | None:
        """The choice in a checkpoint's facts; None where there is none that can be read."""
        plan = Plan.parse(document.get("plan")) if isinstance(document, Mapping) else None
        if plan is None or not isinstance(document, Mapping):
            return None
        texts = {
            name: [str(text) for text in found] if isinstance(found := document.get(name), list) else []
            for name in ("because", "declined")
        }
        return cls(plan, texts["because"], texts["declined"])
