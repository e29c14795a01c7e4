"""What one sees of speech recognition: which symbol is heard at which moment, and which texts are heard wrongly."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Alignment, Array, Audio, Table, Tokens, Value
from dlviz.datasets.data import Data
from dlviz.datasets.spectrogram import spectrograms
from dlviz.tasks.speech_metrics import errors, text_of, texts_of

if TYPE_CHECKING:
    from dlviz.tasks.task import Networks, Task

#: How many sounds are shown with their alignment, and texts in the table.
SHOWN, ROWS = 4, 20


def alignment(task: Task, networks: Networks, data: Data, part: str) -> Value:
    """The first sounds of a part with the probability of each symbol at each moment."""
    sound, said = next(iter(data.fields.inputs)), next(iter(data.fields.targets))
    device = next((weight.device for network in networks.values() for weight in network.parameters()), None)
    some = data.part(part).batch(slice(0, SHOWN))
    modes = {role: network.training for role, network in networks.items()}
    for network in networks.values():
        network.eval()
    heard = task.predict(networks, {sound: some[sound].to(device)}, data.fields)[said]
    for role, network in networks.items():
        network.train(modes[role])
    return aligned(heard, some[sound], data, some[said])


def aligned(heard: Value, sounds: Tensor, data: Data, true: Tensor) -> Value:
    """`Task.predict`'s value as an `Alignment`, with the true texts."""
    (kind,), tokens = data.fields.inputs.values(), heard.kind
    assert isinstance(kind, Audio) and isinstance(tokens, Tokens)
    texts = [text_of(row, tokens) for row in heard.data]
    known = texts_of(true, tokens)
    right = sum(one == other for one, other in zip(texts, known, strict=True))
    note = (
        f"{len(texts)} sounds, and below each which symbol the network hears when; {right} of them are right. Where no "
        "curve rises, nothing new is heard: that is the blank."
    )
    more: dict[str, Array] = {
        "probability": np.exp(heard.more["log_probability"]).astype(np.float16),
        "steps": heard.more["steps"],
        "heard": np.array(texts, dtype=str),
        "true": np.array(known, dtype=str),
    }
    pictures = spectrograms(np.asarray(sounds.detach().cpu().float().numpy()), kind.rate)[:, 0].astype(np.float16)
    seconds = kind.samples / kind.rate
    return Value(Alignment(names=symbols(tokens), seconds=seconds), pictures, "When it hears what", note, more)


def symbols(kind: Tokens) -> tuple[str, ...]:
    """The symbols as they are shown; the first is the blank."""
    return ("–", *("␣" if name == " " else name for name in kind.vocabulary[1:]))


def said_table(data: Data, part: str, heard: Tensor) -> Value:
    """The texts of a part that were heard worst, as a table."""
    kind = next(iter(data.fields.targets.values()))
    assert isinstance(kind, Tokens)
    true = texts_of(data.part(part).columns[next(iter(data.fields.targets))], kind)
    texts = texts_of(heard, kind)
    wrong = [errors(one, other, "words")[0] for one, other in zip(true, texts, strict=True)]
    order = torch.tensor(wrong).argsort(descending=True, stable=True)[:ROWS].tolist()
    rows = [[true[place], texts[place] or "(nothing)", str(wrong[place])] for place in order]
    whole = sum(not count for count in wrong)
    note = f"{whole:,} of {len(true):,} texts of the {part} part are heard without an error. The worst come first."
    table = Table(columns=("said", "heard", "wrong words"))
    return Value(table, np.array(rows, dtype=str).reshape(-1, 3), "What was said, and what was heard", note)
