"""What lies in the plane: a surface with points on it, groups of points, a graph."""

from __future__ import annotations

from typing import Any, cast

import networkx
import numpy as np
import plotly.graph_objects as go

from dlviz.core import written
from dlviz.core.values import Array, Graph, Points, Surface, Value
from dlviz.draw import palette
from dlviz.draw.drawing import draws, largest, plain, spread


def _told_surface(value: Value) -> str:
    kind = cast(Surface, value.kind)
    if not kind.names:
        return f"A surface of values {spread(value.data)}."
    winners = np.asarray(value.data).argmax(axis=2)
    shares = np.bincount(winners.ravel(), minlength=len(kind.names)) / winners.size
    parts = [f"{name} {written.percent(float(share))}" for name, share in zip(kind.names, shares, strict=True)]
    text = "Share of the plane given to each class: " + ", ".join(parts[:6]) + "."
    labels, points = value.more.get("labels"), value.more.get("points")
    if labels is not None and points is not None and len(points):
        right = float(np.mean(winners[_cells(kind, points, winners.shape)] == np.asarray(labels).astype(int)))
        text += f" {written.percent(right)} of the points lie in their class's region."
    return text


def _cells(kind: Surface, points: Array, shape: tuple[int, ...]) -> tuple[Array, Array]:
    """The cell (row, column) in which each point lies."""

    def place(numbers: Array, low: float, high: float, many: int) -> Array:
        return cast(Array, np.clip(((numbers - low) / (high - low) * (many - 1)).round().astype(int), 0, many - 1))

    return place(points[:, 1], *kind.y, shape[0]), place(points[:, 0], *kind.x, shape[1])


@draws(Surface, _told_surface)
def surface(value: Value, dark: bool) -> go.Figure:
    kind = cast(Surface, value.kind)
    data = np.asarray(value.data, dtype=float)
    data = data[..., None] if data.ndim == 2 else data
    across, up = np.linspace(*kind.x, data.shape[1]), np.linspace(*kind.y, data.shape[0])
    made = plain(dark, 400)
    if kind.names:
        _regions(made, data, kind, dark)
        _boundaries(made, data, across, up, dark)
    else:
        low, high, scale = _range(data, dark)
        made.add_contour(
            z=data[..., 0], x=across, y=up, zmin=low, zmax=high, contours={"coloring": "heatmap", "showlines": True},
            line={"width": 0.5, "color": palette.ground(dark).line}, ncontours=15, colorscale=scale,
            colorbar={"thickness": 8, "outlinewidth": 0, "tickfont": {"color": palette.ground(dark).faint}},
            hovertemplate="%{x:.2f}, %{y:.2f}: %{z:.3g}<extra></extra>",
        )  # fmt: skip
    _points_on(made, value, kind, dark)
    made.update_xaxes(range=list(kind.x), constrain="domain", showgrid=False, zeroline=False)
    made.update_yaxes(range=list(kind.y), scaleanchor="x", constrain="domain", showgrid=False, zeroline=False)
    return made


def _range(data: Array, dark: bool) -> tuple[float, float, list[list[Any]]]:
    """(low, high, colours) of one number over the plane: about 0 where it changes sign, else from 0 upwards."""
    most = largest(data)
    if np.nanmin(data) < 0:
        return -most, most, [list(stop) for stop in palette.diverging(dark)]
    return 0.0, 1.0 if most <= 1 else most, [list(stop) for stop in palette.sequential(dark)]


def _regions(made: go.Figure, data: Array, kind: Surface, dark: bool) -> None:
    """Each cell in the mixture of its classes' colours, pale enough for points to stand out."""
    from PIL import Image as Pillow

    colors = np.array([palette.rgb(palette.category(index, dark)) for index in range(data.shape[2])])
    mixed = np.clip(data, 0, 1) @ colors
    shown = np.asarray(palette.rgb(palette.ground(dark).paper)) * 0.55 + mixed * 0.45
    made.add_layout_image(
        source=Pillow.fromarray(np.clip(shown, 0, 255).astype(np.uint8)[::-1]).resize((400, 400)),
        x=kind.x[0], y=kind.y[1], sizex=kind.x[1] - kind.x[0], sizey=kind.y[1] - kind.y[0], xref="x", yref="y",
        sizing="stretch", layer="below",
    )  # fmt: skip


