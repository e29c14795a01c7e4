"""JsbChorales: Bach's chorales, four voices at a time."""

from __future__ import annotations

import json
from typing import ClassVar, Literal

import numpy as np

from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.music_set import MusicSet, Pieces
from dlviz.datasets.music_tokens import Form
from dlviz.datasets.score import Score, from_chords

_FILE = "Jsb16thSeparated.json"
#: Steps a quarter note in the file.
_PER_QUARTER = 4


class JsbChorales(Fetched, MusicSet):
    """382 chorales of Johann Sebastian Bach: soprano, alto, tenor and bass. Learn to set four voices like him.

    A token says what one voice sings at one step, from the soprano down to the bass. The official parts are used: 229
    chorales to learn from, 76 and 77 to check on. The file does not tell a note that is held from one sung again: both
    are one long note.

    Source: N. Boulanger-Lewandowski et al. (2012), with separate voices by C. Huang; Bach's music is in the public
    domain. 1.7 MB to download.
    """

    title: ClassVar[str] = "Bach's chorales"
    files: ClassVar[Files] = Files(
        "jsb-chorales",
        ("https://raw.githubusercontent.com/czhuang/JSB-Chorales-dataset/master/",),
        {_FILE: "79294cc374f9252e95ef4b703161524c1c53dc1f712c236f00f1c1f5d54af5a7"},
    )

    length: int = setting(128, "How many tokens the network sees at a time; four make a step.", ge=8, le=1024)
    steps: Literal["quarters", "eighths", "sixteenths"] = setting(
        "eighths", "How long a step is. What is shorter than that is not heard."
    )

    def form(self) -> tuple[Form, int, int]:
        return "voices", {"quarters": 1, "eighths": 2, "sixteenths": 4}[self.steps], 4

    def pieces(self, progress: Progress = silent) -> Pieces:
        held = json.loads(self.files.fetch(progress)[_FILE].read_bytes())
        every = _PER_QUARTER // self.form()[1]
        parts = {name: [self._piece(piece[::every]) for piece in held[name]] for name in ("train", "valid", "test")}
        return Pieces(parts["train"], parts["valid"], parts["test"])

    def _piece(self, chords: list[list[int]]) -> Score:
        return from_chords(np.array(chords, dtype=np.int64), self.form()[1], 80.0)
