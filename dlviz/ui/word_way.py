"""A word's way into a network: what is written, its tokens, their numbers, and the row of learned numbers that each
brings, as they stand in a run's newest weights. No torch in here."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import streamlit as st

from dlviz.core.files import read_record
from dlviz.core.values import Array
from dlviz.datasets.tokenizer import NOUNS, UNKNOWN_ID, Tokenizer, Tokenizing, visible
from dlviz.draw import palette
from dlviz.training.folder import RunFolder, steps_in
from dlviz.ui import chrome, folds, work

#: So many numbers of a row are drawn, of so many tokens.
VALUES, TOKENS = 12, 24
_WIDE, _HIGH = 72, 34


def show(run: RunFolder) -> None:
    """A field to type into and the way of what was typed; nothing where the network reads no tokens."""
    found = reads(run)
    if found is None:
        return
    tokenizer, weights = found
    fold = folds.section("word-way", "A word's way into the network", ":material/conversion_path:", open=False)
    if not fold.open:
        return
    work.dress()
    with fold:
        noun = NOUNS[tokenizer.how]
        said = st.text_input(
            "Type some words and see what the network gets of them", key=f"way-{run.id}", max_chars=500,
            placeholder="What becomes of a word that no training text has?",
        )  # fmt: skip
        st.caption(f"The vocabulary has {len(tokenizer.vocabulary) - 2:,} {noun}, learned from the training texts.")
        if not said.strip():
            return
        ids = tokenizer.encode([said])[0]
        unknown = sum(number == UNKNOWN_ID for number in ids)
        share = f", {unknown:,} of them unknown ({unknown / len(ids):.0%})" if unknown else ", none of them unknown"
        more = f" The first {TOKENS} are shown." if len(ids) > TOKENS else ""
        rows = weights_of(run, weights, ids[:TOKENS])
        st.markdown(f"{len(ids):,} {noun}{share if ids else ''}.{more}")
        st.html(drawn(tokenizer, said, ids[:TOKENS], rows, chrome.dark()))
        if rows is not None:
            first = f"the first {VALUES} of {rows.shape[1]:,}" if rows.shape[1] > VALUES else f"all {rows.shape[1]}"
            st.caption(
                f"Under each its number, and {first} numbers of its row in `{weights.split('/')[-1].split('.')[0]}`: "
                "blue above 0, orange below. These rows are learned; the number itself says nothing but which row."
            )


def reads(run: RunFolder) -> tuple[Tokenizer, str] | None:
    """How the run's network takes a text apart, and the name in its checkpoints of the rows of its Embedding."""
    encoders = (read_record(run.path / "data.json") or {}).get("encoders") or {}
    networks = run.spec_document().get("networks") or {}
    for field, encoder in encoders.items():
        if not isinstance(encoder, Mapping) or encoder.get("kind") != "TextEncoder":
            continue
        for role, nodes in networks.items():
            name = _embedding(nodes, field, first=field == next(iter(encoders)))
            if name is not None:
                how: Any = encoder.get("tokenizer", "words")
                if how not in get_args(Tokenizing) or not isinstance(encoder.get("vocabulary"), list):
                    continue
                made = Tokenizer(
                    how, tuple(encoder["vocabulary"]), tuple(encoder.get("merges", ())),
                    bool(encoder.get("lowercase", True)),
                )  # fmt: skip
                return made, f"networks/{role}/{name}.weight"
    return None


def _embedding(nodes: Any, field: str, first: bool) -> str | None:
    """The Embedding that reads the Input of this field; an Input that names none takes the first."""
    before: str | None = None
    inputs = set()
    for node in nodes if isinstance(nodes, list) else ():
        name, kind = node.get("name"), node.get("kind")
        if kind == "Input" and (node.get("field") == field or first and not node.get("field")):
            inputs.add(name)
        if kind == "Embedding" and (set(node.get("inputs") or ([before] if before else [])) & inputs):
            return str(name)
        before = name
    return None


def weights_of(run: RunFolder, name: str, ids: list[int]) -> Array | None:
    """The rows (tokens, features) of these ids in the newest checkpoint that can be read; None: there is none."""
    from safetensors import SafetensorError, safe_open

    for step in steps_in(run.checkpoints):
        try:
            with safe_open(run.checkpoints / f"{step}.safetensors", "np") as file:
                table = file.get_slice(name)
                return np.stack([np.asarray(table[number], dtype=np.float32) for number in ids]) if ids else None
        except (OSError, SafetensorError, IndexError, TypeError):
            continue
    return None


def drawn(tokenizer: Tokenizer, text: str, ids: list[int], rows: Array | None, dark: bool) -> str:
    """The tokens as boxes: what is written, its number (and `<unk>` where it is unknown), bars of its row."""
    written = tokenizer.written(text)
    most = float(np.abs(rows[:, :VALUES]).max()) or 1.0 if rows is not None and rows.size else 1.0
    cells = []
    for place, number in enumerate(ids):
        piece = visible(written[place] if place < len(written) else tokenizer.vocabulary[number])
        mark = " dlviz-unknown" if number == UNKNOWN_ID else ""
        below = f"{number} {tokenizer.vocabulary[number]}" if number == UNKNOWN_ID else str(number)
        bars = _bars(rows[place, :VALUES], most, dark) if rows is not None else ""
        cells.append(
            f'<span class="dlviz-token{mark}">{html.escape(piece)}<small>{html.escape(below)}</small>{bars}</span>'
        )
    return f'<div class="dlviz-tokens">{"".join(cells)}</div>'


def _bars(values: Array, most: float, dark: bool) -> str:
    """Bars above and below a line, as a picture: pages show no drawing written straight into them."""
    ground, middle = palette.ground(dark), _HIGH / 2
    wide = _WIDE / VALUES
    parts = []
    for at, value in enumerate(values.tolist()):
        tall = abs(value) / most * (middle - 1)
        color = ground.positive if value >= 0 else ground.negative
        place = f'x="{at * wide:.1f}" y="{middle - tall if value >= 0 else middle:.1f}"'
        parts.append(f'<rect {place} width="{wide - 1:.1f}" height="{tall:.1f}" fill="{color}"/>')
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDE}" height="{_HIGH}"><path d="M0 {middle}H{_WIDE}" '
        f'stroke="{ground.line}"/>{"".join(parts)}</svg>'
    )
    told = "its row begins " + ", ".join(f"{value:.2g}" for value in values.tolist())
    source = base64.b64encode(drawing.encode()).decode()
    return (
        f'<img alt="{told}" title="{told}" width="{_WIDE}" height="{_HIGH}" src="data:image/svg+xml;base64,{source}">'
    )
