"""Words: a text taken apart into words and marks, and put together again. No torch in here."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

#: Filled up with the first, unknown words are the second; no text gives these, since `<` is a word of its own.
PADDING, UNKNOWN = "<pad>", "<unk>"
#: Chinese and Japanese write no spaces: each character is a word.
_SINGLE = "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
#: Letters may be parted by one of these and stay one word: don't, l’été, and joiners that cannot be seen.
_INNER = "'\u2019\u200c\u200d"


def words(text: str, lowercase: bool = True) -> list[str]:
    """The words of a text in order: runs of letters, digits and their accents in any script (`don't` is one word);
    each character of Chinese and Japanese; each other mark by itself (`!`, `€`, an emoji).

    Accents are written one way first (NFC), so that é is é however it was typed.
    """
    if text.isascii():
        return _ASCII.findall(text.lower() if lowercase else text)
    plain = unicodedata.normalize("NFC", text)
    return _pattern().findall(plain.lower() if lowercase else plain)


def joined(tokens: Iterable[str]) -> str:
    """Words as a text that reads well: no space before a closing mark or after an opening one."""
    said = ""
    glue = True
    for token in tokens:
        if said and not glue and not _CLOSING.fullmatch(token):
            said += " "
        said += token
        glue = bool(_OPENING.fullmatch(token))
    return said


#: The same for texts without accents, which are most, at several times the speed.
_ASCII = re.compile(r"\w+(?:'\w+)*|[^\w\s]", re.ASCII)
_CLOSING = re.compile(r"[.,;:!?…%)\]}»”’、。，！？；：）」』]")
_OPENING = re.compile(r"[(\[{«“‘¿¡#@$£€（「『]")


@cache
def _pattern() -> re.Pattern[str]:
    marks = "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code)).startswith("M"))
    run = rf"[^\W{_SINGLE}]+(?:[{marks}]+[^\W{_SINGLE}]*)*"
    return re.compile(rf"{run}(?:[{_INNER}]{run})*|[{_SINGLE}][{marks}]*|[^\w\s][{marks}\u200d]*|[{marks}]+")
