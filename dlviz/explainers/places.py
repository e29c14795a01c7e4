"""Places: what the layers of a network gave of which one can say where in the input it was seen.

A convolution gives maps: how strongly each of its patterns was there, at each place of a picture, a spectrogram, a
text, a series or a sound. (N, channels, height, width) can be told by its shape; (N, channels, steps) cannot, for texts
flow as (N, steps, features), too: there it counts what layer it came from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.explainers.subject import Score, Subject

CONVOLUTIONS = nn.Conv1d | nn.ConvTranspose1d | nn.Conv2d | nn.ConvTranspose2d
#: torch's families of layers that leave steps where they are: (N, channels, steps) goes in and comes out.
_KEEPING = ("activation", "batchnorm", "dropout", "instancenorm", "padding", "pooling", "upsampling")
#: Maps by the layer's name, in the order in which the layers ran.
Maps = dict[str, Tensor]


def places_of(about: Subject) -> tuple[int, ...]:
    """The sides of what an explanation lies over: height and width, or steps."""
    if about.over in ("picture", "spectrogram"):
        return tuple(about.x.shape[2:])
    return tuple(about.x.shape[1:2] if about.over == "text" else about.x.shape[-1:])


def look(
    network: nn.Module, score: Score, x: Tensor, over: str = "picture", only: Collection[str] = ()
) -> tuple[Tensor, Maps]:
    """The score (1,) of `x` (1, *shape) and the maps (1, channels, *places) that lead to it, with their gradient's way.
    `only`: of these layers alone, which are known to give maps, none on the way to another; that way ends at them.

    Left out are layers of which nothing can be said: those used more than once, those with one place, and those whose
    result is overwritten behind them. The network must be `steady`.
    """
    x = x.detach().requires_grad_(not only)
    found: dict[str, tuple[Tensor, int]] = {}
    used: Counter[str] = Counter()
    maps: dict[int, Tensor] = {}  # by identity, each kept alive

    def watch(name: str) -> Callable[..., Tensor | None]:
        def note(module: nn.Module, inputs: tuple[Any, ...], output: object) -> Tensor | None:
            used[name] += 1
            if only and isinstance(output, Tensor):
                found[name] = begun = output.detach().requires_grad_(), output._version
                return begun[0]
            if not isinstance(output, Tensor) or output is x or not output.requires_grad:
                return None
            flat = over != "picture" and output.dim() == 3 and _along(module, inputs, maps)
            if flat or (over in ("picture", "spectrogram") and output.dim() == 4):
                maps[id(output)] = output
                found[name] = output, output._version
            return None

        return note

    watched = [(name, network.get_submodule(name)) for name in only] or [
        (name, module)
        for name, module in network.named_modules()
        if name and not list(module.children()) and not isinstance(module, nn.Identity)
    ]
    hooks = [module.register_forward_hook(watch(name)) for name, module in watched]
    try:
        with torch.enable_grad():
            given = score(x)
    finally:
        for hook in hooks:
            hook.remove()
    return given, {
        name: output
        for name, (output, version) in found.items()
        if used[name] == 1 and output._version == version and output[0, 0].numel() > 1
    }


def _along(module: nn.Module, inputs: tuple[Any, ...], maps: dict[int, Tensor]) -> bool:
    """Whether what a layer gives, three sides of it, is (N, channels, steps)."""
    if isinstance(module, nn.Conv1d | nn.ConvTranspose1d):
        return True
    if not inputs or any(id(tensor) not in maps for tensor in inputs):
        return False
    family = type(module).__module__.rpartition(".")[2]
    return len(inputs) > 1 or isinstance(module, nn.GroupNorm) or family in _KEEPING


def last_maps(network: nn.Module, maps: Maps) -> tuple[str, ...]:
    """The layers that give the last convolution's maps as they are passed on: behind the normalisation and activation
    that follow it, for maps that are about to be shifted or cut off say little. Where branches run side by side to the
    end, the last of each branch. Without any convolution, the last layer with places."""
    names = list(maps)
    ends: list[str] = []
    behind: set[Any] = set()  # all on the way to one of the ends
    for name in reversed([name for name in names if isinstance(network.get_submodule(name), CONVOLUTIONS)]):
        if maps[name].grad_fn in behind:
            continue
        chosen = name
        for later in names[names.index(name) + 1 :]:
            if maps[chosen].grad_fn not in way_to(maps[later]):
                continue  # of another branch
            if maps[later].shape != maps[chosen].shape:
                break
            chosen = later
        if chosen not in ends:
            ends.append(chosen)
            behind |= way_to(maps[chosen])
    return tuple(reversed(ends)) if ends else tuple(names[-1:])


def way_to(tensor: Tensor) -> set[Any]:
    """All operations on the way to a tensor, as autograd knows them."""
    seen: set[Any] = set()
    open_: list[Any] = [tensor.grad_fn]
    while open_:
        node = open_.pop()
        if node is not None and node not in seen:
            seen.add(node)
            open_.extend(before for before, _ in node.next_functions)
    return seen


def enlarged(maps: Tensor, places: tuple[int, ...]) -> Tensor:
    """Maps (N, channels, *their places) at every place of the input: (N, channels, *places), linear in between. Maps
    over steps alone lie over every row of a picture."""
    if maps.dim() == len(places) + 2:
        return F.interpolate(maps, size=places, mode="bilinear" if len(places) == 2 else "linear", align_corners=False)
    along = F.interpolate(maps, size=places[-1:], mode="linear", align_corners=False)
    return along[:, :, None].expand(-1, -1, *places)


def laid_over(planes: Tensor, about: Subject) -> Tensor:
    """Numbers at each place (N, *places) in the input's form: (N, *shape), or with sides of 1 where all channels of a
    place, all numbers of a token, have the same."""
    if about.over == "text":
        return planes[..., None] if about.x.dim() > 2 else planes
    return planes[:, None] if about.x.dim() > planes.dim() else planes


def shared_out(plane: Tensor, about: Subject) -> Tensor:
    """One number a place (*places) as an explanation of each position (*shape): shared evenly by what lies there."""
    laid = laid_over(plane[None], about)
    return laid.expand_as(about.x)[0] * (laid.numel() / about.x.numel())
