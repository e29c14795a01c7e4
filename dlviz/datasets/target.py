"""The target column of a table: whether it asks for a class or a number, and the rows that have one."""

from __future__ import annotations

from collections import Counter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.values import Scalar
from dlviz.datasets.numbers import parsed
from dlviz.datasets.sheet import Sheet
from dlviz.datasets.tabular import Target, gone, words_target

TargetKind = Literal["auto", "category", "number"]
SmallClasses = Literal["refuse", "drop", "join"]
#: Whole numbers with at most so many different values are taken for classes.
MOST_NUMBER_CLASSES = 20
MOST_CLASSES = 1000
LEAST_ROWS = 10


def read_target(
    sheet: Sheet, name: str, kind: TargetKind, small: SmallClasses, parts: int
) -> tuple[Target, NDArray[np.int64], list[str]]:
    """(the target of the kept rows, which rows are kept, what a person should know). Raises `WrongInput`.

    `parts`: how many parts the rows will be split into; a class needs an example for each.
    """
    if name not in sheet.frame.columns:
        known = [str(column) for column in sheet.frame.columns]
        raise WrongInput(f"The target must be a column of {sheet.name}. There is no `{name}`. {nearest(name, known)}")
    texts = sheet.texts(name)
    kept = np.flatnonzero(~gone(texts, sheet.marks))
    notes = []
    if len(kept) == 0:
        raise WrongInput(f"The target `{name}` holds no value in any row. Choose another column as the target.")
    numbers = parsed(texts[kept], sheet.decimal)
    if kind == "auto":
        kind = _guess(texts[kept], numbers)
    if kind == "number":
        bad = np.flatnonzero(np.isnan(numbers))
        if len(bad) > 0.1 * len(kept):
            raise WrongInput(
                f"The target `{name}` is to be a number. Received words such as `{texts[kept][bad[0]][:40]}`. "
                "Choose `category` as its kind, or another column."
            )
        kept, numbers = np.delete(kept, bad), np.delete(numbers, bad)
    if len(kept) < len(texts):
        count = len(texts) - len(kept)
        notes.append(f"{count:,} of {len(texts):,} rows have no `{name}`, the target, and were left out.")
    if kind == "number":
        target = Target(name, Scalar(), numbers)
        if len(np.unique(numbers)) < 2:
            raise WrongInput(f"The target `{name}` is {numbers[0]:g} in every row, so there is nothing to learn.")
    else:
        words, kept = _classes(name, texts[kept], kept, small, parts, notes)
        target = words_target(name, words)
    if len(kept) < LEAST_ROWS:
        raise WrongInput(
            f"A table needs at least {LEAST_ROWS} rows with a target to learn from. "
            f"Received: {len(kept)} in {sheet.name}."
        )
    return target, kept, notes


def _guess(texts: NDArray[np.object_], numbers: NDArray[np.float64]) -> TargetKind:
    """Classes where there are words or few whole numbers, else a number."""
    if np.isnan(numbers).mean() > 0.02:
        return "category"
    known = numbers[~np.isnan(numbers)]
    distinct = len(np.unique(known))
    few = distinct <= min(MOST_NUMBER_CLASSES, max(2, len(known) // 5))
    return "category" if few and (known == np.round(known)).all() else "number"


def _classes(
    name: str, words: NDArray[np.object_], kept: NDArray[np.int64], small: SmallClasses, parts: int, notes: list[str]
) -> tuple[NDArray[np.object_], NDArray[np.int64]]:
    """The class of each row, once classes that are too small are refused, dropped or joined to one."""
    counts = Counter(words.tolist())
    if len(counts) < 2:
        raise WrongInput(
            f"The target `{name}` is `{words[0]}` in every row: with one class only there is nothing to tell apart. "
            "Choose another column as the target."
        )
    if len(counts) > max(2, len(words) // 2) or len(counts) > MOST_CLASSES and small == "refuse":
        raise WrongInput(
            f"The target `{name}` has {len(counts):,} different values in {len(words):,} rows, too many to be classes. "
            "Choose another column as the target, or `number` as its kind if it is one."
        )
    rare = sorted(word for word, count in counts.items() if count < parts)
    if not rare:
        return words, kept
    shown = ", ".join(f"`{word[:40]}` ({counts[word]})" for word in rare[:5]) + (" …" if len(rare) > 5 else "")
    if small == "refuse":
        raise WrongInput(
            f"Each class of the target `{name}` needs at least {parts} rows, one for each part (training, validation, "
            f"test). Too few have: {shown}. Add rows, or set `small_classes` to `drop` (leave such rows out) or `join` "
            "(make them one class)."
        )
    is_rare = np.isin(words.astype(str), rare)
    if small == "drop":
        notes.append(f"{int(is_rare.sum()):,} rows of classes with fewer than {parts} rows were left out: {shown}.")
        words, kept = words[~is_rare], kept[~is_rare]
    else:
        joint = "other" if "other" not in counts else "(all others)"
        words = np.where(is_rare, joint, words)
        notes.append(f"Classes with fewer than {parts} rows became one class, `{joint}`: {shown}.")
    left = Counter(words.tolist())
    if len(left) < 2 or min(left.values()) < parts:
        raise WrongInput(
            f"The target `{name}` has too few rows a class for {parts} parts, "
            f"even with small classes {'dropped' if small == 'drop' else 'joined'}: {shown}."
        )
    return words, kept
