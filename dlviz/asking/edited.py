"""Edited: an example that a person changed: painted over, a cell of a row, other words, another past.

`{"picture": PNG in base64}`, `{"cells": {column: value}}`, `{"text": …}`, `{"values": [[…] a channel]}`,
`{"silence": [[from, to], …]}` as shares of a sound: in what a person reads, before any encoding; the run's own encoder
makes of it what the network takes.
"""

from __future__ import annotations

import base64
import binascii
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.values import Array, Audio, Image, Series, Table, Tokens, Vector
from dlviz.datasets.data import Batch, Data
from dlviz.explainers.explainer import sole_input

#: A picture that was painted over may have so many bytes.
MOST_BYTES = 4_000_000


def edited(data: Data, inputs: Batch, edit: Mapping[str, Any], name: str | None = None) -> Batch:
    """The inputs (one example) after an edit of the input `name`, None: of the only one. Raises `WrongInput`."""
    name = name or sole_input(data.fields)
    if name is None:
        raise WrongInput(f"One input can be changed; this data has {len(data.fields.inputs)}.")
    kind, x = data.fields.inputs[name], inputs[name]
    if isinstance(kind, Image) and "picture" in edit:
        changed = _encoded(data, name, _picture(edit["picture"], kind)[None], x)
    elif isinstance(kind, Tokens) and "text" in edit:
        text = str(edit["text"])
        if not text.strip():
            raise WrongInput("There is nothing to read. Type at least one word.")
        changed = _encoded(data, name, [text], x)
    elif isinstance(kind, Vector) and "cells" in edit:
        changed = _row(data, name, x, edit["cells"])
    elif isinstance(kind, Audio) and "silence" in edit:
        changed = _silenced(x, edit["silence"])
    elif isinstance(kind, Series) and "values" in edit:
        changed = _series(x, edit["values"])
    else:
        raise WrongInput(
            "An edit is a `picture`, the `cells` of a row, a `text` or the `values` of a series, as the data are. "
            f"Received: {', '.join(edit) or 'nothing'}."
        )
    if not torch.isfinite(changed.double()).all():
        raise WrongInput("What was changed must be numbers. Received: one that is none (NaN or infinite).")
    return {**inputs, name: changed}


def _encoded(data: Data, name: str, raw: Any, x: Tensor) -> Tensor:
    encoder = data.encoders.get(name)
    if encoder is None:
        if isinstance(raw, np.ndarray):
            return torch.from_numpy(raw.astype(np.float32) / 255).to(x)
        raise WrongInput(f"This run does not say how `{name}` is read. Train it anew.")
    return encoder.encode(raw).to(x)


def _picture(written: object, kind: Image) -> Array:
    """A PNG in base64 as (channels, height, width) bytes."""
    from PIL import Image as Pillow
    from PIL import UnidentifiedImageError

    try:
        content = base64.b64decode(str(written), validate=True)
        if len(content) > MOST_BYTES:
            raise WrongInput(f"A picture may have at most {MOST_BYTES:,} bytes. Received: {len(content):,}.")
        with Pillow.open(io.BytesIO(content), formats=["PNG"]) as opened:
            if opened.size != (kind.width, kind.height):
                raise WrongInput(
                    f"The picture must have {kind.width}×{kind.height} pixels. Received: "
                    f"{opened.size[0]}×{opened.size[1]}."
                )
            pixels = np.asarray(opened.convert("L" if kind.channels == 1 else "RGB"))
    except (binascii.Error, UnidentifiedImageError, OSError, ValueError) as error:
        if isinstance(error, WrongInput):
            raise
        raise WrongInput("The picture must be a PNG in base64. Received: something else.") from None
    if kind.channels not in (1, 3):
        raise WrongInput(f"Pictures of 1 or 3 channels can be painted on; these have {kind.channels}.")
    return pixels[None] if kind.channels == 1 else pixels.transpose(2, 0, 1)


def _row(data: Data, name: str, x: Tensor, cells: object) -> Tensor:
    """The row with some cells changed."""
    if not isinstance(cells, Mapping):
        raise WrongInput(f"`cells` are values by column. Received: {str(cells)[:80]}.")
    encoder = data.encoders.get(name)
    kind = data.fields.inputs[name]
    shown = encoder.decode(x) if encoder is not None else None
    assert isinstance(kind, Vector)
    columns = shown.kind.columns if shown is not None and isinstance(shown.kind, Table) else kind.names
    unknown = [column for column in cells if column not in columns]
    if unknown:
        raise WrongInput(f"There is no column `{unknown[0]}`. {nearest(str(unknown[0]), columns)}".strip())
    if encoder is None or shown is None or not isinstance(shown.kind, Table):
        changed = x.clone()
        for column, value in cells.items():
            changed[0, kind.names.index(column)] = _number(column, value)
        return changed
    import pandas as pd

    row = [cells.get(column, cell) for column, cell in zip(columns, shown.data[0], strict=True)]
    return encoder.encode(pd.DataFrame([[str(cell) for cell in row]], columns=list(columns))).to(x)


def _silenced(x: Tensor, stretches: object) -> Tensor:
    """The sound with stretches made silent, each [from, to] as shares of its length."""
    changed, length = x.clone(), x.shape[-1]
    listed: list[Any] = stretches if isinstance(stretches, list) else [stretches]
    for stretch in listed:
        good = isinstance(stretch, list) and len(stretch) == 2 and all(isinstance(end, int | float) for end in stretch)
        if not good or not 0 <= stretch[0] <= stretch[1] <= 1:
            raise WrongInput(f"Silence is a list of [from, to], each from 0 to 1. Received: {str(stretch)[:60]}.")
        changed[..., round(stretch[0] * length) : round(stretch[1] * length)] = 0
    return changed


def _series(x: Tensor, values: object) -> Tensor:
    try:
        changed = torch.tensor(values, dtype=x.dtype)
    except (TypeError, ValueError):
        raise WrongInput("`values` are numbers, a list for each channel. Received: something else.") from None
    if changed.dim() == 1:
        changed = changed[None]
    if changed.shape != x.shape[1:]:
        channels, steps = x.shape[1:]
        raise WrongInput(
            f"The series has {channels} × {steps} values. Received: {' × '.join(map(str, changed.shape))}."
        )
    return changed[None]


def _number(column: object, value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        raise WrongInput(f"`{column}` must be a number. Received: {str(value)[:40]}.") from None
