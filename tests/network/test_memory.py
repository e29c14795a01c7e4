"""A training step that does not fit is refused before it starts, with the figures."""

from __future__ import annotations

import pytest

from dlviz.core.problems import WrongInput
from dlviz.layers.conv2d import Conv2d
from dlviz.layers.flatten import Flatten
from dlviz.layers.input import Input
from dlviz.layers.linear import Linear
from dlviz.network.graph import Graph
from dlviz.network.memory import available, check_memory
from dlviz.network.shapes import infer

REPORT = infer(Graph.chain(Input(), Conv2d(), Flatten(), Linear(out_features="auto")), {"image": (1, 28, 28)}, (10,))


def test_a_step_that_fits_passes() -> None:
    assert check_memory([REPORT], 64, 2) == REPORT.training_bytes(64, 2)
    assert available() > 2**20


def test_a_step_that_does_not_fit_is_refused_with_figures_and_a_way_out() -> None:
    fixed = REPORT.training_bytes(0, 2)
    free = fixed + 100 * (REPORT.training_bytes(1, 2) - fixed)
    assert check_memory([REPORT], 99, 2, free=free) <= free
    with pytest.raises(WrongInput) as refusal:
        check_memory([REPORT], 1_000_000, 2, free=free)
    said = str(refusal.value)
    assert "120.9 GiB" in said and "1,000,000 examples" in said and "Lower the batch size to 64 or less" in said
    assert check_memory([REPORT], 64, 2, free=free)


def test_a_network_that_never_fits_says_so() -> None:
    with pytest.raises(WrongInput, match="not even one example"):
        check_memory([REPORT, REPORT], 1, 2, free=1000)
