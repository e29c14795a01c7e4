"""Sounds on a page: a small spectrogram of each, what it is, and a player to listen to it."""

from __future__ import annotations

import base64
import dataclasses
import html
import io
import wave
from collections.abc import Sequence
from typing import cast

import numpy as np
import streamlit as st

from dlviz.core.values import Array, Audio, Value
from dlviz.datasets.spectrogram import spectrograms
from dlviz.ui.picker import thumbnail

#: The sounds of a page may take so many bytes together; a few are always shown.
_MOST_BYTES, _FEW = 1_500_000, 6
#: So many predictions are shown; a page of players is long.
_PREDICTED = 12


def address(sound: Array, rate: int) -> str:
    """A sound (samples,), numbers from -1 to 1, as an address that stands for itself (`data:audio/wav;base64,…`)."""
    whole = np.clip(np.nan_to_num(np.asarray(sound, dtype=np.float64)), -1, 1)
    heard = np.flatnonzero(np.abs(whole) > 1e-4)
    whole = whole[: int(heard[-1]) + rate // 20 if heard.size else rate // 20]  # the silence at the end is no news
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes((whole * 32767).round().astype("<i2").tobytes())
    return "data:audio/wav;base64," + base64.b64encode(file.getvalue()).decode()


def cards(value: Value, captions: Sequence[str], wrong: Sequence[bool] = ()) -> None:
    """Every sound of `value` as its spectrogram, its caption (those that are `wrong` stand out) and a player."""
    kind = cast(Audio, value.kind)
    many = min(len(value.data), max(_FEW, _MOST_BYTES // (3 * kind.samples)))
    cells = []
    for place, picture in enumerate(spectrograms(value.data[:many], kind.rate)):
        text = html.escape(captions[place]) if place < len(captions) else ""
        name = html.escape(f"Sound {place + 1}: {captions[place]}" if text else f"Sound {place + 1}", quote=True)
        mark = ' class="dlviz-wrong"' if place < len(wrong) and wrong[place] else ""
        cells.append(
            f'<figure><img src="{thumbnail(picture)}" alt="">'
            f'<audio controls preload="metadata" aria-label="{name}" src="{address(value.data[place], kind.rate)}">'
            f"</audio><figcaption{mark}>{text}</figcaption></figure>"
        )
    st.html(f'<div class="dlviz-sounds">{"".join(cells)}</div>')


def predicted(value: Value) -> None:
    """Sounds with their captions, or what was predicted of each; a wrong one says what is true as well."""
    value = dataclasses.replace(value, data=value.data[:_PREDICTED])
    captions = value.more.get("captions")
    if captions is not None:
        cards(value, [str(caption) for caption in captions])
        return
    said, true, names = (value.more.get(key) for key in ("prediction", "target", "names"))
    if said is None:
        cards(value, [])
        return
    if names is None or true is None:
        cards(value, [f"{float(number):.4g}" for number in np.ravel(said)[:_PREDICTED]])
        return
    shown = (column[:_PREDICTED].astype(int).tolist() for column in (said, true))
    pairs = list(zip(*shown, strict=True))
    cards(
        value, [str(names[p]) if p == t else f"{names[p]} ✗ {names[t]}" for p, t in pairs], [p != t for p, t in pairs]
    )


def mattered(value: Value) -> None:
    """Of an explanation of a sound: a player for the part that spoke most for it, all else faded to silence."""
    heard, seconds = value.more.get("kept"), value.more.get("seconds")
    if heard is None or seconds is None or not heard.size:
        return
    rate = round(heard.size / float(seconds.reshape(-1)[0]))
    st.html(
        '<p class="dlviz-heard">The part that speaks most for it, alone:</p>'
        f'<audio class="dlviz-player" controls preload="metadata" aria-label="Listen to the part that mattered" '
        f'src="{address(heard.astype(float), rate)}"></audio>'
    )


def player(value: Value) -> None:
    """One player for the first sound of `value`."""
    kind = cast(Audio, value.kind)
    first = np.atleast_2d(value.data)[0]
    st.html(
        f'<audio class="dlviz-player" controls preload="metadata" aria-label="Listen to it" '
        f'src="{address(first, kind.rate)}"></audio>'
    )
