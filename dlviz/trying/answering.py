"""Answering: what a network that reads one text and writes another answers to typed ones, and where it looked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.answer_encoder import END_ID, AnswerEncoder, own_tokens
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.generation.beam import Answer, beam_search
from dlviz.generation.greedy import greedy
from dlviz.tasks.answer_views import labels, maps
from dlviz.tasks.answers import text_of
from dlviz.training.restore import Restored

#: Beginnings that may be kept at most; answers told at most; tokens of each text that a map of looks has at most.
WIDEST, TOLD, MAPPED = 10, 5, 40


def answers(restored: Restored, texts: Sequence[str], width: int) -> list[list[Answer]]:
    """The answers to each text, best first: with a `width` of 1 the likeliest token each time, else a beam search."""
    kind = _kind(restored)
    ids = _encoder(restored).encode(list(texts))
    for row, text in zip(ids, texts, strict=True):
        if not int(row.count_nonzero()):
            raise WrongInput(f"There is nothing to read in {text[:60]!r}. Type a sentence.")
    network = restored.networks["model"]
    if width > 1:
        return beam_search(network, ids, kind.length, width)
    found = []
    for written in greedy(network, ids, kind.length).tolist():
        told = [number for number in written if number]
        found.append([Answer(told, math.nan, math.nan)])
    return found


def told(restored: Restored, text: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """`{"tokens", "cut", "read", "answer": {"kind": "answer", "written", "others", "looks"}}`; `others`: the answers
    of a beam, each with its probability; `looks`: the weights of each attention (heads × written × read)."""
    width = request.get("beam", 1)
    if isinstance(width, bool) or not isinstance(width, int) or not 1 <= width <= WIDEST:
        raise WrongInput(f"`beam` must be a whole number from 1 to {WIDEST}. Received: {str(width)[:40]}.")
    encoder, kind, reads = _encoder(restored), _kind(restored), restored.fields.inputs[_source(restored)]
    assert isinstance(reads, Tokens)
    found = answers(restored, [text], width)[0]
    ids = [number for number in encoder.encode([text])[0].tolist() if number]
    full = len(encoder.taken_apart().encode([text])[0])
    rows = [[_said(restored, one.ids), math.exp(one.log_probability)] for one in found if one.score == one.score]
    return {
        "tokens": [[reads.vocabulary[number], number] for number in ids],
        "cut": full > len(ids),
        "read": len(ids),
        "answer": {
            "kind": "answer",
            "written": _said(restored, found[0].ids),
            "ended": END_ID in found[0].ids,
            "others": rows[:TOLD],
            "looks": _looks(restored, ids, found[0].ids, reads, kind),
        },
    }


def _looks(
    restored: Restored, ids: list[int], written: list[int], reads: Tokens, kind: Tokens
) -> dict[str, Any] | None:
    tokens = [*own_tokens(written), *([END_ID] if END_ID in written else [])][:MAPPED]
    found = maps(restored.networks["model"], ids, tokens) if tokens else {}
    if not found:
        return None
    some = {name: weights[:, :, :MAPPED] for name, weights in found.items()}
    return {
        "rows": [label.rstrip("\u200b") for label in labels(kind, tokens)],
        "columns": [label.rstrip("\u200b") for label in labels(reads, ids[:MAPPED])],
        "layers": [{"name": name, "heads": torch.round(some[name], decimals=3).tolist()} for name in some],
    }


def lines(restored: Restored, file: str, width: int) -> list[dict[str, Any]]:
    """One record for each text of a file: `{"index", "input", "prediction"}`, of a beam `others` with their scores."""
    texts = list(map(str, _encoder(restored).read(file)))
    records: list[dict[str, Any]] = []
    for start in range(0, len(texts), 256):
        for text, found in zip(texts[start:], answers(restored, texts[start : start + 256], width), strict=False):
            record = {"index": len(records), "input": text, "prediction": _said(restored, found[0].ids)}
            if width > 1:
                record["others"] = [[_said(restored, one.ids), round(one.score, 4)] for one in found[1:]]
            records.append(record)
    return records


def _source(restored: Restored) -> str:
    return next(iter(restored.fields.inputs))


def _encoder(restored: Restored) -> TextEncoder:
    encoder = restored.encoders.get(_source(restored))
    if not isinstance(encoder, TextEncoder):
        raise WrongInput(f"This run does not say how `{_source(restored)}` is read. Train it anew.")
    return encoder


def _said(restored: Restored, ids: Sequence[int]) -> str:
    """An answer as it reads."""
    encoder = restored.encoders.get(list(restored.fields.inputs)[-1])
    return encoder.said(ids) if isinstance(encoder, AnswerEncoder) else text_of(_kind(restored), ids)


def _kind(restored: Restored) -> Tokens:
    kind = next(iter(restored.fields.targets.values()))
    assert isinstance(kind, Tokens)
    return kind
