"""Limits: how large a model from elsewhere may be. What is checked here has not been allocated yet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path

from dlviz.core.problems import WrongInput

#: Bytes of a model's file, and of all that it unpacks to.
MOST_BYTES = 512 * 2**20
#: Numbers in one tensor.
MOST_NUMBERS = 2**28
#: Operations in one graph, and dimensions of one tensor.
MOST_NODES, MOST_SIZES = 20_000, 8
#: Seconds that a network may take for one batch, and for all that is asked of it when it is brought.
BATCH_SECONDS, ALL_SECONDS = 60.0, 300.0
#: Bytes of memory that reading and running a model may take beside its data.
MOST_MEMORY = 4 * 2**30


def numbers(sizes: Iterable[int], of: str = "A tensor") -> int:
    """How many numbers a tensor of these sizes holds. Raises `WrongInput` where they are no sizes, or too many."""
    wanted = list(sizes)
    if len(wanted) > MOST_SIZES or any(not isinstance(size, int) or size < 0 for size in wanted):
        raise WrongInput(
            f"{of} must have at most {MOST_SIZES} sizes, none of them negative. Received: {_short(wanted)}. "
            "Export the model anew."
        )
    count = math.prod(wanted)
    if count > MOST_NUMBERS:
        raise WrongInput(
            f"{of} may hold at most {MOST_NUMBERS:,} numbers. Received: {' × '.join(map(str, wanted))}. "
            "Bring a smaller model."
        )
    return count


def check_file(path: Path, name: str = "") -> int:
    """The size of a model's file in bytes. Raises `WrongInput` where there is none, it is empty or too large."""
    name = name or path.name
    if path.is_dir():
        raise WrongInput(f"A model must be one file. Received: the folder {name}. {EXPORT}")
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        raise WrongInput(f"There is no file {name} that may be read.") from None
    if size == 0:
        raise WrongInput(f"{name} is empty. Choose a file with a model in it.")
    if size > MOST_BYTES:
        raise WrongInput(
            f"{name}: a model may have at most {MOST_BYTES // 2**20} MB. Received: {size / 2**20:,.0f} MB."
        )
    return size


def _short(sizes: list[int]) -> str:
    text = str(sizes)
    return text if len(text) <= 80 else text[:77] + "…"


#: The way out for whoever has a model in a form that is not read.
EXPORT = (
    'Where the model was trained, write it with torch.onnx.export(…, "model.onnx"), '
    'torch.export.save(torch.export.export(…), "model.pt2") or safetensors.torch.save_file(model.state_dict(), …), '
    "and bring that file."
)
