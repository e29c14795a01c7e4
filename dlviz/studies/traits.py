"""Traits: what tells examples of a data set apart, so that they can be put into groups: their class, a column, how long
a text is, how loud a sound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from dlviz.core.values import Array, Audio, Category, Image, Kind, Scalar, Series, Tokens, Vector
from dlviz.datasets.data import Data
from dlviz.studies.columns import TableColumn, columns_of
from dlviz.studies.outcomes import Outcomes

#: Numbers are cut into so many groups of equal count.
PARTS = 4
#: Words beyond these, the most frequent ones, make one group.
WORDS = 12


@dataclass(frozen=True)
class Trait:
    """One way to put N examples into groups: `group` (N,) are indices into `labels`, -1: in none."""

    name: str
    labels: tuple[str, ...]
    group: Array


def traits(data: Data, found: Outcomes) -> list[Trait]:
    """All that is known of the examples of a part: their target, and what can be seen of each input."""
    made = [*_of_target(found)]
    several = len(data.fields.inputs) > 1
    for name, kind in data.fields.inputs.items():
        made += [
            trait if not several else Trait(f"{name}: {trait.name}", trait.labels, trait.group)
            for trait in _of_input(data, found, name, kind)
        ]
    return [trait for trait in made if len(trait.labels) > 1]


def by_number(name: str, numbers: Array, unit: str = "", missing: str = "missing") -> Trait:
    """Groups of about equal count; each is called by the least and the largest of its numbers. NaN: one of its own."""
    known = np.isfinite(numbers)
    edges = np.unique(np.quantile(numbers[known], np.linspace(0, 1, PARTS + 1)[1:-1])) if known.any() else np.zeros(0)
    group = np.where(known, np.searchsorted(edges, np.nan_to_num(numbers), side="left"), -1)
    labels: list[str] = []
    places = np.full(len(numbers), -1)
    for number in range(len(edges) + 1):
        members = group == number
        if members.any():
            low, high = float(numbers[members].min()), float(numbers[members].max())
            span = f"{low:,.4g}" if low == high else f"{low:,.4g} to {high:,.4g}"
            places[members] = len(labels)
            labels.append(f"{span} {unit}".rstrip())
    if not known.all():
        places[~known] = len(labels)
        labels.append(missing)
    return Trait(name, tuple(labels), places)


def by_word(name: str, words: Array) -> Trait:
    """A group for each of the most frequent words, one for all others."""
    found, group, counts = np.unique(words.astype(str), return_inverse=True, return_counts=True)
    kept = np.argsort(-counts, kind="stable")[:WORDS]
    place = np.full(len(found), len(kept))
    place[kept] = np.arange(len(kept))
    labels = [str(found[at]) or "missing" for at in kept]
    return Trait(name, tuple([*labels, "all others"] if len(found) > len(kept) else labels), place[group])


def _of_target(found: Outcomes) -> list[Trait]:
    if found.classes and found.true is not None:
        return [Trait("true class", found.classes, found.true.astype(int))]
    if isinstance(found.kind, Scalar) and found.true is not None:
        return [by_number(f"true {found.target}", found.true, found.kind.unit)]
    return []


def _of_input(data: Data, found: Outcomes, name: str, kind: Kind) -> list[Trait]:
    inputs = found.examples.columns[name]
    if isinstance(kind, Vector):
        if len(data.fields.inputs) > 1:
            return []
        return [_of_column(column) for column in columns_of(data.fields, data.encoders, inputs)]
    if isinstance(kind, Tokens):
        return [by_number("length", _numbers((inputs != 0).sum(1)), "tokens")]
    flat = inputs.flatten(1).float()
    if isinstance(kind, Image):
        seen = _pictures(data, found.part, name, len(inputs))
        seen = flat if seen is None else seen
        return [by_number("brightness", _numbers(seen.mean(1))), by_number("contrast", _numbers(seen.std(1)))]
    if isinstance(kind, Audio):
        sounding = flat.abs() > 1e-4
        lasts = torch.where(sounding.any(1), flat.shape[1] - sounding.flip(1).float().argmax(1), 0)
        power = (flat**2).sum(1) / lasts.clamp(min=1)
        loud = 10 * power.clamp(min=1e-10).log10()
        return [
            by_number("loudness", _numbers(loud).round(1), "dB"),
            by_number("length", (_numbers(lasts) / kind.rate).round(2), "s"),
        ]
    if isinstance(kind, Series):
        return [by_number("level", _numbers(flat.mean(1))),
                by_number("spread", _numbers(flat.std(1)))]  # fmt: skip
    if isinstance(kind, Category):
        return [by_word(name, np.array(kind.names)[_numbers(inputs).astype(int)])]
    return []


def _of_column(column: TableColumn) -> Trait:
    if column.holds == "words" or len(np.unique(column.order[np.isfinite(column.order)])) <= PARTS:
        return by_word(column.name, column.cells)
    trait = by_number(column.name, column.order)
    if column.holds == "number":
        return trait
    labels = list(trait.labels)
    for number in range(len(labels)):  # seconds tell nobody anything: the days are shown as written
        members = np.flatnonzero(trait.group == number)
        order = members[np.argsort(column.order[members], kind="stable")]
        if np.isfinite(column.order[members]).all():
            labels[number] = f"{column.cells[order[0]]} to {column.cells[order[-1]]}"
    return Trait(trait.name, tuple(labels), trait.group)


def _pictures(data: Data, part: str, name: str, count: int) -> torch.Tensor | None:
    """Pictures (N, pixels) from 0 to 1 as a person sees them, where they are few enough to be decoded."""
    if count > 5000:
        return None
    shown = data.shown(part, np.arange(count))[name]
    return torch.from_numpy(np.asarray(shown.data)).flatten(1).float() if isinstance(shown.kind, Image) else None


def _numbers(tensor: torch.Tensor) -> Array:
    return np.asarray(tensor.detach().cpu().double().numpy())
