"""Reconstruction against answers known from elsewhere: torch.distributions, PCA, arithmetic by hand."""

from __future__ import annotations

import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.distributions import Independent, Normal, kl_divergence

from dlviz.core.values import Category, Image, Points, Tokens, Vector
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.tasks import faithful
from dlviz.tasks.codes import in_the_plane, narrowest
from dlviz.tasks.extent import Extent, extent_of
from dlviz.tasks.noise import spoilt
from dlviz.tasks.reconstruction import Reconstruction, kl
from dlviz.tasks.starters import graph
from dlviz.tasks.task import forward_all
from tests.tasks.support import CLASSES, DIGIT, NUMBER, PLANE, ROW, data, networks, trained

VARIANTS = [
    Reconstruction(),
    Reconstruction(loss="bce"),
    Reconstruction(variant="denoising"),
    Reconstruction(variant="denoising", noise="masking", noise_amount=0.3),
    Reconstruction(variant="denoising", noise="salt and pepper", noise_amount=0.3, loss="bce"),
    Reconstruction(variant="variational"),
    Reconstruction(variant="variational", loss="bce", latent_size=5, beta=0.2),
]
every_variant = pytest.mark.parametrize("task", VARIANTS, ids=lambda t: f"{t.variant}-{t.loss}-{t.noise}")


def linear(size: int, code: int) -> dict[str, object]:
    return {
        "model": graph(
            [
                {"name": "input", "kind": "Input"},
                {"name": "narrow", "kind": "Linear", "out_features": code},
                {"name": "output", "kind": "Linear", "out_features": size},
            ]
        )
    }


@every_variant
@pytest.mark.parametrize("kind", [PLANE, ROW, DIGIT], ids=["plane", "row", "digit"])
def test_every_variant_learns_and_is_drawn(task: Reconstruction, kind: Image | Vector, tmp_path) -> None:  # type: ignore[no-untyped-def]
    some = data(kind, CLASSES)
    for graphs in task.starters(some.fields).values():
        made = networks(task, some.fields, some.train, graphs)
        before = {role: copy.deepcopy(network.state_dict()) for role, network in made.items()}
        first = trained(task, made, some, steps=1)
        last = trained(task, made, some, steps=40, lr=0.003)
        assert sum(float(loss.value) for loss in last) < sum(float(loss.value) for loss in first)
        for role, network in made.items():
            assert all(not torch.equal(before[role][name], weight) for name, weight in network.named_parameters())
        for network in made.values():
            network.eval()
        for name, view in task.views(made, some, "validation", None).items():
            view.save(tmp_path / name)
            assert np.isfinite(view.data).all() and view.title and view.note.endswith(".")
            if isinstance(view.kind, Image):
                assert 0 <= view.data.min() and view.data.max() <= 1
        shown = task.predict(made, some.validation.columns, some.fields)["input"]
        assert shown.data.shape == some.validation.columns["input"].shape


def test_the_divergence_is_that_of_torch() -> None:
    mean, log_variance = torch.randn(7, 5), torch.randn(7, 5)
    drawn = Independent(Normal(mean, (log_variance / 2).exp()), 1)
    plain = Independent(Normal(torch.zeros(7, 5), torch.ones(7, 5)), 1)
    torch.testing.assert_close(kl(mean, log_variance), kl_divergence(drawn, plain))


