"""Sounds: one as its waveform above its spectrogram, several as spectrograms with what was predicted of each.

In a spectrogram pitch goes upwards, and bright is loud.
"""

from __future__ import annotations

import dataclasses
from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Audio, Value
from dlviz.datasets.spectrogram import kind_of_picture, spectrograms
from dlviz.draw import palette
from dlviz.draw.drawing import draws, plain
from dlviz.draw.pictures import images
from dlviz.draw.sequences import thinned
from dlviz.draw.sheet import MOST, address


def _told_audio(value: Value) -> str:
    kind = cast(Audio, value.kind)
    seconds = f"{value.data.shape[-1] / kind.rate:.3g} seconds at {kind.rate:,} samples a second"
    many = len(np.atleast_2d(value.data))
    one = f"A sound of {seconds}: its wave, and below it its spectrogram, pitch upwards, bright where it is loud."
    return one if many == 1 else f"{written.count(many, 'sound')} of {seconds} each."


@draws(Audio, _told_audio)
def audio(value: Value, dark: bool) -> go.Figure:
    kind = cast(Audio, value.kind)
    sounds = np.atleast_2d(np.asarray(value.data, dtype=np.float32))
    if len(sounds) > 1:
        shown = sounds[:MOST]
        return images(dataclasses.replace(value, kind=kind_of_picture(), data=spectrograms(shown, kind.rate)), dark)
    steps, numbers = thinned(sounds[0])
    seconds = sounds.shape[1] / kind.rate
    made = plain(dark, 260)
    made.add_scatter(
        x=steps / kind.rate, y=numbers, mode="lines", line={"color": palette.ground(dark).accent, "width": 1},
        hoverinfo="skip",
    )  # fmt: skip
    # below the wave, on the same time
    made.add_layout_image(
        source=address(spectrograms(sounds, kind.rate)[0]), x=0, y=-1.2, sizex=seconds, sizey=2.4, xref="x", yref="y",
        sizing="stretch", layer="below",
    )  # fmt: skip
    made.update_xaxes(title={"text": "seconds"}, range=[0, seconds], showgrid=False)
    made.update_yaxes(range=[-3.65, 1.05], tickvals=[-1, 0, 1], showgrid=False)
    made.update_layout(showlegend=False)
    return made
