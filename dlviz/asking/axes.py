"""Axes: what a figure of an explanation must know beside its numbers: seconds, pitches, names, the forecast."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

import numpy as np
import torch

from dlviz.core.values import Array, Audio, Series, Value
from dlviz.explainers.explainer import Explanation, Question
from dlviz.explainers.heard import front
from dlviz.explainers.listening import kept
from dlviz.explainers.scored import field_of, kept_as_it_is
from dlviz.layers.log_mel import MelSpectrogram


def with_axes(question: Question, explanation: Explanation, shown: Value) -> Explanation:
    """The explanation with what its figure needs in `more`; its note says what went in besides.

    Of a sound: `seconds` (1,), how long it is, over its spectrogram `hertz` (bands,), the middle of each, too; `kept`
    (samples,), the sound of what speaks most for the target alone. Of a series: `channels` (names), `unit` (1,),
    `start` (1,), the number of the first step; of one that is forecast, `forecast` (horizon,) and `ahead` (1,), which
    step of it is explained.
    """
    _, kind = field_of(question)
    explanation = replace(explanation, note=explanation.note + kept_as_it_is(question))
    if isinstance(kind, Audio):
        found = _of_sound(question, explanation, kind, shown)
    elif isinstance(kind, Series):
        found = _of_series(question, kind)
    else:
        return explanation
    return replace(explanation, more={**found, **explanation.more})


def _of_sound(question: Question, explanation: Explanation, kind: Audio, shown: Value) -> Mapping[str, Array]:
    found = {"seconds": np.array([kind.samples / kind.rate])}
    layer = cast("MelSpectrogram | None", front(question.networks))
    pictured = explanation.kind.lies_over() == "spectrogram"
    if pictured and layer is not None:
        bins = torch.arange(layer.bands.shape[1]) * kind.rate / layer.n_fft
        found["hertz"] = (layer.bands @ bins / layer.bands.sum(1).clamp(min=1e-6)).numpy()
    if pictured or explanation.values.shape == (kind.samples,):
        heard = kept(np.asarray(shown.data[0], float), explanation.values, kind.rate, layer)
        if heard is not None:
            found["kept"] = heard.astype(np.float16)
    return found


def _of_series(question: Question, kind: Series) -> Mapping[str, Array]:
    found = {"channels": np.array(kind.names), "unit": np.array([kind.unit]), "start": np.array([0])}
    name, ahead = next(iter(question.data.fields.targets.items()))
    if isinstance(ahead, Series):
        with torch.no_grad():
            expected = question.task.predict(question.networks, question.inputs, question.data.fields)[name]
        series, step = divmod(question.target, ahead.steps)
        found |= {
            "unit": np.array([ahead.unit]), "start": np.array([1 - kind.steps]), "ahead": np.array([step]),
            "forecast": np.asarray(expected.data[0][series], float), "forecast_of": np.array([ahead.names[series]]),
        }  # fmt: skip
    return found
