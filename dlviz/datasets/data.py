"""What a data set gives: three sets of examples as tensors, and how a raw input becomes such a tensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlviz.core.part import Part
from dlviz.core.values import Array, Kind, Tokens, Value

#: Field name → tensor, first dimension the batch.
Batch = dict[str, Tensor]


@dataclass(frozen=True)
class Fields:
    """The typed inputs and targets of a data set, by name. This much is known without loading it whole."""

    inputs: dict[str, Kind]
    targets: dict[str, Kind]
    #: About how many examples there are in all; None: not known before loading.
    size: int | None = None

    def document(self) -> dict[str, Any]:
        return {
            "inputs": {name: kind.document() for name, kind in self.inputs.items()},
            "targets": {name: kind.document() for name, kind in self.targets.items()},
            "size": self.size,
        }

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> Fields:
        def kinds(group: Mapping[str, Any]) -> dict[str, Kind]:
            parsed = {name: Kind.parse(kind) for name, kind in group.items()}
            return {name: kind for name, kind in parsed.items() if kind is not None}

        return cls(kinds(document["inputs"]), kinds(document["targets"]), document.get("size"))


@dataclass(frozen=True)
class Examples:
    """Examples as tensors: `columns` by field name, each (N, …); `rows` says where in the source each came from.
    `on_disk`: a column lies in a file that is mapped into memory, so reading it here and there takes time."""

    columns: Batch
    rows: Tensor
    on_disk: bool = False

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, index: Tensor | slice) -> Batch:
        """The examples at `index`, as the network takes them."""
        return {name: column[index] for name, column in self.columns.items()}

    def to(self, device: torch.device) -> Examples:
        if self.on_disk:
            return self  # larger than the main memory, it will not fit a GPU's: its batches are sent there
        return Examples({name: column.to(device) for name, column in self.columns.items()}, self.rows)


class Encoder(Part, family="encoders"):
    """How a raw input becomes what the network takes, and back for showing. What it knows it learned from the
    training part alone; it is a document, saved with the run, so a run can predict without its data set."""

    def encode(self, raw: Any) -> Tensor:
        """Raw inputs (as `read` gives them: a DataFrame, a list of pictures, an array) as a tensor (N, *shape)."""
        raise NotImplementedError

    def decode(self, tensor: Tensor) -> Value:
        """A batch of the network's inputs as a person reads it: in the original units, as a `Value` of N examples
        (Image: pictures 0 to 1; Table: the rows as written)."""
        raise NotImplementedError

    def read(self, path: str) -> Any:
        """Raw inputs from a file (a picture, a CSV), checked; `WrongInput` says what is wrong with it."""
        raise NotImplementedError

    def groups(self) -> dict[str, list[int]]:
        """Which positions of the flat encoded input belong to which original feature, for explanations:
        a category column takes several. Empty: each position stands for itself (pictures)."""
        return {}


@dataclass(frozen=True)
class Data:
    """A loaded data set. The test part is touched only at the end of a run."""

    fields: Fields
    train: Examples
    validation: Examples
    test: Examples
    encoders: dict[str, Encoder]
    #: Things a person should know (leaks, imbalance, skipped files), one sentence each.
    warnings: list[str] = field(default_factory=list)

    def part(self, name: str) -> Examples:
        """The part called train, validation or test."""
        parts = {"train": self.train, "validation": self.validation, "test": self.test}
        return parts[name]

    def shown(self, part: str, index: list[int] | np.ndarray[Any, Any] | Tensor) -> dict[str, Value]:
        """The examples at `index` of a part by field name, as a person reads them, targets too."""
        examples = self.part(part)
        at = torch.as_tensor(np.asarray(index), dtype=torch.long)
        values = {}
        for name, kind in {**self.fields.inputs, **self.fields.targets}.items():
            column = examples.columns[name][at]
            encoder = self.encoders.get(name) or self._alike(kind)
            values[name] = encoder.decode(column) if encoder else Value(kind, _numbers(column), name)
        return values

    def _alike(self, kind: Kind) -> Encoder | None:
        """The encoder of an input of the same kind: a text that is to be foretold reads as one that is given."""
        if not isinstance(kind, Tokens):
            return None
        return next((self.encoders.get(name) for name, other in self.fields.inputs.items() if other == kind), None)


def _numbers(column: Tensor) -> Array:
    return np.asarray(column.detach().cpu().numpy())
