"""The operations that are counted are those that torch's own counter counts on real tensors, in any thread."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from dlviz.core.problems import WrongInput
from dlviz.core.shape import Flags, Ids
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.layer import Layer, Shape, wanted
from dlviz.layers.linear import Linear
from dlviz.network.facts import example, facts

SHAPES: dict[int, Shape] = {1: (8,), 2: (4, 10), 3: (4, 9, 8), 4: (4, 9, 8, 8)}


def as_taken(layer: Layer, place: int, shape: Shape) -> Shape:
    """A shape that holds what the layer takes at this place."""
    must = wanted(layer, place)
    return Ids(shape, 12) if must == "ids" else Flags(shape[:1]) if must == "mask" else shape


@pytest.mark.parametrize("kind", Layer.kinds().values())
def test_operations_are_counted_as_torch_counts_them(kind: type[Layer]) -> None:
    layer = kind.clicked()
    if layer.group == "recurrent":  # torch's counter knows no fused recurrent kernel, which the CPU runs
        return
    for dimensions in layer.dimensions or (1, 2, 3):
        shapes = tuple(as_taken(layer, place, SHAPES[dimensions]) for place in range(layer.inputs[0])) or ((3,),)
        try:
            module = layer.build(*shapes).eval()
        except WrongInput:
            continue
        with FlopCounterMode(display=False) as counter:
            module(*(example(shape, 1) for shape in shapes))
        assert facts(layer, shapes).flops == counter.get_total_flops()


def test_a_layer_measured_in_many_threads_gives_the_same() -> None:
    work = [(Conv2d(out_channels=n), ((3, 9 + n, 9),)) for n in range(1, 40)] + [
        (Linear(out_features=n), ((7 + n,),)) for n in range(1, 40)
    ]
    facts.cache_clear()
    one = [facts(layer, shapes) for layer, shapes in work]
    facts.cache_clear()
    order = list(range(len(work))) * 4
    random.Random(0).shuffle(order)
    with ThreadPoolExecutor(8) as pool:
        many = list(pool.map(lambda number: facts(*work[number]), order))
    assert all(found == one[number] for number, found in zip(order, many, strict=True))
    assert all(found.fault == "" and found.flops > 0 for found in one)


def test_nothing_is_drawn_from_the_random_generator() -> None:
    facts.cache_clear()
    torch.manual_seed(0)
    before = torch.get_rng_state()
    facts(Conv2d(init="orthogonal"), ((3, 9, 9),))
    assert torch.equal(torch.get_rng_state(), before), "looking at a network must not change how it will start"
