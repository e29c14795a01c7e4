"""Smooth: the subject that has a gradient: the input itself, or what the network's first layer makes of it."""

from __future__ import annotations

import torch
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Series, Tokens
from dlviz.datasets.data import Fields
from dlviz.datasets.tokenizer import UNKNOWN_ID
from dlviz.explainers.explainer import Question
from dlviz.explainers.features import Features
from dlviz.explainers.heard import front, spectrogram
from dlviz.explainers.passing import given_to, passing, through
from dlviz.explainers.piecewise import subject
from dlviz.explainers.scored import field_of, given, scorer
from dlviz.explainers.subject import Subject
from dlviz.explainers.text_pieces import read_of, tokens
from dlviz.tasks.forecast_ends import WindowScale
from dlviz.tasks.task import Networks


def smooth(question: Question) -> Subject:
    """What has a gradient: the input itself, a sound's spectrogram where the network makes one, a text's embedding, a
    series in the standard units in which the network sees it. Raises `WrongInput` where a text is not embedded once."""
    _, kind = field_of(question)
    if isinstance(kind, Audio) and front(question.networks) is not None:
        return spectrogram(question)
    if isinstance(kind, Series) and _scale(question) is not None:
        return _standardised(question)
    return _embedded(question) if isinstance(kind, Tokens) else subject(question)


def why_not_smooth(networks: Networks, fields: Fields) -> str | None:
    """Why no gradient can be had, in a sentence; None: it can. A network from elsewhere may say itself that it has
    none, by `differentiable` and `why_not_gradient`."""
    for network in networks.values():
        if not getattr(network, "differentiable", True):
            return str(getattr(network, "why_not_gradient", "") or "This network has no gradients.")
    kinds = list(fields.inputs.values())
    if any(isinstance(kind, Tokens) for kind in kinds) and embedding(networks, fields) is None:
        return "It needs a network that embeds its tokens in one Embedding layer: ids alone have no gradient."
    return None


def embedding(networks: Networks, fields: Fields | None = None) -> nn.Embedding | None:
    """The one layer that embeds tokens; None where there is none, or several. Of several inputs (`fields`) the one that
    the first goes into."""
    found = [
        module for network in networks.values() for module in network.modules() if isinstance(module, nn.Embedding)
    ]
    if fields is not None and len(fields.inputs) > 1 and len(found) > 1:
        inputs = [torch.ones(1, *kind.shape(), dtype=torch.long) for kind in fields.inputs.values()]
        found = given_to(found, inputs[0], lambda: [network(*inputs) for network in networks.values()])
    return found[0] if len(found) == 1 else None


def _embedded(question: Question) -> Subject:
    layer, score = embedding(question.networks, question.data.fields), scorer(question)
    _, kind = field_of(question)
    if layer is None:
        raise WrongInput("This network does not embed its tokens in one Embedding layer: ids alone have no gradient.")
    assert isinstance(kind, Tokens)
    ids, blank = given(question), question.task.blank(question.data.fields)
    x = passing(layer, score, ids)  # (1, L, D)
    pieces = tokens(ids[0], kind, blank, x.shape[-1])
    embedded = layer.weight.detach()
    stand_ins = {
        "zero": lambda: torch.zeros(1, 1, x.shape[-1]),
        "unknown": lambda: embedded[UNKNOWN_ID][None, None],
        "mean": lambda: embedded[2:].mean(0)[None, None],
    }
    scored = through(layer, score, question)
    if blank is not None:
        stand_ins = {"mask": lambda: embedded[blank][None, None], **stand_ins}
    return Subject("text", kind, x, scored, lambda: x, pieces, stand_ins=stand_ins, read=read_of(question), blank=blank)


def _scale(question: Question) -> nn.Module | None:
    """The layer that takes a series relative to its own mean and spread, before anything else sees it."""
    every = [module for network in question.networks.values() for module in network.modules()]
    found: list[nn.Module] = [module for module in every if type(module) is WindowScale]
    if not found:
        norms = [module for module in every if isinstance(module, nn.InstanceNorm1d)]
        x, score = given(question), scorer(question)
        found = given_to(norms, x, lambda: score(x)) if norms else []
    return found[0] if len(found) == 1 else None


def _standardised(question: Question) -> Subject:
    """A window in standard units, its own mean and spread held as they are. In the window's own units, a way from a
    flat line to it would go nowhere: whatever its spread, the network sees the same as soon as there is any. Behind an
    InstanceNorm, 64 steps in standard units leave a gap of .001 of the score, in the window's own units .025."""
    layer, score = _scale(question), scorer(question)
    assert layer is not None
    name, kind = field_of(question)
    x = passing(layer, score, question.inputs[name])
    scored = through(layer, score, question)
    seen = question.data.train.columns[name]
    pieces = Features.windows(tuple(x.shape[1:]), 1)
    return Subject("series", kind, x, scored, lambda: passing(layer, score, seen), pieces)
