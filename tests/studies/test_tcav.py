"""TCAV: a concept that decides is significant; a random one is not, nor any in a network that has learned nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from example_stand_ins import YES_NO, Formula, among, asked, columns, normal, reading, studied
from PIL import Image as Pillow
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Bars, Image
from dlviz.datasets.data import Data
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.studies.concept_layer import chosen_layer
from dlviz.studies.concept_vectors import Directions, beyond, unlike_means
from dlviz.studies.inner_layers import InnerLayers

SIDE = 8


def striped(count: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Noise, in half of which are faint stripes: those are of class yes. In another half, by chance, a bright corner,
    which decides nothing."""
    pictures = 0.3 * torch.rand(count, 1, SIDE, SIDE, generator=random)
    classes = torch.randint(0, 2, (count,), generator=random)
    corner = torch.randint(0, 2, (count,), generator=random)
    stripes = torch.zeros(SIDE, SIDE)
    stripes[::2] = 0.5
    pictures += stripes * classes[:, None, None, None]
    pictures[:, :, :3, :3] += 0.5 * corner[:, None, None, None]
    return pictures, classes, corner


def convolutional(seed: int) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(),
        nn.Flatten(), nn.Linear(8 * 16, 16), nn.Tanh(), nn.Linear(16, 2),
    )  # fmt: skip


@pytest.fixture(scope="module")
def learned() -> tuple[nn.Module, Data, Tensor]:
    random = torch.Generator().manual_seed(0)
    network = convolutional(0)
    optimizer = torch.optim.Adam(network.parameters(), 3e-3)
    for _ in range(150):
        pictures, classes, _ = striped(64, random)
        optimizer.zero_grad()
        F.cross_entropy(network(pictures), classes).backward()
        optimizer.step()
    pictures, classes, corner = striped(400, random)
    with torch.no_grad():
        assert (network(pictures).argmax(1) == classes).float().mean() > 0.97
    encoders = {"x": ImageEncoder(channels=1, height=SIDE, width=SIDE)}
    return network, among(pictures, Image(channels=1, height=SIDE, width=SIDE), classes, YES_NO, dict(encoders)), corner


def rows_of(mask: Tensor, count: int = 40) -> list[int]:
    return [int(row) for row in mask.nonzero().flatten()[:count]]


def test_the_concept_that_decides_is_significant(learned: tuple[nn.Module, Data, Tensor]) -> None:
    network, data, _ = learned
    stripes = rows_of(data.train.columns["y"] == 1)
    found = studied("Tcav", asked(network, data, target=1), concept=stripes, name="stripes")
    assert found.numbers["significant"] and found.numbers["share"] > 0.9 and found.numbers["told_apart"] > 0.7
    assert "it speaks for yes" in found.says and found.numbers["layer"] == "4"
    bars, shown = found.shown
    assert isinstance(bars.kind, Bars) and bars.kind.names == ("stripes", "random concepts")
    assert (bars.more["low"] <= bars.data).all() and (bars.data <= bars.more["high"]).all()
    assert isinstance(shown.kind, Image) and len(shown.data) == 12
    against = studied("Tcav", asked(network, data, target=0), concept=stripes)
    assert against.numbers["significant"] and against.numbers["share"] < 0.1 and "against no" in against.says


def test_random_concepts_are_not(learned: tuple[nn.Module, Data, Tensor]) -> None:
    network, data, _ = learned
    called = []
    for seed in range(6):
        rows = torch.randperm(400, generator=torch.Generator().manual_seed(seed))[:40].tolist()
        found = studied("Tcav", asked(network, data, target=1), concept=rows, seed=seed, randoms=20)
        called.append(found.numbers["significant"])
        assert found.numbers["told_apart"] < 0.75
    assert sum(called) <= 1


def test_a_network_that_has_learned_nothing_holds_no_concept_to_be_significant(
    learned: tuple[nn.Module, Data, Tensor],
) -> None:
    """Even where its layers tell stripes from none, and every example is pushed the same way: no direction matters."""
    _, data, _ = learned
    stripes = rows_of(data.train.columns["y"] == 1)
    found = [
        studied("Tcav", asked(convolutional(seed), data, target=1), concept=stripes, randoms=20)
        for seed in range(1, 7)
    ]  # fmt: skip
    assert sum(one.numbers["significant"] for one in found) == 0
    assert sum(one.numbers["p"] < 0.05 for one in found) >= 2  # the t-test of the shares alone is fooled


