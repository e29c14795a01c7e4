"""Keys of ABC notation: which notes a key raises or lowers."""

from __future__ import annotations

import re

#: How many fifths above C a tonic lies, and how much each mode moves that.
_FIFTHS = {"F": -1, "C": 0, "G": 1, "D": 2, "A": 3, "E": 4, "B": 5}
_MODES = {
    "": 0,
    "maj": 0,
    "ion": 0,
    "m": -3,
    "min": -3,
    "aeo": -3,
    "mix": -1,
    "dor": -2,
    "phr": -4,
    "lyd": 1,
    "loc": -5,
}
_SHARPS = "FCGDAEB"
_KEY = re.compile(r"([A-G])([#b]?)\s*([A-Za-z]*)")
_BENDS = {"^": 1, "_": -1, "=": 0}


def signature(written: str) -> dict[str, int] | None:
    """By letter how many half-tones the key raises a note: `G` → {"F": 1}. None where it is no key."""
    plain = written.split("clef=")[0].strip()
    if plain in ("", "none"):
        return {}
    if plain[:2] in ("HP", "Hp"):  # bagpipes
        return {"F": 1, "C": 1}
    found = _KEY.match(plain)
    if found is None:
        return None
    mode = found[3].lower()
    if mode not in _MODES:
        mode = mode[:3] if mode[:3] in _MODES else ""  # a word such as treble
    fifths = _FIFTHS[found[1]] + {"#": 7, "b": -7, "": 0}[found[2]] + _MODES[mode]
    if not -7 <= fifths <= 7:
        return None
    bends = {letter: 1 for letter in _SHARPS[:fifths]} if fifths > 0 else {}
    if fifths < 0:
        bends = {letter: -1 for letter in _SHARPS[fifths:]}
    for sign, letter in re.findall(r"([\^_=])([A-Ga-g])", plain[found.end() :]):
        bends[letter.upper()] = _BENDS[sign]
    return bends
