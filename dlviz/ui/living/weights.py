"""Whether a run has a weight: its name, and its place in it. Read from the head of a checkpoint, without torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open

from dlviz.core.problems import WrongInput, nearest
from dlviz.training.folder import RunFolder, steps_in


def check(run: RunFolder, weight: Mapping[str, Any]) -> None:
    """Raise `WrongInput` where no checkpoint of `run` knows the weight `{role, node, name, index}`. A run that has no
    checkpoint is not asked."""
    shapes = next(
        filter(None, (_shapes(run.checkpoints / f"{step}.safetensors") for step in steps_in(run.checkpoints))), {}
    )
    role = f"networks/{weight['role']}/"
    own = {name.removeprefix(role): shape for name, shape in shapes.items() if name.startswith(role)}
    if not own:
        return
    node, name, index = weight["node"], weight["name"], weight["index"]
    nodes = {each.rpartition(".")[0] for each in own}
    if node not in nodes:
        raise WrongInput(f"There is no layer `{node}` with weights in this run. {nearest(node, nodes)}".strip())
    names = {each.rpartition(".")[2]: shape for each, shape in own.items() if each.rpartition(".")[0] == node}
    if name not in names:
        raise WrongInput(f"`{node}` has no `{name}`. {nearest(name, names)}".strip())
    shape = names[name]
    if len(index) != len(shape) or not all(place < size for place, size in zip(index, shape, strict=True)):
        raise WrongInput(f"`{node}.{name}` has the shape {tuple(shape)}. Received the index {index!r}.")


def _shapes(file: Path) -> dict[str, Sequence[int]]:
    """The shape of each tensor in a safetensors file; none where it cannot be read."""
    try:
        with safe_open(file, framework="numpy") as content:
            return {name: content.get_slice(name).get_shape() for name in content.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return {}
