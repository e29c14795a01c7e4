"""AnswerEncoder: texts that a network is to write, as the token ids that it reads while it writes them, and back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import torch
from pydantic import model_validator
from torch import Tensor

from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import UNKNOWN_ID

#: What stands before the first token of an answer, and behind its last. No tokenizer makes one token of these.
START, END = "<start>", "<end>"
START_ID, END_ID = UNKNOWN_ID + 1, UNKNOWN_ID + 2


def is_answer(kind: Tokens) -> bool:
    """Whether such texts have a start and an end, as those that are to be written."""
    return kind.vocabulary[START_ID : END_ID + 1] == (START, END)


class AnswerEncoder(TextEncoder):
    """Texts that are to be written. Token 2 stands before the first token, 3 behind the last: what is read while one is
    written begins with the start, what is wanted ends with the end, one step further."""

    @model_validator(mode="after")
    def _marked(self) -> AnswerEncoder:
        if self.vocabulary[START_ID : END_ID + 1] != (START, END):
            raise ValueError(f"tokens {START_ID} and {END_ID} of the vocabulary must be {START} and {END}.")
        return self

    def encode(self, raw: Any) -> Tensor:
        """What has been written of each text, its start first: int64 (N, length)."""
        return self._filled([START_ID, *own] for own in self.taken_apart().encode(map(str, raw)))

    def wanted(self, raw: Any) -> Tensor:
        """Which token comes next at each of those steps, the end last: int64 (N, length)."""
        return self._filled([*own, END_ID] for own in self.taken_apart().encode(map(str, raw)))

    def decode(self, tensor: Tensor) -> Value:
        """The texts up to their end, without the marks; `more["ids"]` holds the numbers."""
        ids = tensor.detach().cpu().numpy()
        return Value(Text(), np.array([self.said(row) for row in ids.tolist()], dtype=str), "text", "", {"ids": ids})

    def said(self, ids: Sequence[int]) -> str:
        """The text of one row of ids."""
        return self.taken_apart().decode(own_tokens(ids))

    def _filled(self, rows: Iterable[list[int]]) -> Tensor:
        known = [row[: self.length] for row in rows]
        ids = np.zeros((len(known), self.length), dtype=np.int64)
        for place, row in enumerate(known):
            ids[place, : len(row)] = row
        return torch.from_numpy(ids)


def own_tokens(ids: Sequence[int]) -> list[int]:
    """The ids of an answer alone: up to its end, without start and padding."""
    ids = list(ids)
    until = ids.index(END_ID) if END_ID in ids else len(ids)
    return [number for number in ids[:until] if number not in (0, START_ID)]
