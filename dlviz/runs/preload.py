"""Preload: what the host imports before it forks, so that no worker has to."""

from __future__ import annotations

import contextlib
import importlib
import time

#: Needed by some trainings and by explanations: imported when nothing else is to be done, one by one. Compiled
#: code stands there twice: where it must be made first, by a process of its own, it is there the second time.
LATER = (
    "dlviz.training.kernel.compiling:warm",
    "dlviz.training.kernel.pooling_code:warm",
    "scipy.stats",
    "numba",
    "lime.lime_base",
    "skimage.segmentation",
    "dlviz.asking.job",
    "dlviz.inside.job",
    "dlviz.training.kernel.compiling:warm",
    "dlviz.training.kernel.pooling_code:warm",
)


def first() -> None:
    """torch, what its optimizers import, every part, metrics, a first look at shapes."""
    import torch

    torch.set_num_threads(1)  # threads of a pool do not survive a fork
    for name in ("torch._dynamo", "torchmetrics.classification", "torchmetrics.regression", "sklearn.datasets"):
        load(name)
    from dlviz.core.part import discover

    for family in ("kinds", "layers", "encoders", "datasets", "optimizers", "schedules", "regularizers"):
        discover(family)
    for family in ("augmentations", "tasks"):
        discover(family)
    import dlviz.training.worker  # noqa: F401
    from dlviz.network.shapes import warm

    warm()
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])
    with contextlib.suppress(Exception):
        importlib.import_module("dlviz.datasets.digits").Digits().load()


def load(name: str) -> None:
    """Import a module and call the function that may follow a colon. One that is missing or broken is the affair of the
    part that needs it."""
    began = time.monotonic()
    try:
        module, _, function = name.partition(":")
        found = importlib.import_module(module)
        if function:
            getattr(found, function)()
    except Exception as error:
        print(f"could not import {name}: {error}", flush=True)
    else:
        print(f"imported {name} in {time.monotonic() - began:.1f} s", flush=True)
