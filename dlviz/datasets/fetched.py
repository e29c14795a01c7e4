"""Fetched: data whose files are downloaded once and checked."""

from __future__ import annotations

from typing import ClassVar

from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.download import Files


class Fetched(Dataset, abstract=True):
    """Data in files that `files` names: fetched where they are missing, ready when all are there."""

    source: ClassVar[str] = "download"
    files: ClassVar[Files]

    def fetch(self, progress: Progress = silent) -> None:
        self.files.fetch(progress)

    def ready(self) -> bool:
        return self.files.ready()
