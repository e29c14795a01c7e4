"""Codes: what a network makes of an example at its narrowest place, and how such codes lie in the plane."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor, fx, nn

from dlviz.core.values import Array
from dlviz.tasks.extent import Extent


@torch.no_grad()
def narrowest(network: nn.Module, examples: Tensor) -> tuple[str, Tensor] | None:
    """(name of the layer, its results (N, numbers)) where the fewest numbers pass on the way through a network; None
    where nothing is narrower than the example itself, which is then no bottleneck. Of several equal ones in a row the
    last: what the next layer reads. Branches that something passes by do not count."""
    places = [name for name in _passed(network, "") if not isinstance(network.get_submodule(name), Extent)]
    sizes = {name: result[0].numel() for name, result in _results(network, examples[:2], places[:-1]).items()}
    least = min(sizes.values(), default=0)
    if not sizes or least > examples[0].numel():
        return None
    last = [name for name, following in zip(sizes, [*list(sizes)[1:], ""], strict=True)
            if sizes[name] == least and sizes.get(following) != least][0]  # fmt: skip
    return last, _results(network, examples, [last])[last].flatten(1)


def _passed(module: nn.Module, name: str) -> Iterator[str]:
    """The layers that everything passes through, in order, those inside blocks too."""
    if isinstance(module, fx.GraphModule):
        nodes = list(module.graph.nodes)
        place = {node: number for number, node in enumerate(nodes)}
        reach = 0  # how far what came before is read
        for number, node in enumerate(nodes):
            if node.op == "call_module" and reach <= number:
                yield from _passed(module.get_submodule(str(node.target)), f"{name}.{node.target}".strip("."))
            reach = max([reach, *(place[reader] for reader in node.users)])
    elif isinstance(module, nn.Sequential):
        for key, child in module.named_children():
            yield from _passed(child, f"{name}.{key}".strip("."))
    elif name:
        yield name


def _results(network: nn.Module, examples: Tensor, names: Iterable[str]) -> dict[str, Tensor]:
    """What layers give for `examples`, in the order in which they are computed."""
    results: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(_: nn.Module, __: object, result: object) -> None:
            if isinstance(result, Tensor) and result.is_floating_point():
                results[name] = result

        return hook

    hooks = [network.get_submodule(name).register_forward_hook(keep(name)) for name in names]
    try:
        network(examples)
    finally:
        for hook in hooks:
            hook.remove()
    return results


def in_the_plane(codes: Tensor) -> tuple[Array, float]:
    """Codes (N, numbers) as points (N, 2), and the share of their variance that these show: themselves where they are
    two numbers, with a zero beside them where one, else their two principal components."""
    centred = codes.detach().cpu().double().numpy()
    if centred.shape[1] <= 2:
        return np.pad(centred, ((0, 0), (0, 2 - centred.shape[1]))), 1.0
    centred = centred - centred.mean(0)
    left, strength, _ = np.linalg.svd(centred, full_matrices=False)
    points = np.zeros((len(centred), 2))
    points[:, : min(2, len(strength))] = (left * strength)[:, :2]
    # a singular vector may come with either sign: the farthest point of each direction lies on the positive side
    farthest = np.abs(points).argmax(0)
    points *= np.where(points[farthest, [0, 1]] < 0, -1.0, 1.0)
    whole = float((strength**2).sum())
    return points, float((strength[:2] ** 2).sum()) / whole if whole > 0 else 1.0
