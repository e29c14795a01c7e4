"""What a data set part is: settings, what it describes, and how it loads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Self

from dlviz.core.part import Part
from dlviz.datasets.data import Data, Encoder, Fields

#: Called with (what is being done, done so far, of how many or None); may raise to cancel.
Progress = Callable[[str, float, float | None], None]


def silent(doing: str, done: float, of: float | None) -> None:
    """Report progress to nobody."""


class Dataset(Part, family="datasets"):
    """Where examples come from."""

    #: "built in" (nothing to download), "download" (fetched once), or "yours" (an upload).
    source: ClassVar[str] = "built in"
    #: Whether the seed decides which examples lie in which part. False: they are parted in time, or officially.
    by_chance: ClassVar[bool] = True
    #: As people write its name; without one, the words of the class's name.
    title: ClassVar[str] = ""
    #: A Material symbol for its card; without one, it follows from what `describe` says.
    icon: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, family: str = "", abstract: bool = False, **named: Any) -> None:
        super().__pydantic_init_subclass__(family, abstract, **named)
        if "title" not in cls.__dict__:
            cls.title = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cls.__name__).capitalize()

    def describe(self, seed: int = 0) -> Fields:
        """The typed inputs and targets, just as `load(seed)` will have them; reads as little as it can. Only a table
        depends on `seed`: which categories and gaps its training part shows. Raises `WrongInput`."""
        raise NotImplementedError

    def load(self, seed: int = 0, progress: Progress = silent) -> Data:
        """Everything, split by `seed`, scaled by what the training part shows. Raises `WrongInput`."""
        raise NotImplementedError

    def fetch(self, progress: Progress = silent) -> None:
        """Download what is missing (a page shows the progress). Most have nothing to fetch."""

    def reading(self, encoders: Mapping[str, Encoder]) -> Self:
        """The same data, read as these encoders of another run read theirs (input name → encoder), as far as it can:
        texts are taken apart alike, so that a token's number means the same. The data set itself where it cannot."""
        return self

    def ready(self) -> bool:
        """Whether `load` can work without the network."""
        return True
