"""GradCam: where in the picture the last convolution saw what speaks for the target."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from dlviz.core.problems import nearest
from dlviz.core.setting import setting
from dlviz.core.values import Image
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer, Explanation, Needs, Question, Step
from dlviz.explainers.subject import field_of, scorer, subject, why_not
from dlviz.tasks.task import Networks, Task, as_array


class GradCam(Explainer):
    """Weighs the maps of a convolution layer by how much the score would rise with each, and adds them up.

    map = ReLU(Σ_k α_k A_k), α_k the mean gradient of the score over map A_k; enlarged to the picture, and shared evenly
    by its channels. It is as coarse as the layer's maps are.
    """

    paper: ClassVar[str] = "Selvaraju et al. 2017, Grad-CAM: Visual Explanations from Deep Networks, arXiv:1610.02391"
    reading: ClassVar[str] = (
        "It shows the regions whose patterns, as the chosen layer sees them, raise the score. The map is coarse: "
        "it says where, not which pixels, and it shows only what speaks for the target."
    )
    misleads: ClassVar[str] = (
        "Where several things speak for the target, the map may show one of them or the place between them; in early "
        "layers it says little about the decision."
    )
    cost: ClassVar[str] = "one pass there and back"
    needs: ClassVar[Needs] = "gradients"

    layer: str = setting(
        "auto",
        "Whose maps are used: the name of a layer with height and width. `auto`: the last convolution with its "
        "activation. Earlier layers give finer maps of simpler patterns.",
        min_length=1,
    )

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        why = why_not(task, networks, fields, (Image,))
        if why:
            return why
        (kind,), (network,) = fields.inputs.values(), networks.values()
        spatial = spatial_layers(network, kind.shape())
        if not spatial:
            return "No layer of this network keeps height and width: Grad-CAM needs one, a convolution for instance."
        if self.layer != "auto" and self.layer not in spatial:
            return f"`{self.layer}` is no layer with height and width. {nearest(self.layer, spatial)}".strip()
        return None

    def explain(self, question: Question, step: Step) -> Explanation:
        from captum.attr import LayerAttribution, LayerGradCam

        name, kind = field_of(question)
        (network,), score = question.networks.values(), scorer(question)
        chosen = self.layer if self.layer != "auto" else last_maps(network, kind.shape())
        step(0, 1)
        # the weights may be frozen: the gradient's way then begins at the input
        inputs = question.inputs[name].detach().clone().requires_grad_()
        maps = LayerGradCam(score, network.get_submodule(chosen)).attribute(inputs, relu_attributions=True)
        large = LayerAttribution.interpolate(maps.detach(), kind.shape()[1:], "bilinear")  # (1, 1, H, W)
        channels = kind.shape()[0]
        step(1, 1)
        rows, columns = maps.shape[2:]
        return Explanation(
            values=as_array(large[0].expand(kind.shape()) / channels),
            kind=subject(question).attribution(),
            score=float(score(inputs).detach()),
            note=f"{self.reading} Layer `{chosen}`, {rows}×{columns} places.",
        )


def spatial_layers(network: nn.Module, shape: tuple[int, ...]) -> dict[str, tuple[nn.Module, torch.Size]]:
    """The layers by name, in the order in which they run, whose output for an input of `shape` is (N, channels, height,
    width) with more than one place, and that output's shape. The network is left as it was."""
    found: dict[str, tuple[nn.Module, torch.Size]] = {}

    def watch(name: str) -> Any:
        def note(module: nn.Module, inputs: tuple[Tensor, ...], output: object) -> None:
            if isinstance(output, Tensor) and output.dim() == 4 and output.shape[2] * output.shape[3] > 1:
                found[name] = (module, output.shape)

        return note

    modes = {module: module.training for module in network.modules()}
    network.eval()  # in training mode the pass would change what batch norm has learned
    hooks = [
        module.register_forward_hook(watch(name))
        for name, module in network.named_modules()
        if name and not list(module.children()) and not isinstance(module, nn.Identity)
    ]
    try:
        with torch.no_grad():
            network(torch.zeros(1, *shape))
    finally:
        for hook in hooks:
            hook.remove()
        for module, training in modes.items():
            module.training = training
    return found


def last_maps(network: nn.Module, shape: tuple[int, ...]) -> str:
    """The layer that gives the last convolution's maps as they are passed on: behind the normalisation and activation
    that follow it, for maps that are about to be shifted or cut off say little. Without any convolution, the last layer
    with places."""
    spatial = spatial_layers(network, shape)
    names = list(spatial)
    convolving = [name for name in names if isinstance(spatial[name][0], nn.Conv2d | nn.ConvTranspose2d)]
    if not convolving:
        return names[-1]
    chosen = convolving[-1]
    for name in names[names.index(chosen) + 1 :]:
        if spatial[name][1] != spatial[chosen][1]:
            break
        chosen = name
    return chosen
