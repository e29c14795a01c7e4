"""MultiheadAttention: each step gathers from the steps that matter to it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar, Literal

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.layer import Group, Layer, Takes, described
from dlviz.layers.steps import check_mask


class Attention(nn.Module):
    """softmax(Q Kᵀ / √d) V in several heads side by side.

    Called with a sequence (it attends to itself), or with queries and the memory that they attend to; last may come a
    mask (N, S), True at the steps of the memory that are padding. A step that may see nothing gathers 0. With
    `need_weights` set to True it keeps its weights (N, heads, L, S) in `weights`, as part of the graph.
    """

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        kdim: int | None = None,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.num_heads, self.causal, self.need_weights = num_heads, causal, False
        self.weights: Tensor | None = None
        self.q_proj = nn.Linear(embed_dim, embed_dim, bias)
        self.k_proj = nn.Linear(kdim or embed_dim, embed_dim, bias)
        self.v_proj = nn.Linear(kdim or embed_dim, embed_dim, bias)
        self.out_proj = nn.Linear(embed_dim, embed_dim, bias)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.q_proj, self.k_proj, self.v_proj):
            nn.init.xavier_uniform_(layer.weight, gain=0.5**0.5)  # as torch's, which sees the three as one
        if bias:
            for layer in (self.q_proj, self.k_proj, self.v_proj, self.out_proj):
                nn.init.zeros_(layer.bias)

    def forward(self, query: Tensor, *others: Tensor) -> Tensor:  # (N, L, E), (N, S, K) → (N, L, E)
        mask = others[-1] if others and others[-1].dtype == torch.bool else None
        memory = others[0] if others and others[0].dtype != torch.bool else query
        q, k, v = (
            x.unflatten(2, (self.num_heads, -1)).transpose(1, 2)  # (N, heads, steps, E / heads)
            for x in (self._one_product(query) if memory is query else self._projected(query, memory))
        )
        found: Tensor
        if mask is None and not self.need_weights:  # every step sees one at least: itself, or all
            if self._by_hand(q, k):
                found = self._products(q, k, v, self._causal(q, k) if self.causal else None)
            else:
                chance = self.dropout.p if self.training else 0.0
                found = nn.functional.scaled_dot_product_attention(q, k, v, dropout_p=chance, is_causal=self.causal)
        else:
            found = self._masked(q, k, v, mask)
        joined: Tensor = self.out_proj(found.transpose(1, 2).flatten(2))
        return joined

    def _projected(self, query: Tensor, memory: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values."""
        return self.q_proj(query), self.k_proj(memory), self.v_proj(memory)

    def _one_product(self, x: Tensor) -> tuple[Tensor, ...]:
        """The same of a sequence that attends to itself: one wide product is faster than three."""
        biases = self.q_proj.bias, self.k_proj.bias, self.v_proj.bias
        bias = torch.cat(biases) if biases[0] is not None else None
        weight: Tensor = torch.cat((self.q_proj.weight, self.k_proj.weight, self.v_proj.weight))
        return tuple(nn.functional.linear(x, weight, bias).chunk(3, dim=2))

    def _masked(self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """What each step gathers where some may see nothing, or where the weights are asked for."""
        seen = self._causal(q, k) if self.causal else q.new_ones((1, 1, q.shape[2], k.shape[2]), dtype=torch.bool)
        seen = seen if mask is None else seen & ~mask[:, None, None, :]
        blind = ~seen.any(dim=3, keepdim=True)  # these see nothing; a softmax over nothing is no number
        if self.need_weights:
            scores = (q @ k.transpose(2, 3) / q.shape[3] ** 0.5).masked_fill(~(seen | blind), float("-inf"))
            self.weights = scores.softmax(dim=3).masked_fill(blind, 0)
            gathered: Tensor = self.dropout(self.weights) @ v
            return gathered
        if self._by_hand(q, k):
            return self._products(q, k, v, seen | blind).masked_fill(blind, 0)
        chance = self.dropout.p if self.training else 0.0
        found = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=seen | blind, dropout_p=chance)
        return found.masked_fill(blind, 0)

    def _products(self, q: Tensor, k: Tensor, v: Tensor, seen: Tensor | None) -> Tensor:
        """The same, its two products written out; `seen` (·, ·, L, S) is True where a step may look."""
        some, steps = (q.shape[0], self.num_heads), (q.shape[2], k.shape[2])
        shut = q.new_zeros(()) if seen is None else q.new_zeros(seen.shape).masked_fill_(~seen, float("-inf"))
        scores = torch.baddbmm(
            shut.expand(*some, *steps).reshape(-1, *steps), q.flatten(0, 1), k.flatten(0, 1).transpose(1, 2),
            alpha=q.shape[3] ** -0.5,
        )  # fmt: skip
        gathered: Tensor = torch.bmm(self.dropout(scores.softmax(dim=2)), v.flatten(0, 1)).unflatten(0, some)
        return gathered

    @staticmethod
    def _by_hand(q: Tensor, k: Tensor) -> bool:
        """Whether written-out products are faster than torch's one call: with bfloat16 on a processor, where its way
        back takes up to six times as long as theirs (49 steps; 128 steps: three times). They keep all looks, L · S."""
        return q.dtype == torch.bfloat16 and q.device.type == "cpu" and q.shape[2] * k.shape[2] <= 512 * 512

    @staticmethod
    def _causal(q: Tensor, k: Tensor) -> Tensor:
        return torch.ones(1, 1, q.shape[2], k.shape[2], dtype=torch.bool, device=q.device).tril()


