"""Pooling in one pass of compiled code: the same numbers and gradients as torch, bit by bit where nothing is summed."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.training.engine import check, choose, pooled
from dlviz.training.engine.plan import Plan
from dlviz.training.engine.twin import pooled_first
from tests.training.test_engine import losses, pictures
from tests.training.test_loop import loop_of

WIDE: list[dict[str, Any]] = [
    {"kind": "Input"},
    {"kind": "Conv2d", "out_channels": 16, "kernel_size": 3, "padding": 1},
    {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1},
    {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Flatten"},
    {"kind": "Linear", "out_features": "auto"},
]
PLAN = Plan(layout="channels_last", pool_first=True, fused=True)


def wide(**training: Any) -> dict[str, Any]:
    return {**pictures(**training), "networks": {"model": copy.deepcopy(WIDE)}}


def laid(x: Tensor) -> Tensor:
    return x.contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("shape", [(3, 32, 4, 6), (1, 48, 2, 2)])
def test_pooling_has_the_bits_of_torch(kind: torch.dtype, shape: tuple[int, ...]) -> None:
    torch.manual_seed(0)
    x = laid(torch.randn(shape).mul(2).round().to(kind))  # many are equal
    x[0, 3, 0, 1], x[0, 4, 1, 1], x[0, 5, 0, 0] = float("nan"), -float("nan"), float("inf")
    g = torch.randn(shape[0], shape[1], shape[2] // 2, shape[3] // 2).to(kind)
    found = []
    for way in (lambda x: F.max_pool2d(x, 2).relu(), pooled.Pool.apply):
        leaf = x.clone().requires_grad_()
        y = way(leaf)
        (d,) = torch.autograd.grad(y, leaf, g)
        found.append((y.detach(), d))
    for torchs, mine in zip(*found, strict=True):
        torch.testing.assert_close(mine, torchs, rtol=0, atol=0, equal_nan=True)


@pytest.mark.parametrize("inputs, size, padding", [(1, (3, 3), (1, 1)), (3, (5, 3), (0, 1)), (2, (1, 3), (0, 0))])
def test_a_first_convolution_gives_the_numbers_and_gradients_of_torch(
    inputs: int, size: tuple[int, int], padding: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    layer = nn.Conv2d(inputs, 32, size, padding=padding)
    height, width = 8 + size[0] - 1 - 2 * padding[0], 10 + size[1] - 1 - 2 * padding[1]
    x, g = torch.randn(4, inputs, height, width), torch.randn(4, 32, 4, 5)
    wanted = F.max_pool2d(layer(x), 2).relu()
    module = pooled.ConvPoolReLU(layer, nn.MaxPool2d(2), nn.ReLU())
    found = module(x)
    assert found.grad_fn is not None and "Convolve" in type(found.grad_fn).__name__
    torch.testing.assert_close(found, wanted)
    weights = list(layer.parameters())
    gradients = [torch.autograd.grad(y, weights, g) for y in (found, wanted)]
    for mine, torchs in zip(*gradients, strict=True):
        torch.testing.assert_close(mine, torchs, rtol=1e-4, atol=1e-4)
        assert mine.stride() == torchs.stride()
    with torch.autocast("cpu", torch.bfloat16):
        assert module(x).dtype == torch.bfloat16
        torch.testing.assert_close(module(x), wanted.bfloat16(), rtol=1e-2, atol=1e-2)


def test_what_it_cannot_do_goes_torchs_way() -> None:
    module = pooled.PoolReLU(nn.MaxPool2d(2), nn.ReLU())
    for x in (torch.randn(2, 16, 5, 4), torch.randn(2, 16, 4, 4), torch.randn(2, 7, 4, 4), torch.randn(16, 4, 4)):
        assert torch.equal(module(x), F.max_pool2d(x, 2).relu())
    first = pooled.ConvPoolReLU(nn.Conv2d(1, 7, 3), nn.MaxPool2d(2), nn.ReLU())
    assert first(torch.randn(2, 1, 6, 6)).shape == (2, 7, 2, 2)


def test_only_what_is_the_same_is_put_in() -> None:
    def names(nodes: list[dict[str, Any]]) -> list[str]:
        network = loop_of({**pictures(), "networks": {"model": nodes}}).networks["model"]
        twin = pooled_first(network)
        assert twin is not None
        pooled.fused(twin)
        example = laid(torch.randn(2, 1, 8, 8))
        torch.testing.assert_close(twin(example), network(example), rtol=1e-5, atol=1e-5)
        return [type(twin.get_submodule(str(n.target))).__name__ for n in twin.graph.nodes if n.op == "call_module"]

    assert names(WIDE) == ["ConvPoolReLU", "Conv2d", "PoolReLU", "Flatten", "Linear"]
    other = copy.deepcopy(WIDE)
    other[3] |= {"kernel_size": 3, "stride": 1}
    other[5] = {"kind": "Tanh"}
    assert "PoolReLU" not in names(other) and "ConvPoolReLU" not in names(other)
    other = copy.deepcopy(WIDE)
    other[1] |= {"stride": 2}
    assert names(other)[:2] == ["Conv2d", "PoolReLU"]


def test_it_passes_the_check_and_repeats_its_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = loop_of(wide())
    reference = check.reference(loop, PLAN)
    for precision in ("float32", "bfloat16"):
        assert check.why_not(loop, Plan(**{**PLAN.document(), "precision": precision}), reference) is None
    monkeypatch.setattr(choose, "SHORT_FUSED", 0.0)
    exact = wide(precision="float32")
    one = loop_of(exact)
    assert choose.choose(one).plan.fused
    assert losses(exact) == losses(exact, longest=3)
    assert not choose.choose(loop_of(wide(engine="eager"))).plan.fused


def test_wrong_code_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choose, "SHORT_FUSED", 0.0)
    honest = pooled._code()

    class Spoilt:
        def __getattr__(self, name: str) -> Any:
            return getattr(honest, name)

        def pool_back(self, g: Any, places: Any, *rest: Any) -> None:
            honest.pool_back(g, 3 - places.clip(0, 3), *rest)

    monkeypatch.setattr(pooled, "_code", Spoilt)
    found = choose.choose(loop_of(wide(precision="float32")))
    assert not found.plan.fused and found.plan.pool_first
    assert [text for text in found.declined if text.startswith("Pooling in one pass: checked")]
    assert not [text for text in found.because if "one pass" in text]


@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_a_second_thread_changes_no_bit(kind: torch.dtype) -> None:
    """Also where the examples are an odd number, or one."""
    before = torch.get_num_threads()
    found = []
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            for number in (33, 1):
                torch.manual_seed(1)
                x, weight = torch.randn(number, 1, 28, 28), torch.randn(32, 1, 3, 3, requires_grad=True)
                bias = torch.randn(32, requires_grad=True)
                y = pooled.Convolve.apply(x, weight, bias, (1, 1), kind)
                z = pooled.Pool.apply(y)
                z.float().square().sum().backward()
                found.append([y.detach(), z.detach(), weight.grad, bias.grad])
    finally:
        torch.set_num_threads(before)
    for one, two in zip(found[:2], found[2:], strict=True):
        assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
