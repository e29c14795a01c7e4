"""What holds for every network of sounds: neither batch mates nor silence at a file's end change what it says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlviz.core.values import Audio, Category
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.data import Fields
from dlviz.network.shapes import infer
from dlviz.tasks.classification import Classification
from tests.tasks.support import networks

FIELDS = Fields({"sound": Audio(rate=8000, samples=4000)}, {"label": Category(names=("a", "b", "c"))}, 600)
TASK = Classification()
STARTERS = TASK.starters(FIELDS)


def test_there_are_the_networks_that_one_expects() -> None:
    assert list(STARTERS) == ["CNN", "CRNN", "MLP on the mean spectrum"]
    kinds = [{node.layer.kind() for node in graphs["model"].nodes} for graphs in STARTERS.values()]
    assert all("LogMel" in found for found in kinds) and "GRU" in kinds[1] and "Conv2d" not in kinds[2]


@pytest.mark.parametrize("title", STARTERS)
def test_batch_mates_and_silence_at_the_end_change_nothing(title: str) -> None:
    network = networks(TASK, FIELDS, None, STARTERS[title])["model"].eval()
    random = np.random.default_rng(0)
    raw = [(random.normal(0, 0.1, length).astype(np.float32), 8000) for length in (900, 4000, 2500)]
    encoder = AudioEncoder(rate=8000, samples=4000)
    with torch.no_grad():
        together = network(encoder.encode(raw))
        for place, (sound, rate) in enumerate(raw):
            alone = network(encoder.encode([(np.pad(sound, (0, 300)), rate)]))
            torch.testing.assert_close(alone[0], together[place], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("rate", "seconds"), [(1000, 0.05), (8000, 1), (16000, 3), (44100, 10)])
def test_the_networks_suit_sounds_of_any_rate_and_length(rate: int, seconds: float) -> None:
    fields = Fields({"sound": Audio(rate=rate, samples=round(rate * seconds))}, FIELDS.targets, 600)
    known = TASK.roles(fields)["model"]
    for graphs in TASK.starters(fields).values():
        report = infer(graphs["model"], known.inputs, known.output)
        assert not report.problems, report.problems
