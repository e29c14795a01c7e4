"""Data from pairs of texts in memory: what TextPairs, Tatoeba and ToyReversal share.

The first text is the input `source`. The second goes in as well, as far as it has been written (`so_far`: the start,
then its tokens), and is the target, one step further (`target`: its tokens, then the end). So a network learns at all
steps at once what comes next after the true beginning: teacher forcing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from dlviz.core.problems import WrongInput
from dlviz.datasets.answer_encoder import END, START, AnswerEncoder
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.split import Index, Parts, split
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import NOUNS, PAD_ID, UNKNOWN_ID, Tokenizing, learn_tokenizer

#: The names of the inputs and of the target.
SOURCE, SO_FAR, TARGET = "source", "so_far", "target"
#: As many token ids as fit in memory beside everything else, and tokens of a text (8 bytes each).
MOST_IDS, LONGEST = 50_000_000, 1024


@dataclass(frozen=True)
class KnownPairs:
    """What a source of pairs gives under some settings and a seed; `rows` says where in it each pair stands."""

    sources: Sequence[str]
    targets: Sequence[str]
    rows: Index
    parts: Parts
    reads: TextEncoder
    writes: AnswerEncoder
    notes: tuple[str, ...] = ()

    def fields(self) -> Fields:
        answer = self.writes.kind_of_text()
        return Fields({SOURCE: self.reads.kind_of_text(), SO_FAR: answer}, {TARGET: answer}, len(self.sources))

    def data(self) -> Data:
        columns = {
            SOURCE: self.reads.encode(self.sources),
            SO_FAR: self.writes.encode(self.targets),
            TARGET: self.writes.wanted(self.targets),
        }

        def examples(index: Index) -> Examples:
            own = torch.from_numpy(index)
            return Examples({name: ids[own] for name, ids in columns.items()}, torch.from_numpy(self.rows[index]))

        notes = list(self.notes)
        seen = columns[TARGET][torch.from_numpy(self.parts.validation)]
        unknown = int((seen == UNKNOWN_ID).sum()) / max(1, int((seen != PAD_ID).sum()))
        if unknown >= 0.03:
            notes.append(
                f"{unknown:.0%} of the {NOUNS[self.writes.tokenizer]} to be written in the validation part are "
                "unknown: no network can write them. Take `bpe`, a lower `min_count` or a larger `vocabulary_size`."
            )
        return Data(
            self.fields(), examples(self.parts.train), examples(self.parts.validation), examples(self.parts.test),
            {SOURCE: self.reads, SO_FAR: self.writes}, notes,
        )  # fmt: skip


def known_pairs(
    sources: Sequence[str], targets: Sequence[str], rows: Index, *, tokenizer: Tokenizing, most: int, min_count: int,
    lowercase: bool, validation: float, test: float, seed: int, notes: Sequence[str] = (), column: str = "text",
) -> KnownPairs:  # fmt: skip
    """The pairs, split, with two encoders learned from the training part. Pairs with the same source stand in the same
    part, so that no answer of the test part was learned. `column`: where a table to predict holds the sources. Raises
    `WrongInput`."""
    places = {text: place for place, text in enumerate(dict.fromkeys(_folded(text) for text in sources))}
    group = np.array([places[_folded(text)] for text in sources], dtype=np.int64)
    if len(places) < 3:
        raise WrongInput(f"There must be at least 3 different sources, one a part. Received: {len(places)}.")
    own = split(len(places), validation=validation, test=test, seed=seed)
    parts = Parts(*(np.flatnonzero(np.isin(group, index)).astype(np.int64) for index in own))
    made = []
    for texts in (sources, targets):
        learned = learn_tokenizer(
            [texts[place] for place in parts.train], tokenizer, most=most, min_count=min_count, lowercase=lowercase
        )
        if len(learned.vocabulary) == 2:
            raise WrongInput(
                f"None of the {NOUNS[tokenizer]} occurs {min_count} times or more in the training pairs, so there is "
                "nothing to learn from. Choose other texts, or lower `min_count`."
            )
        made.append((learned, max(1, min(LONGEST, max(map(len, learned.encode(texts)))))))
    (reads, longest), (writes, longest_answer) = made
    if (longest + 2 * longest_answer) * len(sources) > MOST_IDS:
        raise WrongInput(
            f"{len(sources):,} pairs of up to {longest:,} and {longest_answer:,} {NOUNS[tokenizer]} are too many to "
            f"hold in memory: at most {MOST_IDS:,} in all are allowed. Lower `max_words`, or take fewer pairs."
        )
    return KnownPairs(
        sources, targets, rows, parts,
        TextEncoder(
            vocabulary=reads.vocabulary, length=longest, tokenizer=tokenizer, merges=reads.merges,
            lowercase=lowercase, column=column,
        ),
        AnswerEncoder(
            vocabulary=(*writes.vocabulary[:2], START, END, *writes.vocabulary[2:]), length=longest_answer + 1,
            tokenizer=tokenizer, merges=writes.merges, lowercase=lowercase,
        ),
        tuple(notes),
    )  # fmt: skip


def _folded(text: str) -> str:
    """What is the same for two texts that say the same."""
    return " ".join(text.lower().split())
