"""Attention asked: each token of an answer, with all that the network was shown when it said it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.values import Tags, Tokens
from dlviz.datasets.answer_encoder import END_ID, START_ID, own_tokens
from dlviz.datasets.data import Batch
from dlviz.datasets.tokenizer import UNKNOWN_ID, visible
from dlviz.explainers.attention_sides import Run
from dlviz.explainers.explainer import Question
from dlviz.generation.greedy import greedy
from dlviz.tasks.gaps import mask_id
from dlviz.tasks.language_model import LanguageModel
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.tasks.tagging import Tagging
from dlviz.tasks.task import Task

#: Tokens of an answer at most: each takes a pass there and back.
MOST = 64


@dataclass(frozen=True)
class Asked:
    """One token of an answer: shown `inputs`, the network says `said` at `step`, which is logit `target` there."""

    inputs: Batch
    step: int
    target: int
    said: str


def answers(task: Task) -> bool:
    """Whether it answers a text token by token."""
    return isinstance(task, SequenceToSequence | LanguageModel | MaskedLanguageModel | Tagging)


@torch.no_grad()
def asked(question: Question, run: Run, wanted: bool) -> list[Asked]:
    """The tokens of the answer, the last `MOST`; `wanted`: of a text that is to be written the true one."""
    inputs, task = question.inputs, question.task
    if isinstance(task, SequenceToSequence):
        return _written(question, wanted)[-MOST:]
    ((name, text),) = ((name, inputs[name]) for name in [next(iter(question.data.fields.inputs))])
    kind = _says(question)
    places = (text[0] != 0).nonzero()[:, 0].tolist()[-MOST:]
    if isinstance(task, MaskedLanguageModel):
        assert isinstance(kind, Tokens)
        hidden = [{**inputs, name: text.clone().index_fill_(1, torch.tensor(place), mask_id(kind))} for place in places]
        return [_likeliest(kind, one, run(one)[0], place) for one, place in zip(hidden, places, strict=True)]
    logits = run(inputs)[0]
    return [_likeliest(kind, inputs, logits, place) for place in places]


def _says(question: Question) -> Tokens | Tags:
    """What an answer is made of: tags, or tokens of the text."""
    fields = question.data.fields
    kinds = fields.targets if isinstance(question.task, Tagging) else fields.inputs
    kind = list(kinds.values())[-1]
    assert isinstance(kind, Tokens | Tags)
    return kind


def _likeliest(kind: Tokens | Tags, inputs: Batch, logits: Tensor, step: int) -> Asked:
    """What is likeliest at a step; padding and the unknown token are never said."""
    least = 0 if isinstance(kind, Tags) else UNKNOWN_ID + 1
    target = int(logits[step, least:].argmax()) + least
    return Asked(inputs, step, target, _name(kind, target))


def _name(kind: Tokens | Tags, target: int) -> str:
    return kind.names[target] if isinstance(kind, Tags) else visible(kind.vocabulary[target])


def _written(question: Question, wanted: bool) -> list[Asked]:
    """An answer as the network writes it, or the true one; the end counts as a token where there is room for it."""
    fields, inputs = question.data.fields, question.inputs
    source, so_far = fields.inputs
    kind = _says(question)
    assert isinstance(kind, Tokens)
    if wanted:
        told = inputs[so_far][0]
        tokens = [number for number in told.tolist()[1:] if number]
        tokens += [END_ID] if len(tokens) < kind.length else []
    else:
        (network,) = question.networks.values()
        ids = greedy(network, inputs[source], kind.length)[0].tolist()
        tokens = [*own_tokens(ids), *([END_ID] if END_ID in ids else [])]
    before = torch.tensor([[START_ID, *tokens[:-1]]])
    shown = {**inputs, so_far: F.pad(before, (0, kind.length - before.shape[1]))}
    return [Asked(shown, step, token, _name(kind, token)) for step, token in enumerate(tokens)]
