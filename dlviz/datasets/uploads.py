"""Uploads: a file from a browser, checked before it is kept. No torch in here."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from dlviz.core.intake import take_in
from dlviz.core.problems import WrongInput
from dlviz.datasets import sounds
from dlviz.datasets.archive import Entry, entries
from dlviz.datasets.broken import Broken
from dlviz.datasets.class_folders import class_folders
from dlviz.datasets.conll import Columns, read_conll
from dlviz.datasets.music_files import SUFFIXES as MUSIC
from dlviz.datasets.music_files import read_folder, read_music
from dlviz.datasets.pictures import SUFFIXES as PICTURES
from dlviz.datasets.pictures import opened
from dlviz.datasets.sheet import read_sheet
from dlviz.datasets.sound_table import sorted_sounds
from dlviz.datasets.transcript_table import has_transcripts, transcribed

TABLES = (".csv", ".tsv", ".tab", ".txt", ".data", ".dat", ".jsonl", ".ndjson", ".parquet", ".pq")
#: Endings of files with a word and its tag a line.
TAGGED = (".conll", ".conllu", ".bio", ".iob", ".iob2", ".bioes", ".tags")
MOST_BYTES = 512 * 2**20


def keep(name: str, stream: BinaryIO, folder: Path) -> Path:
    """Store what `stream` gives in `folder`, once it has passed every check; its place (see `core/intake.py`)."""
    return take_in(name, stream, folder, check, MOST_BYTES, "an upload")


def check(path: Path) -> None:
    """`WrongInput` where a file is not what its name says, or is dangerous or unusable."""
    suffix = path.suffix.lower()
    if path.stat().st_size == 0:
        raise WrongInput(f"{path.name} is empty. Choose a file with something in it.")
    if suffix in TAGGED:
        read_conll(str(path), Columns())
    elif suffix in TABLES:
        _check_table(path)
    elif suffix in PICTURES:
        _check_picture(path)
    elif suffix in sounds.SUFFIXES:
        sounds.sound_from(path.read_bytes(), path.name)
    elif suffix in MUSIC:
        read_music(path.read_bytes(), path.name, [])
    elif suffix == ".zip":
        _check_zip(path)
    else:
        raise WrongInput(
            f"{path.name}: an upload must be a table (CSV, TSV, JSONL, Parquet), a zip of pictures or of sounds in "
            "one folder a class or of music, a picture (PNG, JPEG), a sound (WAV, FLAC, OGG, MP3), or music (MIDI, "
            f"ABC). Received: {suffix or 'a file without an ending'}."
        )


def _check_table(path: Path) -> None:
    """A table, or sentences with tags: these are written with such endings, too."""
    try:
        read_sheet(path)
    except WrongInput as error:
        if path.suffix.lower() not in (".txt", ".tsv", ".dat", ".data"):
            raise
        try:
            read_conll(str(path), Columns())
        except WrongInput:
            raise error from None


def _check_picture(path: Path) -> None:
    try:
        opened(path.read_bytes(), path.name)
    except Broken as error:
        raise WrongInput(f"{path.name} must be a picture, as its name says. Received: {error}.") from None


def _check_zip(path: Path) -> None:
    """A zip of class folders; each header is looked at, so that a picture bomb is refused here already."""
    with entries(path, "pictures or sounds") as found:
        ends = [entry.way[-1].lower() for entry in found]
        if any(end.endswith(sounds.SUFFIXES) for end in ends) and not any(end.endswith(PICTURES) for end in ends):
            _check_sounds(found, path.name)
            return
        if any(end.endswith(MUSIC) for end in ends) and not any(end.endswith(PICTURES) for end in ends):
            read_folder(str(path))
            return
        folders = class_folders(found, path.name)
        readable = 0
        for entry in folders.pictures:
            try:
                opened(entry.read(), f"{path.name}: {entry.name}")
                readable += 1
            except Broken:
                continue  # counted and listed when the pictures are loaded
        if not readable:
            raise WrongInput(f"{path.name}: none of its pictures can be read. Are they pictures (PNG, JPEG, …)?")


def _check_sounds(found: list[Entry], name: str) -> None:
    """Sounds in class folders or named by a table, or with what is said in them; at least one must be readable."""
    told = transcribed(found, name) if has_transcripts(found) else None
    for entry in told.sounds if told else sorted_sounds(found, name).pictures:
        try:
            sounds.opened(entry.read(), entry.name)
            return  # the others are counted and listed when the sounds are loaded
        except Broken:
            continue
    raise WrongInput(f"{name}: none of its sounds can be read. Are they sounds (WAV, FLAC, OGG, MP3)?")
