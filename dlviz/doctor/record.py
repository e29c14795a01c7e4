"""Record: all that is known of one training, as plain columns of numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from dlviz.doctor.curve import Curve

Document = Mapping[str, Any]
#: What a record of signals holds beside signals.
_NO_SIGNALS = ("step", "epoch", "type", "time")


@dataclass(frozen=True)
class Record:
    """What a training left behind.

    `spec`: its settings, as `Spec.document()` gives them. `losses`: the losses of its steps, `loss` and, with several
    networks, `loss.<role>`. `figures`: those of its epochs, `train.accuracy`, `validation.loss` …, by step.
    `signals`: by name and path of the layer, `gradient.model.conv1`. `facts`: of the data (`training/data_facts.py`).
    `seen`: what the network said of the validation part, by step (`training/checkup.py`). `state`: how the run stands.
    """

    spec: Document
    losses: Mapping[str, Curve] = field(default_factory=dict)
    figures: Mapping[str, Curve] = field(default_factory=dict)
    signals: Mapping[str, Curve] = field(default_factory=dict)
    facts: Document = field(default_factory=dict)
    seen: tuple[Document, ...] = ()
    state: Document = field(default_factory=dict)

    @classmethod
    def of(
        cls, spec: Document, events: Iterable[Document], signals: Iterable[Document] = (),
        facts: Document | None = None, seen: Iterable[Document] = (), state: Document | None = None,
    ) -> Record:  # fmt: skip
        """From the records of events.jsonl and signals.jsonl."""
        losses: dict[str, list[tuple[Any, Any]]] = {}
        figures: dict[str, list[tuple[Any, Any]]] = {}
        for event in events:
            kept = losses if event.get("type") == "train" else figures if event.get("type") == "epoch" else None
            for name, value in event.items() if kept is not None else ():
                wanted = name == "lr" or name.startswith("loss") if kept is losses else "." in name
                if wanted and kept is not None:
                    kept.setdefault(name, []).append((event.get("step"), value))
        measured: dict[str, list[tuple[Any, Any]]] = {}
        for moment in signals:
            for name, value in moment.items():
                if name not in _NO_SIGNALS:
                    measured.setdefault(name, []).append((moment.get("step"), value))
        return cls(
            spec, _curves(losses), _curves(figures), _curves(measured), facts or {}, tuple(seen), state or {}
        )  # fmt: skip

    @property
    def loss(self) -> Curve:
        """The loss of the steps; empty where there is none yet."""
        return self.losses.get("loss", Curve.of("loss", ()))

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The networks that are trained, in the order of the spec."""
        return tuple(self.spec.get("networks") or ())

    def nodes(self, role: str) -> list[dict[str, Any]]:
        """The layers of a network, as the spec writes them."""
        found = (self.spec.get("networks") or {}).get(role) or []
        return [dict(node) for node in found if isinstance(node, Mapping)]

    def node(self, path: str) -> dict[str, Any]:
        """The layer at a path `model.conv1`; empty where it stands inside a block."""
        role, _, name = path.partition(".")
        return next((node for node in self.nodes(role) if node.get("name") == name), {})

    def by_layer(self, signal: str) -> dict[str, Curve]:
        """The curves of one signal by the path of the layer, from the input to the output of each network."""
        prefix = f"{signal}."
        named = {name: curve for name, curve in self.signals.items() if name.startswith(prefix) and len(curve)}
        found = {name[len(prefix) :]: curve for name, curve in named.items()}
        order = {f"{role}.{node.get('name')}": n for role in self.roles for n, node in enumerate(self.nodes(role))}

        def place(path: str) -> tuple[int, int]:
            role, _, rest = path.partition(".")
            top = f"{role}.{rest.partition('.')[0]}"
            return (self.roles.index(role) if role in self.roles else -1, order.get(path, order.get(top, -1)))

        return dict(sorted(found.items(), key=lambda pair: place(pair[0])))

    @property
    def optimizer(self) -> Document:
        """The optimizer's settings."""
        return (self.spec.get("optimization") or {}).get("optimizer") or {}

    @property
    def regularizers(self) -> list[dict[str, Any]]:
        return [dict(part) for part in (self.spec.get("optimization") or {}).get("regularizers") or ()]

    @property
    def lr(self) -> float:
        """The learning rate that was asked for."""
        return float(self.optimizer.get("lr") or 0.0)

    @property
    def task(self) -> str:
        return str((self.spec.get("task") or {}).get("kind", ""))

    @property
    def batch_size(self) -> int:
        return int((self.spec.get("training") or {}).get("batch_size") or 0)

    @property
    def epochs(self) -> int:
        return int((self.spec.get("training") or {}).get("epochs") or 0)

    @property
    def step(self) -> int:
        """The last step that is known."""
        ends = [curve.steps[-1] for curve in (self.loss, *self.figures.values()) if len(curve)]
        return int(max(ends, default=0))

    @property
    def begin(self) -> int:
        """The step it began at: above 0 for a fork."""
        return int(self.state.get("parent_step") or 0)

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return self.state.get("status") in ("finished", "stopped", "failed")

    @property
    def share(self) -> float:
        """How much of all its steps it has done, 0 to 1."""
        steps = self.state.get("steps")
        return 1.0 if self.over or not steps else min(1.0, self.step / steps)

    @property
    def primary(self) -> str:
        """The metric that says how good it is; `loss` where the task has none."""
        return str(self.facts.get("primary") or "loss")

    @property
    def sign(self) -> int:
        """1 where more of the primary metric is better, -1 where less is."""
        return 1 if self.facts.get("higher_is_better") else -1

    def figure(self, part: str, name: str = "loss") -> Curve:
        """A figure of the train or validation part over the epochs; empty where it was not measured."""
        return self.figures.get(f"{part}.{name}", Curve.of(name, ()))

    @property
    def adversarial(self) -> bool:
        """Whether several networks play against each other: then no loss says how good it gets."""
        return self.task == "Gan"


def _curves(columns: Mapping[str, list[tuple[Any, Any]]]) -> dict[str, Curve]:
    return {name: Curve.of(name, points) for name, points in columns.items()}
