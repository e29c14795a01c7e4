"""Whether a training step fits in memory, asked before it starts."""

from __future__ import annotations

from collections.abc import Iterable

import torch

from dlviz.core.memory import available_memory
from dlviz.core.problems import WrongInput
from dlviz.network.report import Report


def available(device: torch.device | str = "cpu") -> int:
    """The bytes that are free for a training step on `device`."""
    device = torch.device(device)
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return available_memory()


def check_memory(
    reports: Iterable[Report],
    batch_size: int,
    state_per_weight: int,
    device: torch.device | str = "cpu",
    free: int | None = None,
) -> int:
    """The bytes that one training step of these networks needs; `WrongInput` with the figures where that is more
    than is free (`free`: known already)."""
    reports = list(reports)
    fixed = sum(report.training_bytes(0, state_per_weight) for report in reports)
    needed = sum(report.training_bytes(batch_size, state_per_weight) for report in reports)
    free = available(device) if free is None else free
    if needed <= free:
        return needed
    per_example = (needed - fixed) / max(batch_size, 1)
    fitting = int((free - fixed) * 0.8 / per_example) if per_example > 0 else 0
    if fitting >= 1:
        mend = f"Lower the batch size to {_round(fitting):,} or less, or make the layers smaller."
    else:
        mend = "Make the layers smaller: not even one example at a time would fit."
    raise WrongInput(
        f"A training step must fit in memory. It needs about {gib(needed)}: {gib(fixed)} for weights, gradients and "
        f"the optimizer, {gib(needed - fixed)} for a batch of {batch_size:,} examples. Free: {gib(free)}. {mend}"
    )


def gib(number: int) -> str:
    """Bytes as a person reads them."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if number >= size:
            return f"{number / size:,.1f} {unit}"
    return f"{number} bytes"


def _round(number: int) -> int:
    """The power of two that is not above `number`: batch sizes usually are one."""
    return 1 << (number.bit_length() - 1)
