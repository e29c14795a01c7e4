"""ToyTunes: short tunes made by simple rules."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.music_set import MusicSet, Pieces, dealt
from dlviz.datasets.score import Note, Score

#: The white keys from C4 to C6, as MIDI pitches.
_SCALE = [60 + 12 * octave + step for octave in range(2) for step in (0, 2, 4, 5, 7, 9, 11)] + [84]
#: How a bar of four quarter notes is divided, in quarter notes.
_RHYTHMS = ((1, 1, 1, 1), (1, 1, 2), (2, 1, 1), (0.5, 0.5, 1, 1, 1), (1, 0.5, 0.5, 1, 1), (1.5, 0.5, 1, 1))
_PER_QUARTER = 2


class ToyTunes(MusicSet):
    """Short tunes in C major, made by simple rules. Learn to make up tunes like them.

    A tune has four bars: a first one by chance, a second, then the first again note by note, and an end on a long C.
    Whoever wants to know the third bar must remember the first: the note before does not tell.
    """

    title: ClassVar[str] = "Toy tunes"

    length: int = setting(32, "How many tokens the network sees at a time.", ge=8, le=1024)
    tunes: int = setting(1200, "How many tunes there are in all.", ge=100, le=20_000)

    def pieces(self, progress: Progress = silent) -> Pieces:
        random = np.random.default_rng(0x7041)
        return dealt(_tune(random) for _ in range(self.tunes))


def _tune(random: np.random.Generator) -> Score:
    at = int(random.choice((4, 7, 9)))  # G, C or E above it
    first, at = _bar(random, at)
    second, at = _bar(random, at)
    end = [(at if at % 2 else at + 1, 1.0), (8, 1.0), (7, 2.0)]  # some note, D, and a long C
    notes: list[Note] = []
    now = 0
    for place, quarters in (*first, *second, *first, *end):
        steps = int(quarters * _PER_QUARTER)
        notes.append(Note(now, steps, _SCALE[place]))
        now += steps
    return Score(tuple(notes), _PER_QUARTER, 120.0, "A toy tune")


def _bar(random: np.random.Generator, at: int) -> tuple[list[tuple[int, float]], int]:
    """A bar's (place in the scale, quarter notes), by steps and small leaps, and where it ended."""
    made = []
    for quarters in _RHYTHMS[int(random.integers(len(_RHYTHMS)))]:
        made.append((at, quarters))
        at = int(np.clip(at + random.choice((-2, -1, 1, 2), p=(0.15, 0.35, 0.35, 0.15)), 2, len(_SCALE) - 2))
    return made, at
