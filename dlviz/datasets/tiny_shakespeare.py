"""TinyShakespeare: a million characters of Shakespeare's plays."""

from __future__ import annotations

from typing import ClassVar

from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.download import Files
from dlviz.datasets.fetched import Fetched
from dlviz.datasets.written_text import WrittenText


class TinyShakespeare(Fetched, WrittenText):
    """40,000 lines of Shakespeare's plays in one text of 1.1 million characters. Learn to write like them.

    Source: A. Karpathy, char-rnn (2015); Shakespeare's words are in the public domain. 1.1 MB to download.
    """

    title: ClassVar[str] = "Shakespeare's plays"
    icon: ClassVar[str] = "article"
    files: ClassVar[Files] = Files(
        "tiny-shakespeare",
        ("https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/",),
        {"input.txt": "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"},
    )

    def content(self, progress: Progress = silent) -> str:
        return self.files.fetch(progress)["input.txt"].read_text(encoding="utf-8")
