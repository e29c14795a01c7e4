"""Filters: what a layer looks for, as pictures of its weights."""

from __future__ import annotations

from math import prod
from typing import ClassVar

import numpy as np
from torch import nn

from dlviz.core.frames import reach
from dlviz.core.problems import WrongInput, nearest
from dlviz.core.setting import setting
from dlviz.core.values import Array, Audio, Image, Kind, Matrix, Value, Vector
from dlviz.core.written import count as counted
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step, sole_input
from dlviz.studies.study import About, Finding, Group, Inquiry, Study
from dlviz.tasks.task import Networks, Task, as_array

#: Of filters with many channels so many are drawn, each with so many of its channels; of a matrix at most so many rows
#: and columns.
_ROWS, _CHANNELS, _SIDE = 8, 8, 64
_DRAWN = nn.Conv1d | nn.Conv2d | nn.Linear


class Filters(Study):
    """The weights of a convolution as small pictures, each what one of its filters looks for; of a Linear layer that
    reads a picture the weight of each pixel, of any other a table of its weights."""

    paper: ClassVar[str] = (
        "Krizhevsky, Sutskever & Hinton 2012, ImageNet Classification with Deep Convolutional Neural Networks, figure 3"
    )
    reading: ClassVar[str] = (
        "White weights count for the filter's answer, black ones against it, grey ones not. In a first layer one often "
        "sees edges and spots; noise says that little was learned there, or too long."
    )
    misleads: ClassVar[str] = (
        "Only a first layer reads the picture itself. A later one reads other maps, and its filters say how those are "
        "put together, which the eye can hardly read."
    )
    cost: ClassVar[str] = "nothing is asked: the weights are shown"
    about_what: ClassVar[About] = "network"
    group: ClassVar[Group] = "inside"

    layer: str = setting(
        "auto", "Which layer. `auto`: the first convolution, else the first Linear.", min_length=1, names="weights",
        usual="the first convolution, else the first Linear",
    )  # fmt: skip
    count: int = setting(32, "How many filters to show at most.", ge=1, le=64)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        if not any(with_filters(network) for network in networks.values()):
            return "It draws the weights of a convolution or a Linear layer, and this network has none."
        return None

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        found: dict[str, nn.Conv1d | nn.Conv2d | nn.Linear] = {}
        for network in inquiry.question.networks.values():
            found |= with_filters(network)
        name = self.layer
        if name == "auto":
            convolutions = [one for one, module in found.items() if not isinstance(module, nn.Linear)]
            name = (convolutions or list(found))[0]
        if name not in found:
            raise WrongInput(f"`{name}` is no layer with filters. {nearest(name, found)}".strip())
        step(1, 1)
        weight = as_array(found[name].weight)
        field = sole_input(inquiry.question.data.fields)
        kind = inquiry.question.data.fields.inputs[field] if field else None
        shown = self._drawn(name, weight, kind)
        most = reach(weight)
        says = (
            f"Layer `{name}` has {weight.shape[0]} filters over {counted(weight.shape[1], 'input')}; weights from "
            f"{float(weight.min()):.3g} to {float(weight.max()):.3g}, {float(np.abs(weight).mean()):.3g} on the mean."
        )
        return Finding(says, [shown], {"layer": name, "shape": list(weight.shape), "most": most})

    def _drawn(self, name: str, weight: Array, kind: Kind | None) -> Value:
        title, most = f"Filters of `{name}`", reach(weight)
        note = f"Grey is 0, white {most:.3g}, black {-most:.3g}."
        if isinstance(kind, Image) and weight.ndim == 2 and weight.shape[1] == prod(kind.shape()):
            weight = weight.reshape(-1, *kind.shape())  # each weight at its pixel
        if weight.ndim == 2 or weight.ndim > 2 and prod(weight.shape[2:]) == 1:
            table = weight.reshape(len(weight), -1)[:_SIDE, :_SIDE]
            rows = tuple(f"unit {row}" for row in range(table.shape[0]))
            names = kind.names if isinstance(kind, Vector) and len(kind.names) == weight.shape[1] else ()
            columns = names[:_SIDE] or tuple(str(column) for column in range(table.shape[1]))
            kind_of = Matrix(rows=rows, columns=columns, row_title="unit", column_title="input", scale="diverging")
            return Value(kind_of, table, title)
        weight = weight if weight.ndim == 4 else weight[:, None]  # of a series: its channels as rows
        if isinstance(kind, Audio) and weight.shape[2] > 1:
            weight, note = weight[:, :, ::-1], f"{note} Pitch goes upwards, as in a spectrogram."
        grey = 0.5 + weight[: self.count] / (2 * most)
        if weight.shape[1] in (1, 3):
            heads = np.array([str(number) for number in range(len(grey))])
            shape = Image(channels=weight.shape[1], height=weight.shape[2], width=weight.shape[3])
            return Value(shape, np.ascontiguousarray(grey, np.float32), title, note, {"captions": heads})
        few = grey[:_ROWS, :_CHANNELS]
        rows = tuple(f"filter {number}" for number in range(len(few)))
        shape = Image(channels=1, height=weight.shape[2], width=weight.shape[3])
        note = f"{note} A row is a filter, with its first {few.shape[1]} of {weight.shape[1]} channels."
        return Value(
            shape, few.reshape(-1, 1, *few.shape[2:]).astype(np.float32), title, note, {"rows": np.array(rows)}
        )


def with_filters(network: nn.Module) -> dict[str, nn.Conv1d | nn.Conv2d | nn.Linear]:
    """The layers whose weights can be drawn, by name."""
    return {name: module for name, module in network.named_modules() if isinstance(module, _DRAWN)}
