"""Explanations by captum, shap and lime called bare, as their manuals do; where they take a batch size, for several."""

from __future__ import annotations

import copy
import io
from collections.abc import Callable
from contextlib import redirect_stderr
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from dlviz.explainers.explainer import Question
from dlviz.explainers.places import last_maps, look

Call = Callable[[], object]
#: Batch sizes that are tried; None: the library's own.
SIZES = (8, 32, 128, 512)
#: How long a method works: the same for both sides.
STEPS, SAMPLES, SETS, NOISY, POINTS = 64, 1000, 500, 50, 200


def bare(question: Question, network: nn.Module) -> dict[str, dict[str, Call]]:
    """Method → how it is batched → a call; for a picture or a row, of class 1."""
    x = next(iter(question.inputs.values()))
    seen = question.data.train.columns[next(iter(question.inputs))]
    mean = seen.mean(0, keepdim=True)
    found = _gradients(network, x, mean, seen)
    found.update(_picture(network, x, mean) if x.dim() == 4 else _row(network, x, mean, seen))
    return found


def _sized(call: Callable[[int], object], default: Call | None = None) -> dict[str, Call]:
    made: dict[str, Call] = {str(size): (lambda size=size: call(size)) for size in SIZES}
    return {"default": default, **made} if default else made


def _gradients(network: nn.Module, x: Tensor, mean: Tensor, seen: Tensor) -> dict[str, dict[str, Call]]:
    from captum.attr import GradientShap, GuidedBackprop, IntegratedGradients, NoiseTunnel, Saliency
    from shap import DeepExplainer

    held = seen[: 50 if x.dim() == 2 else 20]
    ways = IntegratedGradients(network)
    noisy = NoiseTunnel(Saliency(network))
    spread = 0.15 * float(x.max() - x.min())

    def deep() -> object:  # on a copy: it leaves its marks
        return DeepExplainer(copy.deepcopy(network), held).shap_values(x, ranked_outputs=1, check_additivity=False)

    guided = {"GuidedBackprop": {"": lambda: GuidedBackprop(network).attribute(x, 1)}}
    return {
        "Saliency": {"": lambda: Saliency(network).attribute(x, 1)},
        "SmoothGrad": _sized(
            lambda size: noisy.attribute(x, nt_samples=NOISY, nt_samples_batch_size=min(size, NOISY), stdevs=spread,
                                         target=1)
        ),
        "IntegratedGradients": _sized(
            lambda size: ways.attribute(x, mean, 1, n_steps=STEPS, internal_batch_size=size),
            lambda: ways.attribute(x, mean, 1, n_steps=STEPS),
        ),
        "GradientShap": {"": lambda: GradientShap(network).attribute(x, held, n_samples=POINTS, target=1)},
        "DeepShap": {"": deep},
        **(guided if any(isinstance(module, nn.ReLU) for module in network.modules()) else {}),
    }  # fmt: skip


def _picture(network: nn.Module, x: Tensor, mean: Tensor) -> dict[str, dict[str, Call]]:
    from captum.attr import LayerAttribution, LayerGradCam, Occlusion
    from lime.lime_image import LimeImageExplainer
    from shap import PartitionExplainer
    from shap.maskers import Image

    _, maps = look(network, lambda given: network(given)[:, 1], x)
    layer = network.get_submodule(last_maps(network, maps)[-1])
    channels, side = x.shape[1], x.shape[-1]
    cell, stride = max(2, -(-side // 16)), max(1 if side < 16 else 2, max(2, round(side / 8)) // 2)
    window = max(2, round(side / 8))
    rows = np.arange(side) // cell
    grid = rows[:, None] * (rows[-1] + 1) + rows

    @torch.no_grad()
    def of_colours(batch: np.ndarray) -> np.ndarray:
        return network(torch.from_numpy(batch).float().permute(0, 3, 1, 2)[:, :channels].contiguous()).numpy()

    def lime(size: int) -> object:
        with redirect_stderr(io.StringIO()):  # its progress bar
            return LimeImageExplainer().explain_instance(
                x[0, 0].double().numpy(), of_colours, (1,), top_labels=None, num_samples=SAMPLES, batch_size=size,
                segmentation_fn=lambda _: grid,
            )  # fmt: skip

    def shap(size: int) -> object:
        masker = Image(mean[0].permute(1, 2, 0).numpy())
        explainer = PartitionExplainer(lambda batch: of_colours(batch)[:, 1], masker)
        return explainer(x.permute(0, 2, 3, 1).numpy(), max_evals=SETS, batch_size=size, silent=True)

    return {
        "GradCam": {
            "": lambda: LayerAttribution.interpolate(LayerGradCam(network, layer).attribute(x, 1), (side, side))
        },
        "Occlusion": _sized(
            lambda size: Occlusion(network).attribute(
                x, (channels, window, window), (channels, stride, stride), mean, 1, perturbations_per_eval=size
            ),
            lambda: Occlusion(network).attribute(x, (channels, window, window), (channels, stride, stride), mean, 1),
        ),
        "Lime": _sized(lime),
        "Shap": {"10": lambda: shap(10), "20": lambda: shap(20)},  # more would change which halves it asks about
    }


def _row(network: nn.Module, x: Tensor, mean: Tensor, seen: Tensor) -> dict[str, dict[str, Call]]:
    from captum.attr import FeatureAblation
    from lime.lime_tabular import LimeTabularExplainer
    from shap import KernelExplainer

    @torch.no_grad()
    def one(batch: np.ndarray) -> Any:
        return network(torch.from_numpy(batch).float())[:, 1].numpy()

    def lime() -> object:
        explainer = LimeTabularExplainer(seen.numpy(), mode="regression", discretize_continuous=True)
        return explainer.explain_instance(x[0].numpy(), one, num_features=x.shape[1], num_samples=SAMPLES)

    def shap() -> object:
        explainer = KernelExplainer(one, seen[:50].numpy())
        return explainer.shap_values(x.numpy(), nsamples=SETS, l1_reg=False, silent=True)

    return {
        "Occlusion": _sized(
            lambda size: FeatureAblation(network).attribute(x, mean, 1, perturbations_per_eval=size),
            lambda: FeatureAblation(network).attribute(x, mean, 1),
        ),
        "Lime": {"": lime},
        "Shap": {"": shap},
    }
