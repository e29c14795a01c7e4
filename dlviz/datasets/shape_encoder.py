"""ShapeEncoder: what a word looks like, so that a network can tell something of words it has never seen."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dlviz.datasets.word_encoder import WordEncoder, frequent

#: How a word may look, and what that is called: the first that fits.
_SHAPES = [
    (name, re.compile(pattern, re.DOTALL))
    for name, pattern in (
        ("link", r"(?i:https?:|www\.).*"),
        ("@user", r"@.+"),
        ("#topic", r"#.+"),
        ("number", r"[^\w]*\d[\d\W_]*"),
        ("with digits", r".*\d.*"),
        ("mark", r"[\W_]+"),
    )
]
#: So often an ending must come among the training words to get a number of its own, and as many have one at most.
_OFTEN, _MOST = 8, 2000
_ENDING = 3


class ShapeEncoder(WordEncoder):
    """The shape of each word becomes a number: its capitals (XX, Xx, xx, xX) with its last three letters where these
    are frequent, or that it is a number, a mark, a link, a user or a topic. It stands beside the words as a second
    input: `Xx…ton` may be a place even if nobody has seen that word.
    """

    def tokens_of(self, word: str) -> tuple[str, ...]:
        look = shape(word)
        return (f"{look}…{word[-_ENDING:].lower()}", look) if len(look) == 2 and len(word) > _ENDING else (look,)


def shape(word: str) -> str:
    """What a word looks like: XX, Xx, xx, xX, or the name of another look."""
    for name, pattern in _SHAPES:
        if pattern.fullmatch(word):
            return name
    if word.isupper():
        return "XX"
    return "Xx" if word[:1].isupper() else "xX" if word != word.lower() else "xx"


def learn_shape_encoder(sentences: Iterable[Sequence[str]], *, length: int) -> ShapeEncoder:
    """The encoder with the endings that are frequent in the training sentences, and every shape that they show."""
    words = [word for sentence in sentences for word in sentence]
    bare = ShapeEncoder(length=length)
    tokens = [token for word in words for token in bare.tokens_of(word)]
    looks = {shape(word) for word in words}
    often = frequent(tokens, _MOST, _OFTEN)
    return ShapeEncoder(vocabulary=(*often, *sorted(looks - set(often))), length=length)
