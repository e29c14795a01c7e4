"""MusicFolder: the user's own pieces, MIDI and ABC files in a zip or folder, or one such file."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar, Literal

from pydantic import model_validator

from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.datasets.dataset import Progress, silent
from dlviz.datasets.music_files import PARTS, read_folder
from dlviz.datasets.music_set import MusicSet, Pieces, dealt, unread
from dlviz.datasets.music_tokens import Form
from dlviz.datasets.split import TEST, VALIDATION, leave_some

_STEPS = {"quarters": 1, "eighths": 2, "sixteenths": 4, "thirds of an eighth": 6}


class MusicFolder(MusicSet):
    """Your own music: MIDI files (.mid) and tunes in ABC notation (.abc), in a zip or a folder, or one .abc file.

    Folders called train, validation and test are taken as the parts; else whole pieces are dealt out. Drums are left
    out. Pieces that cannot be read are told with file and line, and left out.
    """

    source: ClassVar[str] = "yours"
    title: ClassVar[str] = "Music folder"

    path: str = setting(help="The zip, folder or file.", widget="path")
    tokens: Form = setting(
        "melody",
        "melody: the highest voice alone, a token is a note with its length. voices: several tones at a time, a token "
        "is what one voice sings at one step.",
    )
    voices: int = setting(4, "Of `voices`: how many tones are heard at a time, the highest ones.", ge=1, le=8)
    steps: Literal["quarters", "eighths", "sixteenths", "thirds of an eighth"] = setting(
        "sixteenths", "Of `voices`: how long a step is. What lies between is moved to the nearest.", advanced=True
    )
    validation: float = setting(VALIDATION, "Share of the pieces to check on.", ge=0.01, le=0.5, advanced=True)
    test: float = setting(TEST, "Share of the pieces kept for the final test.", ge=0.01, le=0.5, advanced=True)

    @model_validator(mode="after")
    def _consistent(self) -> MusicFolder:
        leave_some(self.validation, self.test)
        return self

    def form(self) -> tuple[Form, int, int]:
        return ("melody", 12, 1) if self.tokens == "melody" else ("voices", _STEPS[self.steps], self.voices)

    def pieces(self, progress: Progress = silent) -> Pieces:
        found, broken = read_folder(self.path, progress)
        if {part for part, _ in found} >= set(PARTS):
            sorted_in = {part: [piece for own, piece in found if own == part] for part in PARTS}
            made = Pieces(sorted_in["train"], sorted_in["validation"], sorted_in["test"])
        else:
            made = dealt((piece for _, piece in found), self.validation, self.test)
            if not (made.train and made.validation and made.test):
                raise WrongInput(
                    f"{Path(self.path).name} must hold several pieces, some for each of the three parts. Received: "
                    f"{len(found)} that could be read. Add pieces, or raise `validation` and `test`."
                )
        made.notes.extend(unread(broken))
        return made

    def changed_at(self) -> object:
        place = Path(self.path).expanduser()
        if not place.exists():
            return None
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files if file.is_file())
