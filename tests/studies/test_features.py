"""Feature maps are what hooks hear, filters what the weights are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from example_stand_ins import Formula, among, asked, columns, normal, reading, studied
from torch import nn

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Bars, Image, Matrix, Series
from dlviz.studies.study import Study


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 6, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 10, 2), nn.Flatten(), nn.Linear(40, 2)
    )


PICTURES = among(
    torch.rand(9, 1, 8, 8, generator=torch.Generator().manual_seed(0)), Image(channels=1, height=8, width=8),
    torch.arange(9) % 2,
)  # fmt: skip


@pytest.mark.parametrize("layer", ["0", "1", "3"])
def test_maps_are_what_a_hook_hears(layer: str) -> None:
    model = network()
    heard = []
    hook = model.get_submodule(layer).register_forward_hook(lambda module, inputs, output: heard.append(output))
    inquiry = asked(model, PICTURES, 4)
    heard.clear()
    with torch.no_grad():
        model(inquiry.question.inputs["x"])
    hook.remove()
    found = studied("FeatureMaps", inquiry, layer=layer)
    (shown,) = found.shown
    wanted = heard[0][0].numpy()
    most = np.abs(wanted).max()
    back = shown.data[:, 0] * most if wanted.min() >= 0 else (shown.data[:, 0] - 0.5) * 2 * most
    np.testing.assert_allclose(back, wanted, atol=1e-6)
    assert found.numbers["shape"] == list(wanted.shape) and f"{wanted.shape[0]} maps of" in found.says
    assert shown.data.min() >= 0 and shown.data.max() <= 1
    assert shown.more["captions"][2] == f"2: {wanted[2].max():.2g}"


def test_the_strongest_maps_are_shown_and_silent_ones_told() -> None:
    model = network()
    nn.init.constant_(model[0].weight[3], 0)
    nn.init.constant_(model[0].bias, 0)
    found = studied("FeatureMaps", asked(model, PICTURES), layer="1", count=2)
    maps = model[:2](PICTURES.test.columns["x"][:1])[0].detach().flatten(1).amax(1)
    assert found.numbers["units"] == sorted(maps.argsort(descending=True)[:2].tolist())
    assert found.numbers["silent"] >= 1 and "do not answer at all" in found.says
    assert studied("FeatureMaps", asked(model, PICTURES)).numbers["layer"] == "0"


def test_steps_words_and_rows() -> None:
    series = among(torch.rand(9, 2, 500), Series(names=("u", "v"), steps=500), torch.arange(9) % 2)
    model = nn.Sequential(nn.Conv1d(2, 5, 1), nn.Flatten(), nn.Linear(2500, 2))
    (shown,) = studied("FeatureMaps", asked(model, series)).shown
    assert isinstance(shown.kind, Matrix) and shown.data.shape == (5, 200)
    wanted = model[0](series.test.columns["x"][:1])[0].detach().numpy()
    np.testing.assert_allclose(shown.data[:, 0], wanted[:, :2].mean(1), rtol=1e-5)
    ids, kind, encoder = reading(["a b", "b c a"])
    texts = among(ids, kind, torch.arange(2), encoders={"x": encoder})
    read = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 4), nn.Flatten(), nn.Linear(32, 2))
    (words,) = studied("FeatureMaps", asked(read, texts, 1), layer="1").shown
    assert isinstance(words.kind, Matrix) and words.kind.columns == ("1 b", "2 c", "3 a")
    np.testing.assert_allclose(words.data, read[:2](ids[1:2])[0, :3].T.detach().numpy(), rtol=1e-6)
    table = among(normal(9, 3), columns(3), torch.arange(9) % 2)
    (row,) = studied("FeatureMaps", asked(nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)), table)).shown
    assert isinstance(row.kind, Bars) and row.kind.names == ("unit 0", "unit 1", "unit 2", "unit 3")
    sounds = among(torch.rand(4, 640) - 0.5, Audio(rate=2000, samples=640), torch.arange(4) % 2)
    (heard,) = studied("FeatureMaps", asked(nn.Sequential(nn.Linear(640, 2)), sounds)).shown
    assert isinstance(heard.kind, Bars)
    loud = nn.Sequential(nn.Unflatten(1, (1, 8, 80)), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(936, 2))
    (upwards,) = studied("FeatureMaps", asked(loud, sounds), layer="1").shown
    maps = loud[:2](sounds.test.columns["x"][:1])[0].detach().numpy()
    np.testing.assert_allclose((upwards.data[:, 0] - 0.5) * 2 * np.abs(maps).max(), maps[:, ::-1], atol=1e-6)
    with pytest.raises(WrongInput, match="no layer with weights"):
        studied("FeatureMaps", asked(Formula(lambda x: torch.cat([x, x], 1)[:, :2]), table))
    with pytest.raises(WrongInput, match="no layer `6`"):
        studied("FeatureMaps", asked(network(), PICTURES), layer="6")


def test_filters_are_the_weights() -> None:
    model = network()
    found = studied("Filters", asked(model, PICTURES))
    (shown,) = found.shown
    weight = model[0].weight.detach().numpy()
    np.testing.assert_allclose((shown.data - 0.5) * 2 * np.abs(weight).max(), weight, atol=1e-6)
    assert shown.kind == Image(channels=1, height=3, width=3) and found.numbers["shape"] == [6, 1, 3, 3]
    (later,) = studied("Filters", asked(model, PICTURES), layer="3").shown
    weight = model[3].weight.detach().numpy()
    assert later.data.shape == (8 * 6, 1, 2, 2) and later.more["rows"][7] == "filter 7"
    np.testing.assert_allclose((later.data[6 * 5 + 2, 0] - 0.5) * 2 * np.abs(weight).max(), weight[5, 2], atol=1e-6)
    with pytest.raises(WrongInput, match="`1` is no layer with filters. Known: 0, 3, 5"):
        studied("Filters", asked(model, PICTURES), layer="1")


def test_weights_of_a_linear_layer_lie_at_their_pixels() -> None:
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 2))
    (shown,) = studied("Filters", asked(model, PICTURES)).shown
    weight = model[1].weight.detach().numpy().reshape(2, 1, 8, 8)
    np.testing.assert_allclose((shown.data - 0.5) * 2 * np.abs(weight).max(), weight, atol=1e-6)
    table = among(normal(9, 3), columns(3), torch.arange(9) % 2)
    rows = nn.Sequential(nn.Linear(3, 4), nn.Linear(4, 2))
    (matrix,) = studied("Filters", asked(rows, table), layer="1").shown
    np.testing.assert_array_equal(matrix.data, rows[1].weight.detach().numpy())
    series = among(torch.rand(9, 2, 12), Series(names=("u", "v"), steps=12), torch.arange(9) % 2)
    (along,) = studied(
        "Filters", asked(nn.Sequential(nn.Conv1d(2, 5, 3), nn.Flatten(), nn.Linear(50, 2)), series)
    ).shown  # fmt: skip
    assert along.data.shape == (5, 1, 2, 3)
    study = Study.parse("Filters")
    assert study is not None
    question = asked(Formula(lambda x: x), table).question
    assert "has none" in str(study.why_not(question.task, question.networks, question.data.fields))
