"""ToyWriting: a long text of short sentences made by a small grammar."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.tokenizer import Tokenizing
from dlviz.datasets.written_text import WrittenText

_WHO = "cat dog bird fox mouse hen".split()
_LIKE = "small old red quick kind".split()
_DO = "see like follow find hear".split()
_WHERE = ["in the garden", "by the river", "under the tree", "near the house"]


class ToyWriting(WrittenText):
    """Short sentences of animals that see and follow each other, made by a small grammar. Learn to write like them.

    One animal *sees*, two animals *see*: the verb agrees with a word that may stand several words before it. Whether a
    network has learned that shows in what it writes.
    """

    title: ClassVar[str] = "Toy writing"

    tokenizer: Tokenizing = setting("words", "What a token is: words, characters, or learned pieces of words.")
    length: int = setting(32, "How many tokens the network sees at a time.", ge=4, le=2048)
    sentences: int = setting(3000, "How many sentences there are in all.", ge=300, le=50_000)

    def content(self, progress: Progress = silent) -> str:
        random = np.random.default_rng(0x7E87)
        return "\n".join(_sentence(random) for _ in range(self.sentences)) + "\n"


def _sentence(random: np.random.Generator) -> str:
    many = bool(random.random() < 0.5)
    who = _who(random, many)
    if random.random() < 0.4:  # the word that the verb agrees with stands far before it
        who = f"{who} {_pick(random, _WHERE)}"
    other = bool(random.random() < 0.5)
    return f"the {who} {_pick(random, _DO)}{'' if many else 's'} the {_who(random, other)} ."


def _who(random: np.random.Generator, many: bool) -> str:
    said = _pick(random, _WHO)
    said = ("mice" if said == "mouse" else "foxes" if said == "fox" else f"{said}s") if many else said
    return f"{_pick(random, _LIKE)} {said}" if random.random() < 0.4 else said


def _pick(random: np.random.Generator, among: list[str]) -> str:
    return among[int(random.integers(len(among)))]