@pytest.mark.parametrize("loss", ["mse", "bce"])
def test_both_networks_get_the_gradient_of_the_whole_elbo(loss: str) -> None:
    """Though the decoder has stepped before the encoder's turn."""
    some = data(ROW, NUMBER)
    task = Reconstruction.model_validate({"variant": "variational", "loss": loss, "beta": 0.7, "latent_size": 3})
    made = networks(task, some.fields, some.train)
    other = {role: copy.deepcopy(network) for role, network in made.items()}
    clean = some.train.columns["input"]

    torch.manual_seed(5)
    mean, log_variance = other["encoder"](clean).chunk(2, 1)
    codes = Normal(mean, (log_variance / 2).exp()).rsample()
    out = other["decoder"](codes)
    extent = extent_of(other["decoder"])
    if loss == "mse":
        likelihood = Normal(out, torch.ones(())).log_prob(clean).sum(1) + 1.5 * math.log(2 * math.pi)
    else:
        share = extent.share(clean).clamp(0, 1)
        likelihood = -torch.nn.functional.binary_cross_entropy(extent.share(out), share, reduction="none").sum(1)
    divergence = kl_divergence(Normal(mean, (log_variance / 2).exp()), Normal(0.0, 1.0)).sum(1)
    wanted = (0.7 * divergence - likelihood).mean()
    wanted.backward()

    torch.manual_seed(5)
    told = []
    for turn in task.losses(made, some.train.columns, some.fields):
        made[turn.role].zero_grad()
        turn.value.backward()
        told.append(float(turn.value.detach()))
        if turn.role == "decoder":
            gradients = [weight.grad.clone() for weight in made["decoder"].parameters() if weight.grad is not None]
            with torch.no_grad():
                for weight in made["decoder"].parameters():
                    weight.add_(1.0)  # as if the optimizer had stepped far
    assert sum(told) == pytest.approx(float(wanted.detach()), rel=1e-4)
    assert told[1] == pytest.approx(0.7 * float(divergence.mean().detach()), rel=1e-4)
    for mine, theirs in zip(gradients, other["decoder"].parameters(), strict=True):
        torch.testing.assert_close(mine, theirs.grad, rtol=2e-3, atol=1e-5)
    for mine, theirs in zip(made["encoder"].parameters(), other["encoder"].parameters(), strict=True):
        torch.testing.assert_close(mine.grad, theirs.grad, rtol=2e-3, atol=1e-5)


def test_a_linear_autoencoder_finds_what_pca_finds() -> None:
    """Baldi & Hornik 1989: its least error is that of the principal components."""
    random = torch.Generator().manual_seed(0)
    flat = torch.randn(200, 2, generator=random) @ torch.tensor([[2.0, 0.5, 1.0, 0.0], [0.0, 1.0, -1.0, 1.5]])
    points = flat + 0.3 * torch.randn(200, 4, generator=random) + 1
    examples = Examples({"input": points}, torch.arange(200))
    fields = Fields({"input": Vector(names=("a", "b", "c", "d"))}, {}, 200)
    some = Data(fields, examples, examples, examples, {})
    task = Reconstruction()
    made = networks(task, fields, examples, linear(4, 2))
    trained(task, made, some, steps=400, lr=0.02)
    (last,) = trained(task, made, some, steps=400, lr=0.002)
    strengths = torch.linalg.svdvals((points - points.mean(0)).double())
    least = float((strengths[2:] ** 2).sum()) / points.numel()
    assert float(last.value) == pytest.approx(least, rel=1e-4)
    found = faithful.Explained()
    found.update(*task.measured(forward_all(task, made, examples, fields), {}, fields))
    assert float(found.compute()) == pytest.approx(1 - least / float((strengths**2).sum()) * points.numel(), abs=1e-3)


def test_the_loss_of_denoising_compares_with_the_clean_example() -> None:
    some = data(ROW, NUMBER)
    task = Reconstruction(variant="denoising", noise_amount=0.8)
    made = networks(task, some.fields, some.train, linear(3, 3))
    for weights in (made["model"].narrow, made["model"].output):  # gives back what it sees
        torch.nn.init.eye_(weights.weight)
        torch.nn.init.zeros_(weights.bias)
    torch.manual_seed(1)
    (loss,) = task.losses(made, some.train.columns, some.fields)
    torch.manual_seed(1)
    noise = 0.8 * torch.randn(90, 3)
    assert float(loss.value.detach()) == pytest.approx(float(noise.square().mean()), rel=1e-5)
    seen = task.seen(made, some.train.columns["input"], torch.Generator().manual_seed(3))
    again = task.seen(made, some.train.columns["input"], torch.Generator().manual_seed(3))
    assert torch.equal(seen, again)


def test_the_cross_entropy_is_that_of_shares_between_black_and_white() -> None:
    some, task = data(DIGIT, NUMBER), Reconstruction(loss="bce")
    made = networks(task, some.fields, some.train)
    column = some.train.columns["input"]
    extent = extent_of(made["model"])
    assert float(extent.low) == float(column.min()) and float(extent.high) == float(column.max())
    (loss,) = task.losses(made, some.train.columns, some.fields)
    given = made["model"](column)
    assert float(column.min()) <= float(given.min().detach()) and float(given.max().detach()) <= float(column.max())
    wanted = torch.nn.functional.binary_cross_entropy(extent.share(given), extent.share(column))
    assert float(loss.value.detach()) == pytest.approx(float(wanted.detach()), rel=1e-5)


