"""ABC notation: tunes written with letters, read as scores. No torch in here.

Read as the ABC standard 2.1 (abcnotation.com, 2011) says: keys and modes, accidentals that last a bar, lengths, broken
rhythm, tuplets, chords, ties, voices. Each part is read once: repeats are not played again, of its endings the last is
taken. Ornaments, grace notes, chord symbols and words are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from dlviz.core.problems import WrongInput
from dlviz.datasets.abc_key import signature
from dlviz.datasets.score import HIGHEST, LOWEST, Note, Score

SUFFIXES = (".abc",)
PER_QUARTER = 12
#: Times are counted in ticks, which divide a whole note by 128, 9, 5 and 7: fractions are slow.
_WHOLE = 128 * 9 * 5 * 7
_TICKS = _WHOLE // (4 * PER_QUARTER)
#: A tune may have so many notes, and last so many whole notes.
MOST_NOTES, MOST_WHOLES = 100_000, 5_000

_HEADER = re.compile(r"([A-Za-z+]):(?![|:])(.*)")
_NOTE = re.compile(r"(\^\^|\^|__|_|=)?([A-Ga-gzxZX])([,']*)(\d*(?:/+\d*)*)(-?)")
_LENGTH = re.compile(r"(\d*)((?:/+\d*)*)")
_TUPLET = re.compile(r"\((\d)(?::(\d?))?(?::(\d?))?")
_CHORD = re.compile(r"\[([^\]\[|:]*)\](\d*(?:/+\d*)*)(-?)")
_PASSED = re.compile(r'"[^"]*"?|![^!|]*!|\+[a-z.]+\+|\{[^}]*\}?|%.*|\\\s*$|\$|y\d*|`')
#: What lies on the staff without a length of its own: slurs, ornaments, what the standard keeps for later.
_SILENT = frozenset(" \t().~HIJKLMNOPQRSTUVWhijklmnopqrstuvw-*;?@#&")
_BAR = re.compile(r":*\|[|\]:]*|::+|\[\|")
_ENDING = re.compile(r"\[?\s*([1-9])[-,.\d]*")
_STEPS = dict(zip("CDEFGAB", (0, 2, 4, 5, 7, 9, 11), strict=True))
_BENDS = {"^": 1, "^^": 2, "_": -1, "__": -2, "=": 0}
#: (p: so many notes in the time of q, as the standard says where it is not written.
_TUPLETS = {2: 3, 3: 2, 4: 3, 5: 2, 6: 2, 7: 2, 8: 3, 9: 2}


def read_abc(text: str, name: str, broken: list[str] | None = None) -> list[Score]:
    """The tunes of a text, each in steps of a twelfth of a quarter note. Raises `WrongInput`, which names the line;
    with a list `broken` that sentence is added to it, the tune left out, and those after it are read."""
    found = []
    for first, lines in _tunes(text):
        tune = _Tune(name)
        try:
            for number, line in enumerate(lines, start=first):
                tune.line(line, number)
        except WrongInput as error:
            if broken is None:
                raise
            broken.append(str(error))
            continue
        if tune.notes:
            found.append(tune.score())
    if not found and broken:
        raise WrongInput(f"{name}: none of its tunes could be read. {broken[0]}")
    if not found:
        raise WrongInput(f"{name} holds no tune. In ABC notation a tune begins with X:1, then K: and its notes.")
    return found


def _tunes(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each tune's lines and the number of its first; from X: to an empty line. A text without any X: is one tune."""
    lines = text.splitlines()
    if not any(line.startswith("X:") for line in lines):
        yield 1, [line for line in lines]
        return
    first = 0
    kept: list[str] | None = None
    for number, line in enumerate([*lines, ""], start=1):
        if line.startswith("X:"):
            if kept:
                yield first, kept
            first, kept = number, []
        elif kept is not None and not line.strip():
            yield first, kept
            kept = None
        if kept is not None:
            kept.append(line)


