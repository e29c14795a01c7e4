"""What one sees of tagging: sentences with their true and predicted tags, and which tag was taken for which."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Matrix, Tags, Tokens, Value
from dlviz.datasets.data import Data

#: How many sentences are shown.
SHOWN = 12


def sentences(data: Data, part: str, predicted: Tensor, true: Tensor) -> Value:
    """Sentences of a part with `more["words"]` (n, length), and `more["predicted"]` beside the true tags: the first
    ones in which there is anything but the first tag, true or predicted."""
    kind = next(iter(data.fields.targets.values()))
    text = next(iter(data.fields.inputs))
    words = data.fields.inputs[text]
    assert isinstance(kind, Tags) and isinstance(words, Tokens)
    telling = ((true > 0) | (predicted > 0)).any(1).nonzero()[:, 0]
    at = (telling if len(telling) else torch.arange(len(true)))[:SHOWN]
    ids = data.part(part).columns[text][at].cpu().numpy()
    read = np.asarray(words.vocabulary, dtype=str)[ids]
    wrong = int(((predicted[at] != true[at]) & (true[at] >= 0)).any(1).sum())
    note = (
        f"{len(at)} sentences of the {part} part with their true tags and what the network says; it errs in {wrong} of "
        "them. An unknown word is shown as the network sees it."
    )
    more = {"words": read, "predicted": np.asarray(predicted[at].cpu().numpy())}
    return Value(kind, np.asarray(true[at].cpu().numpy()), "Sentences with their tags", note, more)


def confused(predicted: Tensor, true: Tensor, names: tuple[str, ...]) -> Value:
    """Of the words with each tag (row), the share that was taken for each (column): counts would show little but O."""
    there = (true >= 0) & (predicted >= 0)
    size = len(names)
    counts = torch.bincount(true[there] * size + predicted[there], minlength=size * size).reshape(size, size)
    shares = counts.double() / counts.sum(1, keepdim=True).clamp(min=1)
    kind = Matrix(rows=names, columns=names, row_title="true tag", column_title="predicted tag")
    right, of = int(counts.diagonal()[1:].sum()), int(counts[1:].sum())
    note = (
        f"Of the words with each true tag, the share that was taken for each. {right:,} of {of:,} words with another "
        f"tag than {names[0]} are right."
    )
    return Value(kind, np.asarray(shares.cpu().numpy()), "Which tag was taken for which", note)
