"""Heard: a sound as the picture that a network's first layer makes of it."""

from __future__ import annotations

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Image
from dlviz.explainers.explainer import Question
from dlviz.explainers.features import Features
from dlviz.explainers.passing import passing, through
from dlviz.explainers.scored import field_of, scorer
from dlviz.explainers.subject import Subject
from dlviz.layers.log_mel import MelSpectrogram
from dlviz.tasks.task import Networks, as_array

#: So many training examples go through a network's first layer to say what a spectrogram usually looks like.
_SPECTROGRAMS = 64


def front(networks: Networks) -> nn.Module | None:
    """The one layer that makes a spectrogram of a sound; None where there is none, or several."""
    found = [module for network in networks.values() for module in network.modules() if _makes_spectrogram(module)]
    return found[0] if len(found) == 1 else None


def _makes_spectrogram(module: nn.Module) -> bool:
    return isinstance(module, MelSpectrogram)


def spectrogram(question: Question) -> Subject:
    """The spectrogram that the network makes of the question's sound. Raises `WrongInput` where it makes none."""
    layer, score = front(question.networks), scorer(question)
    if layer is None:
        raise WrongInput("This network makes no spectrogram of its sounds, or several. Explain its samples.")
    name, _ = field_of(question)
    x = passing(layer, score, question.inputs[name])
    channels, height, width = (int(size) for size in x.shape[1:])
    kind = Image(channels=channels, height=height, width=width)

    def seen() -> Tensor:
        return passing(layer, score, question.data.train.columns[name][:_SPECTROGRAMS])

    shifted = x[0] - x[0].amin()
    under = as_array(shifted / shifted.amax().clamp(min=1e-12))
    scored = through(layer, score, question)
    return Subject("spectrogram", kind, x, scored, seen, Features.cells(kind), lambda: x.amin().expand_as(x), under)
