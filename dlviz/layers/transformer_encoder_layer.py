"""TransformerEncoderLayer: self-attention, then a small network for each step."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.setting import setting
from dlviz.layers.layer import Shape, Takes
from dlviz.layers.multihead_attention import Attention
from dlviz.layers.steps import check_mask
from dlviz.layers.transformer import Transformer


class EncoderLayer(nn.Module):
    """Each step gathers from all others, then thinks for itself; both are added to what was there."""

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: str = "relu",
        layer_norm_eps: float = 1e-5,
        norm_first: bool = False,
        bias: bool = True,
        causal: bool = False,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.self_attn = Attention(d_model, nhead, dropout, bias, causal=causal)
        self.dropout1 = nn.Dropout(dropout)
        self.norm1 = nn.LayerNorm(d_model, layer_norm_eps, bias=bias)
        self.linear1 = nn.Linear(d_model, dim_feedforward, bias)
        self.activation = nn.GELU() if activation == "gelu" else nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model, bias)
        self.dropout2 = nn.Dropout(dropout)
        self.norm2 = nn.LayerNorm(d_model, layer_norm_eps, bias=bias)

    def forward(self, x: Tensor, *mask: Tensor) -> Tensor:  # (N, L, E), (N, L), True: padding
        if self.norm_first:
            x = x + self.dropout1(self.self_attn(self.norm1(x), *mask))
            x = x + self.dropout2(self.feed(self.norm2(x)))
        else:
            x = self.norm1(x + self.dropout1(self.self_attn(x, *mask)))
            x = self.norm2(x + self.dropout2(self.feed(x)))
        return x

    def feed(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return y


class TransformerEncoderLayer(Transformer):
    """Lets each step of a sequence look at all others, then sends each through a small network of its own.

    A few of these after an Embedding and a PositionalEncoding read a text. It works on all steps at once, so it
    is fast where an LSTM is slow. It needs more data than an LSTM, or more dropout.
    """

    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    takes: ClassVar[tuple[Takes, ...]] = ("numbers", "mask")
    module: ClassVar[type[nn.Module]] = EncoderLayer
    formula: ClassVar[str] = "a = norm(x + attention(x)),  y = norm(a + W₂ relu(W₁ a + b₁) + b₂)"

    causal: bool = setting(
        False, "Whether a step sees only itself and what came before: for networks that write on, word by word."
    )

    def check(self, *shapes: Shape) -> None:
        super().check(*shapes)
        check_mask(self.kind(), shapes[0], shapes[-1])
