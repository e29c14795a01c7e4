"""Data from tagged sentences: what TaggedText, Wnut17 and ToyEntities share. The input is called `text`, the target
`tags`; a second input `shape` tells what each word looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tags
from dlviz.datasets.conll import Sentence
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.shape_encoder import learn_shape_encoder
from dlviz.datasets.tag_scheme import as_bio, marks_spans, names_of, scheme_of
from dlviz.datasets.text_data import TEXT
from dlviz.datasets.text_encoder import PAD_ID, UNKNOWN_ID
from dlviz.datasets.word_encoder import WordEncoder, learn_word_encoder

#: The name of the target, and how long sentences are read where the data say how long.
TAGS, LONGEST = "tags", 256
#: The name of the second input.
SHAPE = "shape"
_PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Tagged:
    """Sentences in three parts with their tags made one scheme, and the encoders learned from the first part. `rows`:
    where each stands in the source."""

    words: tuple[list[tuple[str, ...]], ...]
    tags: tuple[list[list[str]], ...]
    rows: tuple[list[int], ...]
    names: tuple[str, ...]
    encoders: dict[str, WordEncoder]
    notes: tuple[str, ...]

    def fields(self) -> Fields:
        inputs = {name: encoder.kind_of_text() for name, encoder in self.encoders.items()}
        return Fields({**inputs}, {TAGS: Tags(names=self.names, length=self.length)}, sum(map(len, self.words)))

    @property
    def length(self) -> int:
        """How many words of a sentence are read."""
        return self.encoders[TEXT].length

    def data(self, suspicious: bool = True) -> Data:
        train, validation, test = (self._examples(part) for part in range(3))
        notes = [*self.notes, *(_suspicions(self, validation.columns[TEXT]) if suspicious else ())]
        return Data(self.fields(), train, validation, test, encoders={**self.encoders}, warnings=notes)

    def _examples(self, part: int) -> Examples:
        columns = {name: encoder.encode(self.words[part]) for name, encoder in self.encoders.items()}
        columns[TAGS] = self._numbers(part)
        return Examples(columns, torch.tensor(self.rows[part], dtype=torch.int64))

    def _numbers(self, part: int) -> Tensor:
        """The tags of a part as int64 (N, length), -1 beyond the end of a sentence."""
        number = {name: index for index, name in enumerate(self.names)}
        made = np.full((len(self.tags[part]), self.length), -1, dtype=np.int64)
        for row, tags in enumerate(self.tags[part]):
            own = [number[tag] for tag in tags[: self.length]]
            made[row, : len(own)] = own
        return torch.from_numpy(made)


def tagged(
    parts: Sequence[Sequence[Sentence]], *, rows: Sequence[Sequence[int]], length: int | None, most_words: int,
    min_count: int, lowercase: bool, shape: bool,
) -> Tagged:  # fmt: skip
    """Make one scheme of the tags and learn the vocabulary. `WrongInput` where the tags say nothing."""
    tags = [[sentence.tags for sentence in part] for part in parts]
    everywhere = [own for part in tags for own in part]
    spans = marks_spans(tag for own in everywhere for tag in own)
    notes = list(_scheme_notes(scheme_of(everywhere))) if spans else []
    made = tuple([as_bio(own) if spans else list(own) for own in part] for part in tags)
    names = names_of((own for part in made for own in part), spans)
    if len(names) < 2:
        raise WrongInput(
            f"Tags need at least two kinds to learn from. Received: every word has the tag `{names[0]}`. Choose the "
            "column that holds the tags."
        )
    if len(names) > 500:
        raise WrongInput(
            f"At most 500 different tags can be learned. Received: {len(names):,}, such as `{names[0]}` and "
            f"`{names[-1]}`. Choose the column that holds the tags."
        )
    words = tuple([sentence.words for sentence in part] for part in parts)
    longest = max(len(own) for part in words for own in part)
    read = length or min(longest, LONGEST)
    cut = sum(len(own) > read for part in words for own in part)
    if cut:
        notes.append(
            f"{cut:,} sentences have more than {read} words; what comes after is cut off and not counted in any figure."
        )
    encoder = learn_word_encoder(words[0], most_words=most_words, min_count=min_count, length=read, lowercase=lowercase)
    if len(encoder.vocabulary) == 2:
        raise WrongInput(
            f"No word occurs {min_count} times or more in the training sentences, so there is nothing to learn from. "
            "Lower `min_count`, or take more sentences."
        )
    encoders = {TEXT: encoder, **({SHAPE: learn_shape_encoder(words[0], length=read)} if shape else {})}
    return Tagged(words, made, tuple(map(list, rows)), names, encoders, tuple(notes))


def _scheme_notes(scheme: str) -> list[str]:
    if scheme == "BIO":
        return []
    if scheme == "broken BIO":
        return ["Some entities begin with `I-` where `B-` should stand; they are read as beginning there."]
    return [f"The tags are written as {scheme}; they are read as BIO."]


def _suspicions(known: Tagged, validation: Tensor) -> list[str]:
    """Sentences about what a person should know: repeats, unknown words."""
    seen = set(known.words[0])
    found = [
        f"{count:,} of {len(known.words[part]):,} {_PARTS[part]} sentences"
        for part in (1, 2)
        if (count := sum(own in seen for own in known.words[part]))
    ]
    notes = []
    if found:
        notes.append(
            f"Repeated sentences: {' and '.join(found)} lie in the training part, too. The network may know them by "
            "heart, so its figures there are too good."
        )
    words = int((validation != PAD_ID).sum())
    share = int((validation == UNKNOWN_ID).sum()) / max(1, words)
    if share >= 0.1:
        notes.append(
            f"{share:.0%} of the words in the validation sentences are unknown: the training sentences have them too "
            "rarely. A network can tell them only by what stands around them, and by their shape where `shape` is on."
        )
    return notes
