"""Music files: what a MIDI or ABC file of the user's holds, or a zip or folder of such. No torch in here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dlviz.core.problems import WrongInput
from dlviz.datasets import abc_notation, midi
from dlviz.datasets.archive import entries
from dlviz.datasets.broken import Broken
from dlviz.datasets.encoding import plain, text_of
from dlviz.datasets.score import Score

SUFFIXES = (*midi.SUFFIXES, *abc_notation.SUFFIXES)
#: Folders of these names are the parts of a data set.
PARTS = ("train", "validation", "test")
#: So many notes of all pieces together are read.
_MOST_NOTES = 2_000_000


def read_music(content: bytes, name: str, broken: list[str] | None = None) -> list[Score]:
    """The pieces of a file: one of a MIDI file, all tunes of ABC notation. Raises `WrongInput`; with `broken`, tunes of
    a text that cannot be read are told there instead, as long as others can."""
    if name.lower().endswith(midi.SUFFIXES):
        return [midi.read_midi(content, name)]
    if not name.lower().endswith(abc_notation.SUFFIXES):
        raise WrongInput(f"{name}: music must be a MIDI file (.mid) or in ABC notation (.abc).")
    return abc_notation.read_abc(plain(text_of(content, name)[0]), name, broken)


def read_folder(
    path: str, progress: Callable[[str, float, float | None], None] | None = None
) -> tuple[list[tuple[str, Score]], list[str]]:
    """((part its folder names or "", piece) of all pieces, what is wrong with those that could not be read). Raises
    `WrongInput`, where no piece can be read with what is wrong with the first."""
    place = Path(path).expanduser()
    found: list[tuple[str, Score]] = []
    broken: list[str] = []
    if place.is_file() and place.suffix.lower() in SUFFIXES:
        return [("", piece) for piece in read_music(place.read_bytes(), place.name, broken)], broken
    notes = 0
    with entries(path, "music") as files:
        music = [entry for entry in files if entry.way[-1].lower().endswith(SUFFIXES)]
        for number, entry in enumerate(music):
            if progress is not None:
                progress("Reading music", number, len(music))
            part = next((name for name in PARTS if name in entry.way[:-1]), "")
            try:
                own = read_music(entry.read(), entry.name, broken)
            except (WrongInput, Broken) as error:
                broken.append(str(error) if isinstance(error, WrongInput) else f"{entry.name}: {error}.")
                continue
            found += [(part, piece) for piece in own]
            notes += sum(len(piece.notes) for piece in own)
            if notes > _MOST_NOTES:
                raise WrongInput(f"{place.name} may hold at most {_MOST_NOTES:,} notes. Received: more. Take some out.")
    if not music:
        raise WrongInput(f"{place.name} must hold MIDI files (.mid) or ABC notation (.abc). It has none.")
    if not found:
        raise WrongInput(f"{place.name}: none of its {len(music):,} files can be read. {broken[0]}")
    return found, broken
