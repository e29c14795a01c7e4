"""The layer in which a concept is looked for, where none is named."""

from __future__ import annotations

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.explainers.explainer import Question
from dlviz.explainers.places import CONVOLUTIONS, last_maps, look
from dlviz.explainers.scored import field_of
from dlviz.explainers.smooth import smooth
from dlviz.studies.inner_layers import InnerLayers


def chosen_layer(question: Question, layers: InnerLayers, name: str) -> str:
    """A layer by its name; `auto`: the one that passes on the last convolution's maps, else the last but one with
    weights; of texts what the last one reads, for before that each word has its own place. Raises `WrongInput`."""
    if name != "auto":
        layers.layer(name)
        return name
    _, kind = field_of(question)
    if isinstance(kind, Tokens):
        chosen = layers.before
    else:
        about = smooth(question)
        _, maps = look(layers.network, about.score, about.x, about.over)
        convolves = any(isinstance(layers.network.get_submodule(one), CONVOLUTIONS) for one in maps)
        weighted = next((one for one in layers.weighted[-2::-1] if one in layers.shapes), None)
        chosen = last_maps(layers.network, maps)[-1] if convolves else weighted
    if chosen is None:
        raise WrongInput("This network has no inner layer with weights in which a concept could be looked for.")
    return chosen
