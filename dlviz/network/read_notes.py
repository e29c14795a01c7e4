"""Notes: what could not be read, in sentences, and an end to the reading."""

from __future__ import annotations

from dlviz.core.problems import WrongInput

_MOST_NOTES = 40
_MOST_STEPS = 50_000
_LONGEST = 300


class Notes:
    """Sentences about lines, each told once, and the steps that reading may still take."""

    def __init__(self) -> None:
        self._found: dict[str, None] = {}
        self._steps = 0

    def add(self, line: int, sentence: str) -> None:
        text = " ".join(f"Line {line}: {sentence}".split() if line else sentence.split())
        text = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
        if len(self._found) < _MOST_NOTES:
            self._found[text] = None

    def step(self, number: int = 1) -> None:
        """Count steps; loops that a person would not draw end here."""
        self._steps += number
        if self._steps > _MOST_STEPS:
            raise WrongInput("This code takes too many steps to be read as a drawing. Paste a smaller network.")

    def sentences(self) -> list[str]:
        return list(self._found)
