"""MusicEncoder: pieces of music as the token ids a network takes, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pydantic import model_validator
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Notes, Tokens, Value
from dlviz.datasets.data import Encoder
from dlviz.datasets.music_files import read_music
from dlviz.datasets.music_tokens import BEGIN, Form, from_tokens, tokens_of, tune_of
from dlviz.datasets.score import Score
from dlviz.datasets.tokenizer import PAD_ID, UNKNOWN_ID
from dlviz.datasets.words import PADDING, UNKNOWN


class MusicEncoder(Encoder):
    """Notes become numbers of a vocabulary learned from the training part: 0 is padding, 1 a note that it does not
    have. `melody`: one token a note, its pitch and how long it lasts. `voices`: at each step one token for each voice,
    which pitch it sings."""

    vocabulary: tuple[str, ...] = setting((PADDING, UNKNOWN), "All tokens by number; 0 is padding, 1 unknown.")
    length: int = setting(64, "How many tokens of a piece are read.", ge=1, le=4096)
    form: Form = setting("melody", "What a token is: a note of a melody, or the pitch of a voice at a step.")
    per_quarter: int = setting(12, "How many steps make a quarter note.", ge=1, le=48)
    voices: int = setting(1, "How many voices there are.", ge=1, le=8)
    tempo: float = setting(120.0, "How many quarter notes are played in a minute.", ge=10, le=400)

    @model_validator(mode="after")
    def _whole(self) -> MusicEncoder:
        if self.vocabulary[:2] != (PADDING, UNKNOWN):
            raise ValueError(f"the vocabulary must begin with {PADDING} and {UNKNOWN}.")
        if len(set(self.vocabulary)) < len(self.vocabulary):
            raise ValueError("each token of the vocabulary must be in it once.")
        return self

    def kind_of_music(self) -> Tokens:
        return Tokens(vocabulary=self.vocabulary, length=self.length)

    def ids(self, pieces: Iterable[Score]) -> list[list[int]]:
        """The token ids of each piece, its beginning marked."""
        number = {token: place for place, token in enumerate(self.vocabulary)}
        written = (tokens_of(piece, self.form, self.per_quarter, self.voices) for piece in pieces)
        return [[number.get(token, UNKNOWN_ID) for token in tokens] for tokens in written]

    def encode(self, raw: Any) -> Tensor:
        """Pieces (a list of `Score`) as int64 (N, length)."""
        rows = np.zeros((len(raw), self.length), dtype=np.int64)
        for row, own in enumerate(self.ids(raw)):
            rows[row, : len(own)] = own[: self.length]
        return torch.from_numpy(rows)

    def score(self, ids: Sequence[int]) -> Score:
        """What such ids sound like."""
        tokens = [self.vocabulary[number] for number in ids if number != PAD_ID]
        return from_tokens(tokens, self.form, self.per_quarter, self.voices, self.tempo)

    def one_tune(self, ids: Iterable[int]) -> Iterator[int]:
        """The ids up to where another piece begins."""
        return takewhile(lambda number: self.vocabulary[number] != BEGIN, ids)

    def decode(self, tensor: Tensor) -> Value:
        """The pieces as notes; `more["ids"]` holds the numbers."""
        ids = tensor.detach().cpu().numpy()
        rows = [self.score(row).rows() for row in ids]
        notes = np.full((len(rows), max((len(row) for row in rows), default=0), 4), -1, dtype=np.int64)
        for place, row in enumerate(rows):
            notes[place, : len(row)] = row
        return Value(Notes(per_quarter=self.per_quarter, tempo=self.tempo), notes, "music", "", {"ids": ids})

    def read(self, path: str) -> list[Score]:
        """The pieces of a MIDI or ABC file."""
        file = Path(path).expanduser()
        if not file.is_file():
            raise WrongInput(f"There is no file {path}.")
        return read_music(file.read_bytes(), file.name)

    def taken_apart(self) -> Typed:
        """How typed music is read."""
        return Typed(self)


class Typed:
    """Music as a text: the names of tokens (`D5:1/2 E5:1/2`), or ABC notation (`K:D |: A2 d2`)."""

    def __init__(self, encoder: MusicEncoder) -> None:
        self.encoder = encoder
        self.number = {token: place for place, token in enumerate(encoder.vocabulary)}

    def encode(self, texts: Iterable[str]) -> list[list[int]]:
        """The token ids of each text, its beginning marked. Raises `WrongInput`."""
        return [self._ids(text) for text in texts]

    def decode(self, ids: Sequence[int]) -> str:
        """The names of the tokens."""
        return " ".join(self.encoder.vocabulary[number] for number in ids if number != PAD_ID)

    def _ids(self, text: str) -> list[int]:
        begin = [self.number.get(BEGIN, UNKNOWN_ID)]
        pieces = text.split()
        if not pieces:
            return begin
        if any(piece in self.number for piece in pieces):
            unknown = [piece for piece in pieces if piece not in self.number]
            if unknown:
                raise WrongInput(f"`{unknown[0][:40]}` is no note that this network knows. It knows {self._some()}, …")
            found = [self.number[piece] for piece in pieces]
            return found if found[0] == begin[0] else [*begin, *found]
        score = tune_of(text)
        return self.encoder.ids([score])[0]

    def _some(self) -> str:
        known = [token for token in self.encoder.vocabulary[2:] if token != BEGIN]
        return ", ".join(known[len(known) // 2 :][:4])


def learn_music_encoder(
    pieces: Iterable[Score], *, form: Form, per_quarter: int, voices: int, length: int, most: int = 2000
) -> MusicEncoder:
    """The encoder that the training pieces ask for, with at most `most` different tokens, the most frequent."""
    known = list(pieces)
    counts: dict[str, int] = {}
    for piece in known:
        for token in tokens_of(piece, form, per_quarter, voices):
            counts[token] = counts.get(token, 0) + 1
    frequent = sorted(counts, key=lambda token: (-counts[token], token))[:most]
    tempo = float(np.median([piece.tempo for piece in known])) if known else 120.0
    return MusicEncoder(
        vocabulary=(PADDING, UNKNOWN, *frequent), length=length, form=form, per_quarter=per_quarter, voices=voices,
        tempo=round(tempo, 2),
    )  # fmt: skip