def test_a_concept_the_layer_holds_but_the_decision_does_not_use() -> None:
    """The layer holds both columns apart; the weights behind it read the first alone."""
    rows = normal(400, 2)
    classes = (rows[:, 0] > 0).long()
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 6), nn.Tanh(), nn.Linear(6, 2))
    optimizer = torch.optim.Adam(network.parameters(), 0.02)
    for _ in range(100):
        with torch.no_grad():
            network[0].weight[:4, 1] = network[0].weight[4:, 0] = 0
            network[2].weight[:, 4:] = 0
        optimizer.zero_grad()
        F.cross_entropy(network(rows), classes).backward()
        optimizer.step()
    data = among(rows, columns(2), classes)
    for column, used in ((0, True), (1, False)):
        high = rows_of(rows[:, column] > 0.5)
        found = studied("Tcav", asked(network, data, target=1), concept=high, layer="1")
        assert found.numbers["p_told_apart"] < 0.05
        assert found.numbers["significant"] == used and ("Not significant" in found.says) != used


def test_a_concept_of_pictures_from_a_zip(learned: tuple[nn.Module, Data, Tensor], tmp_path: Path) -> None:
    network, data, _ = learned
    with zipfile.ZipFile(tmp_path / "stripes.zip", "w") as archive:
        for number, row in enumerate(rows_of(data.train.columns["y"] == 1, 30)):
            pixels = (data.train.columns["x"][row, 0].clamp(0, 1) * 255).byte().numpy()
            Pillow.fromarray(pixels).save(tmp_path / "one.png")
            archive.write(tmp_path / "one.png", f"stripes/{number}.png")
        archive.writestr("stripes/broken.png", b"no picture")
        archive.writestr("readme.txt", "stripes")
    found = studied("Tcav", asked(network, data, target=1), path=str(tmp_path / "stripes.zip"), name="stripes")
    assert found.numbers["significant"] and found.numbers["concept"] == 30 and found.numbers["share"] > 0.9
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("readme.txt", "stripes")
    with pytest.raises(WrongInput, match="No picture could be read"):
        studied("Tcav", asked(network, data, target=1), path=str(tmp_path / "none.zip"))


def test_a_class_or_examples_of_any_part_show_a_concept(learned: tuple[nn.Module, Data, Tensor]) -> None:
    network, data, _ = learned
    inquiry = asked(network, data, target=1)
    of_class = studied("Tcav", inquiry, members="yes", randoms=10)
    many = int((data.train.columns["y"] == 1).sum())
    assert of_class.numbers["concept"] == min(many, (400 - many) // 2) and of_class.numbers["share"] > 0.9
    held = studied("Tcav", inquiry, concept=rows_of(data.test.columns["y"] == 1), part="test", randoms=10)
    assert held.numbers["concept"] == 40 and held.numbers["share"] > 0.9


def test_of_a_large_concept_some_examples_suffice() -> None:
    rows = normal(3000, 3)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 2))
    data = among(rows, columns(3), (rows[:, 0] > 0).long())
    found = studied("Tcav", asked(network, data, target=1), concept=rows_of(rows[:, 0] > 0, 900), randoms=10)
    assert found.numbers["concept"] == 200 and found.numbers["told_apart"] > 0.6


def test_what_is_no_concept(learned: tuple[nn.Module, Data, Tensor]) -> None:
    network, data, _ = learned
    inquiry = asked(network, data, target=1)
    for settings, said in (
        ({}, "at least 5 examples that show it. Received: 0"),
        ({"concept": [1, 2, 2, 2, 2, 3]}, "Received: 3"),
        ({"concept": [1, 2, 3, 4, 400]}, "training part has the examples 0 to 399. Received: 400"),
        ({"concept": [1, 2, 3, 4, -1], "part": "test"}, "test part has the examples 0 to 399. Received: -1"),
        ({"members": "yse"}, "no class `yse`. Did you mean `yes`"),
        ({"concept": list(range(200))}, "needs at least 400 others"),
        ({"concept": list(range(9)), "layer": "conv"}, "no layer `conv`"),
    ):
        with pytest.raises(WrongInput, match=said):
            studied("Tcav", inquiry, **settings)
    table = among(normal(50, 3), columns(3), torch.arange(50) % 2)
    with pytest.raises(WrongInput, match="no inner layer with weights"):
        studied("Tcav", asked(nn.Sequential(nn.Linear(3, 2)), table), concept=list(range(9)))
    with pytest.raises(WrongInput, match="for a network of pictures"):
        studied("Tcav", asked(nn.Sequential(nn.Linear(3, 2)), table), path="/nowhere")


