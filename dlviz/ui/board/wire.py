"""Edits of the edges: connect, disconnect, rewire."""

from __future__ import annotations

from collections.abc import Sequence

from dlviz.core.problems import WrongInput
from dlviz.ui.board.catalogue import Catalogue
from dlviz.ui.board.edited import Edited
from dlviz.ui.board.entries import Entries, Entry, find, followers


def connect(entries: Entries, catalogue: Catalogue, source: str, target: str, place: int | None = None) -> Edited:
    """`target` reads `source` too; where it takes one input only, it reads that instead. `place`: which of its inputs
    is replaced, counted from 0."""
    find(entries, source)
    entry = find(entries, target)
    _no_circle(entries, source, target)
    inputs, (_, most) = list(entry["inputs"]), catalogue.takes(entry)
    if most == 0:
        raise WrongInput(f"{entry['kind']} is where an example enters, so it reads no other layer.")
    if place is not None and 0 <= place < len(inputs):
        inputs[place] = source
    elif most == 1:
        inputs = [source]
    elif most is None and source in inputs:
        raise WrongInput(f"`{target}` reads `{source}` already.")
    elif most is not None and len(inputs) >= most:
        raise WrongInput(f"`{target}` takes at most {most} inputs. It reads {', '.join(inputs)}: disconnect one first.")
    else:
        inputs.append(source)
    return Edited(_with_inputs(entries, target, inputs), f"{target} reads {source}.", (target,))


def disconnect(entries: Entries, source: str, target: str) -> Edited:
    """`target` no longer reads `source`."""
    inputs = find(entries, target)["inputs"]
    if source not in inputs:
        raise WrongInput(f"`{target}` does not read `{source}`.")
    left = [name for name in inputs if name != source]
    return Edited(_with_inputs(entries, target, left), f"{target} no longer reads {source}.", (target,))


def rewire(entries: Entries, catalogue: Catalogue, name: str, inputs: Sequence[str]) -> Edited:
    """The node `name` reading these, in this order."""
    entry = find(entries, name)
    for source in inputs:
        find(entries, source)
        _no_circle(entries, source, name)
    most = catalogue.takes(entry)[1]
    if most is not None and len(inputs) > max(most, len(entry["inputs"])):
        raise WrongInput(f"`{name}` takes at most {most} inputs. Received: {', '.join(inputs)}.")
    say = f"{name} reads {', '.join(inputs)}." if inputs else f"{name} reads nothing."
    return Edited(_with_inputs(entries, name, inputs), say, (name,))


def _no_circle(entries: Entries, source: str, target: str) -> None:
    if source == target:
        raise WrongInput(f"Data must flow one way: `{target}` cannot read itself.")
    if source in followers(entries, target):
        raise WrongInput(
            f"Data must flow one way: `{source}` comes after `{target}`, so `{target}` cannot read it. "
            "Connect them the other way round."
        )


def _with_inputs(entries: Entries, name: str, inputs: Sequence[str]) -> Entries:
    return [_rewired(entry, inputs) if entry["name"] == name else entry for entry in entries]


def _rewired(entry: Entry, inputs: Sequence[str]) -> Entry:
    return {**entry, "inputs": list(inputs)}
