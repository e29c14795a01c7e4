"""Told: what a network says of one example in a few words, and what of it one may ask about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class Choice(NamedTuple):
    """Something an explanation can be asked for: its number among `Task.targets`, a name that fits this very example
    ("Paris: B-place"), and what the network says of it ("93 %")."""

    target: int
    name: str
    said: str


@dataclass(frozen=True)
class Told:
    """Of an example whose answer is neither one class nor one number: the steps of a forecast, the tags of a sentence.

    `target`: what is explained where nothing else is asked for. `said`, `true`: the network's answer and the right one
    in a few words, `true` empty where it is not known. `wrong`: None where an answer is neither right nor wrong, and
    then `error` says how far off it is. `certainty`: 0 to 1.
    """

    target: int
    said: str
    true: str = ""
    wrong: bool | None = None
    certainty: float = 0.0
    error: float | None = None
    choices: tuple[Choice, ...] = ()

    def name(self, target: int) -> str:
        """How a target is called in this example; empty where it is none of the choices."""
        return next((choice.name for choice in self.choices if choice.target == target), "")

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "prediction": self.target, "said": self.said, "true": self.true, "wrong": self.wrong,
            "certainty": self.certainty, "error": self.error, "choices": [list(choice) for choice in self.choices],
        }  # fmt: skip


def share(probability: float) -> str:
    """A probability as it stands behind a name: whole per cent, but none is rounded to 0 or 100 % that is neither."""
    whole = min(99, max(1, round(100 * probability))) if 0 < probability < 1 else round(100 * probability)
    return f"{whole} %"
