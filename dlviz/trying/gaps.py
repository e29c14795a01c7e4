"""Gaps: texts with blanks, and the words that a network puts there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.tasks.gaps import mask_id, with_gaps
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.training.restore import Restored

#: How many words are told for a gap, and how many tokens of a text at most.
LIKELY, SHOWN = 8, 200


def filled(restored: Restored, texts: Sequence[str]) -> list[dict[str, Any]]:
    """For each text `{"filled": the text with the likeliest words, "gaps": [[[token, probability], …], …], "tokens":
    [[token, id], …], "cut": bool, "read": tokens}`. Raises `WrongInput` where a text has no blank that is read."""
    task, fields = restored.task, restored.fields
    assert isinstance(task, MaskedLanguageModel)
    name, kind = next(iter(fields.inputs.items()))
    encoder = restored.encoders.get(name)
    if not isinstance(encoder, TextEncoder) or not isinstance(kind, Tokens):
        raise WrongInput(f"This run does not say how `{name}` is read. Train it anew.")
    mask = mask_id(kind)
    whole = encoder.model_copy(update={"length": max(map(len, [*texts, "-"])) + 1})
    ids = with_gaps(whole, texts, mask)
    lengths = (ids != 0).sum(1).tolist()
    read = ids.new_zeros(len(texts), kind.length)
    read[:, : ids.shape[1]] = ids[:, : kind.length]
    for number, row in enumerate(read):
        if not (row == mask).any():
            among = (
                "" if not (ids[number] == mask).any() else f" among the first {kind.length:,} tokens, which are read"
            )
            raise WrongInput(f"There is no gap to fill{among}. Write ___ where a word is missing: this ___ is good.")
    shares = task.shares(restored.networks, read, fields)
    told = []
    for row, share, length in zip(read, shares, lengths, strict=True):
        gaps = (row == mask).nonzero()[:, 0]
        likely = share[gaps].topk(min(LIKELY, len(kind.vocabulary) - 2))
        said = row.clone()
        said[gaps] = likely.indices[:, 0]
        tokens = [["___" if number == mask else kind.vocabulary[number], number] for number in row[row != 0].tolist()]
        told.append(
            {
                "filled": encoder.taken_apart().decode(said.tolist()).strip(),
                "gaps": [
                    [[kind.vocabulary[token], p] for token, p in zip(tokens_of, shares_of, strict=True)]
                    for tokens_of, shares_of in zip(likely.indices.tolist(), likely.values.tolist(), strict=True)
                ],
                "tokens": tokens[:SHOWN], "cut": length > kind.length, "read": len(tokens),
            }
        )  # fmt: skip
    return told
