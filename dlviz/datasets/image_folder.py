"""ImageFolder: the user's own pictures, in a folder or zip with one folder a class."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets import on_disk
from dlviz.datasets.archive import Entry, entries
from dlviz.datasets.broken import Broken, left_out
from dlviz.datasets.class_folders import ClassFolders, class_folders
from dlviz.datasets.data import Data, Fields
from dlviz.datasets.dataset import Dataset, Progress, silent
from dlviz.datasets.image_set import image_data, image_fields
from dlviz.datasets.pictures import Fit, Pixels, decoded, is_grey, opened
from dlviz.datasets.split import TEST, VALIDATION, leave_some, named_parts

_SAMPLE = 48
_SIDES = (8, 64)
#: Of each number of a picture: one as it is read, four as the network takes it.
_BYTES = 5


class ImageFolder(Dataset):
    """Your own pictures, one folder a class, in a zip or a folder: learn to tell the classes apart.

    Folders called train, validation and test around the class folders are taken as the parts. Pictures of all sizes and
    modes are brought to one; broken files are counted and left out.
    """

    source: ClassVar[str] = "yours"

    path: str = setting(help="The zip or folder.", widget="path")
    size: Annotated[int, Field(ge=4, le=512)] | Literal["auto"] = setting(
        "auto",
        "Height and width in pixels. Larger: finer, and slower by the square. auto: as most are, at most 64.",
        unit="pixels",
    )
    colors: Literal["auto", "grey", "rgb"] = setting("auto", "Whether colour counts. auto: where there is any.")
    fit: Fit = setting(
        "crop", "How a picture becomes square: crop its middle, pad it with black, or stretch it.", advanced=True
    )
    validation: float = setting(VALIDATION, "Share to check on while training.", ge=0.01, le=0.5, advanced=True)
    test: float = setting(TEST, "Share kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> ImageFolder:
        leave_some(self.validation, self.test)
        return self

    def describe(self, seed: int = 0) -> Fields:
        with entries(self.path) as found:
            folders = class_folders(found, self.path)
            channels, side = self._form(folders)
            folders.check(np.arange(len(folders.labels)))
        return image_fields(folders.names, channels, side, side, len(folders.pictures))

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        with entries(self.path) as found:
            folders = class_folders(found, self.path)
            channels, side = self._form(folders)
            pixels, read, broken = self._decoded(folders.pictures, channels, side, progress)
        folders.check(read)
        labels = np.array(folders.labels, dtype=np.int64)[read]
        parts = named_parts(
            np.array(folders.parts)[read], labels, validation=self.validation, test=self.test, seed=seed
        )
        warnings = [*folders.notes, *left_out(broken, len(folders.pictures), "pictures")]
        return image_data(
            pixels, labels, folders.names, parts, fit=self.fit, warnings=warnings, size=len(folders.pictures)
        )

    def _form(self, folders: ClassFolders) -> tuple[Literal[1, 3], int]:
        """(channels, side), from a sample spread over all pictures."""
        count = len(folders.pictures)
        grey, sides = True, []
        for number in np.unique(np.linspace(0, count - 1, min(_SAMPLE, count)).astype(int)):
            entry = folders.pictures[number]
            try:
                picture = opened(entry.read(), entry.name)
                sides.append(min(picture.size))
                grey = grey and is_grey(picture)
            except Broken:
                continue
        if not sides:
            raise WrongInput(f"{self.path}: no picture could be read. Are the files pictures (PNG, JPEG, …)?")
        side = self.size if self.size != "auto" else int(np.clip(np.median(sides), *_SIDES))
        channels: Literal[1, 3] = 1 if self.colors == "grey" or (self.colors == "auto" and grey) else 3
        needed = count * channels * side * side * _BYTES
        if not on_disk.fits(needed):
            on_disk.check_room(needed, f"{count:,} pictures of {side} × {side} pixels")
        return channels, side

    def _decoded(
        self, pictures: tuple[Entry, ...], channels: int, side: int, progress: Progress
    ) -> tuple[Pixels, NDArray[np.int64], list[str]]:
        """(pictures (N, channels, side, side), which of all they are, what is wrong with the others)."""
        shape = (len(pictures), channels, side, side)
        pixels = on_disk.room(shape, np.uint8, not on_disk.fits(int(np.prod(shape)) * _BYTES))
        read: list[int] = []
        broken: list[str] = []
        for number, entry in enumerate(pictures):
            if number % 64 == 0:
                progress("Reading pictures", number, len(pictures))
            try:
                pixels[len(read)] = decoded(opened(entry.read(), entry.name), channels, side, side, self.fit)
                read.append(number)
            except Broken as error:
                broken.append(f"`{entry.name}` ({error})")
        progress("Reading pictures", len(pictures), len(pictures))
        return pixels[: len(read)], np.array(read, dtype=np.int64), broken
