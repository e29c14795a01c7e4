"""What probes see, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from dlviz.core.problems import Problems
from dlviz.network.graph import Graph
from dlviz.probes.activations import Activations
from dlviz.probes.channels import along
from dlviz.probes.confusion import Confusion
from dlviz.probes.embedding import Embedding
from dlviz.probes.filters import Filters
from dlviz.probes.gates import Gates, walked
from dlviz.probes.gradients import Gradients
from dlviz.probes.hardest import Hardest
from dlviz.probes.histograms import Histograms, histogram
from dlviz.probes.neurons import Neurons
from dlviz.probes.plane import principal, turned
from dlviz.probes.predictions import Predictions
from dlviz.probes.reach import Reach
from dlviz.probes.scene import weights_of
from dlviz.probes.states import States
from dlviz.probes.units import Units
from dlviz.probes.weights import Weights
from tests.probes.scenes import loop_of, scene_of, stage_of


def test_gradients_and_steps_are_those_of_the_training() -> None:
    loop = loop_of("points")
    network, stage = loop.networks["model"], stage_of(loop)
    before = weights_of(loop.networks)
    loss = F.cross_entropy(network(stage.sample["point"]), stage.sample["label"])
    loss.backward()
    hidden = network.get_submodule("hidden")
    pull = torch.cat([hidden.weight.grad.flatten(), hidden.bias.grad]).norm()
    was = torch.cat([hidden.weight.flatten(), hidden.bias]).norm().item()
    with torch.no_grad():
        for weight in network.parameters():
            weight -= 0.1 * weight.grad
    size = torch.cat([hidden.weight.flatten(), hidden.bias]).norm()
    network.zero_grad()
    scene = scene_of(loop, stage, before)
    signals = Gradients().signals(scene)
    frame = Gradients().look(scene)
    assert signals["weight.model.hidden"] == pytest.approx(size.item(), rel=1e-5)
    assert signals["update.model.hidden"] == pytest.approx(0.1 * pull.item() / was, rel=1e-3)
    assert frame.meta["nodes"] == ["model.hidden", "model.out"]
    assert frame.arrays["update"][0] == pytest.approx(signals["update.model.hidden"])
    # the gradient is that at the weights of now
    loss = F.cross_entropy(network(stage.sample["point"]), stage.sample["label"])
    loss.backward()
    pull = torch.cat([hidden.weight.grad.flatten(), hidden.bias.grad]).norm()
    assert signals["gradient.model.hidden"] == pytest.approx(pull.item(), rel=1e-4)
    assert np.isnan(Gradients().look(scene_of(loop, stage)).arrays["update"]).all()


def test_dead_units_and_saturated_ones_are_counted() -> None:
    loop = loop_of("pictures")
    network = loop.networks["model"]
    with torch.no_grad():
        network.get_submodule("norm").bias[:3] = -1000  # half of the six channels
        network.get_submodule("hidden").weight[:3] *= 1e6  # a quarter of the twelve units
        network.get_submodule("hidden").weight[3:] *= 0.0
    scene = scene_of(loop, stage_of(loop))
    frame = Units().look(scene)
    signals = Units().signals(scene)
    assert signals["dead.model.relu"] == 0.5 and frame.arrays["model.relu.active"].shape == (6,)
    assert (frame.arrays["model.relu.active"][:3] == 0).all() and (frame.arrays["model.relu.active"][3:] > 0).all()
    assert signals["saturated.model.sigmoid"] == pytest.approx(0.25, abs=0.01)
    given = scene.passed.outputs["model.hidden"]
    assert signals["activation_mean.model.hidden"] == pytest.approx(given.mean().item(), rel=1e-4)
    assert signals["activation_std.model.hidden"] == pytest.approx(given.std(correction=0).item(), rel=1e-4)


def test_a_neurons_surface_is_what_it_says_at_each_point() -> None:
    loop = loop_of("points")
    scene = scene_of(loop, stage_of(loop))
    frame = Neurons().look(scene)
    hidden = loop.networks["model"].get_submodule("hidden")
    points = loop.data.train.columns["point"]
    low, high = points.amin(0), points.amax(0)
    low, high = low - 0.1 * (high - low), high + 0.1 * (high - low)
    surface = frame.arrays["model.hidden"][2].astype(float)  # the third unit
    ends = frame.meta["nodes"]["model.hidden"]
    surface = ends["low"] + surface / 255 * (ends["high"] - ends["low"])
    side = frame.meta["side"]
    for row, column in ((0, 0), (0, side - 1), (side - 1, 0), (side - 1, side - 1)):
        x = low[0] + (high[0] - low[0]) * column / (side - 1)
        y = low[1] + (high[1] - low[1]) * row / (side - 1)
        said = hidden(torch.stack([x, y]))[2].item()
        assert surface[row, column] == pytest.approx(said, abs=1.01 * ends["high"] / 255)
    total = frame.arrays["output"].astype(int).sum(0)
    assert frame.arrays["output"].shape[0] == 2 and abs(total - 255).max() <= 1  # probabilities
    assert list(frame.arrays) == ["model.input", "model.hidden", "model.tanh", "model.out", "output"]
    decoded = loop.data.encoders["point"].decode(torch.stack([low, high])).data if loop.data.encoders else None
    if decoded is not None:
        assert frame.meta["x"] == pytest.approx(decoded[:, 0].tolist(), rel=1e-5)


def test_weights_are_kept_as_they_are_and_large_ones_left_out() -> None:
    loop = loop_of("pictures")
    frame = Weights().look(scene_of(loop, stage_of(loop)))
    state = loop.networks["model"].state_dict()
    np.testing.assert_array_equal(frame.arrays["model.conv.weight"], state["conv.weight"].numpy())
    np.testing.assert_array_equal(frame.arrays["model.out.bias"], state["out.bias"].numpy())
    filters = Filters().look(scene_of(loop, stage_of(loop)))
    ends = filters.meta["nodes"]["model.conv"]
    back = ends["low"] + filters.arrays["model.conv"] / 255 * (ends["high"] - ends["low"])
    np.testing.assert_allclose(back, state["conv.weight"].numpy(), atol=1.01 * ends["high"] / 255)


def test_histograms_count_all_numbers() -> None:
    counts, ends = histogram([torch.arange(64.0), torch.tensor([float("nan"), float("inf")])])
    assert counts.tolist() == [2] * 32 and ends == [0, 63]
    assert histogram([torch.zeros(5)])[0].sum() == 5 and histogram([]) is None
    assert histogram([torch.full((3,), float("nan"))]) is None
    counts, _ = histogram([torch.randn(1_000_000)])
    assert 25_000 < counts.sum() <= 30_000
    loop = loop_of("points")
    frame = Histograms().look(scene_of(loop, stage_of(loop)))
    assert frame.arrays["model.hidden.weight"].sum() == 15 and frame.arrays["model.hidden.gradient"].sum() == 15
    assert frame.arrays["model.tanh.activation"].sum() == 64 * 5


def test_a_cloud_does_not_flip() -> None:
    chance = np.random.default_rng(0)
    before = chance.normal(size=(200, 2)) * [3, 1]
    for mirror in (np.diag([1, 1]), np.diag([-1, 1]), np.diag([1, -1])):
        angle = chance.uniform(0, 6)
        spin = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        now = (before - before.mean(0)) @ spin @ mirror
        np.testing.assert_allclose(turned(now, before), before - before.mean(0), atol=1e-9)
    assert turned(before, before[:5]) is before


@pytest.mark.parametrize("shape", [(100, 20), (30, 500), (300, 400)])
def test_principal_directions_are_those_of_the_decomposition(shape: tuple[int, int]) -> None:
    chance = torch.Generator().manual_seed(0)
    rows = torch.randn(shape, generator=chance) * 8 * 0.8 ** torch.arange(float(shape[1]))
    points, share = principal(rows)
    centred = (rows - rows.mean(0)).double().numpy()
    left, strength, _ = np.linalg.svd(centred, full_matrices=False)
    for column in range(2):
        expected = left[:, column] * strength[column]
        sign = np.sign(points[:, column] @ expected)
        assert np.abs(points[:, column] * sign - expected).max() < 0.02 * np.abs(expected).max()
    assert share == pytest.approx((strength[:2] ** 2).sum() / (strength**2).sum(), rel=1e-3)
    assert principal(torch.zeros(5, 3))[1] == 1 and principal(torch.randn(5, 1))[0].shape == (5, 2)


def test_the_embedding_lies_as_it_lay_before() -> None:
    loop = loop_of("points")
    stage = stage_of(loop)
    first = Embedding().look(scene_of(loop, stage))
    with torch.no_grad():
        loop.networks["model"].get_submodule("hidden").weight *= -1  # tanh is odd: the cloud is mirrored, no more
        loop.networks["model"].get_submodule("hidden").bias *= -1
    then = Embedding().look(scene_of(loop, stage, previous={"embedding": first}))
    np.testing.assert_allclose(then.arrays["points"], first.arrays["points"], atol=1e-4)
    assert first.meta["width"] == 5 and 0 < first.meta["share"] <= 1


def test_the_hardest_come_first_and_the_confused_are_named() -> None:
    loop = loop_of("pictures")
    stage = stage_of(loop)
    network = stage.networks["model"]
    held = loop.data.validation
    logits = network(held.columns["image"])
    losses = F.cross_entropy(logits, held.columns["label"], reduction="none")
    frame = Hardest().look(scene_of(loop, stage))
    assert frame.arrays["index"].tolist() == losses.argsort(descending=True)[:24].tolist()
    np.testing.assert_allclose(
        frame.arrays["loss"], losses.sort(descending=True).values[:24].detach().numpy(), rtol=1e-4
    )
    assert frame.arrays["picture"].shape == (24, 1, 8, 8)
    assert frame.arrays["prediction"].tolist() == logits.argmax(1)[frame.arrays["index"]].tolist()
    confusion = Confusion().look(scene_of(loop, stage, outputs=logits.detach()))
    counts, members = confusion.arrays["counts"], confusion.arrays["members"]
    assert counts.sum() == len(held) == confusion.meta["of"] and members.shape == (10, 10, 12)
    for true, predicted in np.ndindex(10, 10):
        named = [each for each in members[true, predicted].tolist() if each >= 0]
        assert len(named) == min(12, counts[true, predicted]) == len(set(named))
        for each in named:
            assert (int(held.columns["label"][each]), int(logits[each].argmax())) == (true, predicted)


def test_predictions_and_activations_are_of_the_chosen_examples() -> None:
    loop = loop_of("pictures")
    stage = stage_of(loop)
    scene = scene_of(loop, stage)
    classes = loop.data.validation.columns["label"][stage.chosen].tolist()
    assert len(set(classes)) == len(stage.chosen) == 8  # one of each, as far as they go
    said = stage.networks["model"](stage.validation(stage.chosen)["image"]).softmax(1)
    np.testing.assert_allclose(Predictions().look(scene).arrays["prediction"], said.detach().numpy(), atol=1e-6)
    frame = Activations().look(scene)
    assert frame.meta["examples"] == stage.chosen
    assert frame.arrays["model.conv"].shape == (8, 6, 8, 8) and frame.arrays["model.hidden"].shape == (8, 12)
    assert frame.meta["nodes"]["model.relu"]["low"] == 0


def test_states_are_those_of_the_real_words_and_heads_look_at_them() -> None:
    loop = loop_of("text")
    stage = stage_of(loop)
    frame = States().look(scene_of(loop, stage))
    words = len(frame.meta["tokens"])
    ids = loop.data.validation.columns["text"][frame.meta["example"]]
    assert words == int((ids != 0).sum())
    states = frame.arrays["model.lstm.states"]
    assert states.shape == (words, 6)
    network = stage.networks["model"]
    last = network.get_submodule("lstm")(*_inputs(network, ids[None]))[0].detach().numpy()
    ends = frame.meta["nodes"]["model.lstm"]
    assert np.abs(ends["low"] + states[-1] / 255 * (ends["high"] - ends["low"]) - last).max() < 1.1 * ends["high"] / 255
    attention = frame.arrays["model.attention.attention"].astype(float) / 255
    assert attention.shape[0] == 2 and np.abs(attention.sum(2) - 1).max() < 0.05
    assert attention[:, :, words:].max() == 0  # nobody looks at padding


def _inputs(network: torch.nn.Module, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    mask = network.get_submodule("mask")(ids)
    words = network.get_submodule("words")(ids)
    return network.get_submodule("attention")(words, mask), mask


def test_units_lie_where_their_layers_put_them() -> None:
    kinds = ["Input", "Conv1d", "ReLU", "Transpose", "Linear", "ReLU", "LSTM", "Tanh", "Conv1d", "BatchNorm1d"]
    layers = [{"kind": kind, "name": f"n{number}"} for number, kind in enumerate(kinds)]
    graph = Graph.parse(layers, "networks.model", Problems())
    assert graph is not None
    assert list(along(graph, "model").values()) == [1, 1, 1, -1, -1, -1, -1, -1, 1, 1]
    drawn = [{"kind": "Input"}, {"kind": "Linear", "out_features": 64}, {"kind": "Reshape", "shape": [1, 8, 8]}]
    picture = Graph.parse(drawn, "networks.model", Problems())
    assert picture is not None and list(along(picture, "model").values()) == [1, -1, 1]  # rows laid out as a picture


def test_the_last_layer_is_found_only_where_another_stands_before_it() -> None:
    points = stage_of(loop_of("points"))
    assert points.hidden is points.networks["model"].get_submodule("out")
    assert stage_of(loop_of("gan")).hidden is None


def test_the_task_tells_the_loss_of_each_example() -> None:
    for name in ("points", "table", "vae"):
        loop = loop_of(name)
        batch = loop.data.validation.batch(slice(0, 16))
        for network in loop.networks.values():
            network.eval()
        with torch.no_grad():
            losses = list(loop.task.losses(loop.networks, batch, loop.fields))
            outputs = loop.task.forward(loop.networks, batch, loop.fields)
            each = loop.task.example_losses(loop.networks, outputs, batch, loop.fields)
        assert each is not None and each.shape == (16,)
        if name != "vae":  # whose loss sums two halves
            assert each.mean().item() == pytest.approx(losses[0].value.item(), rel=1e-5)


@pytest.mark.parametrize("kind", ["LSTM", "GRU"])
@pytest.mark.parametrize("bias", [True, False])
def test_gates_are_those_of_torchs_own_cells(kind: str, bias: bool) -> None:
    torch.manual_seed(0)
    layer = getattr(torch.nn, kind)(5, 4, num_layers=2, bias=bias, batch_first=True)
    steps = torch.randn(7, 5)
    with torch.no_grad():
        gates, memory = walked(layer, steps)
        one = getattr(torch.nn, kind)(5, 4, bias=bias, batch_first=True)  # what the first layer gives by itself
        one.load_state_dict({name: weight for name, weight in layer.state_dict().items() if name.endswith("l0")})
        h, last = one(steps[None])
    assert gates.shape == (2 + (kind == "LSTM"), 7, 4) and gates.min() > 0 and gates.max() < 1
    before = torch.cat([torch.zeros(1, 4), h[0, :-1]])
    if kind == "LSTM":
        assert memory is not None
        torch.testing.assert_close(memory[-1], last[1][0, 0])
        torch.testing.assert_close(gates[2] * memory.tanh(), h[0])  # the output gate shows it
        earlier = torch.cat([torch.zeros(1, 4), memory[:-1]])
        let_in = (memory - gates[0] * earlier) / gates[1]  # what is new lies between -1 and 1
        assert let_in.abs().max() <= 1.0001
    else:
        assert memory is None
        new = (h[0] - gates[1] * before) / (1 - gates[1])
        assert new.abs().max() <= 1.0001
        own, past = one.weight_ih_l0, one.weight_hh_l0
        added = one.bias_ih_l0[8:] if bias else 0.0, one.bias_hh_l0[8:] if bias else 0.0
        wanted = (steps @ own[8:].T + added[0] + gates[0] * (before @ past[8:].T + added[1])).tanh()
        torch.testing.assert_close(new, wanted, atol=1e-5, rtol=1e-4)


def test_gates_are_of_the_words_whose_states_are_shown() -> None:
    loop = loop_of("text")
    stage = stage_of(loop)
    states, gates = States().look(scene_of(loop, stage)), Gates().look(scene_of(loop, stage))
    assert gates.meta["tokens"] == states.meta["tokens"] and gates.meta["nodes"]["model.lstm"]["gates"][0] == "forget"
    words = len(gates.meta["tokens"])
    assert gates.arrays["model.lstm.gates"].shape == (3, words, 6)
    assert gates.arrays["model.lstm.cell"].shape == (words, 6)


def test_the_gradient_is_told_back_from_the_last_real_step() -> None:
    loop = loop_of("text")
    stage = stage_of(loop)
    scene = scene_of(loop, stage)
    found = Reach().look(scene).arrays["model.lstm"]
    ids = stage.sample["text"]
    lengths = (ids != 0).sum(1)
    sizes = scene.passed.gradients["model.attention"].norm(dim=2)
    last = torch.stack([row[many - 1] for row, many in zip(sizes, lengths, strict=True)])
    assert found.shape == (int(lengths.max()),)
    np.testing.assert_allclose(found[-1], last.mean(), rtol=1e-5)
    far = [float(row[0]) for row, many in zip(sizes, lengths, strict=True) if many == lengths.max()]
    np.testing.assert_allclose(found[0], np.mean(far), rtol=1e-5)
