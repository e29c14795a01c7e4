"""Draws the small pictures of the lessons on the home page out of their data: python scripts/previews.py

Sets that must be downloaded get no picture of their data here (see assets/lessons/*.svg that are drawn by hand).
"""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from dlviz.core.values import Category, Image
from dlviz.datasets.data import Data
from dlviz.lessons import lessons, read
from dlviz.training.spec import Spec
from dlviz.ui import palette

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
        body = _pictures(data) if isinstance(kind, Image) else _points(data)
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">{DARK}{body}</svg>\n'
        (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
        print(f"{name}: {len(svg):,} bytes")


def _pictures(data: Data) -> str:
    """Two rows of five examples, one of each class, dark on the page's ground."""
    column, target = (next(iter(group)) for group in (data.fields.inputs, data.fields.targets))
    labels = data.train.columns[target].numpy()
    chosen = [int(np.flatnonzero(labels == label)[3]) for label in np.unique(labels)[:10]]
    shown = data.shown("train", chosen)[column].data
    body = []
    for place, picture in enumerate(shown):
        ink = np.zeros((*picture.shape[1:], 4), np.uint8)
        ink[..., :3] = [int(palette.LIGHT.accent[i : i + 2], 16) for i in (1, 3, 5)]
        ink[..., 3] = (picture[0] * 255).astype(np.uint8)
        file = io.BytesIO()
        Pillow.fromarray(ink).save(file, "PNG", optimize=True)
        x, y = 30 + (place % 5) * 54, 10 + (place // 5) * 56
        body.append(
            f'<image x="{x}" y="{y}" width="46" height="46" style="image-rendering:pixelated" '
            f'href="data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"/>'
        )
    return "".join(body)


def _points(data: Data) -> str:
    """The examples in the plane (of a table: its two main directions), each class with its colour and shape."""
    inputs = data.train.columns[next(iter(data.fields.inputs))].numpy().astype(float)
    if inputs.shape[1] > 2:
        centred = inputs - inputs.mean(0)
        inputs = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T
    name, kind = next(iter(data.fields.targets.items())) if data.fields.targets else ("", None)
    values = data.train.columns[name].numpy() if name else np.zeros(len(inputs))
    if not isinstance(kind, Category):  # a number: low, middle, high
        values = np.searchsorted(np.quantile(values, (1 / 3, 2 / 3)), values) if name else values.astype(int)
    chosen = np.random.default_rng(0).permutation(len(inputs))[:220]
    low, high = np.quantile(inputs, 0.01, axis=0), np.quantile(inputs, 0.99, axis=0)
    plane = data.train.columns[next(iter(data.fields.inputs))].shape[1] == 2
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
