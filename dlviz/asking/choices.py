"""Choices: what the settings of methods and studies may name in one run: its classes, columns, layers and units.

One function for all parts: a part only declares what a setting `names` (`core/setting.py`), and refuses itself what it
cannot take.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn
from torch.fx import GraphModule

from dlviz.core.choice import Choice, Known
from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Image, Kind, Scalar, Series, Tokens, Vector
from dlviz.datasets.data import Encoder, Fields
from dlviz.explainers.attention_reading import reading, why_not_attending
from dlviz.explainers.explainer import Question, sole_input
from dlviz.explainers.features import Features
from dlviz.explainers.places import look
from dlviz.explainers.rehearsal import rehearsal
from dlviz.explainers.scored import why_not
from dlviz.explainers.smooth import smooth, why_not_smooth
from dlviz.explainers.steady import steady
from dlviz.studies.filters import with_filters
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.muted import units
from dlviz.tasks.task import Networks, Task

_SORTS: dict[type[Kind], str] = {
    Image: "picture", Vector: "table", Tokens: "text", Series: "series", Audio: "sound",
}  # fmt: skip


def choices(task: Task, networks: Networks, fields: Fields, encoders: Mapping[str, Encoder]) -> Known:
    """What there is to be named. It takes a pass or two of an input that stands for any, no data."""
    found = {
        "input": [Choice(_SORTS[type(kind)], "") for kind in fields.inputs.values() if type(kind) in _SORTS],
        "class": _classes(fields),
        "number": _number(fields),
        "column": _columns(fields, encoders),
        "muted": [
            _layer(network, name, many=many) for network in networks.values() for name, many in units(network).items()
        ],
        "weights": [_layer(network, name) for network in networks.values() for name in with_filters(network)],
    }
    if why_not(task, networks, fields, tuple(_SORTS)) is None:
        try:
            found |= _layers(task, networks, fields)
        except WrongInput:
            pass  # a network that only some inputs pass: its layers can be named, if not offered
    if why_not_attending(task, networks, fields) is None:
        try:
            found["attention"] = _attending(rehearsal(task, networks, fields))
        except WrongInput:
            found["attention"] = []
    return found


def _classes(fields: Fields) -> list[Choice]:
    kind = next(iter(fields.targets.values()), None)
    return [Choice(name, name) for name in kind.names] if isinstance(kind, Category) else []


def _number(fields: Fields) -> list[Choice]:
    """The answer's unit, where it is a number or hangs on one."""
    kind = next(iter(fields.targets.values()), None)
    return [] if isinstance(kind, Category) else [Choice(None, kind.unit if isinstance(kind, Scalar) else "")]


def _columns(fields: Fields, encoders: Mapping[str, Encoder]) -> list[Choice]:
    name = sole_input(fields)
    kind = fields.inputs[name] if name else None
    if name is None or not isinstance(kind, Vector):
        return []
    encoder = encoders.get(name)
    return [Choice(one, one) for one in Features.columns(kind, encoder.groups() if encoder else {}).names]


def _layers(task: Task, networks: Networks, fields: Fields) -> dict[str, list[Choice]]:
    """Layers in the network's order, with what each gives and how many units that is."""
    question = rehearsal(task, networks, fields)
    (network,) = networks.values()
    with steady(networks):
        inner = InnerLayers.of(question)
        maps = {}
        if why_not_smooth(networks, fields) is None:
            about = smooth(question)
            maps = look(network, about.score, about.x, about.over)[1]
    named = {}
    for name, shape in inner.shapes.items():
        along = -1 if len(shape) == 2 and name not in maps else 0
        named[name] = _layer(network, name, shape, shape[along])
    return {
        "layer": list(named.values()),
        "inner": [choice for name, choice in named.items() if inner.above(name)],
        "map": [named.get(name) or _layer(network, name) for name in maps],
    }


def _attending(question: Question) -> list[Choice]:
    """The attention layers that look at the input's own steps, by their number in the pass."""
    read = reading(question)
    return [
        Choice(number, f"{number} · {layer.attended.place.partition('.')[2] or layer.attended.place}")
        for number, layer in enumerate(read.layers, 1)
        if layer.keys == read.keys
    ]


def _layer(network: nn.Module, name: str, shape: tuple[int, ...] = (), many: int = 0) -> Choice:
    module = network.get_submodule(name)
    counted = "heads" if hasattr(module, "num_heads") else "units"
    gives = " × ".join(map(str, shape)) or (f"{many} {counted}" if many else "")
    kind = "block" if isinstance(module, nn.Sequential | GraphModule) else type(module).__name__
    return Choice(name, " · ".join(filter(None, (name, kind, gives))), many)
