"""Group maps: what groups of examples are explained by, drawn side by side as their kind of data asks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from dlviz.core.values import Array, Audio, Curves, Image, Kind, Matrix, Series, Text, Value
from dlviz.datasets.data import Data
from dlviz.explainers.explainer import sole_input
from dlviz.studies.many import Many

#: Example pictures beside a group's maps; columns or words in a table of them; example texts.
PICTURES, COLUMNS, TEXTS = 6, 16, 4
#: So many pictures in all can be told apart on one sheet.
_SHEET = 64


def group_maps(groups: Sequence[Many], names: Sequence[str], data: Data, part: str, title: str) -> list[Value]:
    """Values that show each group's mean of |weights|, all on one scale, with some of its examples where they can be
    seen at a glance. The weights of one group are its rows'."""
    name = sole_input(data.fields)
    assert name is not None, "why_not refuses several inputs"
    kind = data.fields.inputs[name]
    means = np.stack([np.abs(group.weights).mean(0) for group in groups])
    if isinstance(kind, Image):
        return [_sheet(groups, names, means, data, part, title, kind, name)]
    if groups[0].names:
        shown = [_table(means, names, groups[0].names, title)]
        return shown if kind.kind() != "Tokens" else [*shown, *_texts(groups, names, data, part, name)]
    return [_over_time(groups[0], means, names, title, kind)]


def _sheet(
    groups: Sequence[Many], names: Sequence[str], means: Array, data: Data, part: str, title: str, kind: Image,
    name: str,
) -> Value:  # fmt: skip
    most = max(float(means.max()), 1e-12)
    groups, names, means = groups[: _SHEET // 2], names[: _SHEET // 2], means[: _SHEET // 2]
    side = min(PICTURES, _SHEET // len(groups) - 2, min(len(group.rows) for group in groups))
    rows = []
    for group, mean in zip(groups, means, strict=True):
        # a few of a group, spread over it, after where it looks and what its mean picture is
        chosen = np.linspace(0, len(group.rows) - 1, side).round().astype(int)
        shown = data.shown(part, [group.rows[at] for at in chosen])[name].data
        all_of_it = data.shown(part, list(group.rows))[name].data
        lit = np.broadcast_to(np.sqrt(mean / most)[group.features.of.numpy()], kind.shape())
        rows += [lit, all_of_it.mean(0), *shown]
    return Value(
        kind, np.stack(rows), title,
        "Of each row first where its explanations lie, the lighter the more, then its mean picture, then examples.",
        {"rows": np.array([str(one) for one in names])},
    )  # fmt: skip


def _table(means: Array, names: Sequence[str], features: tuple[str, ...], title: str) -> Value:
    order = np.argsort(-means.max(0), kind="stable")[:COLUMNS]
    kind = Matrix(rows=tuple(names), columns=tuple(features[at] for at in order))
    note = "The share of each explanation that lies there, on average, for or against."
    if len(order) < len(features):
        note += f" The {len(order)} largest of {len(features):,}."
    return Value(kind, means[:, order], title, note)


def _texts(groups: Sequence[Many], names: Sequence[str], data: Data, part: str, name: str) -> list[Value]:
    shown = []
    for group, own in zip(groups, names, strict=True):
        chosen = np.linspace(0, len(group.rows) - 1, min(TEXTS, len(group.rows))).round().astype(int)
        texts = data.shown(part, [group.rows[at] for at in chosen])[name].data
        shown.append(Value(Text(), np.asarray(texts, dtype=str), f"Texts of {own}"))
    return shown


def _over_time(group: Many, means: Array, names: Sequence[str], title: str, kind: Kind) -> Value:
    down, across = group.features.grid or (1, group.features.count)
    lines = means.reshape(len(means), down, across).sum(1)  # channels, or pitches, together
    width = kind.samples / kind.rate if isinstance(kind, Audio) else kind.steps if isinstance(kind, Series) else across
    x = (np.arange(across) + 0.5) * width / across
    unit = "seconds" if isinstance(kind, Audio) else "steps"
    curves = Curves(names=tuple(names), x_title=unit, y_title="share of the explanation")
    return Value(curves, lines, title, "The share of each explanation that lies there, on average.", {"x": x})
