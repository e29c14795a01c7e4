"""Problems: what is wrong in a document, where, and what would mend it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: its place (`networks.model.conv1.kernel_size`) and a full sentence."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class WrongInput(ValueError):
    """Input that breaks a rule. The text says the rule, what came, and what would mend it."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems) or (Problem("", message),)


class Problems:
    """Collects every problem of a document, so that all are told at once, not the first alone."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def add(self, place: str, message: str) -> None:
        self._found.append(Problem(place, message))

    def __iter__(self) -> Iterator[Problem]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def raise_if_any(self) -> None:
        """Raise one `WrongInput` that lists every problem, a line each."""
        if self._found:
            raise WrongInput("\n".join(str(problem) for problem in self._found), self._found)


def nearest(word: str, known: Iterable[str]) -> str:
    """A closing hint that names the known words nearest to a misspelt one, or all when there are few."""
    names = sorted(known)
    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(word.lower(), lowered, n=3, cutoff=0.5)
    if close:
        return "Did you mean " + " or ".join(f"`{lowered[name]}`" for name in close) + "?"
    return "Known: " + ", ".join(names) + "." if len(names) <= 40 else ""
