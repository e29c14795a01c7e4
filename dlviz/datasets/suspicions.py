"""What a person should know of a data set before trusting a result: imbalance, repeats, leaks."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from dlviz.datasets.split import Index, Parts

Floats = NDArray[np.float64]
#: A rule from one column alone that is right this often on rows it has not seen is too good to be true.
TOO_GOOD = 0.995
TOO_GOOD_R2 = 0.999
_MOST_PIECES = 64


def imbalance(labels: NDArray[np.int64], names: Sequence[str]) -> list[str]:
    """A sentence where the largest class has three times the examples of the smallest, or more."""
    counts = np.bincount(labels, minlength=len(names))
    most, least = int(counts.argmax()), int(counts.argmin())
    if counts[most] < 3 * counts[least]:
        return []
    share = counts[most] / counts.sum()
    return [
        f"The classes are unbalanced: `{names[most]}` has {counts[most]:,} examples, `{names[least]}` has "
        f"{counts[least]:,}. "
        f"Always guessing `{names[most]}` is right {share:.0%} of the time: compare the accuracy with that."
    ]


def repeated(rows: Sequence[Hashable], parts: Parts, noun: str = "rows") -> list[str]:
    """A sentence where examples of the training part lie in the validation or test part, too."""
    seen = {rows[i] for i in parts.train}
    found = []
    for name, index in (("validation", parts.validation), ("test", parts.test)):
        count = sum(rows[i] in seen for i in index)
        if count:
            found.append(f"{count:,} of {len(index):,} {name} {noun}")
    if not found:
        return []
    return [
        f"Repeated {noun}: {' and '.join(found)} lie in the training part, too. "
        "The network may know them by heart, so its figures there are too good."
    ]


def leaks(columns: Mapping[str, Floats | NDArray[np.int64]], target: NDArray[np.generic], parts: Parts) -> list[str]:
    """Sentences about columns that give the target away.

    `columns`: floats (numbers, NaN where missing) or ints (category codes). `target`: class indices, or numbers.
    A rule is learned on the training part and judged on the validation part; the test part is not looked at.
    """
    if len(parts.validation) < 10 or len(parts.train) < 20:
        return []
    if target.dtype.kind == "i":
        return _class_leaks(columns, target.astype(np.int64), parts)
    return _number_leaks(columns, target.astype(np.float64), parts)


def _class_leaks(columns: Mapping[str, NDArray[np.generic]], target: NDArray[np.int64], parts: Parts) -> list[str]:
    classes = int(target.max()) + 1
    truth = target[parts.validation]
    guess = float(np.mean(truth == np.bincount(target[parts.train], minlength=classes).argmax()))
    found = []
    for name, column in columns.items():
        codes = _codes(column, target, parts.train)
        counts = np.zeros((int(codes.max()) + 1, classes), dtype=np.int64)
        np.add.at(counts, (codes[parts.train], target[parts.train]), 1)
        counts[counts.sum(axis=1) == 0] = np.bincount(target[parts.train], minlength=classes)
        rule = counts.argmax(axis=1)
        right = float(np.mean(rule[codes[parts.validation]] == truth))
        learned = float(np.mean(rule[codes[parts.train]] == target[parts.train]))  # a small part may be right by luck
        if min(right, learned) >= TOO_GOOD and right - guess > 0.02:
            found.append(
                f"`{name}` alone gives the target away: a simple rule from it is right for {right:.1%} of rows it has "
                "not seen. If it is not known before the target is, leave it out (add it to `ignore`)."
            )
    return found


def _number_leaks(columns: Mapping[str, NDArray[np.generic]], target: Floats, parts: Parts) -> list[str]:
    found: list[str] = []
    alone: list[str] = []
    numbers = {name: _filled(c, parts.train) for name, c in columns.items() if c.dtype.kind == "f"}
    for name, column in columns.items():
        if name in numbers:
            fitted = _line(numbers[name][:, None], target, parts)[1]
        else:
            codes = column.astype(np.int64) + 1
            sums = np.bincount(codes[parts.train], target[parts.train], minlength=int(codes.max()) + 1)
            counts = np.bincount(codes[parts.train], minlength=len(sums))
            means = np.where(counts > 0, sums / np.maximum(counts, 1), target[parts.train].mean())
            fitted = _r2(target[parts.validation], means[codes[parts.validation]])
        if fitted >= TOO_GOOD_R2:
            alone.append(name)
            found.append(
                f"`{name}` alone gives the target away: it explains {fitted:.2%} of how the target varies on rows not "
                "seen. If it is not known before the target is, leave it out (add it to `ignore`)."
            )
    rest = {name: column for name, column in numbers.items() if name not in alone}
    if len(rest) > 1 and len(parts.train) > 3 * len(rest):
        names = list(rest)
        table = np.stack([rest[name] for name in names], axis=1)
        weights, fitted = _line(table, target, parts)
        if fitted >= TOO_GOOD_R2:
            pull = np.abs(weights) * table[parts.train].std(axis=0)
            guilty = [f"`{names[i]}`" for i in np.argsort(-pull) if pull[i] > 0.02 * target[parts.train].std()]
            found.append(
                f"{' and '.join(guilty) or 'The number columns'} together give the target away: a weighted sum of them "
                f"explains {fitted:.2%} of how it varies on rows not seen. If they are not known before the target "
                "is, leave them out (add them to `ignore`)."
            )
    return found


def _codes(column: NDArray[np.generic], target: NDArray[np.int64], train: Index) -> NDArray[np.int64]:
    """Category codes from 0 (missing: 0). Numbers are cut where the class changes along the training values, or, where
    it changes often, into bins of equal count."""
    if column.dtype.kind == "i":
        return column.astype(np.int64) + 1
    values = column.astype(np.float64)
    known = train[np.isfinite(values[train])]
    if not known.size:
        return np.zeros(len(values), dtype=np.int64)
    order = known[np.argsort(values[known], kind="stable")]
    changes = np.flatnonzero((np.diff(target[order]) != 0) & (np.diff(values[order]) > 0))
    if len(changes) < _MOST_PIECES:
        edges = (values[order][changes] + values[order][changes + 1]) / 2
    else:
        edges = np.unique(np.quantile(values[known], np.linspace(0, 1, _MOST_PIECES + 1)[1:-1]))
    return np.where(np.isfinite(values), np.digitize(values, edges) + 1, 0).astype(np.int64)


def _filled(column: NDArray[np.generic], train: Index) -> Floats:
    values = column.astype(np.float64)
    known = values[train][np.isfinite(values[train])]
    return np.where(np.isfinite(values), values, known.mean() if known.size else 0.0)


def _line(table: Floats, target: Floats, parts: Parts) -> tuple[Floats, float]:
    """Least squares on the training part: the weights, and R² on the validation part."""
    center, spread = table[parts.train].mean(axis=0), table[parts.train].std(axis=0)
    spread = np.where(spread > 0, spread, 1.0)
    scaled = np.column_stack([(table - center) / spread, np.ones(len(table))])
    weights = np.linalg.lstsq(scaled[parts.train], target[parts.train], rcond=None)[0]
    return weights[:-1] / spread, _r2(target[parts.validation], scaled[parts.validation] @ weights)


def _r2(truth: Floats, guess: Floats) -> float:
    around = float(((truth - truth.mean()) ** 2).sum())
    return 1 - float(((truth - guess) ** 2).sum()) / around if around > 0 else 0.0
