"""Marks: what happened to a run, in the words that stand on its curves."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

#: What a setting's path ends in → what it is called.
_NAMES = {"lr": "learning rate", "batch_size": "batch size", "weight_decay": "weight decay"}
#: A longer text would cover the curve.
_LONGEST = 120


def mark(record: Mapping[str, Any]) -> tuple[str, str] | None:
    """(text, kind) of an event that is a mark: kinds `pause`, `resume`, `change`, `fork`, `engine`, `other`."""
    kind, text = record.get("type"), str(record.get("text") or "")[:_LONGEST]
    if kind == "resume":
        return "resumed", "resume"
    if kind == "change":
        what, before, after = (record.get(name) for name in ("what", "from", "to"))
        return f"{setting(str(what))} {_value(before)} → {_value(after)}"[:_LONGEST], "change"
    if kind == "fork":
        return "forked here", "fork"
    if kind == "engine":
        return text or str(record.get("title") or "another engine")[:_LONGEST], "engine"
    if kind == "mark":
        known = {"paused": "pause", "resumed": "resume"}
        kind = str(record.get("kind", ""))
        if refused := re.match(r"refused: ((?:optimization|training)\.[\w.]+): ", text):
            text = f"refused: {setting(refused[1])} {text[refused.end() :]}"
        return text, kind if kind in ("change", "engine") else known.get(text, "other")
    return None


def setting(path: str) -> str:
    """`optimization.optimizer.lr` as "learning rate", `optimization.regularizers.0.strength` as "regularizer 1:
    strength"."""
    parts = path.split(".")
    if path.startswith(("optimization.", "training.")):
        parts = parts[2 if parts[1] == "optimizer" else 1 :] or parts
    if len(parts) == 3 and parts[0].endswith("s") and parts[1].isdecimal():
        parts = [parts[0].removesuffix("s"), parts[1], f": {parts[2]}"]
    words = [str(int(part) + 1) if re.fullmatch(r"[0-9]{1,3}", part) else _NAMES.get(part, part) for part in parts]
    return (
        " ".join(words).replace("_", " ").replace(" : ", ": ")
        if not path.startswith("networks.")
        else path.removeprefix("networks.")
    )


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "on", False: "off", None: "none"}[value]
    if isinstance(value, (int, float)):
        return f"{value:.4g}" if math.isfinite(value) else "not a number"
    return str(value.get("kind", "another") if isinstance(value, Mapping) else value)
