"""TransformerDecoderLayer: self-attention, a look at a memory, then a small network for each step."""

from __future__ import annotations

from typing import ClassVar

from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Shape, Takes, described
from dlviz.layers.multihead_attention import Attention
from dlviz.layers.steps import check_mask
from dlviz.layers.transformer import Transformer


class DecoderLayer(nn.Module):
    """Each step gathers from its own sequence, then from the memory, then thinks for itself."""

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
        causal: bool = True,
    ) -> None:
        super().__init__()
        self.norm_first = norm_first
        self.self_attn = Attention(d_model, nhead, dropout, bias, causal=causal)
        self.dropout1 = nn.Dropout(dropout)
        self.norm1 = nn.LayerNorm(d_model, layer_norm_eps, bias=bias)
        self.multihead_attn = Attention(d_model, nhead, dropout, bias)
        self.dropout2 = nn.Dropout(dropout)
        self.norm2 = nn.LayerNorm(d_model, layer_norm_eps, bias=bias)
        self.linear1 = nn.Linear(d_model, dim_feedforward, bias)
        self.activation = nn.GELU() if activation == "gelu" else nn.ReLU()
        self.dropout = nn.Dropout(dropout)
        self.linear2 = nn.Linear(dim_feedforward, d_model, bias)
        self.dropout3 = nn.Dropout(dropout)
        self.norm3 = nn.LayerNorm(d_model, layer_norm_eps, bias=bias)

    def forward(self, x: Tensor, memory: Tensor, *mask: Tensor) -> Tensor:  # (N, L, E), (N, S, E), (N, S) → (N, L, E)
        if self.norm_first:
            x = x + self.dropout1(self.self_attn(self.norm1(x)))
            x = x + self.dropout2(self.multihead_attn(self.norm2(x), memory, *mask))
            x = x + self.dropout3(self.feed(self.norm3(x)))
        else:
            x = self.norm1(x + self.dropout1(self.self_attn(x)))
            x = self.norm2(x + self.dropout2(self.multihead_attn(x, memory, *mask)))
            x = self.norm3(x + self.dropout3(self.feed(x)))
        return x

    def feed(self, x: Tensor) -> Tensor:
        y: Tensor = self.linear2(self.dropout(self.activation(self.linear1(x))))
        return y


class TransformerDecoderLayer(Transformer):
    """Lets each step look back over its own sequence, then at a second one (the memory), then think for itself.

    The first input is what has been written so far, the second what an encoder has read; a padding mask of the memory
    goes last. For translation and summaries. Each step sees only what came before it, so padding at the end of the
    first input changes nothing.
    """

    inputs: ClassVar[tuple[int, int | None]] = (2, 3)
    takes: ClassVar[tuple[Takes, ...]] = ("numbers", "numbers", "mask")
    module: ClassVar[type[nn.Module]] = DecoderLayer
    formula: ClassVar[str] = (
        "a = norm(x + attention(x)),  b = norm(a + attention(a, memory)),  y = norm(b + W₂ relu(W₁ b))"
    )

    causal: bool = setting(
        True, "Whether a step sees only itself and what came before in its own sequence.", advanced=True
    )

    def check(self, *shapes: Shape) -> None:
        super().check(*shapes)
        if shapes[0][1] != shapes[1][1]:
            raise WrongInput(
                "The steps of both sequences of a TransformerDecoderLayer must have as many features. Received: "
                f"{described(shapes[0])} and {described(shapes[1])}. Put a Linear behind one of them."
            )
        check_mask(self.kind(), shapes[1], shapes[-1])
