"""WordEncoder: sentences whose words are given, as the token ids a network takes, and back."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.values import Text, Tokens, Value
from dlviz.datasets.data import Encoder
from dlviz.datasets.text_encoder import PAD_ID, UNKNOWN_ID, content
from dlviz.datasets.words import PADDING, UNKNOWN

#: Marks before and after a word: each becomes a word of its own.
_MARKS = re.compile(r"^([(\[{«“‘\"'¿¡]*)(.*?)([)\]}»”’\"'.,;:!?…]*)$", re.DOTALL)


class WordEncoder(Encoder):
    """Words as they come become numbers of a vocabulary learned from the training part. Short sentences are filled up
    with 0 (padding), long ones cut; a word that the vocabulary does not have is 1."""

    vocabulary: tuple[str, ...] = setting((PADDING, UNKNOWN), "All words by number; 0 is padding, 1 unknown.")
    length: int = setting(32, "How many words of a sentence are read.", ge=1, le=4096)
    lowercase: bool = setting(False, "Whether capital letters are read as small ones.")

    def kind_of_text(self) -> Tokens:
        return Tokens(vocabulary=self.vocabulary, length=self.length)

    def encode(self, raw: Any) -> Tensor:
        """Sentences, each a text or its words, as int64 (N, length)."""
        numbers = {word: number for number, word in enumerate(self.vocabulary)}
        ids = np.zeros((len(raw), self.length), dtype=np.int64)
        for row, sentence in enumerate(raw):
            for place, word in enumerate(self.words(sentence)[: self.length]):
                known = (numbers.get(token, PAD_ID) for token in self.tokens_of(word))
                ids[row, place] = next((number for number in known if number > UNKNOWN_ID), UNKNOWN_ID)
        return torch.from_numpy(ids)

    def tokens_of(self, word: str) -> tuple[str, ...]:
        """What the vocabulary may call a word, the first choice first."""
        return (written(word, self.lowercase),)

    def words(self, sentence: str | Sequence[str]) -> list[str]:
        """The words of a sentence: parted by spaces, marks at their ends by themselves."""
        if not isinstance(sentence, str):
            return list(sentence)
        found: list[str] = []
        for piece in sentence.split():
            if not any(letter.isalnum() for letter in piece):  # `...`, `:)`
                found.append(piece)
                continue
            before, word, after = _MARKS.fullmatch(piece).groups()  # type: ignore[union-attr]
            found += [*before, *([word] if word else []), *after]
        return found

    def decode(self, tensor: Tensor) -> Value:
        """The sentences as far as they were read, with <unk> for unknown words; `more["ids"]` holds the numbers."""
        ids = tensor.detach().cpu().numpy()
        texts = [" ".join(self.vocabulary[number] for number in row if number != PAD_ID) for row in ids]
        return Value(Text(), np.array(texts, dtype=str), "text", "", {"ids": ids})

    def read(self, path: str) -> list[str]:
        """The sentences of a text file, one a line."""
        name = Path(path).name
        found = [line.strip() for line in content(path).splitlines() if line.strip()]
        if not found:
            raise WrongInput(f"{name} is empty. It needs a sentence a line.")
        return found


def written(word: str, lowercase: bool) -> str:
    """A word as the vocabulary has it: accents written one way (NFC), in small letters where they are one."""
    plain = word if word.isascii() else unicodedata.normalize("NFC", word)
    return plain.lower() if lowercase else plain


def learn_word_encoder(
    sentences: Iterable[Sequence[str]], *, most_words: int, min_count: int, length: int, lowercase: bool
) -> WordEncoder:
    """The encoder with the frequent words of the training sentences."""
    tokens = (written(word, lowercase) for sentence in sentences for word in sentence)
    return WordEncoder(vocabulary=frequent(tokens, most_words, min_count), length=length, lowercase=lowercase)


def frequent(tokens: Iterable[str], most: int, min_count: int) -> tuple[str, ...]:
    """The vocabulary: padding, unknown, and the tokens that come often enough, the most frequent first."""
    counts = Counter(tokens)
    known = [
        token
        for token, many in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        if many >= min_count and token not in (PADDING, UNKNOWN)
    ]
    return (PADDING, UNKNOWN, *known[:most])
