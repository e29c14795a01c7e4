"""Buckets: texts of like length stand in one batch, and a batch is as long as its longest text.

Short texts are filled up with padding to one length; steps that are all padding cost time and teach nothing. They are
cut off only where that changes no answer of the network, which is tried: a network may flatten its steps, or know of
no padding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from dlviz.core.values import Kind, Tags, Tokens
from dlviz.datasets.data import Batch, Examples, Fields
from dlviz.tasks.task import Task, device_of

#: So many texts in a row have like lengths, of so many times as many that chance put there: which stand together is
#: still left to it. The same whatever the size of a batch, which may change on the way.
TOGETHER, POOL = 64, 50
#: Where so much of all steps holds words, nothing is gained.
_FULL = 0.85
#: How many texts the trial takes, and how far their outputs may be apart.
_TRIED, _APART = 8, 1e-4


@dataclass(frozen=True)
class Buckets:
    """`lengths` (N,) of the training examples, and how a batch is cut."""

    lengths: Tensor
    fields: Fields

    def trimmed(self, batch: Batch) -> Batch:
        """The batch without the steps that are padding in all its texts; what lies in it is not copied."""
        return trimmed(batch, self.fields)


def buckets(task: Task, networks: Mapping[str, nn.Module], train: Examples, fields: Fields) -> Buckets | None:
    """How the training part is put into buckets; None: there are no texts, they are all long, or it would matter."""
    found = lengths(train, fields)
    if found is None or len(found) < _TRIED or float(found.float().mean()) > _FULL * float(_longest(fields)):
        return None
    shortest = found.argsort(stable=True)[:_TRIED]
    return Buckets(found, fields) if _same(task, networks, train.batch(shortest), fields) else None


def lengths(examples: Examples, fields: Fields) -> Tensor | None:
    """(N,) how many steps of each example hold words, of all its texts together; None: it has none."""
    texts = [name for name, kind in fields.inputs.items() if isinstance(kind, Tokens)]
    if not texts or len(texts) < len(fields.inputs):
        return None
    return torch.stack([(examples.columns[name] != 0).sum(1) for name in texts]).sum(0)


def trimmed(batch: Batch, fields: Fields) -> Batch:
    """See `Buckets.trimmed`. Columns of one length are cut alike: a text and the tags of its words."""
    longest: dict[int, int] = {}
    for name, kind in _sequences(fields):
        if name in batch:
            there = batch[name] >= 0 if isinstance(kind, Tags) else batch[name] != 0
            steps = torch.arange(1, there.shape[1] + 1, device=there.device)
            own = int((there.any(0) * steps).max())
            longest[kind.length] = max(longest.get(kind.length, 1), own)
    cut = {name: batch[name][:, : longest[kind.length]] for name, kind in _sequences(fields) if name in batch}
    return {**batch, **cut}


def bucketed(order: Tensor, lengths: Tensor, random: torch.Generator) -> Tensor:
    """An order (n,) of examples, changed so that `TOGETHER` in a row have like lengths; which come when, and which come
    last and are fewer, is left to chance."""
    pieces = []
    for pool in order.split(TOGETHER * POOL):
        whole = len(pool) // TOGETHER
        first, rest = pool[: whole * TOGETHER], pool[whole * TOGETHER :]
        groups = first[lengths[first].argsort(stable=True)].view(whole, TOGETHER)
        pieces += [groups[torch.randperm(whole, generator=random)].flatten(), rest]
    return torch.cat(pieces)


def _sequences(fields: Fields) -> list[tuple[str, Tokens | Tags]]:
    every: dict[str, Kind] = {**fields.inputs, **fields.targets}
    return [(name, kind) for name, kind in every.items() if isinstance(kind, Tokens | Tags)]


def _longest(fields: Fields) -> int:
    return sum(kind.length for kind in fields.inputs.values() if isinstance(kind, Tokens))


@torch.no_grad()
def _same(task: Task, networks: Mapping[str, nn.Module], batch: Batch, fields: Fields) -> bool:
    """Whether short texts get the same outputs without their padding."""
    modes = {role: network.training for role, network in networks.items()}
    device = device_of(networks)
    try:
        for network in networks.values():
            network.eval()
        whole, cut = (
            task.forward(
                networks, {name: column.to(device or column.device) for name, column in some.items()}, fields
            ).float()
            for some in (batch, trimmed(batch, fields))
        )
        return whole.shape == cut.shape and torch.allclose(whole, cut, atol=_APART, rtol=_APART)
    except Exception:  # a network whose layers need the one length
        return False
    finally:
        for role, network in networks.items():
            network.train(modes[role])
