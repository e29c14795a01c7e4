"""Activation maximisation: of what is linear it ends in the weights' direction; the strongest examples stand first."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from example_stand_ins import NUMBER, Formula, among, asked, columns, normal, reading, studied, two
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Bars, Curves, Image, Series, Text
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.layers.log_mel import MelSpectrogram
from dlviz.studies.ascent import Range, climb
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.units_of import Unit, most_excited, units_along


def silent(done: float, of: float) -> None: ...


def test_of_a_linear_unit_it_ends_in_the_direction_of_its_weights() -> None:
    weights = normal(12, seed=3)
    rows = normal(500, 12)
    found = studied(
        "ActivationMaximisation", asked(Formula(lambda x: x @ weights), among(rows, columns(12), rows[:, 0], NUMBER)),
        decay=0.3, steps=100,
    )  # fmt: skip
    bars, curves, _ = found.shown
    assert isinstance(bars.kind, Bars) and isinstance(curves.kind, Curves)
    moved = torch.from_numpy(bars.data) - rows.mean(0)
    assert float(F.cosine_similarity(moved, weights, dim=0)) > 0.999
    assert (np.diff(curves.data[:, :20]) > 0).all()  # it grows from the first step on
    np.testing.assert_allclose(curves.data[:, -1], found.numbers["made"])
    assert min(found.numbers["made"]) > found.numbers["mean"] + 3


def test_of_a_linear_unit_of_pictures_too() -> None:
    """Without smoothing and shifts; black and white bound what is made."""
    pattern = normal(1, 6, 6, seed=2)
    encoder = ImageEncoder(channels=1, height=6, width=6, mean=(0.4,), std=(0.2,))
    pictures = encoder.encode(
        (torch.rand(40, 1, 6, 6, generator=torch.Generator().manual_seed(0)) * 255).byte().numpy()
    )
    data = among(pictures, Image(channels=1, height=6, width=6), torch.arange(40) % 2, encoders={"x": encoder})
    inquiry = asked(two(lambda x: (x * pattern).flatten(1).sum(1)), data, target=1)
    plain = {"smooth": 0.0, "jitter": 0}
    weak = studied("ActivationMaximisation", inquiry, decay=0.5, **plain).shown[0].data[0]
    moved = torch.from_numpy(weak) * 5 - 2 - pictures.mean(0)  # as the network sees it
    assert float(F.cosine_similarity(moved.flatten(), pattern.flatten(), dim=0)) > 0.99
    strong = studied("ActivationMaximisation", inquiry, decay=0.0, **plain).shown[0].data[0]
    assert set(strong[pattern.numpy() > 0.1].round(5)) == {1.0} and set(strong[pattern.numpy() < -0.1].round(5)) == {
        0.0
    }
    first, *_ = studied("ActivationMaximisation", inquiry, made=2).shown
    assert len(first.more["captions"]) == len(first.data) == 2


def test_the_examples_that_excite_it_most() -> None:
    rows = normal(80, 3)
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    data = among(rows, columns(3), torch.arange(80) % 2)
    found = studied("ActivationMaximisation", asked(network, data), layer="0", unit=2, count=5)
    answers = network[0](rows)[:, 2].detach()
    assert found.numbers["rows"] == answers.argsort(descending=True)[:5].tolist()
    np.testing.assert_allclose(found.numbers["answers"], answers.sort(descending=True).values[:5], rtol=1e-5)
    assert found.numbers["mean"] == pytest.approx(float(answers.mean()), abs=1e-6)
    assert "unit 2 of layer `0`" in found.says
    few = studied("ActivationMaximisation", asked(network, data), layer="0", unit=2, most=10)
    assert len(few.numbers["rows"]) == 6 and "10 training examples" in few.says
    with pytest.raises(WrongInput, match="units 0 to 3. Received: 4"):
        studied("ActivationMaximisation", asked(network, data), layer="0", unit=4)
    with pytest.raises(WrongInput, match="no layer `first`"):
        studied("ActivationMaximisation", asked(network, data), layer="first")


def test_the_unit_that_an_example_excites_most() -> None:
    rows = normal(50, 3)
    rows[0] = torch.tensor([0.0, 9.0, 0.0])
    network = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 2))
    with torch.no_grad():
        network[0].weight.copy_(torch.diag(torch.tensor([100.0, 1.0, 1.0])))
    question = asked(network, among(rows, columns(3), torch.arange(50) % 2)).question
    assert most_excited(question, InnerLayers.of(question), "0", rows) == 1  # unit 0 is always larger


def test_units_of_maps_and_of_steps() -> None:
    pictures = among(torch.rand(9, 1, 6, 6), Image(channels=1, height=6, width=6), torch.arange(9) % 2)
    network = nn.Sequential(nn.Conv2d(1, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(80, 2))
    question = asked(network, pictures).question
    layers = InnerLayers.of(question)
    assert [units_along(question, layers, name) for name in ("0", "1", "2", "3")] == [1, 1, 1, 1]
    x = torch.rand(4, 1, 6, 6)
    unit = Unit.of(question, layers, "1", 3)
    score = lambda inputs: network(inputs)[:, 0]  # noqa: E731
    torch.testing.assert_close(unit.answers(score)(x), network[:2](x)[:, 3].mean((1, 2)))
    series = among(torch.rand(9, 2, 12), Series(names=("u", "v"), steps=12), torch.arange(9) % 2)
    network = nn.Sequential(nn.Conv1d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(50, 2))
    question = asked(network, series).question
    assert units_along(question, InnerLayers.of(question), "1") == 1
    ids, kind, encoder = reading(["a b c", "c a"])
    texts = among(ids, kind, torch.arange(2), encoders={"x": encoder})
    read = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 4), nn.Flatten(), nn.Linear(32, 2))
    question = asked(read, texts).question
    layers = InnerLayers.of(question)
    assert units_along(question, layers, "1") == -1  # each step has its features
    unit = Unit.of(question, layers, "1", 2)
    torch.testing.assert_close(unit.answers(lambda x: read(x)[:, 0])(ids), read[:2](ids)[:, :, 2].amax(1))


class Heard(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.front = MelSpectrogram(rate=2000, n_fft=64, hop_length=32, n_mels=8, f_max=1000.0)
        self.end = nn.Linear(8 * 21, 2)

    def forward(self, x: Tensor) -> Tensor:
        return torch.as_tensor(self.end(self.front(x).flatten(1)))


def test_every_kind_of_input() -> None:
    made = {"steps": 10, "made": 2}
    series = among(torch.rand(9, 2, 12), Series(names=("u", "v"), steps=12), torch.arange(9) % 2)
    network = nn.Sequential(nn.Conv1d(2, 5, 3), nn.ReLU(), nn.Flatten(), nn.Linear(50, 2))
    found = studied("ActivationMaximisation", asked(network, series), layer="0", **made)
    assert found.shown[0].data.shape == (2, 12) and found.shown[0].data.min() >= 0 and found.shown[0].data.max() <= 1
    sounds = among(torch.rand(9, 640) - 0.5, Audio(rate=2000, samples=640), torch.arange(9) % 2)
    wave = studied("ActivationMaximisation", asked(nn.Sequential(nn.Linear(640, 2)), sounds), **made)
    assert isinstance(wave.shown[0].kind, Audio) and wave.shown[0].data.shape == (2, 640)
    torch.manual_seed(0)
    seen = studied("ActivationMaximisation", asked(Heard(), sounds), **made)
    assert isinstance(seen.shown[0].kind, Image) and seen.shown[0].data.shape == (2, 1, 8, 21)
    assert seen.numbers["made"][0] > max(seen.numbers["answers"])
    ids, kind, encoder = reading(["a b", "b c", "c d", "a a"])
    texts = among(ids, kind, torch.arange(4) % 2, encoders={"x": encoder})
    read = nn.Sequential(nn.Embedding(6, 3), nn.Flatten(), nn.Linear(24, 2))
    words = studied("ActivationMaximisation", asked(read, texts))
    assert [value.kind for value in words.shown] == [Text()] and "Words cannot be changed a little" in words.says


def test_a_dead_unit_is_said_to_be_dead() -> None:
    network = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    nn.init.constant_(network[0].bias, -99)
    data = among(normal(20, 3), columns(3), torch.arange(20) % 2)
    assert "may be dead" in studied("ActivationMaximisation", asked(network, data), layer="1", unit=0).says


def test_shifts_come_back_and_smoothing_evens_out() -> None:
    spot = torch.zeros(1, 16, 16)
    spot[0, 4, 11] = 1.0
    within = Range(torch.full((1, 16, 16), -9.0), torch.full((1, 16, 16), 9.0), torch.zeros(1, 16, 16))

    def made(smooth: float, jitter: int) -> Tensor:
        return climb(
            lambda x: (x * spot).flatten(1).sum(1), within, (1, 1, 16, 16), steps=60, decay=0.1, smooth=smooth,
            jitter=jitter, seed=0, step=silent,
        ).made[0, 0]  # fmt: skip

    assert int(made(0, 0).argmax()) == 4 * 16 + 11
    blurred = made(0.5, 0)
    assert int(blurred.argmax()) == 4 * 16 + 11 and float(blurred[4, 10]) > 0.3 * float(blurred[4, 11])
    assert float(made(0, 0)[4, 10]) < 0.1 * float(made(0, 0)[4, 11])
    shifted = made(0, 2)  # what it looks for was seen at places within two pixels
    near = shifted[2:7, 9:14]
    assert float(near.clamp(min=0).sum()) > 0.9 * float(shifted.clamp(min=0).sum())


def test_chance_is_the_seed_s() -> None:
    data = among(normal(20, 3), columns(3), torch.arange(20) % 2)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    state = torch.get_rng_state()
    one, same, other = (
        studied("ActivationMaximisation", asked(network, data), seed=seed, steps=5).numbers["made"]
        for seed in (1, 1, 2)
    )
    assert one == same != other and torch.equal(state, torch.get_rng_state())
