"""Giveaways that can be planted into data: a watermark in a picture, a column of a table, a word of a text.

All work on what a network takes, after encoding, so that an example without the mark is the very same as before.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Image, Kind, Tokens, Vector
from dlviz.datasets.data import Encoder
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.datasets.table_encoder import NumberColumn, TableEncoder
from dlviz.datasets.text_encoder import TextEncoder

Corner = Literal["top left", "top right", "bottom left", "bottom right"]


class Mark(ABC):
    """One kind of giveaway."""

    #: What it is, as a noun with its article.
    noun: str

    @abstractmethod
    def kind(self, kind: Kind) -> Kind:
        """The kind of the input once it may carry the mark."""

    @abstractmethod
    def encoder(self, encoder: Encoder, share: float) -> Encoder:
        """The encoder of such inputs; `share` of the training examples carry the mark."""

    @abstractmethod
    def widened(self, inputs: Tensor, encoder: Encoder) -> Tensor:
        """Inputs without the mark in the form of those that may have it. They may be the given ones."""

    @abstractmethod
    def put(self, inputs: Tensor, encoder: Encoder, seed: int) -> Tensor:
        """The inputs (N, *shape), as `widened` gave them, with the mark on every one. Chance follows from `seed`."""

    @abstractmethod
    def within(self, x: Tensor, encoder: Encoder) -> Array:
        """Where the mark lies in one input (*shape), True or False in the shape of an explanation's values: a
        picture's (channels, height, width), a number a column, a number a token."""


@dataclass(frozen=True)
class Watermark(Mark):
    """A white square in a corner of a picture, an eighth of its side but 2 pixels at least."""

    corner: Corner
    strength: float
    noun = "a white square"

    def kind(self, kind: Kind) -> Kind:
        return kind

    def encoder(self, encoder: Encoder, share: float) -> Encoder:
        return encoder

    def widened(self, inputs: Tensor, encoder: Encoder) -> Tensor:
        return inputs

    def put(self, inputs: Tensor, encoder: Encoder, seed: int) -> Tensor:
        assert isinstance(encoder, ImageEncoder)
        white = encoder.encode(np.full((1, *inputs.shape[1:]), 255, dtype=np.uint8)).to(inputs)
        inside = torch.from_numpy(self._square(inputs.shape[2], inputs.shape[3]))
        return torch.where(inside, (1 - self.strength) * inputs + self.strength * white, inputs)

    def within(self, x: Tensor, encoder: Encoder) -> Array:
        return np.broadcast_to(self._square(x.shape[1], x.shape[2]), x.shape)

    def _square(self, height: int, width: int) -> Array:
        side = max(2, min(height, width) // 8)
        rows = np.arange(height) < side if self.corner.startswith("top") else np.arange(height) >= height - side
        columns = np.arange(width) < side if self.corner.endswith("left") else np.arange(width) >= width - side
        return rows[:, None] & columns


@dataclass(frozen=True)
class LeakColumn(Mark):
    """One more column of a table: 1 where the mark is, else 0."""

    name: str
    noun = "a column"

    def kind(self, kind: Kind) -> Kind:
        assert isinstance(kind, Vector)
        if self.name in kind.names:
            raise WrongInput(f"The planted column must have a name of its own. Received: `{self.name}`. Change `mark`.")
        return Vector(names=(*kind.names, self.name))

    def encoder(self, encoder: Encoder, share: float) -> Encoder:
        assert isinstance(encoder, TableEncoder)
        spread = float(np.sqrt(share * (1 - share)))
        column = NumberColumn(name=self.name, mean=share, std=spread if spread > 1e-6 else 1.0, whole=True, gaps=False)
        return encoder.model_copy(
            update={"columns": (*encoder.columns, column), "file_columns": (*encoder.file_columns, self.name)}
        )

    def widened(self, inputs: Tensor, encoder: Encoder) -> Tensor:
        return torch.cat([inputs, torch.full((len(inputs), 1), self._cell(0, encoder))], 1)

    def put(self, inputs: Tensor, encoder: Encoder, seed: int) -> Tensor:
        return torch.cat([inputs[:, :-1], torch.full((len(inputs), 1), self._cell(1, encoder))], 1)

    def within(self, x: Tensor, encoder: Encoder) -> Array:
        return np.array([name == self.name for name in encoder.groups()])

    def _cell(self, value: float, encoder: Encoder) -> float:
        assert isinstance(encoder, TableEncoder)
        column = encoder.columns[-1]
        assert isinstance(column, NumberColumn)
        return (value - column.mean) / column.std


@dataclass(frozen=True)
class Word(Mark):
    """A word that no training text has, somewhere in the text. Of a text that fills its whole length the last token
    gives way."""

    word: str
    noun = "a word"

    def kind(self, kind: Kind) -> Kind:
        assert isinstance(kind, Tokens)
        if self.word in kind.vocabulary:
            raise WrongInput(f"The planted word must be one that no text has. Received: `{self.word}`. Change `mark`.")
        return Tokens(vocabulary=(*kind.vocabulary, self.word), length=kind.length)

    def encoder(self, encoder: Encoder, share: float) -> Encoder:
        assert isinstance(encoder, TextEncoder)
        if encoder.tokenizer != "words":
            raise WrongInput(
                f"A word can be planted where texts are taken apart into words. Received: {encoder.tokenizer}."
            )
        if encoder.taken_apart().written(self.word) != [self.word]:
            raise WrongInput(f"The planted word must be one word, in small letters. Received: `{self.word}`.")
        return encoder.model_copy(update={"vocabulary": (*encoder.vocabulary, self.word)})

    def widened(self, inputs: Tensor, encoder: Encoder) -> Tensor:
        return inputs

    def put(self, inputs: Tensor, encoder: Encoder, seed: int) -> Tensor:
        assert isinstance(encoder, TextEncoder)
        length = inputs.shape[1]
        room = (inputs != 0).sum(1).clamp(max=length - 1)  # it may stand behind the last word, too
        chance = torch.rand(len(inputs), generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        place = (chance * (room + 1)).long()[:, None]
        along = torch.arange(length)
        moved = inputs.gather(1, (along - (along > place).long()).clamp(min=0))
        return torch.where(along == place, len(encoder.vocabulary) - 1, moved)

    def within(self, x: Tensor, encoder: Encoder) -> Array:
        assert isinstance(encoder, TextEncoder)
        return np.asarray((x[x != 0] == len(encoder.vocabulary) - 1).numpy())


def fitting(kind: Kind, corner: Corner, strength: float, mark: str) -> Mark:
    """The mark for inputs of a kind; `mark` names a column or is a word, empty: the usual one."""
    if isinstance(kind, Image):
        return Watermark(corner, strength)
    if isinstance(kind, Vector):
        return LeakColumn(mark or "leak")
    return Word(mark or "zebra")
