"""TextFile: the user's own long text."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.text_encoder import content
from dlviz.datasets.written_text import WrittenText


class TextFile(WrittenText):
    """Your own long text, to learn to write like it: a plain text file (.txt) of some ten thousand characters or more.

    It may be stored as UTF-8, UTF-16 or Windows-1252.
    """

    source: ClassVar[str] = "yours"

    path: str = setting(help="The file: plain text.", widget="path")

    def content(self, progress: Progress = silent) -> str:
        text = content(self.path)
        if not text.strip():
            raise WrongInput(f"{Path(self.path).name} is empty. It needs a text to learn from.")
        return text

    def changed_at(self) -> object:
        file = Path(self.path).expanduser()
        return (file.stat().st_mtime_ns, file.stat().st_size) if file.is_file() else None
