"""Attributions of a sound's spectrogram: the picture tinted, pitch upwards, with seconds and hertz at its sides."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go
from PIL import Image as Pillow

from dlviz.core.values import Array, Value
from dlviz.draw import palette
from dlviz.draw.attributions_picture import overlaid, scale, sides, stops
from dlviz.draw.attributions_time import between
from dlviz.draw.drawing import largest, plain

#: Pitches that stand at the side, in hertz.
_TICKS = (60, 125, 250, 500, 1000, 2000, 4000, 8000, 16000)


def told(value: Value, plane: Array) -> str:
    """Where most of the weight (bands, columns) lies, in words."""
    first, last = between(plane.sum(0))
    low, high = between(plane.sum(1))
    if "seconds" not in value.more or "hertz" not in value.more:
        return f"in columns {first + 1} to {last + 1}, bands {low + 1} to {high + 1} from below"
    width = _width(value, plane.shape[1])
    begin, end = max(0.0, (first - 0.5) * width), (last + 0.5) * width
    hertz = np.asarray(value.more["hertz"], float)
    return f"between {begin:.2f} and {end:.2f} seconds, from {hertz[low]:,.0f} to {hertz[high]:,.0f} Hz"


def heard(value: Value, dark: bool) -> go.Figure:
    """The map over the spectrogram `more["input"]` (1, bands, columns), whose first band is the lowest."""
    plane = np.nan_to_num(np.asarray(value.data, dtype=float))
    plane = plane.sum(0) if plane.ndim == 3 else np.atleast_2d(plane)
    bands, columns = plane.shape
    most, ground, width = largest(plane), palette.ground(dark), _width(value, columns)
    made = plain(dark, 300)
    under = value.more.get("input")
    if under is not None:
        picture = np.asarray(under, dtype=float)
        lightness = picture.reshape(-1, *picture.shape[-2:])[0]
        made.add_layout_image(
            source=Pillow.fromarray(overlaid(lightness, plane / most, ground)[::-1]), xref="x", yref="y",
            x=-width / 2, y=bands - 0.5, sizex=width * columns, sizey=bands, sizing="stretch", layer="below",
        )  # fmt: skip
    hertz = np.asarray(value.more["hertz"], float) if len(value.more.get("hertz", ())) == bands else None
    pitch = np.broadcast_to((np.arange(bands) + 1 if hertz is None else hertz.round())[:, None], plane.shape)
    made.add_heatmap(
        z=plane, x0=0, dx=width, y0=0, dy=1, zmin=-most, zmax=most, colorscale=stops(palette.diverging(dark)),
        opacity=0.0 if under is not None else 1, showscale=under is None, colorbar=scale(ground, sides(value)),
        customdata=pitch,
        hovertemplate="%{x:.3g}, " + ("%{customdata:,} Hz" if hertz is not None else "band %{customdata}")
        + "<br>%{z:.3g}<extra></extra>",
    )  # fmt: skip
    made.add_scatter(  # the heat map over the picture is see-through, so its colour bar is carried by this mark
        x=[None], y=[None], mode="markers", showlegend=False, hoverinfo="skip",
        marker={"color": [0], "cmin": -most, "cmax": most, "colorscale": stops(palette.diverging(dark)),
                "showscale": under is not None, "colorbar": scale(ground, sides(value))},
    )  # fmt: skip
    made.update_xaxes(
        title={"text": "seconds" if "seconds" in value.more else "column"}, showgrid=False, zeroline=False,
        range=[-width / 2, width * (columns - 0.5)],
    )  # fmt: skip
    made.update_yaxes(range=[-0.5, bands - 0.5], showgrid=False, zeroline=False, title={"text": "Hz"})
    if hertz is not None:
        ticks = [tick for tick in _TICKS if hertz[0] <= tick <= hertz[-1]]
        made.update_yaxes(
            tickvals=np.interp(ticks, hertz, np.arange(bands)).tolist(), ticktext=[f"{tick:,}" for tick in ticks]
        )
    return made


def _width(value: Value, columns: int) -> float:
    """How many seconds a column stands for: the first lies at the beginning of the sound, the last at its end."""
    return float(value.more["seconds"][0]) / max(1, columns - 1) if "seconds" in value.more else 1.0
