"""Score: a piece of music as the notes that sound in it. No torch in here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dlviz.core.values import Array

#: MIDI pitches; 60 is the C in the middle of a piano, 69 the A of 440 Hz.
LOWEST, HIGHEST = 0, 127
_NAMES = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")


class Note(NamedTuple):
    """A tone: when it begins and how long it lasts, in steps; its MIDI pitch; which voice plays it, 0 the first."""

    start: int
    length: int
    pitch: int
    voice: int = 0


@dataclass(frozen=True)
class Score:
    """The notes of a piece in the order of their starts; `per_quarter` steps make a quarter note, of which `tempo` are
    played in a minute."""

    notes: tuple[Note, ...]
    per_quarter: int = 12
    tempo: float = 120.0
    title: str = field(default="", compare=False)

    @property
    def steps(self) -> int:
        """How many steps the piece lasts."""
        return max((note.start + note.length for note in self.notes), default=0)

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return self.steps * 60 / (self.per_quarter * self.tempo)

    def on_grid(self, per_quarter: int) -> Score:
        """The same in other steps; what lies between two is moved to the nearer, and no note is lost."""
        scale = per_quarter / self.per_quarter
        notes = []
        for start, length, pitch, voice in self.notes:
            begin, end = _nearest(start * scale), _nearest((start + length) * scale)
            notes.append(Note(begin, max(1, end - begin), pitch, voice))
        return Score(tuple(sorted(notes)), per_quarter, self.tempo, self.title)

    def rows(self) -> Array:
        """(notes, 4): start, length, pitch, voice."""
        return np.array(self.notes, dtype=np.int64).reshape(-1, 4)

    @classmethod
    def of(cls, rows: Array, per_quarter: int, tempo: float, title: str = "") -> Score:
        """What `rows` gave; rows whose pitch is below 0 are filling."""
        return cls(tuple(Note(*map(int, row)) for row in rows if row[2] >= 0), per_quarter, tempo, title)


def pitch_name(pitch: int) -> str:
    """60 as C4; half-tones as sharps."""
    return f"{_NAMES[pitch % 12]}{pitch // 12 - 1}"


def pitch_of(name: str) -> int | None:
    """C4 as 60; None where it is no such name."""
    letter = name[:2] if name[1:2] == "#" else name[:1]
    octave = name[len(letter) :]
    if letter not in _NAMES or not octave.lstrip("-").isdecimal() or not octave.isascii() or len(octave) > 2:
        return None
    pitch = _NAMES.index(letter) + 12 * (int(octave) + 1)
    return pitch if LOWEST <= pitch <= HIGHEST else None


def melody(score: Score) -> list[tuple[int | None, int]]:
    """The highest voice as (pitch, or None for a rest; steps): a note ends where the next begins, of those that begin
    together the highest is heard. The rest before the first note is left out."""
    tops: dict[int, Note] = {}
    for note in score.notes:
        if note.start not in tops or note.pitch > tops[note.start].pitch:
            tops[note.start] = note
    heard: list[Note] = []
    for note in (tops[start] for start in sorted(tops)):
        last = heard[-1] if heard else None
        if last is not None and last.start + last.length > note.start:
            if note.pitch < last.pitch and last.start + last.length >= note.start + note.length:
                continue  # an accompaniment under a longer tone
            heard[-1] = last._replace(length=note.start - last.start)
        heard.append(note)
    found: list[tuple[int | None, int]] = []
    at = heard[0].start if heard else 0
    for note in heard:
        if note.start > at:
            found.append((None, note.start - at))
        found.append((note.pitch, note.length))
        at = note.start + note.length
    return found


def from_melody(heard: Iterable[tuple[int | None, int]], per_quarter: int, tempo: float) -> Score:
    """The score of notes and rests one after the other."""
    notes, at = [], 0
    for pitch, length in heard:
        if pitch is not None:
            notes.append(Note(at, length, pitch))
        at += length
    return Score(tuple(notes), per_quarter, tempo)


def chords(score: Score, voices: int) -> Array:
    """(steps, voices): which pitch each voice sings at each step, -1 where it is silent. Where each of at
    most so many voices sings one tone at a time they stay voices, the highest first; else the highest tones are taken
    at each step."""
    steps = score.steps
    table = np.full((steps, voices), -1, dtype=np.int64)
    by_voice: dict[int, list[int]] = {}
    for note in score.notes:
        by_voice.setdefault(note.voice, []).append(note.pitch)
    if 1 < len(by_voice) <= voices and not _overlap(score.notes):
        order = sorted(by_voice, key=lambda voice: -sum(by_voice[voice]) / len(by_voice[voice]))
        for start, length, pitch, voice in score.notes:
            table[start : start + length, order.index(voice)] = pitch
        return table
    sounding: list[set[int]] = [set() for _ in range(steps)]
    for start, length, pitch, _ in score.notes:
        for step in range(start, start + length):
            sounding[step].add(pitch)
    for step, pitches in enumerate(sounding):
        top = sorted(pitches, reverse=True)[:voices]
        table[step, : len(top)] = top
    return table


def from_chords(table: Array, per_quarter: int, tempo: float) -> Score:
    """The score of such a table: a pitch that a voice sings on is one long note."""
    notes = []
    for voice in range(table.shape[1] if table.ndim == 2 else 0):
        column = table[:, voice]
        cuts = np.flatnonzero(np.diff(column)) + 1
        ends = [0, *cuts.tolist(), len(column)]
        for begin, end in zip(ends[:-1], ends[1:], strict=True):
            if end > begin and column[begin] >= 0:
                notes.append(Note(begin, end - begin, int(column[begin]), voice))
    return Score(tuple(sorted(notes)), per_quarter, tempo)


def fraction(steps: int, per_quarter: int) -> str:
    """A length as the share of a quarter note: 1, 1/2, 3/2."""
    common = math.gcd(steps, per_quarter)
    return f"{steps // common}" if per_quarter == common else f"{steps // common}/{per_quarter // common}"


def _overlap(notes: Sequence[Note]) -> bool:
    """Whether a voice sings two notes at a time."""
    ends: dict[int, int] = {}
    for note in notes:
        if note.start < ends.get(note.voice, 0):
            return True
        ends[note.voice] = note.start + note.length
    return False


def _nearest(number: float) -> int:
    return math.floor(number + 0.5)
