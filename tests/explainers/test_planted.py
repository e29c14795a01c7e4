"""Does a method find what decides? A patch planted into noise, and the same network before it has learned anything."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.asking.answer import ask
from dlviz.core.values import Category, Image
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.explainers.explainer import Explainer
from dlviz.tasks.classification import Classification

SIDE, PATCH = 16, 4
#: The noise about .5, and the patch: .9 of its spread above it. A pixel of the patch is not farther from the mean than
#: one of the noise usually is, so a network that has learned nothing has no reason to point there.
SPREAD, LEVEL = 0.3, 0.9


def planted(count: int, random: torch.Generator, spread: float = SPREAD) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures of noise (N, 1, 16, 16), into every second of which a patch is put; its class, its place."""
    pictures = 0.5 + spread * torch.randn(count, 1, SIDE, SIDE, generator=random)
    classes = torch.arange(count) % 2
    places = PATCH * torch.randint(0, SIDE // PATCH, (count, 2), generator=random)
    along = torch.arange(SIDE)
    inside = ((along >= places[:, :, None]) & (along < places[:, :, None] + PATCH)).float()  # (N, 2, 16)
    mask = inside[:, 0, :, None] * inside[:, 1, None, :] * classes[:, None, None]
    return torch.where(mask[:, None] > 0, torch.tensor(0.5 + LEVEL * SPREAD), pictures), classes, places


def network(seed: int) -> nn.Sequential:
    """Looks for a pattern anywhere: whether it is there counts, not where."""
    torch.manual_seed(seed)
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 16, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(8), nn.Flatten(), nn.Linear(16, 2),
    )  # fmt: skip


def among(pictures: Tensor, classes: Tensor) -> Data:
    part = Examples({"image": pictures, "label": classes}, torch.arange(len(pictures)))
    kinds = {"image": Image(channels=1, height=SIDE, width=SIDE)}
    return Data(Fields(kinds, {"label": Category(names=("no", "yes"))}), part, part, part, {})


@pytest.fixture(scope="session")
def learned() -> tuple[nn.Module, Data, Tensor]:
    """A network that tells the patch, the data, and where the patches are."""
    random = torch.Generator().manual_seed(0)
    x, y, places = planted(200, random)
    taught = network(0)
    optimizer = torch.optim.AdamW(taught.parameters(), 0.01, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.01, total_steps=600)
    for _ in range(600):
        pictures, classes, _ = planted(64, random)
        loss = F.cross_entropy(taught(pictures), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    with torch.no_grad():
        assert (taught(x).argmax(1) == y).float().mean() > 0.99
    return taught.eval(), among(x, y), places


def found(method: Explainer, networks: Sequence[nn.Module], data: Data, places: Tensor) -> tuple[float, float]:
    """The mean share of the positive weight that lies in the patch, and how often the largest weight does: each network
    is asked about another picture with a patch."""
    shares, hits = [], []
    for number, network in enumerate(networks):
        index = 2 * number + 1
        answer = ask(Classification(), {"model": network}, data, "test", index, 1, method)
        weights = answer.explanation.values[0].clip(min=0)
        row, column = places[index].tolist()
        inside = weights[row : row + PATCH, column : column + PATCH]
        shares.append(inside.sum() / max(weights.sum(), 1e-12))
        hits.append(inside.max() >= weights.max() > 0)
    return float(np.mean(shares)), float(np.mean(hits))


@pytest.mark.parametrize(
    ("document", "mass", "pointing"),
    [
        ({"kind": "Shap", "evaluations": 500, "background": 8}, 0.95, 1.0),
        ({"kind": "IntegratedGradients"}, 0.90, 1.0),
        ({"kind": "Occlusion"}, 0.87, 1.0),
        ({"kind": "Lime"}, 0.81, 1.0),
        ({"kind": "Lime", "segments": "colours"}, 0.50, 0.9),
        ({"kind": "GradCam"}, 0.70, 1.0),
        ({"kind": "GradCamPlusPlus"}, 0.60, 1.0),
        ({"kind": "Saliency"}, 0.50, 1.0),
        ({"kind": "SmoothGrad"}, 0.50, 1.0),
        ({"kind": "GradientShap"}, 0.80, 1.0),
        ({"kind": "DeepShap"}, 0.80, 1.0),
        ({"kind": "Rise"}, 0.50, 1.0),
        # maps that are bright everywhere let all of the picture through, and weigh most: it is not trusted
        ({"kind": "ScoreCam"}, 0.0, 0.5),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_it_finds_the_patch(document: dict[str, Any], mass: float, pointing: float, learned: Any) -> None:
    taught, data, places = learned
    method = Explainer.parse(document)
    assert method is not None
    many = 5 if document["kind"] == "Shap" else 10  # it asks most
    share, pointed = found(method, [taught] * many, data, places)
    untaught, _ = found(method, [network(100 + seed) for seed in range(2 * many)], data, places)
    print(f"{document}: {share:.3f} of the weight in the patch, pointing {pointed:.2f}; untaught {untaught:.3f}")
    assert share >= mass
    assert pointed >= pointing
    assert untaught <= 0.08  # chance is .0625


def test_guided_backpropagation_points_at_edges_of_an_untrained_network() -> None:
    """Why it is not trusted: with a patch that can be seen, it is pointed at by networks that learned nothing, and more
    clearly than by their gradient."""
    x, y, places = planted(40, torch.Generator().manual_seed(2), spread=0.03)
    networks, data = [network(seed) for seed in range(20)], among(x, y)
    methods = Explainer.kinds()
    assert not methods["GuidedBackprop"].trusted
    guided, plain = (found(methods[kind](), networks, data, places)[0] for kind in ("GuidedBackprop", "Saliency"))
    print(f"untaught: guided {guided:.3f}, gradient {plain:.3f}")
    assert guided > 4 * 0.0625
    assert guided > 1.2 * plain