def test_what_spoils_an_example() -> None:
    extent = Extent(torch.zeros(1, 8, 8), torch.tensor([[[-1.0]]]), torch.tensor([[[3.0]]]), squash=False)
    pictures, random = torch.full((200, 1, 8, 8), 0.5), torch.Generator().manual_seed(0)
    strayed = spoilt(pictures, "gaussian", 0.25, extent, random) - pictures
    assert float(strayed.mean()) == pytest.approx(0, abs=0.01) and float(strayed.std()) == pytest.approx(0.25, rel=0.02)
    wiped = spoilt(pictures, "masking", 0.3, extent, random)
    assert wiped.unique().tolist() == [-1, 0.5]
    assert float((wiped == -1).float().mean()) == pytest.approx(0.3, abs=0.02)
    salted = spoilt(pictures, "salt and pepper", 0.4, extent, random)
    assert salted.unique().tolist() == [-1, 0.5, 3]
    assert float((salted == 3).float().mean()) == pytest.approx(0.2, abs=0.02)
    rows = Extent(torch.tensor([7.0, 8.0]), torch.zeros(2), torch.ones(2), squash=False)
    assert spoilt(torch.zeros(5, 2), "masking", 1.0, rows, random).tolist() == [[7, 8]] * 5  # to the mean


def test_figures_by_hand() -> None:
    extent = Extent(torch.tensor([1.0, 1.0]), torch.tensor([0.0, 0.0]), torch.tensor([2.0, 4.0]), squash=False)
    clean, made = torch.tensor([[0.0, 0.0], [2.0, 4.0]]), torch.tensor([[0.0, 1.0], [2.0, 4.0]])
    rows = faithful.rows(made, clean, extent)
    assert rows.tolist() == [[0.5, 1.0, 1 / 32, 0.0], [0.0, 5.0, 0.0, 0.0]]
    for figure, wanted in (
        (faithful.Explained(), 1 - 0.25 / 3),
        (faithful.Faithful(faithful.ERROR), 0.25),
        (faithful.SignalToNoise(), 10 * math.log10(64)),
    ):
        figure.update(rows, rows)
        assert float(figure.compute()) == pytest.approx(wanted)


def test_the_mean_example_is_the_trivial_guess() -> None:
    some, task = data(DIGIT, CLASSES), Reconstruction()
    mean = some.train.columns["input"].mean(0)
    made = networks(task, some.fields, some.train)
    extent = extent_of(made["model"])
    true = some.test.columns["input"]
    rows = faithful.rows(mean.expand_as(true), true, extent)
    found = task.result(rows, some.test, some.train, some.fields)
    assert found is not None and found.value == pytest.approx(0, abs=1e-6) and found.baseline == 0
    perfect = task.result(faithful.rows(true, true, extent), some.test, some.train, some.fields)
    assert perfect is not None and (perfect.low, perfect.value, perfect.high) == (1, 1, 1)


@every_variant
def test_the_same_seed_gives_the_same_to_the_last_bit(task: Reconstruction) -> None:
    some = data(DIGIT, CLASSES)
    found: list[Tensor] = []
    for _ in range(2):
        made = networks(task, some.fields, some.train)
        torch.manual_seed(8)
        told = trained(task, made, some, steps=5)
        found.append(torch.cat([weight.detach().flatten() for n in made.values() for weight in n.parameters()]))
        found.append(torch.stack([loss.value for loss in told]))
    assert torch.equal(found[0], found[2]) and torch.equal(found[1], found[3])


@every_variant
def test_half_precision_gives_about_the_same_losses(task: Reconstruction) -> None:
    some = data(DIGIT, CLASSES)
    found = []
    for half in (False, True):
        made = networks(task, some.fields, some.train)
        torch.manual_seed(3)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            turns = list(task.losses(made, some.train.columns, some.fields))
        assert all(turn.value.dtype == torch.float32 for turn in turns)
        assert turns[0].outputs is not None and turns[0].outputs.dtype == torch.float32
        found.append(torch.stack([turn.value.detach() for turn in turns]))
    torch.testing.assert_close(found[0], found[1], rtol=0.02, atol=0.005)


