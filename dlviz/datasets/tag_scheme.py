"""How tags are written: BIO, IOB1, BIOES and BILOU read as BIO, or plain tags such as parts of speech.

BIO: `B-person` begins a person, `I-person` goes on with it, `O` is no entity. IOB1 begins with `I-` and writes `B-`
only between two of a type (Ramshaw & Marcus 1995); BIOES and BILOU mark the last word (E, L) and entities of one word
(S, U). No torch in here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

OUTSIDE = "O"
_MARKED = re.compile(r"([BIESLU])[-_](.+)", re.DOTALL)
_BEGINS, _ENDS = frozenset("BSU"), frozenset("ESLU")


def marks_spans(tags: Iterable[str]) -> bool:
    """Whether tags mark entities (B-…, I-…, O) rather than saying something of each word alone."""
    known = set(tags)
    return bool(known - {OUTSIDE}) and all(tag == OUTSIDE or _MARKED.fullmatch(tag) for tag in known)


def as_bio(tags: Sequence[str]) -> list[str]:
    """The tags of one sentence as BIO: an entity begins at B, S or U, and wherever the word before is of no entity of
    its type that goes on. So `I-` after `O` begins one, as conlleval reads it."""
    made = []
    going = ""  # the type of the entity that may go on
    for tag in tags:
        found = _MARKED.fullmatch(tag)
        if found is None:
            made.append(OUTSIDE)
            going = ""
            continue
        mark, kind = found.groups()
        made.append(f"{'B' if mark in _BEGINS or going != kind else 'I'}-{kind}")
        going = "" if mark in _ENDS else kind
    return made


def scheme_of(sentences: Iterable[Sequence[str]]) -> str:
    """`BIOES`, `BILOU`, `IOB1` (no entity begins with B- but after one of its type), `BIO`, or `broken BIO` (some do,
    some do not)."""
    marks: set[str] = set()
    bare = needless = False
    for tags in sentences:
        before = ""
        for tag in tags:
            mark, kind = found.groups() if (found := _MARKED.fullmatch(tag)) else ("", "")
            marks.add(mark)
            bare |= mark == "I" and before != kind
            needless |= mark == "B" and before != kind
            before = kind
    if marks & set("ES"):
        return "BIOES"
    if marks & set("LU"):
        return "BILOU"
    if not bare:
        return "BIO"
    return "broken BIO" if needless else "IOB1"


def names_of(sentences: Iterable[Sequence[str]], spans: bool) -> tuple[str, ...]:
    """The tags by number. Entities: O, then B- and I- of each type in the order of the alphabet; plain tags: the
    frequent ones first."""
    counts = Counter(tag for tags in sentences for tag in tags)
    if not spans:
        return tuple(sorted(counts, key=lambda tag: (-counts[tag], tag)))
    kinds = sorted({tag[2:] for tag in counts if tag != OUTSIDE})
    return (OUTSIDE, *(f"{mark}-{kind}" for kind in kinds for mark in "BI"))
