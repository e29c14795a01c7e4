"""How a change is told that brings another answer: the sentence, what is shown, and the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from dlviz.core.values import Value
from dlviz.studies.study import Finding
from dlviz.studies.wish import Wish


def none_found(wish: Wish, tried: str) -> Finding:
    """What is said where nothing was found."""
    says = (
        f"It says {wish.saying.words(wish.now)}. No change was found within {wish.asked:,} tries with which it says "
        f"{wish.goal}: {tried}. That does not prove that there is none."
    )
    return Finding(says, [], {"found": 0, "tries": wish.asked, "now": wish.saying.words(wish.now)})


def as_if(wish: Wish, change: str, say: str) -> str:
    """What it would say, in a sentence, if `change` ("the age were 41") were so."""
    return f"If {change}, it would say {say} in place of {wish.saying.words(wish.now)}."


def with_ways(wish: Wish, says: str, shown: list[Value], changes: Sequence[object], answers: list[str]) -> Finding:
    """What was found: `changes` and `answers`, one a way."""
    ways = f" {len(answers)} ways were found." if len(answers) > 1 else ""
    numbers = {"found": len(answers), "tries": wish.asked, "now": wish.saying.words(wish.now), "wish": wish.goal,
               "changes": changes, "says": answers}  # fmt: skip
    return Finding(f"{says}{ways}", shown, numbers)
