"""Steady: networks held still while a method takes gradients or hooks them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dlviz.tasks.task import Networks


@contextmanager
def steady(networks: Networks) -> Iterator[None]:
    """Evaluation mode, and no layer that overwrites its input; both are given back at the end.

    In training mode batch norm mixes the examples of a batch, so that gradients are those of another network; and where
    an activation overwrites what a layer gave, a method that looks at that layer sees the activation's result.
    """
    modules: list[Any] = [module for network in networks.values() for module in network.modules()]
    training = [module for module in modules if module.training]
    # looked for where layers keep it: to ask a module for what it lacks takes long
    overwriting = [module for module in modules if vars(module).get("inplace") is True]
    for module in training:
        module.training = False
    for module in overwriting:
        module.inplace = False
    try:
        yield
    finally:
        for module in training:
            module.training = True
        for module in overwriting:
            module.inplace = True
