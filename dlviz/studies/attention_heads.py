"""Attention heads: what each head does, in numbers and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dlviz.core.values import Array
from dlviz.studies.attention_patterns import EVEN, TIMES, Pattern, Seeing

#: Heads of which a sentence tells at most.
_TOLD = 3


@dataclass(frozen=True)
class Head:
    """One head's looks in numbers: its layer, its number from 1, the rule that it follows, how evenly it looks."""

    layer: str
    number: int
    pattern: Pattern | None
    evenness: float

    @property
    def standing(self) -> tuple[float, float]:
        """Sorts the clearest rule first, then what looks least evenly."""
        return (-self.pattern.share if self.pattern else 0.0, self.evenness)

    def document(self) -> dict[str, Any]:
        """As plain JSON values."""
        rule = self.pattern
        return {
            "layer": self.layer, "head": self.number, "looks_at": rule.at if rule else "",
            "share": round(rule.share, 4) if rule else None, "even": round(rule.even, 4) if rule else None,
            "evenness": round(self.evenness, 4),
        }  # fmt: skip


def told(heads: Sequence[Head], thing: str) -> str:
    """Which head follows which rule, the clearest first; how many look evenly, how many by no simple rule."""
    ruled = [(head, head.pattern) for head in sorted(heads, key=lambda head: head.standing) if head.pattern]
    said = [
        f"head {head.number} of {head.layer} looks at {rule.at} ({100 * rule.share:.0f} % of its looks; evenly it were "
        f"{100 * rule.even:.0f} %)"
        for head, rule in ruled[:_TOLD]
    ]
    even = sum(head.evenness >= EVEN and head.pattern is None for head in heads)
    other = len(heads) - len(ruled) - even
    if len(ruled) > _TOLD:
        said.append(f"{len(ruled) - _TOLD} more of {len(heads)} follow a rule")
    for many, one, several in (
        (even, f"looks at all {thing}s nearly alike", f"look at all {thing}s nearly alike"),
        (other, "follows no simple rule", "follow no simple rule"),
    ):
        if many:
            who = "the only head" if len(heads) == 1 else f"{many} of {len(heads)} heads"
            said.append(f"{who} {one if many == 1 else several}")
    sentence = "; ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}."


def most_looked_at(looks: Array, seeing: Seeing) -> str:
    """What all heads together looked at most, of looks (layers, heads, queries, keys), where it is twice what even
    looks would give it; else nothing."""
    got = looks.mean((0, 1, 2))
    even = (seeing.may / seeing.may.sum(1, keepdims=True)).mean(0)
    most = int(got.argmax())
    if len(got) < 3 or got[most] < TIMES * even[most]:
        return ""
    share, fair = f"{100 * got[most]:.0f} %", f"{100 * even[most]:.0f} %"
    return f" Most looked at by all heads: {seeing.keys[most]} ({share} of all looks; evenly it were {fair})."


def layer_names(places: Sequence[str]) -> tuple[str, ...]:
    """Places in the network (`model.block1.self_attn`) without its role and without the end that all share; what is
    called twice in a pass is numbered."""
    short = [place.split(".", 1)[-1] for place in places]
    ends = {name.rpartition(".")[2] for name in short}
    cut = [name.rpartition(".")[0] for name in short]
    if len(ends) == 1 and all(cut) and len(set(cut)) == len(set(short)):
        short = cut
    return tuple(
        name if short.count(name) == 1 else f"{name} ({short[:place].count(name) + 1})"
        for place, name in enumerate(short)
    )
