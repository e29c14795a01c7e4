"""Judgement: what the trials of an explanation come to, and how explanations are ordered by them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dlviz.trust.trial import Verdict

Word = Literal["supported", "doubtful", "fails", "not tried"]
#: What a failed trial takes off the gain, in a comparison of methods.
COSTS = {"Randomised": 1.0, "Completeness": 0.1, "Stability": 0.1}

_REASONS = {
    "Faithfulness": "what it highlights matters no more to the network than random parts do",
    "Randomised": "it looks the same on a network that has learned nothing",
    "Completeness": "its parts do not add up to the score",
    "Stability": "it becomes another one when the input hardly changes",
}
_MERITS = {
    "Faithfulness": "what it highlights drives this prediction",
    "Randomised": "it hangs on what the network learned",
    "Completeness": "its parts add up",
    "Stability": "it stays when the input hardly changes",
}
_UNSURE = {
    "Faithfulness": "what it highlights may matter by chance alone",
    "Randomised": "it partly looks the same on a network that has learned nothing",
}


@dataclass(frozen=True)
class Judgement:
    """All verdicts in a word and a sentence. `rank`: the larger, the better supported; about -2 to 1.

    fails: it is not faithful, or the same on an untrained network. supported: it is faithful, and no other trial speaks
    against it. doubtful: some trial does, or faithfulness may be chance. not tried: faithfulness could not be told.

    rank: the gain of faithfulness, 0 where it could not be told; less 1 for the same on an untrained network, half of
    that for partly the same, and less .1 each for parts that do not add up and for instability.
    """

    word: Word
    says: str
    rank: float

    def document(self) -> dict[str, Any]:
        """The judgement as plain JSON values."""
        return {"judgement": self.word, "says": self.says, "rank": round(self.rank, 6)}


def judged(verdicts: Sequence[Verdict]) -> Judgement:
    """The judgement on an explanation from its trials' verdicts."""
    by = {verdict.trial: verdict for verdict in verdicts}
    wrong = [name for name in _REASONS if name in by and by[name].holds is False]
    right = [name for name in _MERITS if name in by and by[name].holds is True]
    unsure = [name for name in _UNSURE if name in by and by[name].holds is None and by[name].value is not None]
    rank = _rank(by)
    if "Faithfulness" in wrong or "Randomised" in wrong:
        return Judgement("fails", _sentence("Not supported", [_REASONS[name] for name in wrong]), rank)
    if wrong or unsure:
        doubts = [_REASONS[name] for name in wrong] + [_UNSURE[name] for name in unsure]
        return Judgement("doubtful", _sentence("Doubtful", doubts), rank)
    if "Faithfulness" in right:
        return Judgement("supported", _sentence("Supported", [_MERITS[name] for name in right]), rank)
    why = by["Faithfulness"].says if "Faithfulness" in by else "No trial was made."
    return Judgement("not tried", why, rank)


def _rank(by: dict[str, Verdict]) -> float:
    gain = by["Faithfulness"].value if "Faithfulness" in by else None
    rank = gain or 0.0
    for name, cost in COSTS.items():
        verdict = by.get(name)
        if verdict is not None and verdict.holds is False:
            rank -= cost
        elif verdict is not None and verdict.holds is None and verdict.value is not None:
            rank -= cost / 2
    return rank


def _sentence(word: str, reasons: list[str]) -> str:
    *first, last = reasons
    return f"{word}: {', '.join(first) + ', and ' if first else ''}{last}."
