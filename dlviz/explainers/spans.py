"""Spans: the tokens of a text joined to what a person would call a word, a clause, a sentence.

One token seldom says much by itself: a letter, a piece of a word, a mark. Hidden together with its neighbours it does.
Where a clause or a sentence ends is told by punctuation alone, so it may be told wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dlviz.core.values import Tokens
from dlviz.datasets.data import Encoder
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.tokenizer import Tokenizing, visible
from dlviz.datasets.words import joined

#: What of a text gets a number of its own.
Unit = Literal["token", "word", "clause", "sentence"]
UNITS = (
    "Of texts: what gets a number of its own. `token`: what the network reads, a word, a piece of one or a letter. "
    "`word`: all pieces or letters of a word together. `clause`, `sentence`: up to the next mark that ends one."
)
#: What pieces of words write for the space before a word.
SPACE = "▁"
#: How a token that is hidden reads.
GAP = "___"
_ENDS, _PAUSES = frozenset(".!?…。！？"), frozenset(",;:—–、；：，")
_CLOSING = frozenset("”’)]}»」』")
#: After these a full stop ends no sentence.
_SHORT = frozenset(("mr", "mrs", "ms", "dr", "st", "prof"))


@dataclass(frozen=True)
class Read:
    """A text as it was taken apart: its tokens, as the vocabulary writes them, and how."""

    tokens: tuple[str, ...]
    how: Tokenizing

    @property
    def spaced(self) -> bool:
        """Whether a space stands between two tokens; pieces and letters hold their own."""
        return self.how == "words"

    def spans(self, unit: Unit) -> tuple[list[int], tuple[str, ...]]:
        """The number of the span that each token belongs to, and the name of each span."""
        if unit == "token":
            return list(range(len(self.tokens))), tuple(map(visible, self.tokens))
        words = self._words()
        own = [self._joined([token for token, at in zip(self.tokens, words, strict=True) if at == word])
               for word in range(words[-1] + 1 if words else 0)]  # fmt: skip
        if unit == "word":
            return words, tuple(own)
        of_words = _parted(own, _ENDS if unit == "sentence" else _ENDS | _PAUSES)
        spans = [of_words[word] for word in words]
        many = spans[-1] + 1 if spans else 0
        names = [self._joined([t for t, at in zip(self.tokens, spans, strict=True) if at == n]) for n in range(many)]
        return spans, tuple(names)

    def _words(self) -> list[int]:
        """The number of the word of each token. A space belongs to the word after it, as pieces of words have it."""
        if self.how == "words":
            return list(range(len(self.tokens)))
        found: list[int] = []
        number, before = -1, ""
        for token in self.tokens:
            text = token.replace(SPACE, " ")
            if not before or before == "\n" or text[0].isspace() or _breaks(before, text[0]):
                number += 1
            found.append(number)
            before = text[-1]
        return found

    def _joined(self, tokens: list[str]) -> str:
        if self.how == "words":
            return joined(tokens)
        text = "".join(tokens).replace(SPACE, " ")
        return text.strip() or visible(text[:1])


def tokenizing(encoder: Encoder | None, kind: Tokens) -> Tokenizing:
    """How texts of this vocabulary were taken apart; without an encoder that says so, from the look of it."""
    if isinstance(encoder, TextEncoder):
        return encoder.tokenizer
    return "bpe" if any(token.startswith(SPACE) for token in kind.vocabulary) else "words"


def _breaks(before: str, after: str) -> bool:
    """Whether a word ends between two characters of which the second is no space."""
    if before.isspace():
        return False
    letters = [one.isalnum() or one in "_'’" for one in (before, after)]
    return letters[0] != letters[1]


def _parted(words: list[str], marks: frozenset[str]) -> list[int]:
    """The number of the part of each word, where a part ends with one of these marks."""
    found: list[int] = []
    number, ended = 0, False
    for place, word in enumerate(words):
        if ended and not set(word) <= _CLOSING:
            number, ended = number + 1, False
        found.append(number)
        ended = ended or _ends(words, place, marks)
    return found


def _ends(words: list[str], place: int, marks: frozenset[str]) -> bool:
    """Whether a part ends behind this word."""
    word = words[place]
    if word in ("\n", visible("\n")):
        return True
    if not set(word) & marks or any(one.isalnum() for one in word):
        return False
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    if word in (".", ",") and before[-1:].isdigit() and after[:1].isdigit():
        return False  # 3.14
    initial = len(before) == 1 and before.isalpha() and before.lower() != "i"
    return not (word == "." and after and (initial or before.lower() in _SHORT))
