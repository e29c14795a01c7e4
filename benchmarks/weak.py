"""Whether methods that call themselves weak on a network are: `python benchmarks/weak.py [--examples 12]`.

Networks with maps for digits, words and sounds are trained for a few seconds. For each: what Grad-CAM says of itself
(`Explainer.weak`), and how often trials support it, find it doubtful, or do not support it, beside the two methods that
are chosen in its place.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from matrix import networks, trained

from dlviz.asking.answer import explained
from dlviz.asking.load import load
from dlviz.asking.pose import pose
from dlviz.asking.trials import examined
from dlviz.explainers.explainer import Explainer

METHODS = ("GradCam", "Occlusion", "IntegratedGradients")
#: Digits 8 × 8 with a global mean behind the maps of its last convolution, which no template has there.
GLOBAL_MEAN: list[dict[str, Any]] = [
    {"name": "input", "kind": "Input"},
    {"name": "conv1", "kind": "Conv2d", "out_channels": 32, "padding": 1, "inputs": ["input"]},
    {"name": "relu1", "kind": "ReLU", "inputs": ["conv1"]},
    {"name": "conv2", "kind": "Conv2d", "out_channels": 64, "padding": 1, "inputs": ["relu1"]},
    {"name": "relu2", "kind": "ReLU", "inputs": ["conv2"]},
    {"name": "pool", "kind": "AdaptiveAvgPool2d", "output_size": 1, "inputs": ["relu2"]},
    {"name": "flatten", "kind": "Flatten", "inputs": ["pool"]},
    {"name": "output", "kind": "Linear", "out_features": "auto", "inputs": ["flatten"]},
]


def measured(name: str, document: dict[str, Any], epochs: int, examples: int) -> None:
    """A line for one network; none where it has no maps."""
    with tempfile.TemporaryDirectory() as folder:
        opened = load(trained(Path(folder) / "run", document, epochs))
        asked = opened.task, opened.networks, opened.restored.fields
        first = Explainer.kinds()[METHODS[0]]()
        if first.why_not(*asked):
            return
        print(f"{name}: {first.weak(*asked) or 'not weak'}")
        for kind in METHODS:
            method, judged = Explainer.kinds()[kind](), Counter[str]()
            for index in range(examples):
                put = pose(opened.task, opened.networks, opened.data, "test", index, None, kind, method.why_not)
                judged[str(examined(put, explained(put, method))["judgement"])] += 1
            print(f"    {kind:20} {judged['supported']}:{judged['doubtful']}:{judged['fails']}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=12)
    examples = parser.parse_args().examples
    measured(
        "Global mean", {"version": 1, "data": {"kind": "Digits"}, "networks": {"model": GLOBAL_MEAN}}, 20, examples
    )
    for data in ("pictures, classes", "texts, classes", "sounds, classes"):
        for name, document in networks(data, False):
            measured(f"{name} ({data})", document, 6, examples)


if __name__ == "__main__":
    main()
