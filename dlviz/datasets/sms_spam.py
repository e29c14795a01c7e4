"""SmsSpam: text messages, some of them spam."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from dlviz.datasets.download import Files
from dlviz.datasets.labelled_texts import LabelledTexts
from dlviz.datasets.words import words

#: Marks of Windows-1252 that were taken for characters which cannot be seen: \x92 is an apostrophe.
_WINDOWS = {code: bytes([code]).decode("cp1252", "ignore") or " " for code in range(0x80, 0xA0)}


class SmsSpam(LabelledTexts):
    """5,574 text messages, 747 of them spam. Learn to tell spam from ham, the messages that one wants.

    Always saying “ham” is right seven times in eight: look at the F1 of spam. Source: T. Almeida and J. M. Gómez
    Hidalgo, SMS Spam Collection (2011), UCI, CC BY 4.0. HTML's marks are written out (&lt; as <). 0.5 MB to download.
    """

    title: ClassVar[str] = "SMS spam"
    files: ClassVar[Files] = Files(
        "sms-spam",
        ("https://raw.githubusercontent.com/justmarkham/pycon-2016-tutorial/master/data/",),
        {"sms.tsv": "7d039a24a6083ed9ef0f806ebad56bbb976e3aeb8de05669173bfdc4996c239d"},
    )
    names: ClassVar[tuple[str, ...]] = ("ham", "spam")
    sought: ClassVar[str] = "spam"

    @classmethod
    def texts(cls, paths: Mapping[str, Path]) -> tuple[list[str], list[int]]:
        texts, labels = [], []
        for line in paths["sms.tsv"].read_text(encoding="utf-8").split("\n"):
            if line.strip():
                label, _, text = line.partition("\t")  # quote marks here belong to the texts
                texts.append(html.unescape(text).translate(_WINDOWS).strip())
                labels.append(cls.names.index(label))
        return texts, labels

    @classmethod
    def said(cls, text: str) -> str:
        """Spam is sent again with other numbers: they count as the same."""
        return re.sub(r"\d", "0", " ".join(words(text)))
