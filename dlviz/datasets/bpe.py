"""Byte-pair encoding: frequent words stay whole, rare ones are taken apart into pieces that other words share.

By the `tokenizers` library. A space is written as ▁ at the beginning of the word after it, and a line's end is a token
of its own, so that a text comes back as it was: but for accents, which are written one way first (NFC), for a ▁ of the
text itself, and for characters that the vocabulary does not have.

Sennrich, Haddow, Birch: Neural machine translation of rare words with subword units (2016).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from dlviz.datasets.words import PADDING, UNKNOWN

#: What stands for a space.
SPACE = "▁"


def learn(texts: Iterable[str], most: int, min_count: int, lowercase: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The vocabulary (padding and unknown first) and the merges that these texts ask for: their characters, then the
    pairs that stand side by side most often, joined, until there are `most` tokens. Characters and pairs seen less
    than `min_count` times are left out."""
    import json

    from tokenizers import Tokenizer, models, trainers

    known = [whole(text) for text in texts]
    engine = Tokenizer(models.BPE(unk_token=UNKNOWN))
    _prepare(engine, lowercase)
    seen = Counter[str]()
    for text in known:
        seen.update(engine.normalizer.normalize_str(text))
    # the library would keep every character, and choose by chance among those that are equally rare
    alphabet = sorted((one for one, count in seen.items() if count >= min_count), key=lambda one: (-seen[one], one))
    trainer = trainers.BpeTrainer(
        vocab_size=most + 2, min_frequency=min_count, special_tokens=[PADDING, UNKNOWN], show_progress=False,
        initial_alphabet=alphabet[:most], limit_alphabet=len(alphabet[:most]),
    )  # fmt: skip
    engine.train_from_iterator(known, trainer)
    model = json.loads(engine.to_str())["model"]
    vocabulary = sorted(model["vocab"], key=model["vocab"].__getitem__)
    merges = [pair if isinstance(pair, str) else " ".join(pair) for pair in model["merges"]]
    return tuple(vocabulary), tuple(merges)


def encode(
    vocabulary: tuple[str, ...], merges: tuple[str, ...], lowercase: bool, texts: Sequence[str]
) -> list[list[int]]:
    """The token ids of each text."""
    engine = _engine(vocabulary, merges, lowercase)
    return [found.ids for found in engine.encode_batch([whole(text) for text in texts])]


def ill_fitting(vocabulary: Sequence[str], merges: Sequence[str]) -> str | None:
    """What is wrong where these merges are not those of this vocabulary, as a sentence; None where they fit."""
    known = set(vocabulary)
    for merge in merges:
        first, between, second = merge.partition(" ")
        if not (first and between and second) or " " in second:
            return f"each merge must be two tokens with a space between. Received: {merge[:40]!r}."
        for token in (first, second, first + second):
            if token not in known:
                return f"each merge must join tokens of the vocabulary to one of them. {merge[:40]!r} needs {token!r}."
    return None


def whole(text: str) -> str:
    """The text with a mark for each half of a character, which no text file can hold but JSON can name."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def written(vocabulary: tuple[str, ...], merges: tuple[str, ...], lowercase: bool, text: str) -> list[str]:
    """What stands in the text where each of its tokens is."""
    read = whole(text)
    return [read[start:end] for start, end in _engine(vocabulary, merges, lowercase).encode(read).offsets]


def joined(tokens: Iterable[str]) -> str:
    """The text of such tokens."""
    return "".join(tokens).replace(SPACE, " ")


def _prepare(engine: Any, lowercase: bool) -> None:
    from tokenizers import Regex, normalizers, pre_tokenizers

    steps = [normalizers.NFC(), *([normalizers.Lowercase()] if lowercase else [])]
    engine.normalizer = normalizers.Sequence([*steps, normalizers.Replace(" ", SPACE)])
    # a word with the space before it, a run of marks, a line's end: no piece reaches over two of these
    engine.pre_tokenizer = pre_tokenizers.Split(
        Regex(rf"\n|{SPACE}?[^\s{SPACE}\w]+|{SPACE}?\w+|{SPACE}|\s"), "isolated"
    )


@lru_cache(maxsize=8)
def _engine(vocabulary: tuple[str, ...], merges: tuple[str, ...], lowercase: bool) -> Any:
    from tokenizers import Tokenizer, models

    pairs = [(first, second) for first, _, second in (merge.partition(" ") for merge in merges)]
    engine = Tokenizer(models.BPE({token: place for place, token in enumerate(vocabulary)}, pairs, unk_token=UNKNOWN))
    _prepare(engine, lowercase)
    return engine
