"""Recurrent: what RNN, LSTM and GRU have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, Literal, Self

import torch
from torch import Tensor, nn

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.layers.layer import Count, Group, Layer, Shape, Takes
from dlviz.layers.steps import check_mask


class Recurrence(nn.Module):
    """An RNN, LSTM or GRU that walks along the real steps of each sequence.

    Steps that are padding (True in the mask) are passed over, wherever they stand, and give 0: they change nothing,
    neither forwards nor backwards.
    """

    def __init__(
        self,
        kind: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        dropout: float = 0.0,
        bidirectional: bool = False,
        nonlinearity: str = "tanh",
        output: str = "steps",
    ) -> None:
        super().__init__()
        own = {"nonlinearity": nonlinearity} if kind == "RNN" else {}
        self.cell = getattr(nn, kind)(
            input_size,
            hidden_size,
            num_layers,
            bias=bias,
            batch_first=True,
            dropout=dropout,
            bidirectional=bidirectional,
            **own,
        )
        self.output = output

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:  # (N, L, F), (N, L) → (N, L, H) or (N, H)
        if mask is None or mask.is_meta:  # on `meta` there are only shapes, and no length
            steps, state = self.cell(x)
            hidden = state[0] if isinstance(state, tuple) else state  # (layers · directions, N, H)
        else:
            order = mask.int().argsort(dim=1, stable=True)  # the real steps first, in their order
            lengths = (~mask).sum(dim=1).clamp(min=1)
            longest = int(lengths.max())
            first = x.take_along_dim(order[:, :longest, None], dim=1)
            if self.cell.bidirectional or 2 * int(lengths.sum()) < longest * len(x):
                steps, hidden = self._packed(first, lengths)
            else:  # what follows the last real step does not reach back, and this way is several times faster
                steps, _ = self.cell(first)
                hidden = steps[torch.arange(len(x), device=x.device), lengths - 1][None]
            steps = nn.functional.pad(steps, (0, 0, 0, x.shape[1] - longest))
            steps = steps.take_along_dim(order.argsort(dim=1)[..., None], dim=1)
        if self.output == "steps":
            found: Tensor = steps if mask is None else steps.masked_fill(mask[..., None], 0)
            return found
        last: Tensor = hidden[-2 if self.cell.bidirectional else -1 :].transpose(0, 1).flatten(1)
        return last if mask is None else last.masked_fill(mask.all(dim=1, keepdim=True), 0)  # an empty text says 0

    def _packed(self, x: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """The states after every step and after the last one, each sequence walked to its own end."""
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths.cpu(), batch_first=True, enforce_sorted=False)
        packed, state = self.cell(packed)
        steps, _ = nn.utils.rnn.pad_packed_sequence(packed, batch_first=True, total_length=x.shape[1])
        return steps, state[0] if isinstance(state, tuple) else state

    def extra_repr(self) -> str:
        return f"output={self.output!r}"


class Recurrent(Layer, abstract=True):
    """A layer that walks along a sequence (steps × features) and remembers."""

    group: ClassVar[Group] = "recurrent"
    inputs: ClassVar[tuple[int, int | None]] = (1, 2)
    dimensions: ClassVar[tuple[int, ...]] = (2,)
    takes: ClassVar[tuple[Takes, ...]] = ("numbers", "mask")
    padded: ClassVar[Literal["passes", "masks", "stops"]] = "masks"
    clears: ClassVar[bool] = True
    module: ClassVar[type[nn.Module]] = Recurrence

    hidden_size: Count = setting(64, "How many numbers it remembers with. More can remember more, and cost more.")
    num_layers: int = setting(
        1, "How many are stacked, each reading the states of the one below. More than 2 rarely help.", ge=1, le=16
    )
    bidirectional: bool = setting(
        False, "Whether a second one reads from the end to the beginning; both states stand side by side."
    )
    output: Literal["steps", "last"] = setting(
        "steps",
        "`steps`: its state after every step, a sequence. `last`: only the state after the last real step, a row of "
        "numbers for the whole sequence (of the second direction that after the first step).",
    )
    dropout: float = setting(
        0.0, "The chance with which numbers between stacked layers are set to 0 in training.", ge=0, lt=1, advanced=True
    )
    bias: bool = setting(True, "Whether each sum adds a learned constant.", advanced=True)

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        return {"kind": self.kind(), "input_size": shapes[0][1], **super().arguments(*shapes)}

    def check(self, *shapes: Shape) -> None:
        check_mask(self.kind(), shapes[0], shapes[-1])
        if self.dropout and self.num_layers == 1:
            raise WrongInput(
                f"`dropout` acts between stacked layers, so it needs `num_layers` of 2 or more. Received: a dropout of "
                f"{self.dropout:g} with 1 layer. Put a Dropout after it instead."
            )

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        if self.dropout and self.num_layers == 1:
            yield "Set dropout to 0", self.changed(dropout=0.0)
            yield "Set num_layers to 2", self.changed(num_layers=2)

    @classmethod
    def clicked(cls) -> Self:
        """With its last state alone: one click then leads from a sequence to a row that a Linear can judge."""
        return cls(output="last")
