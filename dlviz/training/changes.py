"""Changes: what a person changes while a run goes on, as records that stand in its events and its checkpoints.

    {"step": 900, "epoch": 2.4, "what": "optimization.optimizer.lr", "from": 0.1, "to": 0.01}
    {"step": 950, "epoch": 2.6, "what": "weight", "role": "model", "node": "conv1", "name": "weight", "index": [0, 2],
     "from": 0.31, "to": 0.5}

A change holds from the step after `step` on. Made again at the same steps, they give the same run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from dlviz.core.problems import WrongInput, nearest

if TYPE_CHECKING:
    from dlviz.training.loop import Loop

Record = dict[str, Any]
_WEIGHT = ("role", "node", "name", "index")


def set_all(loop: Loop, changes: object) -> list[Record]:
    """Change settings (`{path: value}`) from the next step on: all of them, or none and `WrongInput`."""
    if not isinstance(changes, Mapping) or not changes:
        raise WrongInput("`set` needs `changes`: the place of a setting and its new value, for each of them.")
    loop.in_flight.check(changes)  # first: what an optimizer forgets with a change, no change back would bring again
    made: list[Record] = []
    for path, value in changes.items():
        before, after = loop.change(str(path), value)
        if before != after:
            made.append({**_now(loop), "what": str(path), "from": before, "to": after})
    return made


def set_weight(loop: Loop, asked: Mapping[str, Any]) -> Record:
    """Change one learned number: `{role, node, name, index, value}`. `WrongInput` where there is none such."""
    role, node, name, index = (asked.get(key) for key in _WEIGHT)
    if not isinstance(role, str) or not isinstance(node, str) or not isinstance(name, str):
        raise WrongInput("A weight needs `role`, `node` and `name`, as text.")
    weights = _parameters(loop, role, node)
    if name not in weights:
        raise WrongInput(f"`{node}` has no `{name}`. {nearest(name, weights)}".strip())
    weight, value = weights[name], asked.get("value")
    fits = isinstance(index, (list, tuple)) and len(index) == weight.ndim
    if not fits or not all(
        isinstance(place, int) and not isinstance(place, bool) and 0 <= place < size
        for place, size in zip(index or (), weight.shape, strict=True)
    ):
        raise WrongInput(f"`{node}.{name}` has the shape {tuple(weight.shape)}. Received the index {index!r}.")
    if not isinstance(value, (int, float)) or isinstance(value, bool) or not abs(value) < torch.finfo(weight.dtype).max:
        raise WrongInput(f"A weight is a finite number. Received: {value!r}.")
    place = tuple(index or ())
    with torch.no_grad():
        before = float(weight[place])
        weight[place] = float(value)
    loop.stepper.changed()
    where = {key: asked[key] for key in _WEIGHT} | {"index": list(place)}
    return {**_now(loop), "what": "weight", **where, "from": before, "to": float(value)}


def repeat(loop: Loop, record: Mapping[str, Any]) -> bool:
    """Make a change again that was made before at this step; False where it cannot be: its line is damaged."""
    try:
        if record["what"] == "weight":
            set_weight(loop, {**{key: record.get(key) for key in _WEIGHT}, "value": record["to"]})
        else:
            loop.change(record["what"], record["to"])
    except WrongInput as error:
        print(f"A change of step {record['step']} could not be made again: {error}")
        return False
    return True


def still_to_come(recorded: Iterable[Mapping[str, Any]], made: Iterable[Mapping[str, Any]]) -> list[Record]:
    """Of the changes that a run's events tell, those that are not yet in a checkpoint whose facts tell `made`."""
    known = [dict(record) for record in made]
    return [dict(record) for record in recorded if dict(record) not in known]


def _now(loop: Loop) -> Record:
    return {"step": loop.step, "epoch": round(loop.time, 4)}


def _parameters(loop: Loop, role: str, node: str) -> dict[str, nn.Parameter]:
    """The learned numbers of one layer, by name."""
    if role not in loop.networks:
        raise WrongInput(f"There is no network `{role}`. {nearest(role, loop.networks)}".strip())
    layers = {path: module for path, module in loop.networks[role].named_modules() if path}
    if node not in layers:
        raise WrongInput(f"There is no layer `{node}`. {nearest(node, layers)}".strip())
    return dict(layers[node].named_parameters(recurse=False))
