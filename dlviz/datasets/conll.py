"""CoNLL files: a word and its tag a line in columns, a blank line between sentences. No torch in here."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from dlviz.core.problems import WrongInput
from dlviz.datasets.encoding import Encoding, plain, text_of

MOST_BYTES = 512 * 2**20
Separator = Literal["auto", "tab", "space"]
#: CoNLL-U writes `1-2` before a word that the next lines take apart, `2.1` before one that is not there.
_APART = re.compile(r"\d+[-.]\d+")


@dataclass(frozen=True)
class Sentence:
    """Words with their tags, and the line on which the first stands."""

    words: tuple[str, ...]
    tags: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Columns:
    """How the lines are written. `word` and `tag` count from 1; a tag of 0 is the last column."""

    separator: Separator = "auto"
    word: int = 1
    tag: int = 0


def read_conll(path: str, columns: Columns, encoding: Encoding = "auto") -> list[Sentence]:
    """The sentences of a file. `WrongInput` names the line that breaks a rule."""
    file = Path(path).expanduser()
    if not file.is_file():
        raise WrongInput(f"There is no file {path}.")
    if file.stat().st_size > MOST_BYTES:
        raise WrongInput(f"{file.name}: a file may have at most 512 MB. Received: {file.stat().st_size / 2**20:,.0f}.")
    return parse(plain(text_of(file.read_bytes(), file.name, encoding)[0]), file.name, columns)


def parse(text: str, name: str, columns: Columns) -> list[Sentence]:
    """The sentences of a text. Passed over: `-DOCSTART-` lines, comments that begin with `#`, and lines of CoNLL-U for
    words that are written in two."""
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tabs = columns.separator == "tab" or (columns.separator == "auto" and _by_tabs(lines))
    cells = [_cells(line, tabs) for line in lines]
    comments = _comments(cells, columns)
    sentences: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    for number, own in enumerate([*cells, []], 1):
        if not own or own[0] == "-DOCSTART-":
            if words:
                sentences.append(Sentence(tuple(words), tuple(tags), number - len(words)))
                words, tags = [], []
        elif number not in comments and not (len(own) > 2 and _APART.fullmatch(own[0])):
            word, tag = _pair(own, columns, tabs, f"{name}, line {number:,}")
            words.append(word)
            tags.append(tag)
    if not sentences:
        raise WrongInput(f"{name} holds no sentence. It needs a word and its tag a line, as in `Paris\tB-place`.")
    return sentences


def _pair(own: list[str], columns: Columns, tabs: bool, where: str) -> tuple[str, str]:
    most = max(columns.word, columns.tag, 2)
    if len(own) < most:
        said = f"{len(own)} column{'s' if len(own) > 1 else ''} (`{' '.join(own)[:60]}`)"
        also = " Is another column the tag, or the separator another?" if most > 2 else ""
        between = "a tab" if tabs else "spaces"
        raise WrongInput(
            f"{where}: a line needs a word and its tag, in {most} columns or more with {between} between them. "
            f"Received: {said}. Add what is missing, or leave the line blank to end the sentence.{also}"
        )
    word, tag = own[columns.word - 1], own[columns.tag - 1]
    if not word or not tag:
        raise WrongInput(
            f"{where}: neither a word nor its tag may be empty. Received: `{' | '.join(own)[:60]}`. "
            "Write `O` or another tag for a word that has none."
        )
    return word, tag


def _by_tabs(lines: list[str]) -> bool:
    full = [line for line in lines if line.strip()]
    return sum("\t" in line.rstrip() for line in full) * 2 > len(full)


def _cells(line: str, tabs: bool) -> list[str]:
    """The columns of a line; none where it is blank."""
    if not line.strip():
        return []
    return [cell.strip() for cell in line.rstrip().split("\t")] if tabs else line.split()


def _comments(cells: list[list[str]], columns: Columns) -> set[int]:
    """The numbers of lines that begin with `#` and are no word `#`: those with another number of columns than other
    lines, or with a tag that no other line has."""
    marked = {number: own for number, own in enumerate(cells, 1) if own and own[0].startswith("#")}
    others = [own for own in cells if own and not own[0].startswith("#")]
    usual = Counter(map(len, others)).most_common(1)
    if not usual:
        return set(marked)
    known = {own[columns.tag - 1] for own in others if len(own) >= columns.tag}
    return {
        number
        for number, own in marked.items()
        if len(own) != usual[0][0] or (len(own) >= columns.tag and own[columns.tag - 1] not in known)
    }
