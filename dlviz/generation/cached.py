"""Cached: a copy of a causal network that remembers what it has read, so that a further token costs one step.

Attention keeps the keys and values of all steps before (the key-value cache), recurrent layers their state, positions
how many there were. Every other layer is asked for the new steps alone; whether that is right for a network is found
out by trying, so that a layer nobody thought of cannot give a wrong text.
"""

from __future__ import annotations

import copy
from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.layers.multihead_attention import Attention
from dlviz.layers.positional_encoding import Positions
from dlviz.layers.recurrent import Recurrence

#: How many steps are compared, and how far logits may be apart: sums in another order.
_TRIED, _APART = 6, 1e-3


class Cached:
    """Reads on, step by step."""

    def __init__(self, network: nn.Module) -> None:
        """A copy is made; the network itself stays as it is. Raises `TypeError` where a layer needs later steps."""
        self.network = copy.deepcopy(network).eval()
        self._memories = remembering(self.network)
        #: The most steps it can have read, where it tells places by a table; None: any number.
        self.limit = min((one.inner.table.shape[0] for one in self._memories if isinstance(one, _Places)), default=None)
        self.read_so_far = 0

    @torch.no_grad()
    def read(self, ids: Tensor) -> Tensor:
        """Read further tokens (N, L), without padding; the logits (N, V) after the last."""
        logits: Tensor = self.network(ids)
        self.read_so_far += ids.shape[1]
        return logits[:, -1]

    def forget(self) -> None:
        """Begin anew."""
        self.read_so_far = 0
        for one in self._memories:
            one.forget()

    def keep(self, rows: Tensor) -> None:
        """Go on with these of the texts (an index into N, repeats allowed), as a beam search does."""
        for one in self._memories:
            one.keep(rows)


def cached(network: nn.Module, length: int, vocabulary: int) -> Cached | None:
    """The network with a memory; None where one of its layers needs more than the steps before, so that it must read
    the whole text for each token. Called with ids (N, L), L up to `length`."""
    try:
        made = Cached(network)
        steps = min(_TRIED, length)
        ids = torch.arange(steps, device=device_of(network))[None] * 7 % max(1, vocabulary - 2) + min(2, vocabulary - 1)
        first = made.read(ids[:, :1])
        stepped = torch.stack([first, *(made.read(ids[:, at : at + 1]) for at in range(1, steps))], dim=1)
        made.forget()
        at_once = made.network(ids)
        made.forget()
        whole = whole_logits(network, ids, length)
    except Exception:  # layers are as manifold as drawings; what cannot be stepped is read whole
        return None
    same = all(torch.allclose(found.float(), whole.float(), atol=_APART, rtol=_APART) for found in (stepped, at_once))
    return made if same else None


@torch.no_grad()
def whole_logits(network: nn.Module, ids: Tensor, length: int) -> Tensor:
    """The logits (N, L, V) of a network that reads texts of `length` filled up with padding, in evaluation mode."""
    training = network.training
    network.eval()
    try:
        logits: Tensor = network(F.pad(ids, (0, length - ids.shape[1])))
        return logits[:, : ids.shape[1]]
    finally:
        network.train(training)


def sees_ahead(network: nn.Module, length: int, vocabulary: int) -> bool:
    """Whether what a network says at a step hangs on later tokens: tried on one text with two endings."""
    if length < 2 or vocabulary < 4:
        return False
    ids = torch.arange(length, device=device_of(network)) * 7 % (vocabulary - 2) + 2
    half = length // 2
    other = torch.where(torch.arange(length, device=ids.device) < half, ids, (ids - 1) % (vocabulary - 2) + 2)
    one, two = (whole_logits(network, row[None], length)[0, :half].float() for row in (ids, other))
    return not torch.allclose(one, two, atol=_APART, rtol=_APART)


class _Memory(nn.Module):
    """A layer that remembers."""

    def forget(self) -> None:
        raise NotImplementedError

    def keep(self, rows: Tensor) -> None:
        raise NotImplementedError


