"""Rehearsal: a question about no example in particular, to see whether a method could answer one."""

from __future__ import annotations

import torch

from dlviz.core.shape import Ids
from dlviz.core.values import Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.explainers.explainer import Question
from dlviz.tasks.task import Networks, Task

#: The examples that stand for the data: enough for a mean.
_EXAMPLES = 2


def rehearsal(task: Task, networks: Networks, fields: Fields) -> Question:
    """The first target of an input of zeros (a text's tokens are all unknown) by these very networks, not copies."""
    columns = {}
    for name, kind in fields.inputs.items():
        shape = (_EXAMPLES, *kind.shape())
        ids = isinstance(kind, Tokens) or isinstance(kind.shape(), Ids)
        columns[name] = torch.ones(shape, dtype=torch.long) if ids else torch.zeros(shape)
    part = Examples(columns, torch.arange(_EXAMPLES))
    inputs = {name: column[:1] for name, column in columns.items()}
    return Question(task, networks, Data(fields, part, part, part, {}), inputs, 0)
