"""Does a method find what decides? A patch planted into noise, and the same network before it has learned anything."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from stand_ins import convolutional
from torch import Tensor, nn

from dlviz.asking.answer import ask
from dlviz.core.values import Category, Image
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.explainers.explainer import Explainer
from dlviz.tasks.classification import Classification

SIDE, PATCH, SHOWN = 16, 4, 10
KIND = Image(channels=1, height=SIDE, width=SIDE)


def planted(count: int, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Pictures of noise (N, 1, 16, 16), into every second of which a bright patch is put; its class, its place."""
    pictures = 0.5 + 0.3 * torch.randn(count, 1, SIDE, SIDE, generator=random)
    classes = torch.arange(count) % 2
    places = PATCH * torch.randint(0, SIDE // PATCH, (count, 2), generator=random)
    along = torch.arange(SIDE)
    inside = ((along >= places[:, :, None]) & (along < places[:, :, None] + PATCH)).float()  # (N, 2, 16)
    mask = inside[:, 0, :, None] * inside[:, 1, None, :] * classes[:, None, None]
    return torch.where(mask[:, None] > 0, torch.tensor(1.0), pictures), classes, places


@pytest.fixture(scope="session")
def learned() -> tuple[nn.Module, nn.Module, Data, Tensor]:
    """A network that tells the patch, one that has learned nothing, the data, and where the patches are."""
    torch.manual_seed(0)
    random = torch.Generator().manual_seed(0)
    x, y, places = planted(200, random)
    part = Examples({"image": x, "label": y}, torch.arange(len(x)))
    fields = Fields({"image": KIND}, {"label": Category(names=("no", "yes"))})
    network, fresh = convolutional(1, SIDE, 2), convolutional(1, SIDE, 2)
    optimizer = torch.optim.AdamW(network.parameters(), 3e-3, weight_decay=0.01)
    for _ in range(1000):
        pictures, classes, _ = planted(64, random)
        loss = F.cross_entropy(network(pictures), classes)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    network.eval()
    with torch.no_grad():
        assert (network(x).argmax(1) == y).float().mean() > 0.98
    return network, fresh.eval(), Data(fields, part, part, part, {}), places


def found(method: Explainer, network: nn.Module, among: Data, places: Tensor) -> tuple[float, float]:
    """The mean share of the positive weight that lies in the patch, and how often the largest weight does."""
    shares, hits = [], []
    for index in range(1, 2 * SHOWN, 2):  # those with a patch
        answer = ask(Classification(), {"model": network}, among, "test", index, 1, method)
        weights = answer.explanation.values[0].clip(min=0)
        row, column = places[index].tolist()
        inside = weights[row : row + PATCH, column : column + PATCH]
        shares.append(inside.sum() / max(weights.sum(), 1e-12))
        hits.append(inside.max() >= weights.max() > 0)
    return float(np.mean(shares)), float(np.mean(hits))


@pytest.mark.parametrize(
    ("document", "mass"),
    [
        ({"kind": "Shap", "evaluations": 500}, 0.90),
        ({"kind": "IntegratedGradients"}, 0.85),
        ({"kind": "Occlusion"}, 0.80),
        ({"kind": "Lime"}, 0.75),
        ({"kind": "GradCam"}, 0.25),  # as coarse as the maps
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_it_finds_the_patch(document: dict[str, Any], mass: float, learned: Any) -> None:
    network, fresh, among, places = learned
    method = Explainer.parse(document)
    assert method is not None
    share, pointed = found(method, network, among, places)
    untrained, _ = found(method, fresh, among, places)
    print(f"{method.kind()}: {share:.3f} of the weight in the patch, pointing {pointed:.2f}; untrained {untrained:.3f}")
    assert share >= mass
    assert pointed >= 0.9
    assert untrained <= 0.15  # chance is 0.0625; the patch is brighter than the noise, which alone draws some weight
