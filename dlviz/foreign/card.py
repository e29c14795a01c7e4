"""Card: what is known of a network from elsewhere once it has been looked at; it lies beside its file in a run.

foreign/<file>      the model as it was brought
foreign/card.json   this
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from dlviz.core.files import read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.foreign.answers import Meaning
from dlviz.foreign.entrance import Order
from dlviz.foreign.reading import Reading
from dlviz.foreign.recognize import Format

FOLDER = "foreign"
Way = Literal["modules", "answers"]


@dataclass(frozen=True)
class Card:
    """`file`: its name in the folder; `name`: what its owner calls it. `way`: it is rebuilt as modules, or onnxruntime
    is asked for its answers. `batch`: how many examples it takes at a time, 0: any number; `freed`: it was exported for
    that many and takes any number all the same. `why_not_gradient`: empty where gradients pass and layers can be
    hooked. `mean`, `std`: of the training targets, where they are numbers."""

    format: Format
    file: str
    name: str
    digest: str
    reading: Reading
    order: Order = "as it is"
    meaning: Meaning = "logits"
    way: Way = "modules"
    batch: int = 0
    freed: bool = False
    why_not_gradient: str = ""
    mean: float = 0.0
    std: float = 1.0
    #: The largest difference to onnxruntime's answers, where both could be asked.
    difference: float | None = None

    def write(self, folder: Path) -> None:
        reading = {name: value for name, value in self.reading.document(brief=True).items() if name != "kind"}
        write_json(folder / "card.json", {**asdict(self), "reading": reading}, indent=1)


def card_of(run: Path) -> Card | None:
    """The card in a run's folder; None where its network was trained here. Raises `WrongInput` where it is damaged."""
    folder = run / FOLDER
    if not (folder / "card.json").is_file():
        return None
    found = read_record(folder / "card.json") or {}
    try:
        card = Card(**{**found, "reading": Reading.of(found.get("reading"))})
        sound = (
            card.format in get_args(Format) and card.order in get_args(Order) and card.meaning in get_args(Meaning)
            and card.way in get_args(Way) and Path(card.file).name == card.file and isinstance(card.batch, int)
        )  # fmt: skip
    except (TypeError, WrongInput):
        sound = False
    if not sound:
        raise WrongInput(f"The run {run.name} cannot be read: its foreign/card.json is damaged. Bring the model again.")
    return card


def digest(path: Path) -> str:
    """A hash of a file's content."""
    found: Any = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(2**20):
            found.update(piece)
    return str(found.hexdigest())
