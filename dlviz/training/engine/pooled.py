"""Pooled: a twin whose pooling and ReLU, and a first convolution before them, are one call of compiled code.

torch writes and reads the full pictures several times for that: the convolution's, the places of the largest with
eight bytes each, the gradients of all pixels, most of them 0. In one pass only the results and a byte each are kept.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, fx, nn
from torch.autograd.function import once_differentiable

from dlviz.training.engine.twin import pooled_first
from dlviz.training.kernel.parts import side_by_side

#: A first convolution reads at most so many channels: with more of them torch's own is as fast.
_CHANNELS = 4
#: So many numbers, read and written, are worth a second thread: to start one takes as long as some 100,000 of them.
_WORTH = 300_000
#: How numbers are kept, as compiled code sees them.
_KEPT_AS = {torch.float32: torch.float32, torch.bfloat16: torch.int16}


class Pool(torch.autograd.Function):
    """ReLU of the largest of each 2 × 2 pixels of x (N, C, H, W), channels last, of even height and width."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        n, channels, height, width = ctx.shape = x.shape
        y, places = _results(n, channels, height // 2, width // 2, x.dtype)
        run, arrays = _code().pool, (_flat(x), _flat(y), places.numpy())
        _halves(n, arrays, lambda _, x, y, places: run(x, height, width, channels, y, places))
        ctx.places = places
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        n, channels, height, width = ctx.shape
        d = _empty(ctx.shape, gradients[0].dtype)
        run, arrays = _code().pool_back, (_flat(gradients[0]), ctx.places.numpy(), _flat(d))
        _halves(n, arrays, lambda _, g, places, d: run(g, places, height, width, channels, d))
        return d


class Convolve(torch.autograd.Function):
    """The same of a convolution of x (N, inputs, H, W), to which no gradient goes, in float32; its result is `kind`."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, padding: tuple[int, int], kind: torch.dtype
    ) -> Tensor:
        channels, inputs, high, wide = weight.shape
        bordered = F.pad(x.detach().float(), (padding[1], padding[1], padding[0], padding[0])).permute(0, 2, 3, 1)
        n, height, width, _ = bordered.shape
        ctx.sizes, ctx.weight = (height, width, inputs, high, wide), weight.detach()
        y, places = _results(n, channels, (height - high + 1) // 2, (width - wide + 1) // 2, kind)
        ctx.pixels, ctx.places = bordered.contiguous().view(-1), places
        taps = weight.detach().permute(2, 3, 1, 0).contiguous().view(-1).numpy()
        run, offsets, sizes = _code().convolve, bias.detach().numpy(), ctx.sizes
        arrays = ctx.pixels.numpy(), _flat(y), places.numpy()
        _halves(n, arrays, lambda _, x, y, places: run(x, *sizes, taps, offsets, channels, y, places))
        return y

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        _, width, inputs, high, wide = ctx.sizes
        n, channels, *_ = gradients[0].shape
        run, sizes = _code().convolve_back, ctx.sizes
        weights, biases = torch.zeros(2, high * wide * inputs * channels), torch.zeros(2, channels)  # of each half
        dw, db, spare = weights.numpy(), biases.numpy(), torch.empty(2, 2 * width * _code().lanes).numpy()
        given = _flat(gradients[0]), ctx.places.numpy(), ctx.pixels.numpy()
        _halves(n, given, lambda at, g, places, x: run(g, places, x, *sizes, channels, dw[at], db[at], spare[at]))
        found = weights.sum(0).view(high, wide, inputs, channels).permute(3, 2, 0, 1)
        laid = torch.empty_like(ctx.weight).copy_(found)  # a fused step goes through both as they lie
        return None, laid, biases.sum(0), None, None


class PoolReLU(nn.Module):
    """A pooling and the ReLU behind it; torch's own where the compiled code cannot serve."""

    def __init__(self, pool: nn.Module, active: nn.Module) -> None:
        super().__init__()
        self.plain = [pool, active]  # no children: the twin shares what the network has, and adds nothing

    def forward(self, x: Tensor) -> Tensor:
        if _serves(x) and x.shape[1] % _code().lanes == 0 and x.dtype in _KEPT_AS:
            found: Tensor = Pool.apply(x)
            return found
        for module in self.plain:
            x = module(x)
        return x


class ConvPoolReLU(nn.Module):
    """A first convolution, the pooling and the ReLU behind it; torch's own where the compiled code cannot serve."""

    def __init__(self, convolution: nn.Conv2d, pool: nn.Module, active: nn.Module) -> None:
        super().__init__()
        self.plain = [convolution, pool, active]

    def forward(self, x: Tensor) -> Tensor:
        first = self.plain[0]
        assert isinstance(first, nn.Conv2d) and isinstance(first.padding, tuple)
        (high, wide), padding = first.kernel_size, (first.padding[0], first.padding[1])
        even = not ((x.shape[2] + 2 * padding[0] - high + 1) % 2 or (x.shape[3] + 2 * padding[1] - wide + 1) % 2)
        if even and not x.requires_grad and x.device.type == "cpu" and first.out_channels % _code().lanes == 0:
            half = torch.is_autocast_enabled("cpu") and torch.get_autocast_dtype("cpu") == torch.bfloat16
            kind = torch.bfloat16 if half else torch.float32
            found: Tensor = Convolve.apply(x, first.weight, first.bias, padding, kind)
            return found
        for module in self.plain:
            x = module(x)
        return x


def where(network: nn.Module) -> bool:
    """Whether a network, rewritten, has a place for it."""
    twin = pooled_first(network)
    return twin is not None and any(True for _ in _places(twin))


def fused(twin: fx.GraphModule) -> int:
    """Put compiled modules into a twin whose pooling comes first, in place; how many."""
    places = list(_places(twin))
    for number, nodes in enumerate(places):
        made: nn.Module
        if len(nodes) == 3:
            made = ConvPoolReLU(*(twin.get_submodule(str(node.target)) for node in nodes))  # type: ignore[arg-type]
        else:
            made = PoolReLU(*(twin.get_submodule(str(node.target)) for node in nodes))
        name = f"pooled_in_one_pass_{number}"
        twin.add_module(name, made)
        last = nodes[-1]
        last.target, last.args = name, nodes[0].args
        for node in reversed(nodes[:-1]):
            twin.graph.erase_node(node)
    if places:
        twin.recompile()
    return len(places)


def _places(twin: fx.GraphModule) -> Iterator[list[fx.Node]]:
    """Each pooling of 2 × 2 with a ReLU behind it, in order, and a first convolution before it where there is one."""
    for active in list(twin.graph.nodes):
        if not _is(twin, active, nn.ReLU):
            continue
        pool = active.args[0]
        if not _is(twin, pool, nn.MaxPool2d) or len(pool.users) != 1 or not _two_by_two(twin, pool):
            continue
        before = pool.args[0]
        first = _is(twin, before, nn.Conv2d) and len(before.users) == 1 and before.args[0].op == "placeholder"
        if first and _simple(twin.get_submodule(str(before.target))):
            yield [before, pool, active]
        else:
            yield [pool, active]


def _is(twin: fx.GraphModule, node: Any, kind: type[nn.Module]) -> bool:
    return isinstance(node, fx.Node) and node.op == "call_module" and type(twin.get_submodule(str(node.target))) is kind


def _two_by_two(twin: fx.GraphModule, node: fx.Node) -> bool:
    pool: Any = twin.get_submodule(str(node.target))
    sizes = [pool.kernel_size, pool.stride, pool.padding, pool.dilation]
    wanted = [(2, (2, 2)), (2, (2, 2)), (0, (0, 0)), (1, (1, 1))]
    return not pool.return_indices and all(size in allowed for size, allowed in zip(sizes, wanted, strict=True))


def _simple(layer: Any) -> bool:
    return (
        layer.in_channels <= _CHANNELS
        and layer.groups == 1
        and layer.stride == layer.dilation == (1, 1)
        and isinstance(layer.padding, tuple)
        and layer.padding_mode == "zeros"
        and layer.bias is not None
        and layer.weight.requires_grad
        and layer.bias.requires_grad
    )


def _serves(x: Tensor) -> bool:
    even = x.dim() == 4 and x.shape[2] % 2 == 0 and x.shape[3] % 2 == 0
    return even and x.device.type == "cpu" and x.is_contiguous(memory_format=torch.channels_last)


def _results(n: int, channels: int, height: int, width: int, kind: torch.dtype) -> tuple[Tensor, Tensor]:
    """Room for the results, channels last, and for their places."""
    return _empty((n, channels, height, width), kind), torch.empty(n * height * width * channels, dtype=torch.uint8)


def _empty(shape: tuple[int, ...], kind: torch.dtype) -> Tensor:
    return torch.empty(shape, dtype=kind, memory_format=torch.channels_last)


def _halves(examples: int, arrays: tuple[Any, ...], call: Callable[..., None]) -> None:
    """Call with 0 and the first half of the examples in each array, and with 1 and the second: at once where torch may
    use two threads. Always halves, so that what is summed over examples does not tell how many threads there were."""
    middle = examples // 2
    cut = [len(array) // examples * middle for array in arrays]
    calls = (
        functools.partial(call, 0, *(array[:at] for array, at in zip(arrays, cut, strict=True))),
        functools.partial(call, 1, *(array[at:] for array, at in zip(arrays, cut, strict=True))),
    )
    if torch.get_num_threads() > 1 and sum(map(len, arrays)) > _WORTH:
        side_by_side(*calls)
    else:
        for each in calls:
            each()


def _flat(x: Tensor) -> Any:
    """All numbers of pictures as they lie, channels last, as numpy has them: the same memory where it lies so."""
    row = x.detach().contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1).reshape(-1)
    return row.view(_KEPT_AS[x.dtype]).numpy()


def _code() -> Any:
    from dlviz.training.kernel import pooling_code  # numba only where it is used

    return pooling_code.code()
