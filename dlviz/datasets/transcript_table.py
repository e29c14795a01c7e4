"""What is said in which sound: by a table `file,text`, a line a sound, with `speaker` where that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import Entry
from dlviz.datasets.broken import Broken
from dlviz.datasets.encoding import text_of
from dlviz.datasets.sound_table import named, tables, unnamed
from dlviz.datasets.words import words

_TEXT = ("text", "transcript", "transcription", "sentence", "said", "normalized_text")
_SPEAKER = ("speaker", "speaker_id", "client_id", "voice")
#: A transcript has at most so many letters.
LONGEST = 1000


@dataclass(frozen=True)
class Transcribed:
    """Sounds with what is said in each, as it was written, and by whom ("" where that is not known)."""

    sounds: tuple[Entry, ...]
    texts: tuple[str, ...]
    speakers: tuple[str, ...]
    notes: tuple[str, ...]


def has_transcripts(found: Sequence[Entry]) -> bool:
    """Whether the files have a table with a column of texts."""
    table = tables(found)
    if table is None:
        return False
    try:
        first = text_of(table.read(), table.name)[0].split("\n", 1)[0].lower()
    except (Broken, WrongInput):
        return False
    for mark in ",;\t|":
        first = first.replace(mark, "\n")
    return any(cell.strip().strip('"') in _TEXT for cell in first.split("\n"))


def transcribed(found: Sequence[Entry], place: str) -> Transcribed:
    """The sounds that the table names, with their texts. Raises `WrongInput`, with file and line."""
    table = tables(found)
    if table is None:
        raise WrongInput(
            f"{place} must hold, beside the sounds, one table such as transcripts.csv with the columns `file` and "
            "`text`. Received: no table, or several."
        )
    chosen: dict[str, tuple[Entry, str, str]] = {}
    columns = {"text": _TEXT, "speaker": _SPEAKER}
    for where, entry, (text, speaker) in named(found, table, place, columns, optional=("speaker",)):
        if not any(word[0].isalnum() for word in words(text)):
            raise WrongInput(f"{where}: a text needs at least one word. Received: `{text[:60]}`.")
        if len(text) > LONGEST:
            raise WrongInput(
                f"{where}: a text may have at most {LONGEST:,} letters. Received: {len(text):,}. Cut the sound."
            )
        if entry.name in chosen and chosen[entry.name][1] != text:
            raise WrongInput(
                f"{where}: `{entry.way[-1][:60]}` says `{text[:40]}` here, and further up "
                f"`{chosen[entry.name][1][:40]}`. Keep one of the two."
            )
        chosen[entry.name] = (entry, text, speaker)
    if len(chosen) < 3:
        raise WrongInput(f"{place}: {table.name} must name at least three sounds. Received: {len(chosen)}.")
    sounds, texts, speakers = zip(*chosen.values(), strict=True)
    return Transcribed(sounds, texts, speakers, unnamed(found, len(chosen), table))
