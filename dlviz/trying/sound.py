"""A sound that a person speaks or uploads, and what the network makes of it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Tokens, Value
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.data import Fields
from dlviz.datasets.sounds import Sound, sound_from
from dlviz.datasets.spectrogram import spectrograms
from dlviz.generation.ctc import beam, places
from dlviz.tasks.speech_metrics import text_of
from dlviz.tasks.speech_views import symbols
from dlviz.training.restore import Restored

#: Around what is spoken so many seconds stay; what is so much quieter than the loudest moment (1/30: 30 dB) is silence.
_AROUND, _QUIET, _FRAME = 0.1, 1 / 30, 0.02
#: How many texts are told that may have been said, how wide the beam is that looks for them, and which symbols' curves
#: are drawn: those that somewhere get so likely.
_TEXTS, _WIDTH, _SEEN = 4, 16, 0.05


def heard_input(restored: Restored, request: Mapping[str, Any]) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """The sound of a request as the network takes it, and what the page shows of it: `read` and `whole`, the seconds
    that are heard and those that the sound has, `cut`, and `picture`, a spectrogram in bytes.

    `request`: `sound`, the place of a file; `spoken`: it was recorded just now, so silence before and after goes.
    """
    ((name, kind),) = restored.fields.inputs.items()
    encoder = restored.encoders.get(name)
    if not isinstance(kind, Audio) or not isinstance(encoder, AudioEncoder):
        raise WrongInput(f"This run does not say how `{name}` is read. Train it anew.")
    try:
        content = Path(str(request.get("sound", ""))).read_bytes()
    except OSError:
        raise WrongInput("The sound is not there any more. Record or choose it again.") from None
    sound, rate = sound_from(content, "What was sent")
    if request.get("spoken"):
        sound = spoken(sound, rate)
    inputs = {name: encoder.encode([(sound, rate)])}
    whole, most = len(sound) / rate, encoder.samples / encoder.rate
    picture = (255 * spectrograms(inputs[name].numpy(), encoder.rate)[0, 0]).round().astype(np.uint8)
    shown = {
        "read": round(min(whole, most), 3),
        "whole": round(whole, 3),
        "window": most,
        "cut": whole > most * 1.01,
        "picture": {
            "height": picture.shape[0],
            "width": picture.shape[1],
            "bytes": base64.b64encode(picture.tobytes()).decode(),
        },
    }
    return inputs, shown


def spoken(sound: Sound, rate: int) -> Sound:
    """A recording without the silence before and after what is spoken. Raises `WrongInput` where nothing is."""
    size = max(1, round(_FRAME * rate))
    frames = sound[: len(sound) // size * size].reshape(-1, size)
    if not len(frames):
        raise WrongInput("That was too short to hear anything. Record again.")
    loud = np.sqrt(np.square(frames.astype(np.float64)).mean(1))
    if loud.max() < 1e-4:
        raise WrongInput("Nothing can be heard in the recording. Is the microphone on, and is it the right one?")
    there = np.flatnonzero(loud > loud.max() * _QUIET)
    begin = max(0, int(there[0] * size - _AROUND * rate))
    return sound[begin : int((there[-1] + 1) * size + _AROUND * rate)]


def heard(value: Value, fields: Fields) -> dict[str, Any]:
    """What was said, by the best path, with the likeliest texts by a beam, and the curve of each symbol over time."""
    kind = value.kind
    assert isinstance(kind, Tokens)
    ((_, audio),) = fields.inputs.items()
    assert isinstance(audio, Audio)
    table, steps = value.more["log_probability"][0], int(value.more["steps"][0])
    names = symbols(kind)
    likely = np.exp(table.astype(np.float64))
    seen = [number for number in range(1, len(names)) if likely[:steps, number].max(initial=0) > _SEEN]
    moments = table.shape[0]
    return {
        "kind": "heard",
        "text": text_of(value.data[0], kind),
        "texts": [[text_of(ids, kind), float(np.exp(log))] for ids, log in beam(table[:steps], _WIDTH, _TEXTS)],
        "moments": moments,
        "steps": steps,
        "curves": [[names[number], np.round(likely[:steps, number], 3).tolist()] for number in seen],
        "places": [[names[symbol], step, round(p, 3)] for symbol, step, p in places(table[:steps])],
    }
