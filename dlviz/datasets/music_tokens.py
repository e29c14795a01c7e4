"""Music as tokens: a score as a row of names, and back. No torch in here.

`melody`: `D5:1/2` is a D of half a quarter note, `rest:1` a rest; one after the other, the highest voice alone.
`voices`: `S:D5` says what the soprano sings at a step, `A:` `T:` `B:` the others; the next step begins with the first
voice again. A pitch that stays is held. `<tune>` marks where a piece begins.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Literal

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.datasets.abc_notation import read_abc
from dlviz.datasets.score import Score, chords, fraction, from_chords, from_melody, melody, pitch_name, pitch_of

#: How a piece is taken apart.
Form = Literal["melody", "voices"]
BEGIN, REST = "<tune>", "rest"


def tokens_of(score: Score, form: Form, per_quarter: int, voices: int) -> list[str]:
    """The tokens of a piece, `BEGIN` first."""
    own = score.on_grid(per_quarter)
    if form == "melody":
        heard = melody(own)
        return [BEGIN, *(f"{_name(pitch)}:{fraction(steps, per_quarter)}" for pitch, steps in heard)]
    names = voice_names(voices)
    table = chords(own, voices)
    return [BEGIN, *(f"{names[v]}:{_name(int(p))}" for row in table for v, p in enumerate(row))]


def from_tokens(tokens: Iterable[str], form: Form, per_quarter: int, voices: int, tempo: float) -> Score:
    """The score of such tokens; what is no note, as the mark of a beginning, takes no time."""
    if form == "melody":
        found = [_tone(token, per_quarter) for token in tokens]
        return from_melody((tone for tone in found if tone is not None), per_quarter, tempo)
    place = {name: number for number, name in enumerate(voice_names(voices))}
    rows: list[list[int]] = []
    last = voices
    for token in tokens:
        name, _, said = token.partition(":")
        voice = place.get(name)
        if voice is None:
            last = voices  # a new piece begins a new step
            continue
        if voice <= last or not rows:
            rows.append([-1] * voices)
        pitch = pitch_of(said)
        rows[-1][voice] = -1 if pitch is None else pitch
        last = voice
    table = np.array(rows, dtype=np.int64).reshape(-1, voices)
    return from_chords(table, per_quarter, tempo)


def voice_names(voices: int) -> tuple[str, ...]:
    """Soprano, alto, tenor, bass where there are four."""
    return tuple("SATB") if voices == 4 else tuple(str(number + 1) for number in range(voices))


def tune_of(text: str) -> Score:
    """The first tune of typed ABC notation; a key and lengths may be left out. Raises `WrongInput`."""
    whole = text if "X:" in text else f"X:1\nL:1/8\nK:C\n{text}"
    try:
        return read_abc(whole, "What was typed")[0]
    except WrongInput as error:
        raise WrongInput(f"{error} Type notes, as D5:1/2 E5:1/2, or ABC notation, as A2 d2 f2.") from None


def _name(pitch: int | None) -> str:
    return REST if pitch is None or pitch < 0 else pitch_name(pitch)


def _tone(token: str, per_quarter: int) -> tuple[int | None, int] | None:
    said, colon, length = token.partition(":")
    pitch = pitch_of(said)
    if not colon or (pitch is None and said != REST):
        return None
    steps = Fraction(length) * per_quarter
    return pitch, max(1, int(steps))
