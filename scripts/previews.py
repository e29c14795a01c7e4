"""Draws the small pictures of the lessons on the home page out of their data: python scripts/previews.py

Sets that must be downloaded get no picture of their data here (see assets/lessons/*.svg that are drawn by hand).
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import torch
from PIL import Image as Pillow

from dlviz.core.values import Category, Image
from dlviz.datasets.data import Data
from dlviz.draw import palette
from dlviz.lessons import lessons, read
from dlviz.tasks.extent import Extent
from dlviz.tasks.noise import spoilt
from dlviz.tasks.reconstruction import Reconstruction
from dlviz.training.spec import Spec

FOLDER = Path(__file__).resolve().parents[1] / "assets" / "lessons"
WIDTH, HEIGHT = 320, 128
#: On a dark page the same colours, brighter.
DARK = "<style>@media (prefers-color-scheme: dark){svg{filter:brightness(1.4)}}</style>"


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in lessons():
        spec = Spec.parse(read(name))
        if spec.data.source != "built in":
            print(f"{name}: drawn by hand")
            continue
        data = spec.data.load(0)
        kind = next(iter(data.fields.inputs.values()))
        task = spec.task
        if isinstance(task, Reconstruction) and task.variant == "denoising":
            body = _pictures(data, spoilt_by=task)
        elif isinstance(task, Reconstruction) and task.variant == "variational" and isinstance(kind, Image):
            body = _map(data)
        elif isinstance(kind, Image) and not isinstance(task, Reconstruction):
            body = _pictures(data)
        else:
            body = _points(data)
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{DARK}{body}</svg>\n'
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"{name}: {len(svg):,} bytes")


def _pictures(data: Data, spoilt_by: Reconstruction | None = None) -> str:
    """Two rows of five examples, one of each class, dark on the page's ground; or five, spoilt and clean."""
    column, target = (next(iter(group)) for group in (data.fields.inputs, data.fields.targets))
    labels = data.train.columns[target].numpy()
    chosen = [int(np.flatnonzero(labels == label)[3]) for label in np.unique(labels)[:10]]
    shown = data.shown("train", chosen)[column].data
    if spoilt_by is not None:
        clean, one = torch.from_numpy(shown[:5]), torch.ones(1, 1, 1)
        extent, chance = Extent(0 * one, 0 * one, one, squash=False), torch.Generator().manual_seed(0)
        noisy = spoilt(clean, spoilt_by.noise, spoilt_by.noise_amount, extent, chance).clamp(0, 1)
        shown = torch.cat([noisy, clean]).numpy()
    places = [(30 + (place % 5) * 54, 10 + (place // 5) * 56) for place in range(len(shown))]
    return "".join(_picture(picture, x, y, 46) for picture, (x, y) in zip(shown, places, strict=True))


def _map(data: Data) -> str:
    """Examples where their two main directions put them, as far as they do not cover each other."""
    column = next(iter(data.fields.inputs))
    inputs = data.train.columns[column].flatten(1).numpy().astype(float)
    centred = inputs - inputs.mean(0)
    places = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    low, high = np.quantile(places, 0.01, axis=0), np.quantile(places, 0.99, axis=0)
    places = (places - low) / (high - low) * (WIDTH - 70, HEIGHT - 26) + (26, 4)
    chosen: list[int] = []
    for index in np.random.default_rng(1).permutation(len(places)):
        inside = 4 <= places[index, 0] <= WIDTH - 26 and 2 <= places[index, 1] <= HEIGHT - 22
        if inside and all(np.abs(places[index] - places[other]).max() > 21 for other in chosen):
            chosen.append(int(index))
    shown = data.shown("train", chosen)[column].data
    return "".join(_picture(picture, *places[at].round(1), 19) for picture, at in zip(shown, chosen, strict=True))


def _picture(picture: np.ndarray, x: float, y: float, size: int) -> str:
    """A picture in the ink of the page."""
    ink = np.zeros((*picture.shape[1:], 4), np.uint8)
    ink[..., :3] = [int(palette.LIGHT.accent[i : i + 2], 16) for i in (1, 3, 5)]
    ink[..., 3] = (picture[0] * 255).astype(np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(ink).save(file, "PNG", optimize=True)
    return (
        f'<image x="{x}" y="{y}" width="{size}" height="{size}" style="image-rendering:pixelated" '
        f'href="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"/>'
    )


def _points(data: Data) -> str:
    """The examples in the plane (of a table: its two main directions), each class with its colour and shape."""
    inputs = data.train.columns[next(iter(data.fields.inputs))].flatten(1).numpy().astype(float)
    if inputs.shape[1] > 2:
        centred = inputs - inputs.mean(0)
        inputs = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    name, kind = next(iter(data.fields.targets.items())) if data.fields.targets else ("", None)
    values = data.train.columns[name].numpy() if name else np.zeros(len(inputs))
    if not isinstance(kind, Category):  # a number: low, middle, high
        values = np.searchsorted(np.quantile(values, (1 / 3, 2 / 3)), values) if name else values.astype(int)
    chosen = np.random.default_rng(0).permutation(len(inputs))[:220]
    low, high = np.quantile(inputs, 0.01, axis=0), np.quantile(inputs, 0.99, axis=0)
    plane = data.train.columns[next(iter(data.fields.inputs))].shape[1:] == (2,)
    side = np.array([HEIGHT - 20] * 2 if plane else [WIDTH - 60, HEIGHT - 24])
    places = (inputs - low) / (high - low) * side
    places[:, 1] = side[1] - places[:, 1]
    places += (np.array([WIDTH, HEIGHT]) - side) / 2
    body = []
    for index in chosen:
        x, y = places[index]
        if 2 < x < WIDTH - 2 and 2 < y < HEIGHT - 2:
            label = int(values[index])
            color = palette.category(label)
            if label == 1:
                body.append(f'<rect x="{x - 2.3:.1f}" y="{y - 2.3:.1f}" width="4.6" height="4.6" fill="{color}"/>')
            elif label == 2:
                body.append(f'<path d="M{x:.1f} {y - 3.2:.1f}l3 5.4h-6z" fill="{color}"/>')
            else:
                body.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{color}"/>')
    return f'<g opacity=".85">{"".join(body)}</g>'


if __name__ == "__main__":
    main()
