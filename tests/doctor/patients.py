"""Patients: small runs that really have an illness, and healthy ones; trained in this process by the real worker.

The borders of the illnesses were chosen on seeds 11 and 12; here, and in `benchmarks/doctor.py`, other seeds are used.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from dlviz.core.files import write_json
from dlviz.datasets.data import Data, Examples
from dlviz.doctor.examine import Report, examine
from dlviz.doctor.record import Record
from dlviz.training import worker
from dlviz.training.checkup import record_of
from dlviz.training.folder import RunFolder

Document = dict[str, Any]
Change = Callable[[Data], Data]


def trained(folder: Path, document: Document, seed: int = 1, change: Change | None = None) -> RunFolder:
    """A run of this spec, trained to its end; `change` spoils the data first."""
    folder.mkdir(parents=True)
    run = RunFolder(folder)
    write_json(run.spec_file, {**copy.deepcopy(document), "seed": seed})
    train(run, change)
    return run


def train(run: RunFolder, change: Change | None = None) -> None:
    """Train a run, a fork say, in this process; `change` spoils the data first."""
    with pytest.MonkeyPatch.context() as patch:
        if change is not None:
            kind = type(_dataset(run.spec_document()))
            load = kind.load
            patch.setattr(kind, "load", lambda self, *args, **kwargs: change(load(self, *args, **kwargs)))
        worker.main(run.path)


def examined(run: RunFolder) -> tuple[Record, Report]:
    """What is known of a run, and what the doctor says of it."""
    record = record_of(run)
    return record, examine(record)


def _dataset(document: Document) -> Any:
    from dlviz.datasets.dataset import Dataset

    return Dataset.parse(document["data"])


def spec(data: Document, networks: Document | None = None, optimizer: Document | None = None, **more: Any) -> Document:
    """A spec; `more`: epochs, batch_size, task, and what else stands in `optimization`."""
    training = {name: more.pop(name) for name in ("epochs", "batch_size", "early_stopping") if name in more}
    task = more.pop("task", None)
    recipe = {**({"optimizer": optimizer} if optimizer else {}), **more}
    return {
        "version": 1,
        "data": data,
        **({"task": task} if task else {}),
        **({"networks": networks} if networks else {}),
        **({"optimization": recipe} if recipe else {}),
        **({"training": {**training, "device": "cpu"}} if training else {}),
    }


def toy(pattern: str, **settings: Any) -> Document:
    return {"kind": "Toy2d", "pattern": pattern, **settings}


DIGITS: Document = {"kind": "Digits"}


def mlp(*widths: int, act: str = "ReLU", flat: bool = False, norm: bool = False) -> Document:
    """A fully connected network."""
    layers: list[Document] = [{"kind": "Input"}, *([{"kind": "Flatten"}] if flat else [])]
    for width in widths:
        layers += [{"kind": "Linear", "out_features": width}, *([{"kind": "BatchNorm1d"}] if norm else [])]
        layers += [{"kind": act}]
    return {"model": [*layers, {"kind": "Linear", "out_features": "auto"}]}


def sgd(lr: float, **settings: Any) -> Document:
    return {"kind": "SGD", "lr": lr, **settings}


def adam(lr: float, **settings: Any) -> Document:
    return {"kind": "Adam", "lr": lr, **settings}


def fewer(share: float, label: int) -> Change:
    """Keep only this share of one class in training and validation."""

    def change(data: Data) -> Data:
        return replace(
            data, train=_thinned(data.train, share, label), validation=_thinned(data.validation, share, label)
        )

    return change


def _thinned(part: Examples, share: float, label: int) -> Examples:
    target = part.columns["label"]
    rare = torch.nonzero(target == label)[:, 0]
    kept = torch.cat([torch.nonzero(target != label)[:, 0], rare[: max(5, int(share * len(rare)))]]).sort().values
    return Examples(part.batch(kept), part.rows[kept])


def first(many: int) -> Change:
    """Keep only so many examples to train on."""

    def change(data: Data) -> Data:
        return replace(data, train=Examples(data.train.batch(torch.arange(many)), data.train.rows[:many]))

    return change


def repeated(data: Data) -> Data:
    """Most of the validation part lies in the training part, too."""
    count = int(0.8 * len(data.validation))
    columns = {name: column.clone() for name, column in data.validation.columns.items()}
    for name, column in columns.items():
        column[:count] = data.train.columns[name][:count]
    return replace(data, validation=Examples(columns, data.validation.rows))


def shifted(data: Data) -> Data:
    """The validation part lies elsewhere: all its inputs are moved by two spreads."""
    name = next(iter(data.fields.inputs))
    column = data.validation.columns[name]
    spread = data.train.columns[name].std(0)
    return replace(
        data, validation=Examples({**data.validation.columns, name: column + 2 * spread}, data.validation.rows)
    )


def unlike(data: Data) -> Data:
    """The validation part holds other classes than the training part: sorted, as from a file that was cut in two."""
    return replace(data, validation=_thinned(data.validation, 0.0, 0))


def leaky_table(folder: Path) -> Document:
    """A table of which one column tells the target."""
    random = torch.Generator().manual_seed(5)
    rows = torch.randn(300, 3, generator=random)
    label = (rows[:, 0] + 0.8 * torch.randn(300, generator=random) > 0).long()
    told = label * 3.0 + 0.1 * torch.randn(300, generator=random)
    lines = ["a,b,c,told,ill"]
    for row, copied, answer in zip(rows.tolist(), told.tolist(), label.tolist(), strict=True):
        lines.append(",".join(f"{number:.4f}" for number in [*row, copied]) + f",{'yes' if answer else 'no'}")
    path = folder / "leaky.csv"
    path.write_text("\n".join(lines) + "\n")
    return {"kind": "Table", "path": str(path), "target": "ill"}


#: By name: the illness it has, how bad at least, the spec, and what spoils the data.
ILL: dict[str, tuple[str, str, Document, Change | None]] = {
    "far too high, tanh": (
        "LearningRateTooHigh", "severe",
        spec(toy("circles"), mlp(16, 16, act="Tanh"), sgd(30.0), epochs=20, batch_size=10),
        None,
    ),
    "far too high, Adam": (
        "LearningRateTooHigh", "severe", spec(DIGITS, mlp(64, 32, flat=True), adam(1.0), epochs=8, batch_size=32), None,
    ),
    "too high, saturates": (
        "SaturatedUnits", "severe",
        spec(toy("spiral"), mlp(16, 16, act="Tanh"), adam(0.5), epochs=30, batch_size=16), None,
    ),
    "too low": (
        "LearningRateTooLow", "severe",
        spec(toy("circles"), mlp(16, 16, act="Tanh"), sgd(1e-5), epochs=20, batch_size=10),
        None,
    ),
    "too low, Adam": (
        "LearningRateTooLow", "severe", spec(DIGITS, mlp(64, 32, flat=True), adam(1e-7), epochs=6, batch_size=32), None,
    ),
    "sigmoid stack": (
        "VanishingGradients", "severe",
        spec(toy("circles"), mlp(16, 16, 16, 16, 16, 16, act="Sigmoid"), sgd(0.1), epochs=15, batch_size=10), None,
    ),
    "dead": (
        "DeadRelus", "severe", spec(DIGITS, mlp(64, 32, flat=True), sgd(2.0), epochs=6, batch_size=32), None,
    ),
    "by heart": (
        "Overfitting", "warning",
        spec(toy("moons", noise=0.6, size=120), mlp(128, 128, 128), adam(0.003), epochs=120, batch_size=16), None,
    ),
    "by heart, numbers": (
        "Overfitting", "warning",
        spec({"kind": "Diabetes"}, mlp(128, 128), adam(0.003), epochs=70, batch_size=32), None,
    ),
    "by heart, few pictures": (
        "Overfitting", "hint",
        spec(DIGITS, mlp(64, flat=True), adam(0.01), epochs=12, batch_size=16), first(60),
    ),
    "torn at the start": (
        "LearningRateTooHigh", "severe",
        spec({"kind": "Diabetes"}, mlp(64, 64), adam(1.0), epochs=20, batch_size=32), None,
    ),
    "a line through a spiral": (
        "Underfitting", "severe", spec(toy("spiral", noise=0.0), mlp(), adam(0.01), epochs=30, batch_size=20), None,
    ),
    "a line through xor": (
        "Underfitting", "severe", spec(toy("xor"), mlp(), adam(0.01), epochs=30, batch_size=20), None,
    ),
    "a bag cannot tell who comes first": (
        "Underfitting", "severe",
        spec({"kind": "ToyText", "rule": "order"}, None, adam(0.003), epochs=12, batch_size=32), None,
    ),
    "all weights zero": (
        "Underfitting", "severe",
        spec(toy("moons"), {"model": [{"kind": "Input"}, {"kind": "Linear", "out_features": 8, "init": "zeros"},
                                      {"kind": "Tanh"}, {"kind": "Linear", "out_features": "auto", "init": "zeros"}]},
             adam(0.01), epochs=20, batch_size=10), None,
    ),
    "resting too soon": (
        "Plateau", "hint",
        spec(DIGITS, {"model": [{"kind": "Input"}, {"kind": "Flatten"}, {"kind": "Linear", "out_features": 2},
                                {"kind": "Linear", "out_features": 64}, {"kind": "Reshape", "shape": [1, 8, 8]}]},
             adam(0.02), epochs=40, batch_size=32, task={"kind": "Reconstruction"}), None,
    ),
    "rare class": (
        "UnbalancedClasses", "warning",
        spec(toy("circles", noise=0.5, size=3000), mlp(8, act="Tanh"), adam(0.01), epochs=10, batch_size=32),
        fewer(0.04, 0),
    ),
    "repeated": (
        "LeakSuspicion", "severe", spec(DIGITS, mlp(32, flat=True), adam(0.003), epochs=4, batch_size=32), repeated,
    ),
    "batches of two": (
        "SmallBatchNorm", "severe",
        spec(DIGITS, mlp(64, 32, flat=True, norm=True), adam(0.003), epochs=2, batch_size=2),
        None,
    ),
    "elsewhere": (
        "PartMismatch", "severe",
        spec({"kind": "BreastCancer"}, mlp(16), adam(0.003), epochs=12, batch_size=32), shifted,
    ),
    "other classes": (
        "PartMismatch", "warning",
        spec(toy("circles"), mlp(8, act="Tanh"), adam(0.01), epochs=6, batch_size=16), unlike,
    ),
    "ever larger": (
        "ExplodingGradients", "warning",
        spec(toy("circles"),
             {"model": [{"kind": "Input"}, *[{"kind": "Linear", "out_features": 32, "init": "kaiming"}] * 24,
                        {"kind": "Linear", "out_features": "auto", "init": "kaiming"}]},
             adam(1e-5), epochs=3, batch_size=20), None,
    ),
    "always the same": (
        "ModeCollapse", "severe",
        spec(toy("ring"), None, adam(0.05, beta1=0.9), epochs=50, batch_size=64, task={"kind": "Gan"}),
        None,
    ),
    "broken down": (
        "NotANumber", "severe", spec(toy("gaussian-surface"), mlp(32, 32), sgd(100.0), epochs=20, batch_size=10), None,
    ),
}  # fmt: skip

#: Specs without an illness: several kinds of data, networks and optimizers, a few seconds in all.
HEALTHY: dict[str, Document] = {
    "digits, CNN": spec(DIGITS, None, adam(0.005), schedule={"kind": "OneCycleLR"}, epochs=3, batch_size=32),
    "digits, momentum": spec(DIGITS, mlp(64, 32, flat=True), sgd(0.05, momentum=0.9), epochs=8, batch_size=32),
    "digits, batch norm": spec(
        DIGITS, mlp(64, flat=True, norm=True), adam(0.003), epochs=8, batch_size=32,
        augmentations=[{"kind": "GaussianNoise"}],
    ),
    "digits, deep": spec(DIGITS, mlp(48, 48, 48, 48, 48, flat=True, norm=True), adam(0.003), epochs=6, batch_size=32),
    "digits, linear": spec(DIGITS, mlp(flat=True), adam(0.005), epochs=8, batch_size=32),
    "digits, mixed up": spec(
        DIGITS, mlp(64, flat=True), adam(0.003), epochs=8, batch_size=32, augmentations=[{"kind": "MixUp"}],
    ),
    "spiral, tanh": spec(toy("spiral", noise=0.0), mlp(16, 16, act="Tanh"), adam(0.01), epochs=50, batch_size=10),
    "spiral, ReLU": spec(toy("spiral", noise=0.05), mlp(32, 32), adam(0.01), epochs=50, batch_size=20),
    "circles": spec(toy("circles"), None, adam(0.01), epochs=20, batch_size=10),
    "circles, SGD": spec(toy("circles"), mlp(8, 8, act="Tanh"), sgd(0.1), epochs=40, batch_size=10),
    "circles, noisy": spec(
        toy("circles", noise=0.4), mlp(16, 16, act="Tanh"), adam(0.005), epochs=20, batch_size=20,
        regularizers=[{"kind": "LabelSmoothing"}],
    ),
    "xor": spec(toy("xor"), mlp(8, act="Tanh"), adam(0.01), epochs=30, batch_size=10),
    "moons": spec(toy("moons"), mlp(16, 16), {"kind": "RMSprop", "lr": 0.003}, epochs=25, batch_size=16),
    "gaussians": spec(toy("gaussians"), mlp(8), adam(0.01), epochs=15, batch_size=10),
    "gaussians, linear": spec(toy("gaussians", noise=0.5), mlp(), sgd(0.1), epochs=15, batch_size=10),
    "plane": spec(toy("plane"), mlp(8, act="Tanh"), adam(0.01), epochs=20, batch_size=10),
    "hills": spec(toy("gaussian-surface"), mlp(32, 32, act="Tanh"), adam(0.01), epochs=50, batch_size=20),
    "iris": spec({"kind": "Iris"}),
    "wine": spec({"kind": "Wine"}),
    "wine, Adagrad": spec({"kind": "Wine"}, mlp(32), {"kind": "Adagrad", "lr": 0.05}, epochs=25, batch_size=16),
    "cancer": spec({"kind": "BreastCancer"}),
    "cancer, SGD": spec({"kind": "BreastCancer"}, mlp(32, 16), sgd(0.05), epochs=15, batch_size=16),
    "diabetes": spec({"kind": "Diabetes"}),
    "ring, GAN": spec(
        toy("ring"), None, adam(0.002, beta1=0.5), schedule={"kind": "CosineAnnealingLR"}, epochs=60, batch_size=64,
        task={"kind": "Gan"},
    ),
    "autoencoder": spec(DIGITS, None, adam(0.003), epochs=12, batch_size=64, task={"kind": "Reconstruction"}),
    "VAE": spec(
        DIGITS, None, adam(0.003), epochs=10, batch_size=64, task={"kind": "Reconstruction", "variant": "variational"}
    ),
    "texts": spec({"kind": "ToyText"}),
}  # fmt: skip
