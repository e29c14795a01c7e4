"""MusicSet: pieces of music to learn to go on with. Its input is `music`, its target `next`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import ClassVar

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.music_encoder import MusicEncoder, learn_music_encoder
from dlviz.datasets.music_tokens import Form
from dlviz.datasets.score import HIGHEST, LOWEST, Score
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.datasets.written_text import NEXT, many_windows, windows

MUSIC = "music"
PARTS = ("training", "validation", "test")


@dataclass
class Pieces:
    """The pieces of the three parts, and what a person should know about them."""

    train: list[Score] = field(default_factory=list)
    validation: list[Score] = field(default_factory=list)
    test: list[Score] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


class MusicSet(Dataset, abstract=True):
    """Pieces whose next note is to be said at every step. A piece lies in one part as a whole."""

    by_chance: ClassVar[bool] = False
    icon: ClassVar[str] = "music_note"

    length: int = setting(64, "How many tokens the network sees at a time.", ge=8, le=1024)
    transpose: int = setting(
        0, "Each training piece is heard in other keys, too: up to so many half-tones higher and lower.", ge=0, le=6
    )

    def form(self) -> tuple[Form, int, int]:
        """(what a token is, steps a quarter note, voices)."""
        return "melody", 12, 1

    def pieces(self, progress: Progress = silent) -> Pieces:
        """All pieces. Raises `WrongInput`."""
        raise NotImplementedError

    def changed_at(self) -> object:
        """What changes when the pieces do, so that nothing old is remembered."""
        return None

    def describe(self, seed: int = 0) -> Fields:
        return self._fields(_known(self, self.changed_at()))

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        progress("Turning notes into tokens", 0, None)
        known = _known(self, self.changed_at())
        starts = [int(start) for start in np.cumsum([0, *map(len, known.parts)])[:3]]
        train, validation, test = (
            windows(ids, self.length, start, MUSIC) for ids, start in zip(known.parts, starts, strict=True)
        )
        return Data(self._fields(known), train, validation, test, {MUSIC: known.encoder}, list(known.notes))

    def _fields(self, known: Known) -> Fields:
        tokens = known.encoder.kind_of_music()
        return Fields({MUSIC: tokens}, {NEXT: tokens}, sum(many_windows(ids, self.length) for ids in known.parts))

    def prepared(self) -> Known:
        """The pieces of each part as token ids, and the encoder learned from the first."""
        pieces = self.pieces()
        form, per_quarter, voices = self.form()
        train = list(in_keys(pieces.train, self.transpose))
        encoder = learn_music_encoder(train, form=form, per_quarter=per_quarter, voices=voices, length=self.length)
        found = [encoder.ids(part) for part in (train, pieces.validation, pieces.test)]
        parts = [np.array([token for piece in part for token in piece], dtype=np.int64) for part in found]
        for name, own in zip(PARTS, parts, strict=True):
            if len(own) <= self.length:
                raise WrongInput(
                    f"Each part of the music must be longer than the window of {self.length} tokens. Received: a "
                    f"{name} part of {len(own):,}. Bring more pieces, or take a smaller `length`."
                )
        unknown = float((parts[1] == UNKNOWN_ID).mean())
        told = (f"{unknown:.0%} of the notes of the validation part are unknown.",) if unknown >= 0.05 else ()
        return Known(encoder, parts, (*pieces.notes, *told))


@dataclass(frozen=True)
class Known:
    """Music as token ids in three parts."""

    encoder: MusicEncoder
    parts: list[np.ndarray[tuple[int], np.dtype[np.int64]]]
    notes: tuple[str, ...]


def in_keys(pieces: Iterable[Score], most: int) -> Iterable[Score]:
    """Each piece as it is, and moved by up to `most` half-tones as far as MIDI's pitches go."""
    kept = list(pieces)
    for shift in sorted(range(-most, most + 1), key=abs):
        for piece in kept:
            pitches = [note.pitch + shift for note in piece.notes]
            if LOWEST <= min(pitches) and max(pitches) <= HIGHEST:
                moved = tuple(note._replace(pitch=note.pitch + shift) for note in piece.notes)
                yield Score(moved, piece.per_quarter, piece.tempo, piece.title)


def unread(broken: Sequence[str]) -> list[str]:
    """What is to be said of pieces that could not be read, each with its sentence; nothing of none."""
    if not broken:
        return []
    return [
        f"Left out, as {'it' if len(broken) == 1 else 'they'} could not be read: {len(broken):,} of the pieces. "
        f"{' '.join(broken[:5])}"
        f"{' …' if len(broken) > 5 else ''}"
    ]


def dealt(pieces: Iterable[Score], validation: float = 0.1, test: float = 0.1) -> Pieces:
    """Pieces mixed, always in the same way, and dealt out; what sounds alike is kept once, so that no part holds what
    another does."""
    seen: dict[object, Score] = {}
    for piece in pieces:
        seen.setdefault((piece.notes, piece.per_quarter), piece)
    kept = list(seen.values())
    order = np.random.default_rng(0x707E).permutation(len(kept))
    ends = round(len(kept) * (1 - validation - test)), round(len(kept) * (1 - test))
    found = Pieces()
    for place, number in enumerate(order):
        part = found.train if place < ends[0] else found.validation if place < ends[1] else found.test
        part.append(kept[int(number)])
    return found


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(data: MusicSet, changed: object) -> Known:
    return data.prepared()
