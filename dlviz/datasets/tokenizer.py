"""Tokenizer: a text taken apart into tokens of a vocabulary, and put together again. No torch in here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from dlviz.datasets.words import PADDING, UNKNOWN, joined, words

#: How texts are taken apart: into words and marks; into single characters; into pieces of words that are learned from
#: the texts (byte-pair encoding, Sennrich et al. 2016).
Tokenizing = Literal["words", "characters", "bpe"]
#: What its tokens are called when they are counted.
NOUNS: dict[Tokenizing, str] = {"words": "words", "characters": "characters", "bpe": "pieces of words"}
#: Where every vocabulary has what stands for no token, and for one that it does not have.
PAD_ID, UNKNOWN_ID = 0, 1


#: Tokens that cannot be seen, and what stands for them where tokens are shown.
_SEEN = {" ": "␣", "\n": "⏎", "\r": "␍", "\t": "⇥", "\u00a0": "⍽"}


def visible(token: str) -> str:
    """A token as one can see it: a space and a line's end have a sign of their own."""
    return _SEEN.get(token, token)


#: What pieces of words write for the space before a word.
SPACE = "▁"


def as_read(shown: Sequence[str], spaced: bool) -> list[tuple[str, int]]:
    """A text of shown tokens piece by piece, each with the number of its token, or -1 for a space between two.
    `spaced`: the tokens are words; else pieces of words or letters, which hold their own spaces."""
    found: list[tuple[str, int]] = []
    for number, token in enumerate(shown):
        pair = shown[max(0, number - 1) : number + 1]
        begins = number > 0 and (joined(pair) == " ".join(pair) if spaced else token.startswith(SPACE))
        if begins and shown[number - 1] != _SEEN["\n"]:
            found.append((" ", -1))
        plain = token if spaced else token.removeprefix(SPACE)
        found.append((" " if plain == _SEEN[" "] and not spaced else plain, number))
    return [(text, number) for text, number in found if text]


@dataclass(frozen=True)
class Tokenizer:
    """What was learned of the training texts: `vocabulary`, all tokens by number (0 padding, 1 unknown), and for `bpe`
    the `merges`, each two tokens with a space between, in the order in which they were learned."""

    how: Tokenizing
    vocabulary: tuple[str, ...]
    merges: tuple[str, ...] = ()
    lowercase: bool = False

    def encode(self, texts: Iterable[str]) -> list[list[int]]:
        """The token ids of each text."""
        if self.how == "bpe":
            from dlviz.datasets import bpe

            return bpe.encode(self.vocabulary, self.merges, self.lowercase, list(texts))
        number = {token: place for place, token in enumerate(self.vocabulary)}
        return [[number.get(token, UNKNOWN_ID) for token in self._pieces(text)] for text in texts]

    def written(self, text: str) -> list[str]:
        """What stands in the text where each of its tokens is, unknown ones too."""
        if self.how == "bpe":
            from dlviz.datasets import bpe

            return bpe.written(self.vocabulary, self.merges, self.lowercase, text)
        return list(self._pieces(text))

    def decode(self, ids: Sequence[int]) -> str:
        """The text of such ids without its padding; unknown tokens read <unk>."""
        tokens = [self.vocabulary[number] for number in ids if number != PAD_ID]
        if self.how == "words":
            return joined(tokens)
        if self.how == "characters":
            return "".join(tokens)
        from dlviz.datasets import bpe

        return bpe.joined(tokens)

    def _pieces(self, text: str) -> Sequence[str]:
        return words(text, self.lowercase) if self.how == "words" else text.lower() if self.lowercase else text


def learn_tokenizer(
    texts: Iterable[str], how: Tokenizing, *, most: int, min_count: int = 1, lowercase: bool = False
) -> Tokenizer:
    """The tokenizer that these texts ask for, with at most `most` tokens besides padding and unknown; those seen less
    than `min_count` times are left out. Of tokens seen equally often, the first of the alphabet is kept."""
    if how == "bpe":
        from dlviz.datasets import bpe

        vocabulary, merges = bpe.learn(texts, most, min_count, lowercase)
        return Tokenizer("bpe", vocabulary, merges, lowercase)
    plain = Tokenizer(how, (PADDING, UNKNOWN), (), lowercase)
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(plain._pieces(text))
    known = sorted((token for token, seen in counts.items() if seen >= min_count), key=lambda one: (-counts[one], one))
    return Tokenizer(how, (PADDING, UNKNOWN, *known[:most]), (), lowercase)