@every_variant
def test_a_checkpoint_brings_what_was_learned_of_the_training_part(task: Reconstruction) -> None:
    some = data(DIGIT, CLASSES)
    made = networks(task, some.fields, some.train)
    again = networks(task, some.fields, None)
    column = some.validation.columns["input"]
    for role, network in made.items():
        again[role].load_state_dict(network.state_dict())
        network.eval()
        again[role].eval()
    assert torch.equal(task.made(made, column), task.made(again, column))
    copies = {role: copy.deepcopy(network) for role, network in made.items()}
    assert torch.equal(task.made(made, column), task.made(copies, column))


def test_the_narrowest_layer_is_found_and_a_branch_is_not_mistaken_for_it() -> None:
    layers = [
        {"name": "input", "kind": "Input"},
        {"name": "wide", "kind": "Linear", "out_features": 9},
        {"name": "branch", "kind": "Linear", "out_features": 1},
        {"name": "beside", "kind": "Linear", "out_features": 9, "inputs": ["branch"]},
        {"name": "joined", "kind": "Add", "inputs": ["wide", "beside"]},
        {"name": "narrow", "kind": "Linear", "out_features": 2},
        {"name": "tanh", "kind": "Tanh"},
        {"name": "output", "kind": "Linear", "out_features": 3},
    ]
    some, task = data(ROW, CLASSES), Reconstruction()
    made = networks(task, some.fields, some.train, {"model": graph(layers)})
    column = some.validation.columns["input"]
    found = narrowest(made["model"].eval(), column)
    assert found is not None
    name, codes = found
    assert name == "tanh" and codes.shape == (90, 2)
    with torch.no_grad():
        half = made["model"]
        torch.testing.assert_close(
            codes, half.tanh(half.narrow(half.wide(column) + half.beside(half.branch(half.wide(column)))))
        )
    assert not half.tanh._forward_hooks


def test_without_a_bottleneck_there_is_no_map() -> None:
    some, task = data(ROW, CLASSES), Reconstruction()
    assert "latent" in task.views(networks(task, some.fields, some.train, linear(3, 3)), some, "validation", None)
    assert "latent" not in task.views(networks(task, some.fields, some.train, linear(3, 4)), some, "validation", None)


def test_codes_lie_in_the_plane_by_their_principal_components() -> None:
    random = torch.Generator().manual_seed(0)
    codes = torch.randn(50, 5, generator=random) * torch.tensor([1.0, 9.0, 0.1, 4.0, 0.1])
    points, share = in_the_plane(codes)
    variances = torch.linalg.eigvalsh(torch.cov(codes.double().T)).flip(0)
    np.testing.assert_allclose(points.var(0, ddof=1), variances[:2], rtol=1e-9)
    assert share == pytest.approx(float(variances[:2].sum() / variances.sum()))
    np.testing.assert_array_equal(in_the_plane(codes[:, :2])[0], codes[:, :2].double().numpy())
    assert in_the_plane(codes[:, :1])[0][:, 1].tolist() == [0] * 50


def test_the_latent_map_is_coloured_by_class_where_there_is_one() -> None:
    task = Reconstruction(variant="variational")
    for target, groups in ((CLASSES, CLASSES.names), (NUMBER, ("examples",))):
        some = data(DIGIT, target)
        made = networks(task, some.fields, some.train)
        view = task.views(made, some, "validation", None)["latent"]
        assert isinstance(view.kind, Points) and view.kind.groups == groups
        with torch.no_grad():
            mean = made["encoder"](some.validation.columns["input"])[:, :2]
        np.testing.assert_allclose(view.data, mean.numpy(), rtol=1e-5)


def test_data_without_a_target_serve_too() -> None:
    some = data(DIGIT, CLASSES)
    bare = replace(some, fields=Fields(some.fields.inputs, {}, 270))
    for task in VARIANTS:
        made = networks(task, bare.fields, bare.train)
        assert task.why_not(bare.fields) is None
        assert len(forward_all(task, made, bare.validation, bare.fields)) == 90
        assert task.views(made, bare, "validation", None)["latent"].more["group"].max() == 0


def test_words_and_several_inputs_are_refused() -> None:
    words = Tokens(vocabulary=("", "?", "a"), length=4)
    for inputs in ({"text": words}, {"a": ROW, "b": ROW}, {}):
        assert "one input" in (Reconstruction().why_not(Fields(inputs, {"label": Category(names=("a", "b"))})) or "")