@dataclass
class _Tune:
    """What is known while a tune is read, line by line."""

    name: str
    title: str = ""
    unit: int | None = None  # ticks of a note without a number
    meter: Fraction = Fraction(1)
    tempo: float = 120.0
    key: dict[str, int] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    voice: int = 0
    voices: dict[str, int] = field(default_factory=dict)
    times: dict[int, int] = field(default_factory=dict)
    bends: dict[str, int] = field(default_factory=dict)  # accidentals of this bar
    tied: dict[tuple[int, int], int] = field(default_factory=dict)  # (voice, pitch): where the tone began
    tuplet: tuple[float, int] = (1.0, 0)
    skipping: bool = False
    number: int = 0

    def line(self, line: str, number: int) -> None:
        self.number = number
        header = _HEADER.match(line)
        if header:
            self._field(header[1], header[2].split("%")[0].strip())
        elif not line.startswith("%"):
            self._music(line)

    def score(self) -> Score:
        return Score(tuple(sorted(self.notes)), PER_QUARTER, self.tempo, self.title)

    def _field(self, letter: str, value: str) -> None:
        if letter == "T" and not self.title:
            self.title = value[:120]
        elif letter == "L":
            self.unit = round(_WHOLE * self._fraction(value, "L: is the length of a note, such as 1/8"))
        elif letter == "M":
            usual = {"C": "4/4", "C|": "2/2"}.get(value, value)
            if "/" in usual:
                over, _, under = usual.partition("/")
                total = sum(int(part) for part in re.findall(r"\d+", over))
                self.meter = self._fraction(f"{total}/{under.strip()}", "M: is the meter, such as 6/8")
        elif letter == "Q":
            self._speed(value)
        elif letter == "K":
            found = signature(value)
            if found is None:
                raise self._wrong("K: is the key, such as G, Em or D mixolydian", value)
            self.key, self.bends = found, {}
        elif letter == "V":
            own = value.split()[0] if value else ""
            self.voice = self.voices.setdefault(own, len(self.voices))

    def _speed(self, value: str) -> None:
        plain = re.sub(r'"[^"]*"', "", value).strip()
        beat, equals, rate = plain.partition("=")
        found = re.search(r"\d+(?:\.\d+)?", rate if equals else plain)
        if found is None:
            return
        share = self._fraction(beat.split()[0] if beat.split() else "1/4", "Q: is the tempo, such as 1/4=120")
        per_minute = float(found[0]) * (float(share * 4) if equals else 1.0)
        self.tempo = min(400.0, max(10.0, per_minute))

    def _music(self, line: str) -> None:
        at, swing = 0, 1.0
        ends: list[int] = []  # the notes of the last tone or chord, for broken rhythm
        while at < len(line):
            rest = line[at:]
            if found := _PASSED.match(line, at):
                at = found.end()
            elif rest[0] == "[" and (inline := re.match(r"\[([A-Za-z]):([^\]]*)\]", rest)):
                self._field(inline[1], inline[2].strip())
                at += inline.end()
            elif found := _BAR.match(line, at):
                at = self._bar(found[0], line, found.end())
            elif rest[0] == "[" and (ending := _ENDING.match(rest)):
                self.skipping = ending[1] == "1"
                at += ending.end()
            elif found := _TUPLET.match(line, at):
                many = int(found[1])
                time = int(found[2]) if found[2] else _TUPLETS.get(many, 2)
                if many < 1 or time < 1:
                    raise self._wrong("a tuplet needs a number of notes, as (3", found[0])
                self.tuplet = time / many, int(found[3]) if found[3] else many
                at = found.end()
            elif rest[0] in "<>":
                run = len(rest) - len(rest.lstrip(rest[0]))
                if run > 3:
                    raise self._wrong("broken rhythm has at most three signs, as >>>", rest[:run])
                short = 0.5**run
                first, swing = (2 - short, short) if rest[0] == ">" else (short, 2 - short)
                self._stretch(ends, first)
                at += run
            elif found := _CHORD.match(line, at):
                ends, swing = self._chord(found, swing), 1.0
                at = found.end()
            elif found := _NOTE.match(line, at):
                ends, swing = self._note(found, swing), 1.0
                at = found.end()
            elif rest[0] in _SILENT:
                at += 1
            else:
                raise self._wrong("a tune holds notes, bars and signs of ABC notation", rest[:12])

    def _bar(self, bar: str, line: str, at: int) -> int:
        """The end of a bar, perhaps of an ending, and the number of the ending that begins; where reading goes on."""
        self.bends = {}
        if ":" in bar or bar in ("||", "|]"):
            self.skipping = False
        if ending := _ENDING.match(line, at) if bar[-1] == "|" else None:
            self.skipping = ending[1] == "1"
            return ending.end()
        return at

    def _note(self, found: re.Match[str], swing: float) -> list[int]:
        if found[2] in "ZX":  # whole bars
            self._advance(round(_WHOLE * self.meter * self._scale(found[4])))
            return []
        length = round(self._length(found[4]) * swing * self._in_tuplet())
        if found[2] in "zx":
            self._advance(length)
            return []
        made = self._sound([(self._pitch(found), bool(found[5]))], length)
        self._advance(length)
        return made

    def _chord(self, found: re.Match[str], swing: float) -> list[int]:
        inside = list(_NOTE.finditer(found[1]))
        if not inside:
            raise self._wrong("a chord holds notes, as [ceg]", found[0])
        length = round(self._length(inside[0][4]) * self._scale(found[2]) * swing * self._in_tuplet())
        tones = [(self._pitch(one), bool(one[5] or found[3])) for one in inside if one[2] not in "zxZX"]
        made = self._sound(tones, length)
        self._advance(length)
        return made

    def _in_tuplet(self) -> float:
        """How much shorter the next note is."""
        scale, left = self.tuplet
        if not left:
            return 1.0
        self.tuplet = scale, left - 1
        return scale

    def _sound(self, tones: list[tuple[int, bool]], length: int) -> list[int]:
        """Let tones sound from now on; the places of those that began here."""
        if self.skipping:
            return []
        now = self.times.get(self.voice, 0)
        made = []
        for pitch, ties in tones:
            begun = self.tied.pop((self.voice, pitch), now)
            if ties:
                self.tied[self.voice, pitch] = begun
            start, end = _steps(begun), _steps(now + length)
            note = Note(start, max(1, end - start), pitch, self.voice)
            if begun < now:  # what was tied is one long tone
                last = next((n for n in reversed(range(len(self.notes))) if self.notes[n][2:] == note[2:]), None)
                if last is not None:
                    self.notes[last] = note
                    continue
            made.append(len(self.notes))
            self.notes.append(note)
        if len(self.notes) > MOST_NOTES:
            raise self._wrong(f"a tune may have at most {MOST_NOTES:,} notes", "more")
        return made

    def _stretch(self, ends: list[int], scale: float) -> None:
        """Make the notes that were just read longer or shorter, and what follows begin when they end."""
        if not ends or self.skipping:
            return
        length = self.notes[ends[-1]].length * _TICKS
        for place in ends:
            own = self.notes[place]
            self.notes[place] = own._replace(length=max(1, _steps(round(own.length * _TICKS * scale))))
        self._advance(round(length * scale) - length)

    def _advance(self, length: int) -> None:
        if self.skipping:
            return
        now = self.times.get(self.voice, 0) + length
        if now > MOST_WHOLES * _WHOLE:
            raise self._wrong(f"a tune may last at most {MOST_WHOLES:,} whole notes", "more")
        self.times[self.voice] = now

    def _pitch(self, found: re.Match[str]) -> int:
        letter = found[2].upper()
        if found[1]:
            self.bends[letter] = _BENDS[found[1]]
        bend = self.bends.get(letter, self.key.get(letter, 0))
        octave = 5 + found[2].islower() + found[3].count("'") - found[3].count(",")
        pitch = 12 * octave + _STEPS[letter] + bend
        if not LOWEST <= pitch <= HIGHEST:
            raise self._wrong("a note must lie within MIDI's 128 pitches", found[0])
        return pitch

    def _length(self, written: str) -> float:
        unit = self.unit or _WHOLE // (16 if self.meter < Fraction(3, 4) else 8)
        return unit * self._scale(written)

    def _scale(self, written: str) -> float:
        """3/2, /, //, 3 as a number."""
        if not written:
            return 1.0
        found = _LENGTH.fullmatch(written)
        if found is None or len(written) > 8:
            raise self._wrong("a length is a number such as 2, 3/2 or /", written)
        scale = float(found[1] or 1)
        for half in re.findall(r"/(\d*)", found[2]):
            scale /= int(half) if half.strip("0") else 2
        if not 0 < scale <= 256:
            raise self._wrong("a length must be above 0 and at most 256", written)
        return scale

    def _fraction(self, written: str, rule: str) -> Fraction:
        try:
            found = Fraction(written.replace(" ", ""))
        except (ValueError, ZeroDivisionError):
            raise self._wrong(rule, written) from None
        if not Fraction(1, 128) <= found <= 64:
            raise self._wrong(rule, written)
        return found

    def _wrong(self, rule: str, came: str) -> WrongInput:
        return WrongInput(f"{self.name}, line {self.number}: {rule}. Received: {came[:40]!r}.")


def _steps(ticks: int) -> int:
    return (2 * ticks + _TICKS) // (2 * _TICKS)
