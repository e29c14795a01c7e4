"""Small transformers that learned something whose truth is known, and the same before they learned: for the tests of
what is told of attention. Each is trained once a session."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dlviz.core.shape import Shape
from dlviz.core.values import Category, Tokens
from dlviz.datasets.answer_encoder import END_ID, START_ID
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.network.build import build
from dlviz.tasks.classification import Classification
from dlviz.tasks.language_model import LanguageModel
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.tasks.starters import graph
from dlviz.tasks.task import Task

#: Batches of `count` examples by `random`: columns by field name.
Draw = Callable[[int, torch.Generator], dict[str, Tensor]]


@dataclass(frozen=True)
class Learned:
    """A task, its data, the network that learned it, one that did not; `places` by the rows of the data: where the
    truth lies."""

    task: Task
    data: Data
    network: nn.Module
    fresh: nn.Module
    places: Tensor


def network_of(layers: list[dict[str, Any]], inputs: Mapping[str, Shape], output: Shape, seed: int) -> nn.Module:
    torch.manual_seed(seed)
    return build(graph(layers), inputs, output)


def taught(network: nn.Module, draw: Draw, fields: Fields, steps: int, lr: float, batch: int = 64) -> nn.Module:
    """The network after so many batches of new examples."""
    random = torch.Generator().manual_seed(1)
    optimizer = torch.optim.AdamW(network.parameters(), lr, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, lr, total_steps=steps)
    target = next(iter(fields.targets))
    network.train()
    for _ in range(steps):
        columns = draw(batch, random)
        logits = network(*(columns[name] for name in fields.inputs))
        wanted = columns[target]
        loss = F.cross_entropy(logits.flatten(0, -2), wanted.flatten(), ignore_index=0 if wanted.dim() > 1 else -1)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return network.eval()


def among(fields: Fields, columns: Mapping[str, Tensor]) -> Data:
    count = len(next(iter(columns.values())))
    part = Examples({name: columns[name] for name in (*fields.inputs, *fields.targets)}, torch.arange(count))
    return Data(fields, part, part, part, {})


def encoder(blocks: int, heads: int, width: int, **more: Any) -> list[dict[str, Any]]:
    return [
        {"name": f"block{number}", "kind": "TransformerEncoderLayer", "nhead": heads, "dim_feedforward": 2 * width,
         "dropout": 0.0, "norm_first": True, **more}
        for number in range(1, blocks + 1)
    ]  # fmt: skip


# ---- one word decides -------------------------------------------------------------------------------------------

LONGEST, DECIDING, FILLING = 14, 6, 40
WORDS = Tokens(
    vocabulary=("<pad>", "<unk>", "yes0", "yes1", "yes2", "no0", "no1", "no2", *(f"w{n}" for n in range(FILLING))),
    length=LONGEST,
)  # fmt: skip


def one_word(count: int, random: torch.Generator) -> dict[str, Tensor]:
    """Texts of 6 to 14 words; one of them, anywhere, decides the class."""
    x = torch.randint(2 + DECIDING, 2 + DECIDING + FILLING, (count, LONGEST), generator=random)
    lengths = torch.randint(6, LONGEST + 1, (count,), generator=random)
    places = (torch.rand(count, generator=random) * lengths).long()
    decides = torch.randint(0, DECIDING, (count,), generator=random)
    x[torch.arange(count), places] = 2 + decides
    x[torch.arange(LONGEST) >= lengths[:, None]] = 0
    return {"text": x, "label": decides // 3, "place": places}


@cache
def decided_by_a_word() -> Learned:
    fields = Fields({"text": WORDS}, {"label": Category(names=("yes", "no"))})
    layers = [
        {"name": "input", "kind": "Input"},
        {"name": "mask", "kind": "PaddingMask", "inputs": ["input"]},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 32, "init": "kaiming", "inputs": ["input"]},
        {"name": "position", "kind": "PositionalEncoding", "dropout": 0.0},
        *encoder(2, 4, 32),
        {"name": "norm", "kind": "LayerNorm"},
        {"name": "pool", "kind": "PoolSteps", "mode": "mean", "inputs": ["norm", "mask"]},
        {"name": "output", "kind": "Linear", "out_features": 2},
    ]
    layers[4]["inputs"], layers[5]["inputs"] = ["position", "mask"], ["block1", "mask"]
    fresh = network_of(layers, {"text": WORDS.shape()}, (2,), 0).eval()
    network = taught(copy.deepcopy(fresh), one_word, fields, 250, 3e-3)
    columns = one_word(200, torch.Generator().manual_seed(7))
    with torch.no_grad():
        assert (network(columns["text"]).argmax(1) == columns["label"]).float().mean() > 0.99
    return Learned(Classification(), among(fields, columns), network, fresh, columns["place"])


# ---- a causal look-up -------------------------------------------------------------------------------------------

FIRST, LETTERS = 6, 10
ALPHABET = Tokens(vocabulary=("<pad>", "<unk>", *"abcdefghij"), length=2 * FIRST)


def repeating(count: int, random: torch.Generator) -> dict[str, Tensor]:
    """Six letters, no two alike, then the same again from one of them on. Which comes next in the second half can only
    be looked up: right behind where the letter stood first. `place` (N, 12): there, -1 where nothing can be looked up;
    `next` is wanted there alone."""
    first = 2 + torch.rand(count, LETTERS, generator=random).argsort(1)[:, :FIRST]
    begin = torch.randint(0, FIRST - 2, (count, 1), generator=random)
    at = torch.arange(FIRST) + begin
    second = torch.where(at < FIRST, first.gather(1, at.clamp(max=FIRST - 1)), 0)
    x = torch.cat([first, second], 1)
    wanted = torch.where(at + 1 < FIRST, first.gather(1, (at + 1).clamp(max=FIRST - 1)), 0)
    place = torch.where(at + 1 < FIRST, at + 1, -1)
    nothing = torch.zeros(count, FIRST, dtype=torch.long)
    return {"text": x, "next": torch.cat([nothing, wanted], 1), "place": torch.cat([nothing - 1, place], 1)}


def continuing() -> Learned:
    """It has learned nothing."""
    fields = Fields({"text": ALPHABET}, {"next": ALPHABET})
    layers = [
        {"name": "input", "kind": "Input"},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 32, "init": "kaiming"},
        {"name": "position", "kind": "PositionalEncoding", "encoding": "learned", "dropout": 0.0},
        *encoder(2, 1, 32, causal=True),
        {"name": "norm", "kind": "LayerNorm"},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]
    fresh = network_of(layers, {"text": ALPHABET.shape()}, (2 * FIRST, len(ALPHABET.vocabulary)), 0).eval()
    columns = repeating(200, torch.Generator().manual_seed(7))
    return Learned(LanguageModel(), among(fields, columns), fresh, fresh, columns["place"])


@cache
def looked_up() -> Learned:
    world = continuing()
    network = taught(copy.deepcopy(world.fresh), repeating, world.data.fields, 600, 1e-2)
    columns = world.data.test.columns
    with torch.no_grad():
        right = (network(columns["text"]).argmax(2) == columns["next"])[columns["next"] != 0]
    assert right.float().mean() > 0.99
    return replace(world, network=network)


# ---- digits backwards -------------------------------------------------------------------------------------------

DIGITS = 6
READ = Tokens(vocabulary=("<pad>", "<unk>", *"0123456789"), length=DIGITS)
WRITTEN = Tokens(vocabulary=("<pad>", "<unk>", "<start>", "<end>", *"0123456789"), length=DIGITS + 1)


def backwards(count: int, random: torch.Generator) -> dict[str, Tensor]:
    """Six digits; the same backwards as far as they are written, and one step further."""
    digits = torch.randint(0, 10, (count, DIGITS), generator=random)
    turned = 4 + digits.flip(1)
    start, end = torch.full((count, 1), START_ID), torch.full((count, 1), END_ID)
    return {"read": 2 + digits, "so_far": torch.cat([start, turned], 1), "answer": torch.cat([turned, end], 1)}


def writing() -> Learned:
    """It has learned nothing."""
    fields = Fields({"read": READ, "so_far": WRITTEN}, {"answer": WRITTEN})
    block = {"nhead": 1, "dim_feedforward": 64, "dropout": 0.0, "norm_first": True}
    layers = [
        {"name": "read", "kind": "Input", "field": "read", "inputs": []},
        {"name": "mask", "kind": "PaddingMask", "inputs": ["read"]},
        {"name": "embedding", "kind": "Embedding", "embedding_dim": 32, "init": "kaiming", "inputs": ["read"]},
        {"name": "position", "kind": "PositionalEncoding", "dropout": 0.0, "inputs": ["embedding"]},
        {"name": "encoder1", "kind": "TransformerEncoderLayer", **block, "inputs": ["position", "mask"]},
        {"name": "memory", "kind": "LayerNorm", "inputs": ["encoder1"]},
        {"name": "so_far", "kind": "Input", "field": "so_far", "inputs": []},
        {"name": "embedding2", "kind": "Embedding", "embedding_dim": 32, "init": "kaiming", "inputs": ["so_far"]},
        {"name": "position2", "kind": "PositionalEncoding", "dropout": 0.0, "inputs": ["embedding2"]},
        {"name": "decoder1", "kind": "TransformerDecoderLayer", **block, "inputs": ["position2", "memory", "mask"]},
        {"name": "norm", "kind": "LayerNorm", "inputs": ["decoder1"]},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]  # fmt: skip
    shapes = {"read": READ.shape(), "so_far": WRITTEN.shape()}
    fresh = network_of(layers, shapes, (DIGITS + 1, len(WRITTEN.vocabulary)), 0).eval()
    columns = backwards(100, torch.Generator().manual_seed(7))
    return Learned(SequenceToSequence(), among(fields, columns), fresh, fresh, torch.arange(DIGITS).flip(0))


@cache
def turned() -> Learned:
    world = writing()
    network = taught(copy.deepcopy(world.fresh), backwards, world.data.fields, 400, 1e-2)
    columns = world.data.test.columns
    with torch.no_grad():
        said = network(columns["read"], columns["so_far"]).argmax(2)
        assert (said == columns["answer"]).float().mean() > 0.99
    return replace(world, network=network)
