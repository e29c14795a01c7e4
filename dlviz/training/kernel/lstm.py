"""LSTM: one layer in one direction over whole sequences, forwards and backwards, in compiled code of our own.

All steps of a sequence are one call: what a step multiplies stays in the cache, gates follow while their sums are in
registers, threads meet once a sequence and not once a step. The gradients of all weights are one product at the end.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from dlviz.training.kernel import compiling
from dlviz.training.kernel.parts import side_by_side


class Lstm(torch.autograd.Function):
    """lstm(x, w_ih, w_hh, b_ih, b_hh, half) → states after each step (N, L, H), the last state and last cell (N, H).

    x (N, L, F) float32 or bfloat16; weights as `nn.LSTM` has them, float32; biases may be None. It begins with zeros.
    `half`: what is multiplied is rounded to bfloat16, sums and cells stay float32; needs a processor that can.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None, b_hh: Tensor | None, half: bool
    ) -> tuple[Tensor, Tensor, Tensor]:
        from dlviz.training.kernel.lanes import LANES

        kind = torch.bfloat16 if half else torch.float32
        (batch, steps, features), hidden = x.shape, w_hh.shape[1]
        units = -(-hidden // (2 * LANES)) * 2 * LANES
        inputs = -(-(features + 1) // 4) * 4  # and a 1, which is multiplied by the biases
        full = w_ih.new_zeros(4, units, inputs + units)
        full[:, :hidden, :features] = w_ih.view(4, hidden, features)
        if b_ih is not None and b_hh is not None:
            full[:, :hidden, features] = (b_ih + b_hh).view(4, hidden)
        full[:, :hidden, inputs : inputs + hidden] = w_hh.view(4, hidden, hidden)
        full = full.to(kind)
        v = torch.empty(steps + 1, batch, inputs + units, dtype=kind)
        v[0, :, inputs:] = 0
        v[:-1, :, features:inputs] = 0
        v[:-1, :, features] = 1
        v[:-1, :, :features] = x.transpose(0, 1)
        gates = torch.empty(steps, batch, 4 * units, dtype=kind)
        cells = torch.empty(steps + 1, batch, units)
        cells[0] = 0
        w, zeros, run = _forward_order(full, LANES), torch.zeros(2 * LANES), compiling.code().forward
        given = [_flat(tensor) for tensor in (v, w, zeros, gates, cells)]
        _shared(lambda z, *rows: run(*given, z, steps, batch, inputs, units, *rows), batch)
        ctx.save_for_backward(full, v, gates, cells)
        ctx.sizes = features, hidden, inputs, units
        ctx.bias, ctx.asks_x, ctx.kind = b_ih is not None, ctx.needs_input_grad[0], x.dtype
        ctx.set_materialize_grads(False)  # where only the last state is used, there is no gradient of the others
        states = v[1:, :, inputs : inputs + hidden]
        return states.transpose(0, 1), states[-1].clone(), cells[-1, :, :hidden].clone()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        from dlviz.training.kernel.lanes import LANES

        full, v, gates, cells = ctx.saved_tensors
        features, hidden, inputs, units = ctx.sizes
        steps, batch = gates.shape[:2]
        every, last, cell = grads
        given = torch.zeros(2 * LANES)
        if every is not None:
            given = _wide(every.transpose(0, 1), units)
        state = torch.zeros(batch, units) if last is None else _wide(last, units)
        dcell = torch.zeros(batch, units) if cell is None else _wide(cell, units)
        dz = torch.empty_like(gates)
        w, run = _backward_order(full[:, :, inputs:], LANES), compiling.code().backward
        arrays = [_flat(tensor) for tensor in (w, gates, cells, given, state, dcell, dz)]
        all_steps = int(every is not None)
        _shared(lambda z, *rows: run(*arrays, z, steps, batch, units, all_steps, *rows), batch)
        rows = dz.view(steps * batch, 4 * units)
        found = (v[:-1].view(steps * batch, inputs + units).t() @ rows).t()  # faster than rows.t() @ v
        found = found.reshape(units // LANES, 4, LANES, -1).transpose(0, 1).reshape(4, units, -1)[:, :hidden].float()
        dx = None
        if ctx.asks_x:
            of_x = full[:, :, :features].reshape(4, units // LANES, LANES, features).transpose(0, 1)
            dx = rows @ of_x.reshape(4 * units, features)
            dx = dx.view(steps, batch, features).transpose(0, 1).to(ctx.kind)
        bias = found[:, :, features].reshape(4 * hidden) if ctx.bias else None
        return (
            dx, found[:, :, :features].reshape(4 * hidden, features),
            found[:, :, inputs : inputs + hidden].reshape(4 * hidden, hidden), bias,
            bias.clone() if bias is not None else None, None,
        )  # fmt: skip


def _forward_order(full: Tensor, lanes: int) -> Tensor:
    """(4, units, wide) → [block of units][i and f, g and o][wide][the two gates][lanes], see `lstm_steps`."""
    _, units, wide = full.shape
    if full.dtype == torch.float32:
        return full.view(2, 2, units // lanes, lanes, wide).permute(2, 0, 4, 1, 3).contiguous()
    return full.view(2, 2, units // lanes, lanes, wide // 2, 2).permute(2, 0, 4, 1, 3, 5).contiguous()


def _backward_order(of_states: Tensor, lanes: int) -> Tensor:
    """(4, units, units) → [2 blocks of states][block of units][gate][lanes][2 · lanes], see `lstm_steps`."""
    _, units, _ = of_states.shape
    blocks, pairs = units // lanes, units // (2 * lanes)
    if of_states.dtype == torch.float32:
        return of_states.reshape(4, blocks, lanes, pairs, 2 * lanes).permute(3, 1, 0, 2, 4).contiguous()
    ordered = of_states.reshape(4, blocks, lanes // 2, 2, pairs, 2 * lanes)
    return ordered.permute(4, 1, 0, 2, 5, 3).contiguous()


def _wide(given: Tensor, units: int) -> Tensor:
    """In float32, filled up with zeros to `units`, a copy."""
    wide = torch.zeros(*given.shape[:-1], units)
    wide[..., : given.shape[-1]] = given
    return wide


def _flat(tensor: Tensor) -> Any:
    """Its memory as a row for compiled code, which takes bfloat16 as int16."""
    return (tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor).view(-1).detach().numpy()


def _shared(call: Callable[..., None], batch: int) -> None:
    """Call with (workspace, first row, end) for parts of the batch, in as many threads as torch uses."""
    from dlviz.training.kernel.tiles import ROWS, SPACE

    tiles = -(-batch // ROWS)
    parts = max(1, min(torch.get_num_threads(), tiles))
    bounds = [min(batch, ROWS * (tiles * part // parts)) for part in range(parts + 1)]
    spans = [(torch.empty(SPACE).numpy(), *span) for span in zip(bounds, bounds[1:], strict=False)]
    side_by_side(*(functools.partial(call, *span) for span in spans))
