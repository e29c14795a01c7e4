"""Which pictures or sounds of a folder or zip belong to which class, and to which part where it says so itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import Entry
from dlviz.datasets.encoding import plain
from dlviz.datasets.pictures import SUFFIXES
from dlviz.datasets.sounds import SUFFIXES as SOUND_SUFFIXES

_PARTS = {
    "train": "train", "training": "train",
    "val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
    "test": "test", "testing": "test",
}  # fmt: skip


@dataclass(frozen=True)
class Sort:
    """What kind of files is looked for, in words."""

    noun: str
    suffixes: tuple[str, ...]
    formats: str
    like: tuple[str, str]


PICTURES = Sort("pictures", SUFFIXES, "PNG, JPEG, …", ("cats/1.jpg", "dogs/1.jpg"))
SOUNDS = Sort("sounds", SOUND_SUFFIXES, "WAV, FLAC, OGG, MP3", ("cats/1.wav", "dogs/1.wav"))


@dataclass(frozen=True)
class ClassFolders:
    """Pictures (or sounds) with their class (an index into `names`) and their part ("" where it is left to chance)."""

    pictures: tuple[Entry, ...]
    labels: tuple[int, ...]
    parts: tuple[str, ...]
    names: tuple[str, ...]
    notes: tuple[str, ...]
    noun: str = "pictures"

    def check(self, read: NDArray[np.int64]) -> None:
        """`WrongInput` where a class has too few of the files numbered `read` for the parts that must be drawn from
        it."""
        official = {part for part in self.parts if part}
        needed = 1 + 2 - len(official - {"train"})
        drawn_from = np.isin(np.array(self.parts)[read], ("", "train"))
        counts = np.bincount(np.array(self.labels, dtype=np.int64)[read][drawn_from], minlength=len(self.names))
        few = [f"`{name}` ({count})" for name, count in zip(self.names, counts, strict=True) if count < needed]
        if few:
            where = " in the training folder" if official else ""
            raise WrongInput(
                f"Each class needs at least {needed} readable {self.noun}{where}, one for each part that is drawn from "
                f"them. Too few have: {', '.join(few[:8])}{' …' if len(few) > 8 else ''}. Add {self.noun}, or take the "
                "class out."
            )


def class_folders(entries: Sequence[Entry], place: str, sort: Sort = PICTURES) -> ClassFolders:
    """Sort files into classes by the folder they lie in: `cats/1.png`, or `train/cats/1.png` and `test/cats/2.png`;
    one folder around all is looked through. Raises `WrongInput` where there are no two classes."""
    pictures = [entry for entry in entries if entry.way[-1].lower().endswith(sort.suffixes)]
    if not pictures:
        kinds = Counter(_suffix(entry.way[-1]) for entry in entries).most_common(3)
        came = ", ".join(f"{count:,} × {kind}" for kind, count in kinds) or "no file"
        raise WrongInput(f"{place} must hold {sort.noun} ({sort.formats}) in one folder a class. Received: {came}.")
    ways = _below_the_top([entry.way for entry in pictures])
    marked = _marked({way[0].lower() for way in ways if len(way) > 1})
    sorted_in = []
    for entry, way in zip(pictures, ways, strict=True):
        part = _PARTS.get(way[0].lower(), "") if marked and len(way) > 1 else ""
        folders = way[1:-1] if part else way[:-1]
        if folders:
            sorted_in.append((entry, plain(folders[0]), part))
    names = tuple(sorted({name for _, name, _ in sorted_in}, key=_natural))
    if len(names) < 2:
        came = f"one class only, `{names[0]}`" if names else f"{sort.noun} without a folder"
        raise WrongInput(
            f"{place} must hold its {sort.noun} in one folder a class, at least two, like {' and '.join(sort.like)}. "
            f"Received: {came}."
        )
    notes = []
    if len(sorted_in) < len(pictures):
        notes.append(
            f"{sort.noun.capitalize()} that lie in no class folder were left out: {len(pictures) - len(sorted_in):,}."
        )
    if len(pictures) < len(entries):
        notes.append(f"Files that are not {sort.noun} were left out: {len(entries) - len(pictures):,}.")
    index = {name: number for number, name in enumerate(names)}
    return ClassFolders(
        tuple(entry for entry, _, _ in sorted_in),
        tuple(index[name] for _, name, _ in sorted_in),
        tuple(part for _, _, part in sorted_in),
        names,
        tuple(notes),
        sort.noun,
    )


def _below_the_top(ways: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The ways without the folders that lie around all of them, as long as folders are left below."""
    while len({way[0] for way in ways}) == 1 and any(len(way) > 2 for way in ways):
        ways = [way[1:] for way in ways]
    return ways


def _marked(tops: set[str]) -> bool:
    """Whether the top folders are parts (train, validation, test), not classes."""
    return bool(tops) and tops <= set(_PARTS) and "train" in {_PARTS[top] for top in tops} and len(tops) > 1


def _natural(name: str) -> tuple[Any, ...]:
    """2 before 10, a before B."""
    return tuple(
        (0, int(piece), "") if piece.isdecimal() else (1, 0, piece.lower()) for piece in re.split(r"(\d+)", name)
    ), name


def _suffix(name: str) -> str:
    return "." + name.rsplit(".", 1)[1].lower()[:12] if "." in name else "files without an ending"
