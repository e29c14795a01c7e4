"""Speech recognition: padding and batch mates change nothing, errors are counted as by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.network.shapes import infer
from dlviz.tasks.speech_metrics import ErrorRate, errors, text_of
from dlviz.tasks.speech_recognition import SpeechRecognition
from dlviz.tasks.starters import graph
from tests.tasks.support import networks

LETTERS = Tokens(vocabulary=("<pad>", "<unk>", " ", "a", "b"), length=6)
WORDS = Tokens(vocabulary=("<pad>", "<unk>", "no", "yes"), length=3)
FIELDS = Fields({"sound": Audio(rate=8000, samples=4000)}, {"said": LETTERS}, 600)
TASK = SpeechRecognition()


class Told(nn.Module):
    """A network that always says the same, whatever it hears."""

    def __init__(self, logits: Tensor) -> None:
        super().__init__()
        self.logits = nn.Parameter(logits)

    def forward(self, sound: Tensor) -> Tensor:
        return self.logits[: len(sound)]


def sounds(*lengths: int) -> Tensor:
    made = 0.1 * torch.randn(len(lengths), 4000, generator=torch.Generator().manual_seed(0)).clamp(-3, 3)
    made[made.abs() < 1e-3] = 1e-3
    return made.masked_fill(torch.arange(4000)[None] >= torch.tensor(lengths)[:, None], 0)


@pytest.mark.parametrize("title", TASK.starters(FIELDS))
def test_neither_batch_mates_nor_padding_change_what_is_heard(title: str) -> None:
    made = networks(TASK, FIELDS, None, TASK.starters(FIELDS)[title])
    made["model"].eval()
    batch = {
        "sound": sounds(4000, 1500, 2600),
        "said": torch.tensor([[3, 4, 2, 3, 3, 4], [3, 0, 0, 0, 0, 0], [4, 4] + 4 * [0]]),
    }
    with torch.no_grad():
        together = TASK.forward(made, batch, FIELDS)
        for place in range(3):
            alone = TASK.forward(made, {name: column[place : place + 1] for name, column in batch.items()}, FIELDS)
            torch.testing.assert_close(alone[0], together[place], rtol=1e-4, atol=1e-5)
        said = {**batch, "said": batch["said"][1:2, :1], "sound": batch["sound"][1:2]}  # its text without its padding
        torch.testing.assert_close(TASK.forward(made, said, FIELDS)[0], together[1], rtol=1e-4, atol=1e-5)


def test_what_is_said_after_the_sounds_end_counts_nowhere() -> None:
    logits = torch.randn(2, 20, 5, generator=torch.Generator().manual_seed(1))
    batch = {"sound": sounds(4000, 1000), "said": torch.tensor([[3, 4, 0], [4, 4, 3]])}
    other = logits.clone()
    other[1, 6:] = 5 * torch.randn(14, 5)  # 1000 of 4000 samples are 5 of 20 moments, and one more
    for task in (TASK, SpeechRecognition(beam=8)):
        with torch.no_grad():
            first, second = (task.forward({"model": Told(known)}, batch, FIELDS) for known in (logits, other))
        torch.testing.assert_close(first, second)
    (loss,) = TASK.losses({"model": Told(logits)}, batch, FIELDS)
    expected = [
        float(
            nn.functional.ctc_loss(
                logits[row, :many].log_softmax(1)[:, None],
                said[None],
                torch.tensor([many]),
                torch.tensor([size]),
                reduction="sum",
            )
        )
        for row, many, said, size in ((0, 20, torch.tensor([3, 4]), 2), (1, 6, torch.tensor([4, 4, 3]), 3))
    ]
    assert float(loss.value.detach()) == pytest.approx(sum(expected) / 5, rel=1e-5)
    assert first[:, 0].tolist() == pytest.approx([expected[0] / 2, expected[1] / 3], rel=1e-5)


def test_a_beam_hears_what_the_likeliest_path_does_not() -> None:
    table = torch.tensor([[0.6, 1e-9, 1e-9, 0.4, 1e-9]]).repeat(2, 1).log()[None]
    batch = {"sound": sounds(4000)}
    with torch.no_grad():
        heard = {
            width: SpeechRecognition(beam=width).forward({"model": Told(table)}, batch, FIELDS) for width in (1, 8)
        }
    assert heard[1].tolist() == [[0, 0, 0]] and heard[8].tolist() == [[0, 3, 0]]


def test_a_network_with_too_few_moments_is_refused() -> None:
    layers: list[dict[str, Any]] = [
        {"name": "input", "kind": "Input"},
        {"name": "log_mel", "kind": "LogMel", "rate": 8000, "n_fft": 256, "hop_length": 256, "n_mels": 8},
        {"name": "pool", "kind": "MaxPool2d", "kernel_size": [1, 4]},
        {"name": "columns", "kind": "Permute", "dims": [3, 1, 2]},
        {"name": "steps", "kind": "Flatten", "start_dim": 2},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]
    said = torch.tensor([[3, 3, 4, 0, 0, 0], [3, 0, 0, 0, 0, 0]])
    train = Examples({"sound": sounds(4000, 4000), "said": said}, torch.arange(2))
    with pytest.raises(WrongInput, match="answers at 4 moments, too few for 1 of 2 .*“aab” needs 4") as caught:
        networks(
            TASK,
            FIELDS,
            Examples({"sound": sounds(2000, 4000), "said": said}, torch.arange(2)),
            {"model": graph(layers)},
        )
    assert "hop_length" in str(caught.value)
    networks(TASK, FIELDS, train, {"model": graph(layers)})


def test_a_network_may_answer_at_as_many_moments_as_it_likes_and_the_wrong_width_is_told() -> None:
    known = TASK.roles(FIELDS)["model"]
    layers: list[dict[str, Any]] = [
        {"name": "input", "kind": "Input"},
        {"name": "log_mel", "kind": "LogMel", "rate": 8000, "n_fft": 256, "hop_length": 128, "n_mels": 8},
        {"name": "columns", "kind": "Permute", "dims": [3, 1, 2]},
        {"name": "steps", "kind": "Flatten", "start_dim": 2},
        {"name": "gru", "kind": "GRU", "hidden_size": 8, "output": "last"},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]
    report = infer(graph(layers), known.inputs, known.output)
    (problem,) = report.problems
    assert "any×5" in problem.message and "Let `gru` give all steps" in [remedy.title for remedy in problem.remedies]
    right = infer(problem.remedies[0].graph, known.inputs, known.output)
    assert not right.problems and right.nodes["output"].shape == (32, 5)


def test_errors_are_counted_as_by_hand() -> None:
    assert text_of([3, 2, 4, 4, 0, 0], LETTERS) == "a bb" and text_of([3, 2, 0], WORDS) == "yes no"
    assert errors("a bb ab", "a b ab ab", "words") == (2, 3)  # one exchanged, one too many
    assert errors("a bb", "abb", "characters") == (1, 4) and errors("a", "", "words") == (1, 1)
    rate = ErrorRate(WORDS, "words")
    rate.update(torch.tensor([[2, 3, 0], [0, 0, 0], [3, 3, 3]]), torch.tensor([[2, 3, 0], [3, 2, 0], [3, 2, 0]]))
    assert float(rate.compute()) == pytest.approx(4 / 6)  # right; two left out; one exchanged and one too many


def test_the_result_stands_against_the_commonest_text() -> None:
    fields = Fields(FIELDS.inputs, {"said": WORDS}, 10)
    train = Examples({"said": torch.tensor([[3, 0, 0], [3, 0, 0], [2, 0, 0]])}, torch.arange(3))
    test = Examples({"said": torch.tensor([[3, 0, 0], [2, 3, 0]] * 20)}, torch.arange(40))
    outputs = torch.tensor([[0.1, 3, 0], [0.1, 3, 0]] * 20)
    found = TASK.result(outputs, test, train, fields)
    assert found is not None and "“yes”" in found.baseline_name and not found.higher_is_better
    assert found.value == found.baseline == pytest.approx(1 / 3) and found.low < 1 / 3 < found.high
    data = Data(fields, train, test, test, encoders={})
    from dlviz.tasks.speech_views import said_table

    seen = said_table(data, "test", outputs[:, 1:].long())
    assert "20 of 40 texts" in seen.note and seen.data[0].tolist() == ["no yes", "yes", "1"]
    assert np.array_equal(seen.data[:, 2], np.sort(seen.data[:, 2])[::-1])
