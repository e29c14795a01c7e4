"""Music: a piano roll. Time goes to the right, pitch upwards; a bar is a note, as long as it sounds."""

from __future__ import annotations

from typing import cast

import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Notes, Value
from dlviz.datasets.music_tokens import voice_names
from dlviz.datasets.score import pitch_name
from dlviz.draw import palette
from dlviz.draw.drawing import draws, nothing, plain


def _told_notes(value: Value) -> str:
    kind = cast(Notes, value.kind)
    rows = value.data[0][value.data[0][:, 2] >= 0]
    if not len(rows):
        return "No note sounds."
    low, high = pitch_name(int(rows[:, 2].min())), pitch_name(int(rows[:, 2].max()))
    quarters = int((rows[:, 0] + rows[:, 1]).max()) / kind.per_quarter
    return f"{written.count(len(rows), 'note')} from {low} to {high}, {quarters:g} quarter notes long."


@draws(Notes, _told_notes)
def notes(value: Value, dark: bool) -> go.Figure:
    """The first piece."""
    kind = cast(Notes, value.kind)
    rows = np.asarray(value.data[0])
    rows = rows[rows[:, 2] >= 0]
    if not len(rows):
        return nothing(dark, "No note sounds.")
    made = plain(dark, 260, bargap=0)
    voices = sorted(set(rows[:, 3].tolist()))
    names = voice_names(max(voices) + 1)
    for voice in voices:
        own = rows[rows[:, 3] == voice]
        made.add_bar(
            x=own[:, 1] / kind.per_quarter * 0.97, base=own[:, 0] / kind.per_quarter, y=own[:, 2], orientation="h",
            width=0.86, name=names[voice], marker={"color": palette.run(voices.index(voice), dark)},
            hovertext=[pitch_name(int(pitch)) for pitch in own[:, 2]], hoverinfo="text",
        )  # fmt: skip
    low, high = int(rows[:, 2].min()), int(rows[:, 2].max())
    marks = [pitch for pitch in range(low - 1, high + 2) if pitch % 12 == 0]
    shown = marks or [low, high]
    made.update_yaxes(range=[low - 1.5, high + 1.5], tickvals=shown, ticktext=[pitch_name(p) for p in shown])
    made.update_xaxes(title={"text": "quarter notes"}, rangemode="tozero", zeroline=False)
    begun = value.more.get("begun")
    if begun is not None:
        made.add_vline(x=float(begun[0]) / kind.per_quarter, line={"dash": "dot", "color": palette.ground(dark).faint})
    made.update_layout(barmode="overlay", showlegend=len(voices) > 1)
    return made