class _Attention(_Memory):
    """Attention to what was read: its keys and values are kept."""

    def __init__(self, inner: Attention) -> None:
        super().__init__()
        self.inner = inner
        self.kept: tuple[Tensor, Tensor] | None = None
        self.other: Tensor | None = None

    def forward(self, query: Tensor, *others: Tensor) -> Tensor:
        inner = self.inner
        if others and others[0].dtype != torch.bool:  # a memory of another text, which is there as a whole
            return self._of_other(query, *others)
        if not inner.causal:
            raise TypeError("it looks at later steps")
        q, k, v = (x.unflatten(2, (inner.num_heads, -1)).transpose(1, 2) for x in inner._one_product(query))
        if self.kept is not None:
            k, v = torch.cat((self.kept[0], k), dim=2), torch.cat((self.kept[1], v), dim=2)
        self.kept = k, v
        steps, before = q.shape[2], k.shape[2] - q.shape[2]
        seen = None if steps == 1 else q.new_ones((steps, k.shape[2]), dtype=torch.bool).tril(before)
        gathered = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        joined: Tensor = inner.out_proj(gathered.transpose(1, 2).flatten(2))
        return joined

    def _of_other(self, query: Tensor, other: Tensor, *mask: Tensor) -> Tensor:
        """Attention to another text, whose keys and values stay the same as long as it is the same tensor."""
        inner = self.inner
        if self.kept is None or self.other is not other:
            self.other = other
            self.kept = inner.k_proj(other), inner.v_proj(other)
        q, k, v = (x.unflatten(2, (inner.num_heads, -1)).transpose(1, 2) for x in (inner.q_proj(query), *self.kept))
        joined: Tensor = inner.out_proj(inner._masked(q, k, v, *(mask or (None,))).transpose(1, 2).flatten(2))
        return joined

    def forget(self) -> None:
        self.kept = self.other = None

    def keep(self, rows: Tensor) -> None:
        if self.other is not None:  # the other text's rows are chosen by whoever holds it
            self.forget()
        elif self.kept is not None:
            self.kept = self.kept[0][rows], self.kept[1][rows]


class _Places(_Memory):
    """Positions that go on counting."""

    def __init__(self, inner: Positions) -> None:
        super().__init__()
        self.inner, self.before = inner, 0

    def forward(self, x: Tensor) -> Tensor:
        table = self.inner.table[self.before : self.before + x.shape[1]]
        self.before += x.shape[1]
        return x + table

    def forget(self) -> None:
        self.before = 0

    def keep(self, rows: Tensor) -> None:
        pass


class _State(_Memory):
    """An RNN, LSTM or GRU that goes on from its last state."""

    def __init__(self, inner: Recurrence) -> None:
        super().__init__()
        if inner.cell.bidirectional or inner.output != "steps":
            raise TypeError("it reads from the end, or gives no step of its own")
        self.inner, self.state = inner, None

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        steps: Tensor
        steps, self.state = self.inner.cell(x, self.state)
        return steps

    def forget(self) -> None:
        self.state = None

    def keep(self, rows: Tensor) -> None:
        if isinstance(self.state, tuple):
            self.state = tuple(one[:, rows] for one in self.state)
        elif self.state is not None:
            self.state = self.state[:, rows]


_WITH_MEMORY: dict[type[nn.Module], type[_Memory]] = {Attention: _Attention, Positions: _Places, Recurrence: _State}


def remembering(network: nn.Module, within: Collection[str] | None = None) -> list[_Memory]:
    """Put a layer that remembers in the place of each that can; those layers. `within`: only in these submodules."""
    found: list[_Memory] = []
    for path, parent in list(network.named_modules()):
        for name, child in list(parent.named_children()):
            top = f"{path}.{name}".lstrip(".").split(".")[0]
            if within is not None and top not in within:
                continue
            if (made := _WITH_MEMORY.get(type(child))) is not None:
                found.append(made(child))
                setattr(parent, name, found[-1])
    return found


def device_of(network: nn.Module) -> torch.device:
    """Where a network computes."""
    return next((weight.device for weight in network.parameters()), torch.device("cpu"))
