"""Midi: files of the kind .mid read as scores and written. No torch in here.

Standard MIDI Files 1.0 (MIDI Manufacturers Association 1996), read by mido; nothing in a file is trusted.
"""

from __future__ import annotations

import io
import itertools
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.datasets.score import Note, Score

SUFFIXES = (".mid", ".midi")
#: A piece may have so many bytes, notes, and quarter notes.
MOST_BYTES, MOST_NOTES, MOST_QUARTERS = 2 * 2**20, 100_000, 20_000
#: The channel on which drums are played: its pitches are no tones.
_DRUMS = 9
_PER_QUARTER = 480
_TEMPO = (10.0, 400.0)


def read_midi(content: bytes, name: str) -> Score:
    """The notes of a MIDI file, without its drums, in its own steps; each track with notes is a voice. The tempo is the
    first one. Raises `WrongInput`."""
    import mido

    if content[:4] != b"MThd":
        raise WrongInput(f"{name} must be a MIDI file, which begins with MThd. Received: {_what(content)}.")
    if len(content) > MOST_BYTES:
        raise WrongInput(
            f"{name}: a MIDI file may have at most {MOST_BYTES // 2**20} MB. Received: {len(content) / 2**20:,.0f} MB."
        )
    try:
        file = mido.MidiFile(file=io.BytesIO(content), clip=True)
    except EOFError:
        raise WrongInput(f"{name} is a MIDI file that ends too early. Copy or export it anew.") from None
    except Exception as error:  # of rubbish mido says KeyError, IndexError, ValueError, OSError, UnicodeError …
        raise WrongInput(f"{name} is a damaged MIDI file ({type(error).__name__}: {str(error)[:80]}).") from None
    if file.type == 2:
        raise WrongInput(f"{name}: a MIDI file must be of type 0 or 1. Received: type 2, several pieces in one.")
    if not 1 <= file.ticks_per_beat < 0x8000:
        raise WrongInput(f"{name}: times must be in parts of a quarter note. Received: in frames of a film.")
    tempo: float | None = None
    notes: list[Note] = []
    voice = 0
    for track in file.tracks:
        found, beats = _track(track, voice, file.ticks_per_beat, name)
        tempo = tempo if tempo is not None else beats
        voice += bool(found)
        notes += found
        if len(notes) > MOST_NOTES:
            raise WrongInput(f"{name}: a piece may have at most {MOST_NOTES:,} notes. Received: more.")
    if not notes:
        raise WrongInput(f"{name} holds no note (drums are not counted). Choose a piece with a melody.")
    begin = min(note.start for note in notes)
    moved = sorted(note._replace(start=note.start - begin) for note in notes)
    usual = min(_TEMPO[1], max(_TEMPO[0], tempo or 120.0))
    return Score(tuple(moved), file.ticks_per_beat, usual, name.rsplit("/", 1)[-1].rsplit(".", 1)[0])


def _track(track: list[object], voice: int, ticks: int, name: str) -> tuple[list[Note], float | None]:
    """(its notes, its first tempo). A note that is struck again ends; one that never ends lasts to the track's end."""
    notes: list[Note] = []
    held: dict[tuple[int, int], int] = {}
    tempo: float | None = None
    now = 0

    def end(key: tuple[int, int]) -> None:
        start = held.pop(key, None)
        if start is not None and now > start:
            notes.append(Note(start, now - start, key[1], voice))

    for message in track:
        now += int(getattr(message, "time", 0))
        if now > MOST_QUARTERS * ticks:
            raise WrongInput(f"{name}: a piece may last at most {MOST_QUARTERS:,} quarter notes. Received: more.")
        kind = getattr(message, "type", "")
        if kind == "set_tempo" and tempo is None:
            tempo = 6e7 / max(1, int(getattr(message, "tempo", 0)))
        elif kind in ("note_on", "note_off") and getattr(message, "channel", 0) != _DRUMS:
            key = (int(getattr(message, "channel", 0)), int(getattr(message, "note", 0)))
            end(key)
            if kind == "note_on" and int(getattr(message, "velocity", 0)) > 0:
                held[key] = now
    for key in list(held):
        end(key)
    return notes, tempo


def write_midi(score: Score) -> bytes:
    """The score as a MIDI file: type 1, a track for each voice after one with the tempo; all played by a piano."""
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=_PER_QUARTER)
    head = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=min(2**24 - 1, max(1, round(6e7 / score.tempo))))])
    file.tracks.append(head)
    scale = _PER_QUARTER / score.per_quarter
    by_voice = itertools.groupby(sorted(score.notes, key=lambda note: note.voice), key=lambda note: note.voice)
    for number, (_, notes) in enumerate(by_voice):
        channel = number % 15
        channel += channel >= _DRUMS  # the drums' channel is passed over
        file.tracks.append(_written(list(notes), scale, channel))
    kept = io.BytesIO()
    file.save(file=kept)
    return kept.getvalue()


def _written(notes: list[Note], scale: float, channel: int) -> Any:
    import mido

    # at one time notes end before others begin
    events = sorted(
        event
        for start, length, pitch, _ in notes
        for event in ((round(start * scale), 1, pitch), (round((start + length) * scale), 0, pitch))
    )
    track, now = mido.MidiTrack(), 0
    for at, on, pitch in events:
        track.append(
            mido.Message(
                "note_on" if on else "note_off", channel=channel, note=pitch, velocity=80 if on else 0, time=at - now
            )
        )
        now = at
    return track


def _what(content: bytes) -> str:
    return "an empty file" if not content else f"one that begins with {content[:8]!r}"
