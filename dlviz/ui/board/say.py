"""What is said of an edit, for those who do not see the canvas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dlviz.ui.words import count


def said(done: str, select: Sequence[str], before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """What was done; what the node now selected gives; how many problems stand where that has changed."""
    words = [done] if done else []
    node = after["nodes"].get(select[0]) if len(select) == 1 else None
    old = before["nodes"].get(select[0]) if len(select) == 1 else None
    if node is not None and node.get("shape") and (old is None or old.get("shape") != node["shape"]):
        words.append(f"Gives {node['shape']}.")
    was, now = problems(before), problems(after)
    if now != was:
        words.append(f"{count(now, 'problem')}." if now else "No problem left.")
    return " ".join(words)


def problems(view: Mapping[str, Any]) -> int:
    """How many problems a view shows."""
    own = sum(len(node.get("problems", ())) for node in view["nodes"].values())
    return own + sum(len(role["problems"]) for role in view["roles"].values())
