"""A look at loaded data: how it is split, what it holds, how it is spread, and what a person should know about it."""

from __future__ import annotations

import dataclasses
import html
from typing import TYPE_CHECKING, cast

import numpy as np
import streamlit as st

from dlviz.core.values import Audio, Category, Image, Notes, Points, Scalar, Series, Tags, Text, Tokens, Value
from dlviz.ui import figures, music, series_look, sounds, texts
from dlviz.ui.loading import Loaded
from dlviz.ui.picker import thumbnail
from dlviz.ui.words import count, number

if TYPE_CHECKING:
    from dlviz.datasets.look import Look
    from dlviz.datasets.text_encoder import TextEncoder

#: So many columns are drawn at first.
_COLUMNS = 6
#: So many warnings are shown at first.
_WARNINGS = 3


def look(loaded: Loaded, key: str) -> None:
    """Show the look, from what one should know to what one may want to know."""
    seen = loaded.look
    _split(seen.counts)
    _warnings(seen.warnings, key)
    columns = seen.columns
    if columns and isinstance(columns[0].kind, Points):  # the plane shows all there is
        _columns(columns[:1], key)
        columns = columns[1:]
    if isinstance(first_of(seen).kind, Series):
        series_look.show(columns, key)
        return
    st.subheader("Some examples", anchor=False)
    _samples(seen, key)
    if seen.balance is not None:
        what = "How often each class occurs" if isinstance(seen.balance.kind, Category) else "How the target is spread"
        st.subheader(what, anchor=False)
        if seen.balance.note:
            st.markdown(f":gray[{seen.balance.note}]")
        figures.show(dataclasses.replace(seen.balance, title=""), key=f"{key}.balance")
    for value in (value for value in columns if isinstance(value.kind, Tokens)):
        texts.tokens(value)
        encoder = next(iter(loaded.data.encoders.values()), None)
        if encoder is not None and encoder.kind() == "TextEncoder":
            texts.way_to_ids(cast("TextEncoder", encoder), f"{key}.typed")
    columns = [value for value in columns if not isinstance(value.kind, Tokens)]
    if columns and isinstance(first_of(seen).kind, Text | Notes):
        what = "music is" if isinstance(first_of(seen).kind, Notes) else "texts are"
        st.subheader(f"What the {what} made of", anchor=False)
        for value in columns:
            figures.show(value, key=f"{key}.{value.title}")
    elif columns:
        _columns(columns, key)
    if seen.missing is not None:
        figures.show(seen.missing, key=f"{key}.missing")


def first_of(seen: Look) -> Value:
    """The samples of the first input."""
    return next(iter(seen.samples.values()))


def _split(counts: dict[str, int]) -> None:
    """The three parts as one bar, and what each is for."""
    total = sum(counts.values()) or 1
    uses = {
        "train": "to learn from",
        "validation": "to check on meanwhile",
        "test": "untouched until the end of a run",
    }
    pieces = "".join(
        f'<div class="dlviz-part dlviz-{name}" style="flex-grow:{max(many / total, 0.16):.4f}">'
        f"<b>{html.escape(name)}</b> {number(many)}<span>{uses.get(name, '')}</span></div>"
        for name, many in counts.items()
    )
    said = ", ".join(f"{many:,} {name}" for name, many in counts.items())
    st.html(f'<div class="dlviz-split" role="img" aria-label="{count(total, "example")}: {said}">{pieces}</div>')


def _warnings(warnings: list[str], key: str) -> None:
    for text in warnings[:_WARNINGS]:
        st.warning(text, icon=":material/warning:")
    rest = warnings[_WARNINGS:]
    if rest:
        with st.expander(f"{count(len(rest), 'more note')} about this data", key=f"{key}.warnings"):
            for text in rest:
                st.markdown(f"- {text}")


def _samples(seen: Look, key: str) -> None:
    """Pictures as small pictures with what they show, all else as rows."""
    (_, first), *rest = seen.samples.items()
    name, target = rest[-1] if rest else ("", None)  # further inputs stand before it
    if target is not None and isinstance(target.kind, Tags):
        figures.show(dataclasses.replace(target, title=""), key=f"{key}.samples")
        return
    if isinstance(first.kind, Image):
        told = _told(target, len(first.data))
        small = max(first.kind.height, first.kind.width) <= 64
        cells = "".join(
            f'<figure><img src="{thumbnail(picture)}" alt="" class="{"dlviz-pixels" if small else ""}">'
            f"<figcaption>{html.escape(text)}</figcaption></figure>"
            for picture, text in zip(first.data, told, strict=False)
        )
        st.html(f'<div class="dlviz-pictures">{cells}</div>')
        return
    if isinstance(first.kind, Notes):
        music.rolls(first, f"{key}.samples")
        return
    if isinstance(first.kind, Audio):
        sounds.cards(first, _told(target, len(first.data)))
        return
    columns = figures.rows(first)
    if target is not None and isinstance(target.kind, Text) and len(rest) > 1:  # one is read, the other written
        columns = {"read": columns["text"], "to be written": figures.rows(target)["text"]}
    elif target is not None and not isinstance(target.kind, Text):  # a text that goes on is seen in the text itself
        told_too: list[object] = [*_told(target, len(first.data))]
        columns = {f"{target.title or name} (target)": told_too, **columns}
    st.dataframe(columns, key=f"{key}.samples", hide_index=True, height=320)


def _told(target: Value | None, many: int) -> list[str]:
    if target is None:
        return [""] * many
    if isinstance(target.kind, Category):
        return [target.kind.names[int(index)] for index in target.data]
    if isinstance(target.kind, Text):
        return [str(text) for text in target.data]
    return [number(float(value)) for value in np.ravel(target.data)]


def _columns(columns: list[Value], key: str) -> None:
    """How each input is spread: three small figures a line."""
    if len(columns) == 1:
        st.subheader(columns[0].title, anchor=False)
        figures.show(dataclasses.replace(columns[0], title=""), key=f"{key}.column.0")
        return
    st.subheader("How each column is spread", anchor=False)
    shown = columns if st.session_state.get(f"{key}.all") else columns[:_COLUMNS]
    for start in range(0, len(shown), 3):
        for place, value in zip(st.columns(3, gap="medium"), shown[start : start + 3], strict=False):
            with place:
                _small(value, f"{key}.column.{value.title}")
    if len(shown) < len(columns):
        if st.button(f"Show all {len(columns)} columns", key=f"{key}.more", type="tertiary"):
            st.session_state[f"{key}.all"] = True
            st.rerun()


def _small(value: Value, key: str) -> None:
    from dlviz import draw
    from dlviz.ui import chrome

    st.markdown(f"**{value.title}**", help=value.note or None)
    figure = draw.figure(value, chrome.dark())
    figure.update_layout(height=170, showlegend=False)
    if isinstance(value.kind, Scalar):
        figure.update_xaxes(title=None)
        figure.update_yaxes(title=None, nticks=3)
    st.plotly_chart(
        figure, key=key, theme=None, alt=draw.summary(value), config={"displayModeBar": False, "scrollZoom": False}
    )  # fmt: skip