def check_heads(name: str, setting_name: str, heads: int, width: int) -> None:
    """Raise `WrongInput` where the features of a step cannot be shared evenly by the heads."""
    if width % heads:
        raise WrongInput(
            f"`{setting_name}` of {name} must divide the features of each step. Received: {heads} heads for {width} "
            "features."
        )


def fitting_heads(heads: int, width: int) -> list[int]:
    """Numbers of heads that divide `width`, nearest to `heads` first."""
    return sorted(
        (number for number in range(1, min(width, 64) + 1) if not width % number), key=lambda n: abs(n - heads)
    )


@contextmanager
def keeping_weights(layers: Iterable[Attention]) -> Iterator[None]:
    """While it lasts, each of these layers keeps its weights when it is called; afterwards they hold none and do as
    before."""
    before = [(layer, layer.need_weights) for layer in layers]
    try:
        for layer, _ in before:
            layer.need_weights = True
        yield
    finally:
        for layer, needed in before:
            layer.need_weights, layer.weights = needed, None


class MultiheadAttention(Layer):
    """Lets each step of a sequence look at all others and gather from those that matter to it.

    One input: the sequence attends to itself. Two: the first asks, the second (the memory) answers. A padding mask of
    the memory goes last. The core of every transformer; alone it has no sense of order (see PositionalEncoding).
    """

    group: ClassVar[Group] = "attention"
    inputs: ClassVar[tuple[int, int | None]] = (1, 3)
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    takes: ClassVar[tuple[Takes, ...]] = ("numbers", "any", "mask")
    padded: ClassVar[Literal["passes", "masks", "stops"]] = "masks"
    module: ClassVar[type[nn.Module]] = Attention
    formula: ClassVar[str] = "softmax(Q Kᵀ / √d) V,  with Q = x W_q, K = m W_k, V = m W_v, in each head"
    paper: ClassVar[str] = "Vaswani et al., Attention is all you need (2017)"

    num_heads: int = setting(
        4, "How many heads look at the sequence, each at its share of the features. It must divide them.", ge=1, le=64
    )
    causal: bool = setting(
        False, "Whether a step sees only itself and what came before: for networks that write on, word by word."
    )
    dropout: float = setting(
        0.0, "The chance with which a look is left out in training.", ge=0, lt=1, advanced=True
    )  # fmt: skip
    bias: bool = setting(True, "Whether each sum adds a learned constant.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        width, memory = shapes[0][1], _memory(shapes)[1]
        other = {} if memory == width else {"kdim": memory}
        return {"embed_dim": width, **super().arguments(*shapes), **other}

    def check(self, *shapes: Shape) -> None:
        if any(isinstance(shape, Ids) for shape in shapes) or any(isinstance(s, Flags) for s in shapes[:-1]):
            raise WrongInput(
                "MultiheadAttention takes a sequence, perhaps a second one as its memory, and a padding mask last. "
                f"Received: {', then '.join(map(described, shapes))}."
            )
        check_heads(self.kind(), "num_heads", self.num_heads, shapes[0][1])
        check_mask(self.kind(), _memory(shapes), shapes[-1])

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        for heads in fitting_heads(self.num_heads, shapes[0][1]):
            yield f"Set num_heads to {heads}", self.changed(num_heads=heads)


def _memory(shapes: tuple[Shape, ...]) -> Shape:
    """The sequence that is attended to."""
    return shapes[1] if len(shapes) > 1 and not isinstance(shapes[1], Flags) else shapes[0]
