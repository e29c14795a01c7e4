"""The test figure of a task that writes, against the answer of the training text that is most alike."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from dlviz.core.values import Array, Tokens
from dlviz.datasets.data import Examples, Fields
from dlviz.tasks.answers import IDS, WHOLE, bleu, counted, is_translation, text_of, were_written
from dlviz.tasks.interval import bootstrap, wilson
from dlviz.tasks.task import Interval

BASELINE = "the answer of the training text most like the one read"


def result(outputs: Tensor, examples: Examples, train: Examples, fields: Fields) -> Interval | None:
    """BLEU of the answers that were written; where answers have no words, the share that is right as a whole."""
    kind, target = next(iter(fields.targets.values())), next(iter(fields.targets))
    assert isinstance(kind, Tokens)
    wanted = examples.columns[target]
    if not is_translation(kind):
        usual = train.columns[target][nearest(examples, train, fields)]
        right = int(outputs[:, WHOLE].sum())
        baseline = float((usual == wanted).all(1).float().mean())
        return Interval("exact match", right / max(1, len(wanted)), *wilson(right, len(wanted)), baseline, BASELINE)
    rows = were_written(outputs)
    if not len(rows):
        return None
    true = [text_of(kind, ids) for ids in wanted[rows].tolist()]
    own = counted([text_of(kind, ids) for ids in outputs[rows, IDS:].long().tolist()], true)
    some = Examples({name: column[rows] for name, column in examples.columns.items()}, examples.rows[rows])
    usual = train.columns[target][nearest(some, train, fields)]
    plain = counted([text_of(kind, ids) for ids in usual.tolist()], true)
    low, high = bootstrap(lambda drawn, _: bleu(drawn.sum(1)), own, own[:, 9])
    return Interval("BLEU", float(bleu(own.sum(0))), low, high, float(bleu(plain.sum(0))), BASELINE)


def nearest(examples: Examples, train: Examples, fields: Fields) -> Tensor:
    """(N,) the training text that is most like each: by the cosine of their counted tokens, rare ones weighing more."""
    source = next(iter(fields.inputs))
    kind = fields.inputs[source]
    assert isinstance(kind, Tokens)
    many = len(kind.vocabulary)
    known = _counts(train.columns[source].cpu().numpy(), many)
    rare = np.log(len(train) / (1 + np.bincount(known.indices, minlength=many))).clip(0.01)
    asked = _counts(examples.columns[source].cpu().numpy(), many)
    known, asked = (_unit(each.multiply(rare).tocsr()) for each in (known, asked))
    best = [np.asarray((asked[at : at + 256] @ known.T).argmax(axis=1)).ravel() for at in range(0, len(examples), 256)]
    return torch.from_numpy(np.concatenate(best))


def _counts(ids: Array, many: int):  # type: ignore[no-untyped-def]
    """How often each text has each token, as a sparse matrix (N, V)."""
    from scipy.sparse import csr_matrix

    rows, places = np.nonzero(ids)
    return csr_matrix((np.ones(len(rows)), (rows, ids[rows, places])), shape=(len(ids), many))


def _unit(rows):  # type: ignore[no-untyped-def]
    from sklearn.preprocessing import normalize

    return normalize(rows)
