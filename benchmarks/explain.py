"""How long each explanation takes, warm, against the library that does it called bare: `python benchmarks/explain.py`.

Both work on the same networks (random weights: the time does not depend on them) and ask for as many evaluations;
rounds alternate, medians are shown. "Bare" is the library as its own manual calls it, with its default batch size.
"""

from __future__ import annotations

import io
import os
import statistics
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr
from time import perf_counter
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from torch import nn

from dlviz.asking.answer import ask
from dlviz.datasets.breast_cancer import BreastCancer
from dlviz.datasets.data import Data
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.digits import Digits
from dlviz.explainers.explainer import Explainer
from dlviz.network.build import build
from dlviz.tasks.classification import Classification

ROUNDS = 7
Call = Callable[[], object]


def network_for(dataset: Dataset) -> tuple[nn.Module, Data]:
    """The task's starter network for a data set, with random weights."""
    data, task = dataset.load(0), Classification()
    graph = next(iter(task.starters(data.fields).values()))["model"]
    role = task.roles(data.fields)["model"]
    return build(graph, role.inputs, role.output).eval(), data


def ours(network: nn.Module, data: Data, **document: Any) -> Call:
    method = Explainer.parse(document)
    assert method is not None
    return lambda: ask(Classification(), {"model": network}, data, "test", 3, 1, method)


def pictures(network: nn.Module, data: Data) -> dict[str, tuple[Call, Call]]:
    from captum.attr import IntegratedGradients, LayerAttribution, LayerGradCam, Occlusion
    from lime.lime_image import LimeImageExplainer
    from shap import PartitionExplainer
    from shap.maskers import Image

    x = data.test.columns["image"][3:4]
    mean = data.train.columns["image"].mean(0, keepdim=True)
    layer = [module for module in network.modules() if isinstance(module, nn.Conv2d)][-1]
    grid = np.arange(64).reshape(8, 8) // 16 * 4 + np.arange(8) // 2  # 2×2 pixels a cell

    @torch.no_grad()
    def of_grey(batch: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(batch[..., 0]).float()[:, None]).numpy()

    @torch.no_grad()
    def one(batch: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(batch).float().permute(0, 3, 1, 2))[:, 1].numpy()

    def cam() -> object:
        return LayerAttribution.interpolate(LayerGradCam(network, layer).attribute(x, 1), (8, 8))

    def shap() -> object:
        masker = Image(mean[0].permute(1, 2, 0).numpy())
        row = x.permute(0, 2, 3, 1).numpy()
        return PartitionExplainer(one, masker)(row, max_evals=500, silent=True)

    def lime() -> object:
        with redirect_stderr(io.StringIO()):  # its progress bar
            return LimeImageExplainer().explain_instance(
                x[0, 0].double().numpy(),
                of_grey,
                (1,),
                top_labels=None,
                num_samples=1000,
                segmentation_fn=lambda _: grid,
            )

    return {
        "GradCam": (ours(network, data, kind="GradCam"), cam),
        "IntegratedGradients, 64 steps": (
            ours(network, data, kind="IntegratedGradients"),
            lambda: IntegratedGradients(network).attribute(x, mean, 1, n_steps=64),
        ),
        "Occlusion, 49 patches": (
            ours(network, data, kind="Occlusion"),
            lambda: Occlusion(network).attribute(x, (1, 2, 2), (1, 1, 1), mean, 1),
        ),
        "Lime, 1000 samples": (ours(network, data, kind="Lime"), lime),
        "Shap, 500 sets, 1 background": (ours(network, data, kind="Shap", background=1), shap),
    }


def rows(network: nn.Module, data: Data) -> dict[str, tuple[Call, Call]]:
    from captum.attr import FeatureAblation, IntegratedGradients
    from lime.lime_tabular import LimeTabularExplainer
    from shap import KernelExplainer

    seen = data.train.columns["row"]
    x, mean = data.test.columns["row"][3:4], seen.mean(0, keepdim=True)

    @torch.no_grad()
    def logits(batch: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(batch).float()).numpy()

    def shap() -> object:
        explainer = KernelExplainer(lambda batch: logits(batch)[:, 1], seen[:50].numpy())
        return explainer.shap_values(x.numpy(), nsamples=500, l1_reg=False, silent=True)

    def lime() -> object:
        explainer = LimeTabularExplainer(seen.numpy(), mode="regression", discretize_continuous=True)
        return explainer.explain_instance(x[0].numpy(), lambda b: logits(b)[:, 1], num_features=30, num_samples=1000)

    return {
        "IntegratedGradients, 64 steps": (
            ours(network, data, kind="IntegratedGradients"),
            lambda: IntegratedGradients(network).attribute(x, mean, 1, n_steps=64),
        ),
        "Occlusion": (
            ours(network, data, kind="Occlusion"),
            lambda: FeatureAblation(network).attribute(x, mean, 1),
        ),
        "Lime, 1000 samples": (ours(network, data, kind="Lime"), lime),
        "Shap, 500 sets, 50 background rows": (ours(network, data, kind="Shap"), shap),
    }


def compared(one: Call, other: Call) -> tuple[float, float]:
    """Median seconds of each, in alternating rounds after a warm-up."""
    one(), other()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for call, taken in zip((one, other), times, strict=True):
            began = perf_counter()
            call()
            taken.append(perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    warnings.simplefilter("ignore")
    from dlviz.explainers.shap import import_shap

    import_shap()
    torch.manual_seed(0)
    print("| input | method | dlviz, ms | bare library, ms | ratio |\n| --- | --- | --- | --- | --- |")
    for name, dataset, cases in (("Digits CNN", Digits(), pictures), ("30 columns", BreastCancer(), rows)):
        network, data = network_for(dataset)
        for method, calls in cases(network, data).items():
            mine, bare = compared(*calls)
            print(f"| {name} | {method} | {1000 * mine:.1f} | {1000 * bare:.1f} | {mine / bare:.2f} |", flush=True)


if __name__ == "__main__":
    main()
