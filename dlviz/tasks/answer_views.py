"""What one sees of a task that writes: answers beside those wanted, and where it looked for one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from dlviz.core.values import Matrix, Table, Tokens, Value
from dlviz.datasets.answer_encoder import END_ID, START_ID, AnswerEncoder, own_tokens
from dlviz.datasets.data import Data
from dlviz.datasets.tokenizer import visible
from dlviz.generation.greedy import greedy
from dlviz.generation.looks import cross_attention
from dlviz.tasks.answers import text_of
from dlviz.tasks.task import Networks, device_of

#: How many answers are shown.
SHOWN = 10


def views(networks: Networks, data: Data, part: str) -> dict[str, Value]:
    """`answers`, a table, and `looks`, where it looked while it wrote the longest of them, if it can look."""
    source, target = next(iter(data.fields.inputs)), next(iter(data.fields.targets))
    reads, kind = data.fields.inputs[source], data.fields.targets[target]
    assert isinstance(kind, Tokens) and isinstance(reads, Tokens)
    examples = data.part(part)
    at = np.linspace(0, len(examples) - 1, min(SHOWN, len(examples))).round().astype(int)
    device = device_of(networks) or torch.device("cpu")
    asked = examples.columns[source][torch.from_numpy(at)].to(device)
    written = greedy(networks["model"], asked, kind.length).cpu().tolist()
    encoder, writes = (data.encoders.get(name) for name in data.fields.inputs)
    say = writes.said if isinstance(writes, AnswerEncoder) else lambda ids: text_of(kind, ids)
    read = encoder.decode(asked.cpu()).data if encoder is not None else [text_of(reads, ids) for ids in asked.tolist()]
    wanted = [say(ids) for ids in examples.columns[target][torch.from_numpy(at)].tolist()]
    rows = [[str(read[n]), say(ids), wanted[n]] for n, ids in enumerate(written)]
    right = sum(row[1] == row[2] for row in rows)
    note = f"{len(rows)} of the {part} part; {right} are written word for word as wanted."
    table = Value(Table(columns=("read", "written", "wanted")), np.array(rows, dtype=str), "What it writes", note)
    longest = max(range(len(written)), key=lambda n: len(own_tokens(written[n])))
    seen = looks(networks["model"], asked[longest].tolist(), written[longest], reads, kind)
    return {"answers": table} if seen is None else {"answers": table, "looks": seen}


def looks(
    network: nn.Module, source: Sequence[int], written: Sequence[int], reads: Tokens, kind: Tokens
) -> Value | None:
    """Where it looked for each token it wrote, the mean over heads of the last attention from answer to text; None:
    it has no such attention."""
    asked = [number for number in source if number]
    told = [*own_tokens(written), *([END_ID] if END_ID in written else [])]
    found = maps(network, asked, told)
    if not found:
        return None
    weights = list(found.values())[-1].mean(0)
    rows, columns = labels(kind, told), labels(reads, asked)
    most = columns[int(weights[0].argmax())]
    note = f"Each row is a token that it wrote; its shares add up to 1. For “{rows[0]}” it looked most at “{most}”."
    what = Matrix(rows=rows, columns=columns, row_title="written", column_title="read")
    return Value(what, np.asarray(weights.numpy()), "Where it looked", note)


def maps(network: nn.Module, source: Sequence[int], written: Sequence[int]) -> dict[str, torch.Tensor]:
    """The weights (heads, tokens written, tokens read) of each attention from answer to text, by its layer's name."""
    device = next((weight.device for weight in network.parameters()), torch.device("cpu"))
    so_far = torch.tensor([[START_ID, *written[:-1]]], device=device)
    found = cross_attention(network, torch.tensor([list(source)], device=device), so_far)
    return {name: weights[0].float().cpu() for name, weights in found.items()}


def labels(kind: Tokens, ids: Sequence[int]) -> tuple[str, ...]:
    """Tokens as they can be seen, each once: what stands there again has marks that cannot be seen behind it."""
    seen: dict[str, int] = {}
    made = []
    for number in ids:
        token = visible(kind.vocabulary[number].replace("▁", " ").strip() or kind.vocabulary[number])
        made.append(token + "\u200b" * seen.get(token, 0))
        seen[token] = seen.get(token, 0) + 1
    return tuple(made)
