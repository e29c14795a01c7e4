"""RottenTomatoes: a sentence of a film review, praise or not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from dlviz.datasets.download import Files
from dlviz.datasets.labelled_texts import LabelledTexts


class RottenTomatoes(LabelledTexts):
    """10,662 sentences of film reviews, half of them praise. Learn to tell praise from blame.

    Source: B. Pang and L. Lee, Seeing stars (2005), collected from Rotten Tomatoes; in small letters, words and marks
    parted by spaces. 1.2 MB to download.
    """

    title: ClassVar[str] = "Rotten Tomatoes"
    files: ClassVar[Files] = Files(
        "rotten-tomatoes",
        ("https://raw.githubusercontent.com/dennybritz/cnn-text-classification-tf/master/data/rt-polaritydata/",),
        {
            "rt-polarity.neg": "2d11cfbc790f1cd96d78339f41ce53ced1efa83cd22d37d6788fa3fe3d17e2fd",
            "rt-polarity.pos": "4134882974a28d0c7b5151256f0e33a6169984ee7372c279e673f1114f475d58",
        },
    )
    names: ClassVar[tuple[str, ...]] = ("negative", "positive")

    @classmethod
    def texts(cls, paths: Mapping[str, Path]) -> tuple[list[str], list[int]]:
        texts: list[str] = []
        labels: list[int] = []
        for label, path in enumerate(paths.values()):
            # not splitlines: that also parts a line at characters which are none of a file's line ends
            lines = [line.strip() for line in path.read_text(encoding="utf-8").split("\n")]
            own = [line for line in lines if line]
            texts += own
            labels += [label] * len(own)
        return texts, labels
