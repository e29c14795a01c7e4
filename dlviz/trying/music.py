"""Music: a tune that a network wrote, as plain values that a page can draw, play and offer as a file."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from dlviz.datasets.midi import write_midi
from dlviz.datasets.music_encoder import MusicEncoder
from dlviz.datasets.score import Score


def tune(encoder: MusicEncoder, begun: Sequence[int], more: Sequence[int]) -> dict[str, Any]:
    """`{"notes": [[start, length, pitch, voice], …], "per_quarter", "tempo", "begun": the step at which the network
    took over, "midi": the file in base64}` of token ids."""
    score = encoder.score([*begun, *more])
    return {**told(score), "begun": encoder.score(begun).steps, "midi": base64.b64encode(write_midi(score)).decode()}


def told(score: Score) -> dict[str, Any]:
    """A score as plain values."""
    return {"notes": score.rows().tolist(), "per_quarter": score.per_quarter, "tempo": score.tempo}