def _boundaries(made: go.Figure, data: Array, across: Array, up: Array, dark: bool) -> None:
    """A line where two classes are equally likely, so that colour is not all that tells them apart."""
    for index in range(data.shape[2] if data.shape[2] > 2 else 1):
        rest = np.delete(data, index, axis=2).max(axis=2)
        made.add_contour(
            z=data[..., index] - rest, x=across, y=up, showscale=False, hoverinfo="skip", autocontour=False,
            contours={"start": 0, "end": 0, "size": 1, "coloring": "none"},
            line={"width": 1.5, "color": palette.ground(dark).ink}, showlegend=False,
        )  # fmt: skip


def _points_on(made: go.Figure, value: Value, kind: Surface, dark: bool) -> None:
    points, labels = value.more.get("points"), value.more.get("labels")
    if points is None or not len(points):
        return
    ground = palette.ground(dark)
    if kind.names and labels is not None:
        _groups(made, points, np.asarray(labels).astype(int), kind.names, dark)
        return
    marker: dict[str, Any] = {"size": 6, "color": ground.ink, "line": {"width": 1, "color": ground.paper}}
    if labels is not None and len(np.unique(labels)) > 1:
        low, high, scale = _range(np.asarray(value.data, dtype=float), dark)
        marker |= {"color": labels, "cmin": low, "cmax": high, "colorscale": scale,
                   "line": {"width": 1, "color": ground.ink}}  # fmt: skip
    made.add_scatter(x=points[:, 0], y=points[:, 1], mode="markers", marker=marker, showlegend=False)


def _groups(made: go.Figure, points: Array, which: Array, names: tuple[str, ...], dark: bool) -> None:
    for index, name in enumerate(names):
        here = points[which == index]
        made.add_scatter(
            x=here[:, 0], y=here[:, 1], mode="markers", name=name,
            marker={"size": 7 if len(points) < 300 else 6, "symbol": palette.symbol(index), "opacity": 0.85,
                    "color": palette.category(index, dark),
                    "line": {"width": 0.5, "color": palette.ground(dark).paper}},
            hovertemplate=f"{name}<br>%{{x:.2f}}, %{{y:.2f}}<extra></extra>",
        )  # fmt: skip


def _told_points(value: Value) -> str:
    kind = cast(Points, value.kind)
    which = np.asarray(value.more.get("group", np.zeros(len(value.data)))).astype(int)
    counted = np.bincount(which, minlength=len(kind.groups))
    return ", ".join(f"{many:,} {name}" for name, many in zip(kind.groups, counted, strict=False)) + " points."


@draws(Points, _told_points)
def points(value: Value, dark: bool) -> go.Figure:
    kind = cast(Points, value.kind)
    which = np.asarray(value.more.get("group", np.zeros(len(value.data)))).astype(int)
    made = plain(dark, 400)
    _groups(made, np.asarray(value.data, dtype=float), which, kind.groups, dark)
    made.update_xaxes(constrain="domain")
    made.update_yaxes(scaleanchor="x", constrain="domain")
    return made


def _told_graph(value: Value) -> str:
    names = cast(Graph, value.kind).names
    return f"{written.count(len(names), 'node')} and {written.count(len(value.data), 'edge')}."


@draws(Graph, _told_graph)
def graph(value: Value, dark: bool) -> go.Figure:
    """Nodes in the order of the edges' direction, from left to right; where they run in circles, by springs."""
    names = cast(Graph, value.kind).names
    edges = [(int(a), int(b)) for a, b in value.data]
    drawn: networkx.DiGraph[int] = networkx.DiGraph()
    drawn.add_nodes_from(range(len(names)))
    drawn.add_edges_from(edges)
    if networkx.is_directed_acyclic_graph(drawn):
        for layer, members in enumerate(networkx.topological_generations(drawn)):
            for member in members:
                drawn.nodes[member]["layer"] = layer
        places = networkx.multipartite_layout(drawn, subset_key="layer")
    else:
        places = networkx.spring_layout(drawn, seed=0)
    ground = palette.ground(dark)
    made = plain(dark, 360, axes=False, showlegend=False)
    for start, end in edges:
        made.add_annotation(
            ax=places[start][0], ay=places[start][1], x=places[end][0], y=places[end][1], axref="x", ayref="y",
            xref="x", yref="y", showarrow=True, arrowhead=2, arrowwidth=1.2, arrowcolor=ground.faint, standoff=12,
            startstandoff=12, text="",
        )  # fmt: skip
    made.add_scatter(
        x=[places[node][0] for node in drawn], y=[places[node][1] for node in drawn], mode="markers+text",
        text=list(names), textposition="bottom center", marker={"size": 14, "color": ground.accent},
        hovertemplate="%{text}<extra></extra>",
    )  # fmt: skip
    return made
