"""Text pieces: the tokens of a text as what can be hidden, and how the text was taken apart."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor

from dlviz.core.values import Tokens
from dlviz.datasets.tokenizer import visible
from dlviz.explainers.explainer import Question
from dlviz.explainers.features import Features
from dlviz.explainers.scored import field_of, given
from dlviz.explainers.spans import GAP, SPACE, Read, tokenizing


def tokens(ids: Tensor, kind: Tokens, blank: int | None, width: int = 0) -> Features:
    """The tokens of a text, ids (L,). A gap has its name, too, but nothing there is explained or hidden."""
    pieces = Features.tokens(ids, _named(ids, kind), width)
    if blank is None:
        return pieces
    gaps = (ids == blank).view(-1, *[1] * (pieces.of.dim() - 1))
    return replace(pieces, of=pieces.of.masked_fill(gaps, -1))


def _named(ids: Tensor, kind: Tokens) -> tuple[str, ...]:
    """The tokens of a text; a gap has no name of its own."""
    names = (*kind.vocabulary, GAP)
    return tuple(visible(names[number]) for number in ids.tolist() if number)


def read_of(question: Question) -> Read:
    """How the question's text was taken apart; in its gap nothing is read."""
    name, kind = field_of(question)
    assert isinstance(kind, Tokens)
    names, stood = (*kind.vocabulary, GAP), question.inputs[name][0].tolist()
    tokens = [names[number] for number in given(question)[0].tolist() if number]
    for place, number in enumerate(stood[: len(tokens)]):
        if tokens[place] == GAP and names[number].startswith(SPACE):
            tokens[place] = SPACE + GAP
    return Read(tuple(tokens), tokenizing(question.data.encoders.get(name), kind))
