"""Layers of torch that get the weights of a file."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn


class Unsupported(Exception):
    """An operation, or one of its settings, has no module here: a piece of a sentence that names it."""


class Normalisation(nn.modules.batchnorm._BatchNorm):
    """Batch normalisation for inputs of any number of dimensions."""

    def _check_input_dim(self, input: Tensor) -> None:
        pass


def alike(sizes: Sequence[int]) -> int | tuple[int, ...]:
    """Sizes as torch's pooling layers usually have them: one number where all are the same."""
    return sizes[0] if len(set(sizes)) == 1 else tuple(sizes)


def fill(layer: nn.Module, **tensors: Tensor | None) -> None:
    """Put weights into a layer that was made on `meta`, so without any. Raises `Unsupported` where sizes differ."""
    for name, given in tensors.items():
        own = getattr(layer, name)
        if given is None:
            continue
        if own.shape != given.shape:
            raise Unsupported(f"a {type(layer).__name__} whose {name} do not fit it")
        if name in layer._parameters:
            setattr(layer, name, nn.Parameter(given.detach().clone().float(), requires_grad=False))
        else:
            layer.register_buffer(name, given.detach().clone().float())
