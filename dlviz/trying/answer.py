"""Answer: a typed text, a sound or the past of a series, and what the network makes of it, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Tags, Tokens, Value
from dlviz.datasets.data import Encoder, Fields
from dlviz.datasets.music_encoder import MusicEncoder
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.generation.cached import whole_logits
from dlviz.generation.sampling import shaped
from dlviz.generation.write import FIRST, write
from dlviz.tasks.language_model import LanguageModel
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.training.restore import Restored
from dlviz.trying import answering, gaps
from dlviz.trying.music import tune
from dlviz.trying.series import forecast, foresees
from dlviz.trying.sound import heard, heard_input

#: How many classes, likely next tokens and tokens of the text are told at most.
CLASSES, NEXT, SHOWN = 10, 8, 200


def why_not(fields: Fields) -> str | None:
    """Why nothing can be typed or spoken for such data, in a sentence; None: it can."""
    if hears(fields) or foresees(fields):
        return None
    if fields.targets and all(isinstance(kind, Tokens) for kind in fields.inputs.values()) and fields.inputs:
        return None
    read = ", ".join(kind.kind() for kind in fields.inputs.values())
    return (
        "Only texts can be typed, sounds spoken and the past of series changed; this network reads "
        f"{read or 'nothing'}."
    )


def hears(fields: Fields) -> bool:
    """Whether one sound goes in and something comes out."""
    return bool(fields.targets) and [kind.kind() for kind in fields.inputs.values()] == [Audio.kind()]


def answer(restored: Restored, request: Mapping[str, Any]) -> dict[str, Any]:
    """`{"tokens": [[token, id], …], "cut": bool, "answer": {"kind": classes | number | tags | writing | heard, …}}`;
    of a sound `picture` in place of tokens (see `sound.py`); of a series a `forecast` (see `series.py`).

    `request`: `text`, or `sound` and `spoken`, or `moment`, `series` and `values`; and for one that writes `many`,
    `temperature`, `top_k`, `top_p`, `seed`. Raises `WrongInput`.
    """
    if (why := why_not(restored.fields)) is not None:
        raise WrongInput(why)
    if foresees(restored.fields):
        return forecast(restored, request)
    if hears(restored.fields):
        inputs, shown = heard_input(restored, request)
        with torch.no_grad():
            said = restored.task.predict(restored.networks, inputs, restored.fields)
        target, value = next(iter(said.items()))
        told = heard(value, restored.fields) if isinstance(value.kind, Tokens) else _told(target, value, "", restored)
        return {"tokens": [], **shown, "answer": told}
    text = str(request.get("text", ""))
    if isinstance(restored.task, LanguageModel):
        return _written(restored, text, request)
    if not text.strip():
        raise WrongInput("There is nothing to read yet. Type a sentence.")
    if isinstance(restored.task, SequenceToSequence):
        return answering.told(restored, text, request)
    if isinstance(restored.task, MaskedLanguageModel):
        (found,) = gaps.filled(restored, [text])
        told = {"kind": "gaps", "filled": found["filled"], "gaps": found["gaps"]}
        return {name: found[name] for name in ("tokens", "cut", "read")} | {"answer": told}
    inputs = {name: _encoder(restored, name).encode([text]) for name in restored.fields.inputs}
    with torch.no_grad():
        said = restored.task.predict(restored.networks, inputs, restored.fields)
    name, kind = next(iter(restored.fields.inputs.items()))
    assert isinstance(kind, Tokens)
    ids = [number for number in inputs[name][0].tolist() if number]
    full = _length(_encoder(restored, name), text)
    tokens = [[kind.vocabulary[number], number] for number in ids[:SHOWN]]
    target, value = next(iter(said.items()))
    return {"tokens": tokens, "cut": full > len(ids), "read": len(ids), "answer": _told(target, value, text, restored)}


def _told(target: str, value: Value, text: str, restored: Restored) -> dict[str, Any]:
    if isinstance(value.kind, Category):
        rows = sorted(zip(value.kind.names, map(float, value.data[0]), strict=True), key=lambda row: -row[1])
        return {"kind": "classes", "target": target, "rows": [[name, share] for name, share in rows[:CLASSES]]}
    if isinstance(value.kind, Tags):
        read = getattr(_encoder(restored, next(iter(restored.fields.inputs))), "words", None)
        words = read(text) if callable(read) else text.split()
        tags = [value.kind.names[tag] for tag in value.data[0] if tag >= 0]
        sure = value.more.get("probability", np.ones((1, len(tags))))[0]
        found = [[word, tag, float(share)] for word, tag, share in zip(words, tags, sure, strict=False)]
        return {"kind": "tags", "target": target, "rows": found, "none": value.kind.names[0]}
    unit = getattr(value.kind, "unit", "")
    return {"kind": "number", "target": target, "value": float(value.data.ravel()[0]), "unit": unit}


def _written(restored: Restored, text: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """What a language model writes after the text or tune, and which tokens it holds for likely right after it."""
    name, kind = next(iter(restored.fields.inputs.items()))
    encoder = _encoder(restored, name)
    assert isinstance(encoder, TextEncoder | MusicEncoder) and isinstance(kind, Tokens)
    music = encoder if isinstance(encoder, MusicEncoder) else None
    many = _number(request, "many", 120, 1, 1000)
    temperature = _number(request, "temperature", 0.8, 0.0, 5.0)
    top_k, top_p = int(_number(request, "top_k", 0, 0, 100_000)), _number(request, "top_p", 1.0, 0.0, 1.0)
    network, read = restored.networks["model"], encoder.taken_apart()
    ids = read.encode([text if music is not None else text or "\n"])[0] or [1]
    seen = torch.tensor([ids[-kind.length :]])
    logits = whole_logits(network, seen, kind.length)[0, -1].float()
    logits[:FIRST] = float("-inf")
    likely = shaped(logits, temperature, top_k, top_p)
    shares, places = likely.topk(min(NEXT, len(likely)))
    random = torch.Generator().manual_seed(int(_number(request, "seed", 0, 0, 2**31)))
    more = list(
        write(
            network, torch.tensor(ids), kind, many=int(many), temperature=temperature, top_k=top_k,
            top_p=top_p, random=random,
        )
    )  # fmt: skip
    told: dict[str, Any] = {}
    if music is not None:
        more = list(music.one_tune(more))
        told = {"tune": tune(music, ids, more)}
    whole = read.decode([*ids, *more])
    begun = read.decode(ids)
    return {
        "tokens": [[kind.vocabulary[number], number] for number in ids[-SHOWN:]],
        "cut": len(ids) > kind.length,
        "read": min(len(ids), kind.length),
        "answer": {
            "kind": "writing",
            **told,
            "begun": begun,
            "written": whole[len(begun) :] if whole.startswith(begun) else read.decode(more),
            "next": [
                [kind.vocabulary[int(place)], float(share)]
                for share, place in zip(shares, places, strict=True)
                if float(share) > 0
            ],
        },
    }


def _number(request: Mapping[str, Any], name: str, usual: float, low: float, high: float) -> float:
    value = request.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise WrongInput(f"`{name}` must be a number from {low:g} to {high:g}. Received: {str(value)[:40]}.")
    return value


def _encoder(restored: Restored, name: str) -> Encoder:
    encoder = restored.encoders.get(name)
    if encoder is None:
        raise WrongInput(f"This run does not say how `{name}` is read. Train it anew.")
    return encoder


def _length(encoder: Encoder, text: str) -> int:
    """How many tokens the whole text has."""
    return len(encoder.taken_apart().encode([text])[0]) if isinstance(encoder, TextEncoder) else len(text.split())
