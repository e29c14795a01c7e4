"""Kinds of data that templates are tried on, and made-up examples of them."""

from __future__ import annotations

import torch
from torch import Tensor

from dlviz.core.values import Audio, Category, Image, Kind, Scalar, Tags, Tokens, Vector
from dlviz.datasets.data import Data, Examples, Fields

CLASSES, NUMBER = Category(names=("no", "yes", "maybe")), Scalar()
TAGGED = Tags(names=("O", "B-name", "I-name"), length=6)
INPUTS: dict[str, Kind] = {
    "plane": Vector(names=("x", "y")),
    "row": Vector(names=tuple("abcdefg")),
    "digit": Image(channels=1, height=8, width=8),
    "wide": Image(channels=1, height=12, width=17),
    "dot": Image(channels=1, height=2, width=3),
    "fashion": Image(channels=1, height=28, width=28),
    "photo": Image(channels=3, height=32, width=32),
    "large": Image(channels=3, height=64, width=48),
    "text": Tokens(vocabulary=("<pad>", "<unk>", *"abcdefgh"), length=6),
    "sound": Audio(rate=8000, samples=4000),
    "click": Audio(rate=1000, samples=50),
    "word": Tokens(vocabulary=("<pad>", "<unk>", "a"), length=1),
}
ANSWER = Tokens(vocabulary=("<pad>", "<unk>", "<start>", "<end>", *"xyz"), length=7)
TARGETS: dict[str, Kind] = {"classes": CLASSES, "number": NUMBER}
#: Fields by name: every input with every target, several inputs at once, and data without a target.
FIELDS: dict[str, Fields] = {
    **{
        f"{name}-{target}": Fields({"input": kind}, {"target": asked}, 900)
        for name, kind in INPUTS.items()
        for target, asked in TARGETS.items()
    },
    "several": Fields({"row": INPUTS["row"], "picture": INPUTS["digit"]}, {"target": CLASSES}, 900),
    "tagged": Fields({"input": INPUTS["text"]}, {"target": TAGGED}, 900),
    "said": Fields(
        {"input": INPUTS["sound"]}, {"target": Tokens(vocabulary=("<pad>", "<unk>", " ", "a"), length=4)}, 900
    ),
    "pairs": Fields({"source": INPUTS["text"], "so_far": ANSWER}, {"target": ANSWER}, 900),
    "no target": Fields({"input": INPUTS["digit"]}, {}, None),
    "no input": Fields({}, {"target": CLASSES}, None),
}


def made_up(fields: Fields, count: int = 64) -> Data:
    """Examples by chance in the form that `fields` describe."""
    return Data(fields, *(_examples(fields, count, seed) for seed in range(3)), encoders={})


def _examples(fields: Fields, count: int, seed: int) -> Examples:
    random = torch.Generator().manual_seed(seed)
    columns = {name: _column(kind, count, random) for name, kind in {**fields.inputs, **fields.targets}.items()}
    return Examples(columns, torch.arange(count))


def _column(kind: Kind, count: int, random: torch.Generator) -> Tensor:
    if isinstance(kind, Tokens):
        ids = torch.randint(1, len(kind.vocabulary), (count, kind.length), generator=random)
        lengths = torch.randint(1, kind.length + 1, (count, 1), generator=random)
        return ids * (torch.arange(kind.length) < lengths)  # the rest is padding
    if isinstance(kind, Tags):
        return torch.randint(len(kind.names), (count, kind.length), generator=random)
    if isinstance(kind, Category):
        return torch.arange(count) % len(kind.names)
    return torch.randn(count, *kind.shape(), generator=random)
