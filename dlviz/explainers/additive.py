"""Additive: whether shares that are handed back layer by layer can add up through a network."""

from __future__ import annotations

from collections import Counter
from typing import Any

import torch
from torch import Tensor, nn

from dlviz.explainers.subject import Score

#: Functions of single numbers, and maxima over places, by whose own rule shap hands shares back. Softmax is none.
BENDS = nn.ReLU | nn.LeakyReLU | nn.ELU | nn.SELU | nn.GELU | nn.Sigmoid | nn.Tanh | nn.Softplus
MAXIMA = nn.MaxPool1d | nn.MaxPool2d | nn.MaxPool3d


def why_not_additive(network: nn.Module, score: Score, x: Tensor) -> str | None:
    """Why DeepLIFT's shares would not add up, in a sentence; None: by its layers they should. `x` (1, *shape) is any
    input. What happens between layers is not seen: it shows in the gap of an explanation."""
    used: Counter[str] = Counter()
    seen: dict[str, tuple[nn.Module, tuple[Any, ...]]] = {}
    x = x.detach().clone().requires_grad_()

    def watch(name: str) -> Any:
        def note(module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
            first = output
            while isinstance(first, tuple) and first:  # a recurrent layer's steps and states, or its packed steps
                first = first[0]
            if isinstance(first, Tensor) and first.requires_grad and first is not x:
                used[name] += 1
                seen[name] = module, inputs

        return note

    hooks = [
        module.register_forward_hook(watch(name))
        for name, module in network.named_modules()
        if name and not list(module.children())
    ]
    try:
        with torch.enable_grad():
            score(x)
    finally:
        for hook in hooks:
            hook.remove()
    for name, (module, inputs) in seen.items():
        bends = isinstance(module, BENDS | MAXIMA)
        if bends and used[name] > 1:
            return (
                f"`{name}` is used {used[name]} times in this network, and shares can be handed back through it once."
            )
        if isinstance(module, MAXIMA) and _overlaps(module):
            return f"The windows of `{name}` overlap, and shares handed back through it do not add up."
        if not bends and not _straight(module, inputs):
            return f"Shares handed back through `{name}` ({type(module).__name__}) do not add up."
    return None


def _overlaps(pool: Any) -> bool:
    """Whether a number may be the largest of two windows, or lies at a rim that is no number."""
    sides, steps = (side if isinstance(side, tuple) else (side,) for side in (pool.kernel_size, pool.stride))
    return any(step < side for side, step in zip(sides, steps, strict=False)) or pool.dilation not in (
        1, (1,), (1, 1), (1, 1, 1),
    )  # fmt: skip


def _straight(module: nn.Module, inputs: tuple[Any, ...]) -> bool:
    """Whether a layer adds up fixed parts of what goes in, and a constant: f(a) + f(b) = f(a + b) + f(0)."""
    chance = torch.Generator().manual_seed(0)

    def drawn(factor: float) -> list[Any]:
        return [
            torch.randn(one.shape, generator=chance) * factor
            if isinstance(one, Tensor) and one.is_floating_point()
            else one
            for one in inputs
        ]

    if not any(isinstance(one, Tensor) and one.is_floating_point() for one in inputs):
        return False  # what flows into it lies within something else, such as a packed sequence
    one, other, nothing = drawn(1), drawn(1), drawn(0)
    both = [a + b if isinstance(a, Tensor) and a.is_floating_point() else a for a, b in zip(one, other, strict=True)]
    with torch.no_grad():
        try:
            a, b, ab, none = (module(*given) for given in (one, other, both, nothing))
        except Exception:  # what it takes is not known
            return False
    if not isinstance(a, Tensor):
        return False
    return bool(torch.allclose(a + b, ab + none, rtol=1e-3, atol=1e-4 * float(ab.abs().max() + 1)))
