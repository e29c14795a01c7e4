"""Weights in safetensors for networks that a spec draws: each by its name and size, and what does not fit by name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
from safetensors import SafetensorError
from torch import Tensor, nn

from dlviz.core.problems import Problem, WrongInput
from dlviz.foreign.limits import check_file

#: How many mismatches are named.
_NAMED = 20
#: Put behind a network by its task, not learned by gradients: a file of another program lacks it, and as it is made it
#: changes nothing.
_OF_TASKS = "units."


def load_weights(networks: Mapping[str, nn.Module], path: Path, name: str = "") -> None:
    """Load the weights of a file into networks, by role. Names are those of the network's own `state_dict`, with
    `networks/<role>/` before them as in dlviz's checkpoints, or without where there is one network.

    Raises `WrongInput` that names every tensor that is missing, left over, or of another size.
    """
    name = name or path.name
    check_file(path, name)
    try:
        given = safetensors.torch.load(path.read_bytes())
    except (SafetensorError, ValueError, RecursionError) as error:
        first = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise WrongInput(f"{name} is no whole safetensors file ({first}). Save it anew.") from None
    problems: list[Problem] = []
    for role, network in networks.items():
        start = f"networks/{role}/"
        own = {key.removeprefix(start): tensor for key, tensor in given.items() if key.startswith(start)}
        problems += _loaded(network, own or (given if len(networks) == 1 else {}), role if len(networks) > 1 else "")
    if problems:
        told = [str(problem) for problem in problems[:_NAMED]]
        more = [f"… and {len(problems) - _NAMED} more."] if len(problems) > _NAMED else []
        raise WrongInput("\n".join([f"{name} does not fit the network of the spec:", *told, *more]), problems[:_NAMED])


def _loaded(network: nn.Module, given: Mapping[str, Tensor], role: str) -> list[Problem]:
    """Load what fits; the problems of what does not."""
    wanted = network.state_dict()
    problems = []
    for key, tensor in wanted.items():
        place = f"{role}.{key}" if role else key
        if key not in given:
            if not key.startswith(_OF_TASKS):
                problems.append(Problem(place, f"the file has no such tensor. The network needs {_size(tensor)}."))
        elif given[key].shape != tensor.shape:
            problems.append(Problem(place, f"the network needs {_size(tensor)}. The file has {_size(given[key])}."))
        elif not given[key].float().isfinite().all():
            problems.append(Problem(place, "must hold finite numbers. The file has NaN or infinity there."))
    problems += [
        Problem(f"{role}.{key}" if role else key, f"the network has no such tensor. The file has {_size(given[key])}.")
        for key in given
        if key not in wanted
    ]
    if not problems:
        network.load_state_dict({key: given.get(key, tensor) for key, tensor in wanted.items()})
    return problems


def _size(tensor: Tensor) -> str:
    return " × ".join(map(str, tensor.shape)) or "one number"
