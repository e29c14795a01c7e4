"""Changes shown: what was changed for another answer, before and after, and the sentence that says it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Audio, Curves, Image, Kind, Series, Table, Text, Tokens, Value
from dlviz.datasets.tokenizer import PAD_ID, visible
from dlviz.explainers.features import Features
from dlviz.studies.changed_region import Region, flat
from dlviz.studies.changed_words import GONE, Edited
from dlviz.studies.study import Finding
from dlviz.studies.wish import Wish
from dlviz.tasks.task import as_array

#: A text of more words is shown only where it was changed, with so many words on either side.
_WHOLE, _AROUND = 80, 12
#: So many changed columns are listed in a sentence.
_LISTED = 4
SAME = "·"


def none_found(wish: Wish, tried: str) -> Finding:
    """What is said where nothing was found."""
    says = (
        f"It says {wish.saying.words(wish.now)}. No change was found within {wish.asked:,} tries with which it says "
        f"{wish.goal}: {tried}. That does not prove that there is none."
    )
    return Finding(says, [], {"found": 0, "tries": wish.asked, "now": wish.saying.words(wish.now)})


def told_rows(wish: Wish, rows: list[Tensor], pieces: Features, most: int) -> Finding:
    """Of a table: each changed column, as it is and in each way; `most` columns were to change."""
    if not rows:
        return none_found(wish, "every single column and many columns together, in values of the training part")
    cells = written_rows(wish, torch.stack([wish.x[0], *rows]), pieces)
    moved = (torch.stack(rows) != wish.x[0]).numpy()
    of = pieces.of.numpy()
    changed = np.array([[bool(way[of == column].any()) for column in range(pieces.count)] for way in moved])
    says = [wish.saying.words(answer) for answer in wish.saying(torch.stack(rows))]
    shown = [int(column) for column in np.argsort(-changed.sum(0), kind="stable") if changed[:, column].any()]
    lines = [
        [pieces.names[column], cells[0, column]]
        + [f"→ {cells[way + 1, column]}" if changed[way, column] else SAME for way in range(len(rows))]
        for column in shown
    ]
    lines.append(["it says", wish.saying.words(wish.now), *says])
    heads = ("column", "as it is", *(f"way {number + 1}" for number in range(len(rows))))
    parts = [
        f"`{pieces.names[column]}` were {cells[1, column]} in place of {cells[0, column]}"
        for column in np.flatnonzero(changed[0])
    ]
    if len(parts) > _LISTED:
        parts[_LISTED - 1 :] = [f"{len(parts) - _LISTED + 1} more columns were other"]
    needed = int(changed[0].sum())
    few = "a single column" if most == 1 else f"{most} columns or fewer"
    before = f"No change of {few} was found; of {needed}, this one. " if needed > most else ""
    return _found(
        wish,
        before + _if(wish, " and ".join(parts), says[0]),
        [Value(Table(columns=heads), np.array(lines), "What would have to change",
               f"→ marks a changed cell, {SAME} one that stays. Each value occurs in the training part; columns that "
               "are not listed stay as they are.")],
        [[{"column": pieces.names[c], "from": str(cells[0, c]), "to": str(cells[way + 1, c])}
          for c in np.flatnonzero(changed[way])] for way in range(len(rows))],
        says,
    )  # fmt: skip


def told_words(wish: Wish, texts: list[Edited], kind: Tokens) -> Finding:
    """Of a text: the text with each change in its place."""
    if not texts:
        return none_found(wish, "words left out and replaced, the likeliest ones first")
    rows = torch.stack([text.row(kind.length) for text in texts])
    says = [wish.saying.words(answer) for answer in wish.saying(rows)]
    encoder = wish.question.data.encoders.get(wish.saying.input)
    between = " " if getattr(encoder, "tokenizer", "words") == "words" else ""

    def token(number: int) -> str:
        return visible(kind.vocabulary[number])

    def written(text: Edited) -> str:
        new = dict(text.changes)
        near = {place + by for place in new for by in range(-_AROUND, _AROUND + 1)}
        found: list[str] = []
        for place, number in enumerate(text.ids):
            if len(text.ids) > _WHOLE and place not in near:
                if found[-1:] != ["…"]:
                    found.append("…")
            elif place in new:
                found.append(f"⟦{token(number)} {'✗' if new[place] == GONE else '→ ' + token(new[place])}⟧")
            else:
                found.append(token(number))
        return between.join(found)

    def told(text: Edited) -> str:
        own = [
            f"“{token(text.ids[place])}” were left out" if new == GONE
            else f"“{token(text.ids[place])}” were “{token(new)}”"
            for place, new in text.changes
        ]  # fmt: skip
        return " and ".join(own)

    lines = [f"{say}: {written(text)}" for text, say in zip(texts, says, strict=True)]
    whole = between.join(token(int(i)) for i in wish.x[0] if i != PAD_ID)
    first = whole if len(texts[0].ids) <= _WHOLE else f"{whole[:300]}…"
    return _found(
        wish,
        _if(wish, told(texts[0]), says[0]),
        [Value(Text(), np.array([f"{wish.saying.words(wish.now)}: {first}", *lines]), "The text, as it is and changed",
               "⟦a → b⟧: b stands in place of a; ⟦a ✗⟧: a is left out.")],
        [[{"place": place, "from": token(text.ids[place]), "to": "" if new == GONE else token(new)}
          for place, new in text.changes] for text in texts],
        says,
    )  # fmt: skip


def told_regions(wish: Wish, found: list[tuple[Region, Tensor]], kind: Kind) -> Finding:
    """Of a picture, series or sound: before, after, and the part that was changed."""
    if not found:
        return none_found(
            wish, "every rectangle of a coarse grid" if isinstance(kind, Image) else "every stretch of it"
        )
    says = [wish.saying.words(wish.saying(changed)[0]) for _, changed in found]
    region, _ = found[0]
    sides = flat(wish.x[0]).shape[1:]
    share = region.area / (sides[0] * sides[1])
    noun = "the picture" if isinstance(kind, Image) else "the series" if isinstance(kind, Series) else "the sound"
    told = f"{_where(region, kind)} ({100 * share:.0f} % of {noun}) were {_filling(region, kind)}"
    changes = [
        {"rows": [one.top, one.bottom], "columns": [one.left, one.right], "filled": one.filled,
         "share": one.area / (sides[0] * sides[1])}
        for one, _ in found
    ]  # fmt: skip
    return _found(wish, _if(wish, told, says[0]), [_before_after(wish, found, says, kind)], changes, says)


def _before_after(wish: Wish, found: list[tuple[Region, Tensor]], says: list[str], kind: Kind) -> Value:
    now = wish.saying.words(wish.now)
    every = torch.cat([wish.x, *(changed for _, changed in found)])
    if isinstance(kind, Series):
        names = tuple([f"as it is: {now}", *(f"changed: {say}" for say in says)])
        return Value(
            Curves(names=names, x_title="step", y_title=kind.names[0]), as_array(every[:, 0]),
            "As it is, and changed", f"{_where(found[0][0], kind).capitalize()} are other.",
            {"x": np.arange(every.shape[-1], dtype=float)},
        )  # fmt: skip
    encoder = wish.question.data.encoders.get(wish.saying.input)
    pictures = encoder.decode(every).data if encoder else as_array(every)
    captions = [now, *says]
    if isinstance(kind, Image):
        shown, captions = [pictures[0]], [f"as it is: {now}"]
        for (region, _), picture, say in zip(found, pictures[1:], says, strict=True):
            shown += [picture, _only(picture, region)]
            captions += [say, _filling(region, kind).removeprefix("as in training ")]
        return Value(
            kind, np.stack(shown), "As it is, and changed",
            "Each changed picture, and after it the changed part alone: all else is dimmed.",
            {"captions": np.array(captions)},
        )  # fmt: skip
    note = f"First the sound as it is. Of the next, {_where(found[0][0], kind)} are other."
    return Value(kind, pictures, "As it is, and changed", note, {"captions": np.array(captions)})


def _only(picture: Array, region: Region) -> Array:
    """The picture dimmed to a third and lifted, but for the region."""
    dimmed = 0.5 + (picture - 0.5) / 5
    inside = (slice(None), slice(region.top, region.bottom), slice(region.left, region.right))
    dimmed[inside] = picture[inside]
    return np.asarray(dimmed)


def _where(region: Region, kind: Kind) -> str:
    across = (region.left, region.right)
    if isinstance(kind, Image):
        return f"{_from_to('row', region.top, region.bottom)}, {_from_to('column', *across)}"
    if isinstance(kind, Audio):
        return f"seconds {region.left / kind.rate:.2f} to {region.right / kind.rate:.2f}"
    return _from_to("step", *across)


def _from_to(noun: str, first: int, end: int) -> str:
    """ "rows 3 to 5" of the rows 2, 3, 4, counted from 0; "row 3" of one."""
    return f"{noun} {end}" if end == first + 1 else f"{noun}s {first + 1} to {end}"


def _filling(region: Region, kind: Kind) -> str:
    if region.filled.startswith("example "):
        return f"as in training {region.filled}"
    if region.filled == "blur":
        return "blurred"
    return "as the training mean" if isinstance(kind, Image | Series) else "silent"


def _if(wish: Wish, change: str, say: str) -> str:
    return f"If {change}, it would say {say} in place of {wish.saying.words(wish.now)}."


def _found(wish: Wish, says: str, shown: list[Value], changes: Sequence[object], answers: list[str]) -> Finding:
    ways = f" {len(answers)} ways were found." if len(answers) > 1 else ""
    numbers = {"found": len(answers), "tries": wish.asked, "now": wish.saying.words(wish.now), "wish": wish.goal,
               "changes": changes, "says": answers}  # fmt: skip
    return Finding(f"{says}{ways}", shown, numbers)


def written_rows(wish: Wish, rows: Tensor, pieces: Features) -> Array:
    """Rows (N, positions) as a person reads them, (N, columns) of text."""
    encoder = wish.question.data.encoders.get(wish.saying.input)
    data = encoder.decode(rows).data if encoder else as_array(rows)
    if data.dtype.kind in "fiu":
        return np.array([[f"{cell:.4g}" for cell in row] for row in data])
    return np.asarray(data, dtype=str)
