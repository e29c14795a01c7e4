"""Nearest examples: by what the network sees, in the right order, and an example is nearest to itself."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from example_stand_ins import NUMBER, Formula, among, asked, columns, normal, reading, studied
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Curves, Image, Series, Table, Text
from dlviz.studies.inner_layers import InnerLayers
from dlviz.studies.nearest_examples import distances


def network(width: int) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(width, 6), nn.Tanh(), nn.Linear(6, 2))


@pytest.mark.parametrize("distance", ["cosine", "euclid"])
def test_an_example_is_nearest_to_itself(distance: str) -> None:
    data = among(normal(60, 4), columns(4), torch.arange(60) % 2)
    found = studied("NearestExamples", asked(network(4), data, 17, "train"), distance=distance)
    assert found.numbers["rows"][0] == 17 and found.numbers["distances"][0] == 0
    assert found.numbers["distances"] == sorted(found.numbers["distances"])
    assert "itself" in found.shown[0].data[1, 0] and isinstance(found.shown[0].kind, Table)
    sampled = studied("NearestExamples", asked(network(4), data, 17, "train"), most=10)
    assert sampled.numbers["rows"][0] == 17 and sampled.numbers["compared"] == 10
    assert "10 of 60 training examples were compared" in sampled.says


def test_nearest_is_by_what_the_network_sees() -> None:
    """It sees the first column alone: rows alike in it are nearest, however far away they lie in the others."""
    model = network(2)
    with torch.no_grad():
        model[0].weight[:, 1] = 0
    rows = torch.tensor([[0.0, 0.0], [0.1, 50.0], [0.2, -50.0], [2.0, 0.0], [-3.0, 0.0]])
    data = among(rows, columns(2), torch.arange(5) % 2)
    found = studied("NearestExamples", asked(model, data, 0), distance="euclid", count=3)
    assert found.numbers["rows"] == [0, 1, 2]
    features = torch.tanh(model[0](rows)).detach().double()
    np.testing.assert_allclose(found.numbers["distances"], (features[:3] - features[0]).norm(dim=1), rtol=1e-6)
    inner = studied("NearestExamples", asked(model, data, 0), layer="0", distance="euclid", count=3)
    np.testing.assert_allclose(inner.numbers["distances"][1], float((model[0](rows)[1] - model[0](rows)[0]).norm()))
    with pytest.raises(WrongInput, match="no layer `9`"):
        studied("NearestExamples", asked(model, data, 0), layer="9")


def test_distances() -> None:
    there = torch.tensor([[2.0, 0.0], [0.0, 3.0], [-1.0, 0.0], [1.0, 1.0]])
    np.testing.assert_allclose(distances(torch.tensor([1.0, 0.0]), there, "cosine"), [0, 1, 2, 1 - 0.5**0.5])
    np.testing.assert_allclose(distances(torch.tensor([1.0, 0.0]), there, "euclid"), [1, 10**0.5, 2, 1])


def test_what_it_says() -> None:
    rows = torch.cat([normal(30, 2) * 0.1 + 3, normal(30, 2, seed=1) * 0.1 - 3])
    classes = (torch.arange(60) < 30).long()
    model = nn.Sequential(nn.Linear(2, 2))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[-1.0, -1.0], [1.0, 1.0]]))
        model[0].bias.zero_()
    found = studied("NearestExamples", asked(model, among(rows, columns(2), classes)), count=5)
    assert found.says == "5 of the 5 nearest training examples are yes, the same."
    wrong = studied("NearestExamples", asked(model, among(rows, columns(2), 1 - classes)), count=5)
    assert wrong.says == "5 of the 5 nearest training examples are no, while it says yes."
    number = among(rows, columns(2), rows[:, 0], NUMBER)
    told = studied("NearestExamples", asked(nn.Sequential(nn.Linear(2, 1)), number), count=5)
    assert told.says.startswith("The 5 nearest training examples have ") and " m on the mean; it says " in told.says


def test_every_kind_of_example_is_shown() -> None:
    def model(width: int) -> nn.Sequential:
        return nn.Sequential(nn.Flatten(), nn.Linear(width, 2))

    pictures = among(torch.rand(10, 1, 6, 6), Image(channels=1, height=6, width=6), torch.arange(10) % 2)
    (shown,) = studied("NearestExamples", asked(model(36), pictures), count=3).shown
    assert isinstance(shown.kind, Image) and len(shown.data) == 4 and len(shown.more["captions"]) == 4
    series = among(torch.rand(10, 2, 9), Series(names=("u", "v"), steps=9), torch.arange(10) % 2)
    (shown,) = studied("NearestExamples", asked(model(18), series), count=3).shown
    assert isinstance(shown.kind, Curves) and shown.data.shape == (4, 9)
    sounds = among(torch.rand(10, 64) - 0.5, Audio(rate=8000, samples=64), torch.arange(10) % 2)
    assert studied("NearestExamples", asked(model(64), sounds), count=3).shown[0].more["captions"].shape == (4,)
    ids, kind, encoder = reading(["a b", "b c", "c d", "a a"])
    texts = among(ids, kind, torch.arange(4) % 2, encoders={"x": encoder})
    read = nn.Sequential(nn.Embedding(6, 3), nn.Flatten(), nn.Linear(24, 2))
    (shown,) = studied("NearestExamples", asked(read, texts), count=3).shown
    assert isinstance(shown.kind, Text) and shown.data[0] == "this one: a b"


def test_long_rows_and_many_texts_stand_so_that_they_can_be_read() -> None:
    rows = normal(20, 12)
    (wide,) = studied(
        "NearestExamples", asked(network(12), among(rows, columns(12), torch.arange(20) % 2)), count=3
    ).shown
    assert wide.data.shape == (12, 5) and wide.data[0, 0] == "a" and wide.data[0, 1] == f"{float(rows[0, 0]):.4g}"
    assert wide.kind.columns[:2] == ("column", "1. this one") and len(set(wide.kind.columns)) == 5
    ids, kind, encoder = reading([f"a {'b ' * number}" for number in range(9)], 12)
    texts = among(ids, kind, torch.arange(9) % 2, encoders={"x": encoder})
    read = nn.Sequential(nn.Embedding(4, 3), nn.Flatten(), nn.Linear(36, 2))
    (many,) = studied("NearestExamples", asked(read, texts), count=8).shown
    assert isinstance(many.kind, Table) and many.data.shape == (9, 2) and many.data[0].tolist() == ["this one", "a"]


def test_a_network_without_weights() -> None:
    data = among(normal(5, 2), columns(2), torch.arange(5) % 2)
    with pytest.raises(WrongInput, match="no layer with weights"):
        studied("NearestExamples", asked(Formula(lambda x: x), data))


def test_the_layers_of_a_network_by_name() -> None:
    model = nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Sequential(nn.ReLU(), nn.Linear(4, 2)), nn.Softmax(1))
    data = among(normal(8, 2), columns(2), torch.arange(8) % 2)
    found = InnerLayers.of(asked(model, data).question)
    assert found.shapes == {"0": (4,), "1": (4,), "2.0": (4,), "2.1": (2,), "2": (2,), "3": (2,)}
    assert found.last == "2.1" and found.before == "2.0"
