"""Wnut17: names in what people write on the web."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

from dlviz.core.setting import setting
from dlviz.datasets.conll import Columns, parse
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.tagged_data import Tagged, tagged

_FILES = ("wnut17train.conll", "emerging.dev.conll", "emerging.test.annotated")


class Wnut17(Fetched):
    """5,690 sentences from the web with the names in them marked: persons, places, companies, groups, products, works.

    Hard on purpose: it is about names that are new, so hardly one of the test part stands in the training part, and it
    has the three parts of the shared task. Words are rude at times. Source: L. Derczynski, E. Nichols, M. van Erp and
    N. Limsopatham, Results of the WNUT2017 shared task on novel and emerging entity recognition (2017), CC BY 4.0.
    0.8 MB to download.
    """

    by_chance: ClassVar[bool] = False
    icon: ClassVar[str] = "sell"
    title: ClassVar[str] = "WNUT-17 names"
    files: ClassVar[Files] = Files(
        "wnut17-ner",
        (
            "https://raw.githubusercontent.com/leondz/emerging_entities_17/master/",
            "https://noisy-text.github.io/2017/files/",
        ),
        dict(zip(_FILES, (
            "731820e13f71af324c6b55a1575ec2ce59fbaa2a0806f8f0400b98d56cd6a7a5",
            "e053b752b8155113ca66e7db08af5f2f5f43ab993694e4774f1ec5bad42312d8",
            "2aa79b764e56ec9264a1b30fdd9b70195bd00ff400b62edd8f399d5f13c178f0",
        ), strict=True)),
    )  # fmt: skip

    lowercase: bool = setting(True, "Whether `May` and `may` are one word; `shape` still tells them apart.")
    shape: bool = setting(
        True,
        "Whether the network also sees what each word looks like, as a second input: capitals, digits, endings. It "
        "helps with words that it has never seen.",
    )
    min_count: int = setting(
        1, "How often the training part must have a word for it to get a number of its own.", ge=1, le=100
    )

    def describe(self, seed: int = 0) -> Fields:
        return _known(self).fields()

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        self.fetch(progress)
        return _known(self).data()

    def prepared(self) -> Tagged:
        """The official parts."""
        places = self.files.fetch()
        parts = [parse(places[name].read_text(encoding="utf-8"), name, Columns("tab")) for name in _FILES]
        starts = (0, len(parts[0]), len(parts[0]) + len(parts[1]))
        rows = [list(range(start, start + len(part))) for start, part in zip(starts, parts, strict=True)]
        return tagged(
            parts, rows=rows, length=None, most_words=50_000, min_count=self.min_count, lowercase=self.lowercase,
            shape=self.shape,
        )  # fmt: skip


@lru_cache(maxsize=2)  # describe and load ask for the same in a row
def _known(data: Wnut17) -> Tagged:
    return data.prepared()
