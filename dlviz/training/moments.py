"""Moments: pictures of a run at chosen steps, kept so that one can go back in time.

moments/<step>/frames.bin     what each probe saw, a frame after the other (core/frames.py)
moments/<step>/views/         the task's own views: <name>.npz + .json
moments/<step>/moment.json    {"step", "epoch", "names", "views", "skipped": {name: sentence}, "made": time in ms,
                              "places": {name: [where its frame begins, how many bytes it takes]}}
moments/latest.json           {"step"}
moments/examples.bin          the validation examples that frames speak of by their number

A moment is made under a hidden name and renamed, so it is there whole or not at all. Of a long run so many stay as the
budget allows, evenly spaced; the first and the newest always stay.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dlviz.core.files import read_record
from dlviz.core.frames import Frame, pack, unpack
from dlviz.core.values import Value

#: At most so many moments of a run are kept, and so many bytes.
MOST, MOST_BYTES = 200, 64 << 20
FRAMES, EXAMPLES = "frames.bin", "examples.bin"
#: No epoch that a file names is larger.
_MOST = 1e18


@dataclass(frozen=True)
class Moment:
    """What stands in one moment."""

    step: int
    epoch: float
    names: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    skipped: dict[str, str] = field(default_factory=dict)
    #: When it was made, in ms since 1970: a step may be seen twice, before and after a weight was changed by hand.
    made: int = 0
    #: Where each frame lies in the file: it begins there and takes so many bytes. One file is made faster than ten.
    places: dict[str, tuple[int, int]] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        return {
            "step": self.step, "epoch": self.epoch, "names": list(self.names), "views": list(self.views),
            "skipped": self.skipped, "made": self.made, "places": self.places,
        }  # fmt: skip


class Moments:
    """The moments of one run on disk. Readers may look at any time; one process writes."""

    def __init__(self, folder: Path, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self.folder, self.most, self.most_bytes = folder, most, most_bytes
        self._sizes: dict[int, int] | None = None  # of those that stay, by step; known to the writer

    def steps(self) -> list[int]:
        """The steps of all moments, in order."""
        try:
            return sorted(int(entry.name) for entry in os.scandir(self.folder) if _is_step(entry.name))
        except OSError:
            return []

    def latest(self) -> int | None:
        """The step of the newest moment; None where there is none."""
        step = (read_record(self.folder / "latest.json") or {}).get("step")
        if isinstance(step, int) and not isinstance(step, bool) and step >= 0:
            return step
        return max(self.steps(), default=None)  # the pointer is just being moved, or damaged

    def read(self, step: int) -> Moment | None:
        """What stands in the moment at `step`; None where it is missing or damaged."""
        found = read_record(self.folder / str(step) / "moment.json") or {}
        epoch, names, views, skipped = (found.get(key) for key in ("epoch", "names", "views", "skipped"))
        sound = isinstance(epoch, int | float) and 0 <= epoch < _MOST and _words(names) and _words(views)
        if found.get("step") != step or not sound:
            return None
        said = skipped.items() if isinstance(skipped, dict) else ()
        kept = {name: text for name, text in said if isinstance(text, str)}
        made = found.get("made")
        made = made if isinstance(made, int) else 0
        places = found.get("places")
        lying = {
            name: (each[0], each[1])
            for name, each in (places if isinstance(places, dict) else {}).items()
            if _place(each)
        }
        return Moment(step, float(epoch or 0), tuple(names or ()), tuple(views or ()), kept, made, lying)

    def all(self) -> list[Moment]:
        """All whole moments, in order."""
        return [moment for step in self.steps() if (moment := self.read(step)) is not None]

    def content(self, step: int, name: str) -> bytes | None:
        """The bytes of a frame; None where there is none."""
        moment = self.read(step)
        if moment is None or name not in moment.places:
            return None
        at, size = moment.places[name]
        try:
            with (self.folder / str(step) / FRAMES).open("rb") as file:
                if at + size > os.fstat(file.fileno()).st_size:
                    return None
                file.seek(at)
                return file.read(size)
        except OSError:
            return None

    def frame(self, step: int, name: str) -> Frame | None:
        """A frame; None where there is none or it is damaged."""
        content = self.content(step, name)
        return unpack(content) if content is not None else None

    def views(self, step: int) -> Path:
        """The folder of the task's own views at a moment."""
        return self.folder / str(step) / "views"

    def write(
        self, step: int, epoch: float, frames: Iterable[Frame], views: Mapping[str, Value], skipped: dict[str, str]
    ) -> Moment:
        """Keep a moment (in place of another at the same step), point to it, and thin what is too much.

        Raises OSError where the disk is full; nothing half-made then stays."""
        if self._sizes is None:
            self._sizes = {each: _size(self.folder / str(each)) for each in self.steps()}
        self.folder.mkdir(parents=True, exist_ok=True)
        hidden = self.folder / f".{step}.{secrets.token_hex(6)}"
        try:
            hidden.mkdir()
            size, places, packed = 0, {}, []
            for frame in frames:
                packed.append(pack(frame))
                places[frame.probe] = size, len(packed[-1])
                size += len(packed[-1])
            (hidden / FRAMES).write_bytes(b"".join(packed))
            for name, value in views.items():
                value.save(hidden / "views" / name)
            now = time.time_ns() // 1_000_000
            moment = Moment(step, epoch, tuple(places), tuple(views), skipped, now, places)
            text = json.dumps(moment.document(), ensure_ascii=False).encode()
            (hidden / "moment.json").write_bytes(text)
            place = self.folder / str(step)
            if step in self._sizes or place.exists():
                self._drop(step)
            os.rename(hidden, place)
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
        self._sizes[step] = size + len(text) + (_size(self.views(step)) if views else 0)
        self._point(step)
        self._thin()
        return moment

    def show(self, step: int, folder: Path) -> None:
        """Let `folder` show the views of a moment: the same files under another name, where the disk can do that."""
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(self.views(step).iterdir(), reverse=True):  # .npz before .json, as they are written
            hidden = folder / f".{path.name}.{secrets.token_hex(6)}"
            try:
                os.link(path, hidden)
            except OSError:
                shutil.copyfile(path, hidden)
            os.replace(hidden, folder / path.name)

    def overtaken(self, step: int) -> None:
        """A run goes on from `step`: what was kept of later steps no longer counts, nor what a killed worker left."""
        for name in _names(self.folder):
            if name.startswith("."):
                _remove(self.folder / name)
        later = [each for each in self.steps() if each > step]
        for each in later:
            self._drop(each)
        if later:
            self._point(max(self.steps(), default=None))

    def _point(self, step: int | None) -> None:
        """Name the newest moment. The old pointer is taken away first: to replace a file, ext4 waits for the disk."""
        path = self.folder / "latest.json"
        hidden = path.with_name(f".latest.{secrets.token_hex(6)}.json")
        try:
            hidden.write_bytes(json.dumps({"step": step}).encode())
            path.unlink(missing_ok=True)
            os.rename(hidden, path)
        except BaseException:
            hidden.unlink(missing_ok=True)
            raise

    def _thin(self) -> None:
        """Take away those without which the rest lies most evenly."""
        assert self._sizes is not None
        while len(self._sizes) > 2 and (len(self._sizes) > self.most or sum(self._sizes.values()) > self.most_bytes):
            steps = sorted(self._sizes)
            # of each, the wider gap to a neighbour: by the smallest of these, gaps stay within a factor of two
            gaps = [max(b - a, c - b) for a, b, c in zip(steps, steps[1:], steps[2:], strict=False)]
            self._drop(steps[1 + gaps.index(min(gaps))])

    def _drop(self, step: int) -> None:
        """Take a moment away: renamed first, so that nobody reads half of it."""
        hidden = self.folder / f".{step}.{secrets.token_hex(6)}"
        try:
            os.rename(self.folder / str(step), hidden)
        except FileNotFoundError:
            pass
        else:
            _remove(hidden)
        if self._sizes is not None:
            self._sizes.pop(step, None)


def _remove(path: Path) -> None:
    """Take away a folder, or what somebody has put in its place."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _is_step(name: str) -> bool:
    return name.isascii() and name.isdigit() and len(name) < 19


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _place(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(each, int) and each >= 0 for each in value)


def _words(value: Any) -> bool:
    return value is None or isinstance(value, list) and all(isinstance(each, str) for each in value)


def _size(folder: Path) -> int:
    """The bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