def test_other_kinds_of_data_have_concepts_too() -> None:
    rows = normal(300, 4)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    with torch.no_grad():  # it sees the first column alone
        network[0].weight[:, 1:] = 0
        network[0].weight[:, 0] = 1
        network[2].weight[0], network[2].weight[1] = -1, 1
    table = among(rows, columns(4), (rows[:, 0] > 0).long())
    high = [int(row) for row in (rows[:, 0] > 1).nonzero().flatten()[:30]]
    found = studied("Tcav", asked(network, table, target=1), concept=high)
    assert found.numbers["share"] == 1 and found.numbers["layer"] == "0"
    dead = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    nn.init.constant_(dead[0].bias, -99)
    assert "does not move at all" in studied("Tcav", asked(dead, table, target=1), concept=high).says
    ids, kind, encoder = reading(["a b", "b c", "c d", "a a"] * 20)
    texts = among(ids, kind, torch.arange(80) % 2, encoders={"x": encoder})
    read = nn.Sequential(nn.Embedding(6, 3), nn.Flatten(), nn.Linear(24, 2))
    question = asked(read, texts).question
    assert chosen_layer(question, InnerLayers.of(question), "auto") == "1"
    with pytest.raises(WrongInput, match="no inner layer"):
        studied("Tcav", asked(Formula(lambda x: x), table), concept=high)
    with pytest.raises(WrongInput, match="No weights come behind layer `2`"):
        studied("Tcav", asked(network, table), concept=high, layer="2")


def test_directions_and_their_tests() -> None:
    shown, others = normal(40, 200) * 0.1, normal(40, 200, seed=1) * 0.1
    shown[:, 3] += 5
    among_all, at = Directions(torch.cat([shown, others])), torch.arange(40)
    (along,) = among_all.vectors(among_all.weights(at, at + 40)[None])
    assert float(along.norm()) == pytest.approx(1, abs=1e-4) and float(along[3]) > 0.95  # 200 numbers, 80 examples
    assert among_all.told_apart(at, at + 40) == 1
    assert 0.2 < Directions(normal(80, 50)).told_apart(at, at + 40) < 0.8
    # as ridge regression of the labels on centred rows, written out
    rows = normal(30, 4, seed=5).double()
    labels = torch.cat([torch.full((10,), 0.1), torch.full((20,), -0.05)]).double()
    centred = rows - rows.mean(0)
    ridge = 0.01 * centred.square().sum(1).mean() * 30
    wanted = torch.linalg.solve(centred.T @ centred + ridge * torch.eye(4), centred.T @ labels)
    small = Directions(rows)
    (found,) = small.vectors(small.weights(torch.arange(10), torch.arange(10, 30))[None])
    torch.testing.assert_close(found, wanted / wanted.norm(), rtol=1e-4, atol=1e-5)
    from scipy.stats import ttest_ind

    one, other = np.array([0.9, 1.0, 0.95, 0.97]), np.array([0.4, 0.6, 0.5, 0.9, 0.1])
    assert unlike_means(one, other) == pytest.approx(float(ttest_ind(one, other, equal_var=False).pvalue))
    assert unlike_means(np.ones(5), np.ones(5)) == 1 and unlike_means(np.ones(5), np.zeros(5)) == 0
    assert beyond(0.5, np.array([0.1, -0.2, 0.3])) == 0.25 and beyond(-0.2, np.array([0.1, -0.2, 0.3])) == 0.75


def test_chance_is_the_seed_s(learned: tuple[nn.Module, Data, Tensor]) -> None:
    network, data, _ = learned
    state = torch.get_rng_state()
    first, second, other = (
        studied("Tcav", asked(network, data, target=1), concept=list(range(10)), seed=seed).numbers
        for seed in (1, 1, 2)
    )
    assert first == second != other and torch.equal(state, torch.get_rng_state())
