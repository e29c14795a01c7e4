"""Tatoeba: short sentences in English and French."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from typing import ClassVar, Literal

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.pair_settings import PairSettings

#: French writes a narrow space before some marks; to a tokenizer it is a space.
_SPACES = str.maketrans({"\u202f": " ", "\u00a0": " ", "\u2009": " "})


class Tatoeba(Fetched, PairSettings):
    """142,787 English sentences, each with a French translation. Learn to translate.

    Many sentences stand there with several translations; all of one sentence are in the same part. Source: the Tatoeba
    project and its volunteers, tatoeba.org, chosen by www.manythings.org/anki, CC BY 2.0. 3 MB to download.
    """

    title: ClassVar[str] = "Tatoeba, English and French"
    icon: ClassVar[str] = "translate"
    files: ClassVar[Files] = Files(
        "tatoeba-eng-fra",
        ("https://raw.githubusercontent.com/genimind/seq2seq/843b8bc40396fbea4ac9171097122aacfc8b9660/",),
        {"fra-eng.zip": "16c4f7d0df9e7c5e6c54cdb0447f3f4a18a55052ff5e2e0b27dd4a06c0e49d04"},
    )

    to: Literal["French", "English"] = setting("French", "Into which language it shall translate.")
    max_words: int = setting(8, "Pairs in which either sentence has more words are left out.", ge=1, le=60)
    limit: int | None = setting(
        40_000, "Use only about so many of the pairs, drawn by chance. Fewer: faster, less exact.", ge=200, le=200_000
    )

    def pairs(self, progress: Progress = silent) -> tuple[Sequence[str], Sequence[str], list[str], str]:
        path = self.files.fetch(progress)["fra-eng.zip"]
        try:
            with zipfile.ZipFile(path) as archive:
                text = archive.read("fra.txt").decode("utf-8")
        except (zipfile.BadZipFile, KeyError, UnicodeDecodeError):
            raise WrongInput(f"{path} is damaged. Delete it: it is then fetched anew.") from None
        english, french = [], []
        for line in text.translate(_SPACES).splitlines():
            first, _, second = line.partition("\t")
            english.append(first.strip())
            french.append(second.strip())
        both = (english, french) if self.to == "French" else (french, english)
        return *both, [], "text"
