"""Store: the runs on disk. No torch here: a page lists runs without waiting for it."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from dlviz.core import places
from dlviz.core.files import write_json
from dlviz.core.problems import Problems, WrongInput
from dlviz.training import fork, start
from dlviz.training.folder import ACTIVE, RunFolder, new_id

_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}")
#: How long a deleted run can be brought back.
TRASH_SECONDS = 7 * 24 * 3600.0


def checked_id(id: str, what: str = "run") -> str:
    """The id itself, if it can be nothing but the name of a folder; `WrongInput` otherwise."""
    if not isinstance(id, str) or not _ID.fullmatch(id):
        raise WrongInput(f"A {what}'s id is made of letters, digits, - and _. Received: {str(id)[:80]!r}.")
    return id


class Store:
    """The runs below a home. `workspace`: whose the runs are that it makes (see `runs/fair.py`)."""

    def __init__(self, home: Path, workspace: str = "") -> None:
        self.workspace = workspace
        self.folder = Path(home) / "runs"
        self.trash = Path(home) / "trash"

    def runs(self) -> list[RunFolder]:
        """All runs, the newest first."""
        try:
            names = [entry.name for entry in os.scandir(self.folder) if _ID.fullmatch(entry.name)]
        except FileNotFoundError:
            return []
        # plain strings: with ten thousand runs, half of the time went into making paths
        whole = [name for name in names if os.path.isfile(f"{self.folder}/{name}/spec.json")]
        return [RunFolder(self.folder / name) for name in sorted(whole, reverse=True)]

    def run(self, id: str) -> RunFolder:
        """The run called `id`; `WrongInput` where there is none."""
        run = RunFolder(self.folder / checked_id(id))
        if not run.spec_file.is_file():
            raise WrongInput(f"There is no run {id}. It may have been deleted.")
        return run

    def create(self, document: Mapping[str, Any], parent: str = "") -> RunFolder:
        """A new run of the experiment in `document` (a spec as plain values), status queued. `parent` is the run
        that it was made from. `WrongInput` where the disk is full or locked; nothing is left behind."""
        return self._create(document, {"parent": parent})

    def fork(self, run: RunFolder, step: int, changes: Mapping[str, Any], title: str = "") -> RunFolder:
        """A new run that goes on from `step` of `run` with `{place: value}` changed in its settings, status queued.
        It needs nothing of `run` any more. `WrongInput` where the run has not come so far, the changes cannot be, or
        the disk is full."""
        document = fork.document(run, step, changes, title)
        return self._create(
            document, {"parent": run.id, "parent_step": step}, lambda child: fork.take_over(run, child.path, step)
        )

    def repeat(self, document: Mapping[str, Any], seeds: Sequence[int]) -> list[RunFolder]:
        """New runs of one experiment, one for each seed, status queued; their state's `group` is the same. Data are
        divided, weights begun and examples ordered anew by each seed. `WrongInput` where the disk has no room for all
        of them; none is then left behind."""
        if not seeds or len(set(seeds)) < len(seeds):
            raise WrongInput(f"Repeating needs different seeds, at least one. Received: {list(seeds)}.")
        group, made = new_id(), []
        try:
            for seed in seeds:
                made.append(self._create({**document, "seed": seed}, {"group": group}))
        except WrongInput:
            for run in made:
                shutil.rmtree(run.path, ignore_errors=True)
            raise
        return made

    def _create(
        self, document: Mapping[str, Any], facts: Mapping[str, Any], fill: Callable[[RunFolder], object] | None = None
    ) -> RunFolder:
        try:
            run = self._new_folder()
        except OSError as error:
            raise _cannot_keep(error) from None
        try:
            if fill is not None:
                fill(run)
            begins = start.Start.parse(document.get("start"), Problems())
            if begins is not None and not (run.path / start.FOLDER).exists():
                start.take_over(begins.run, run.path, self.folder)
            run.write_state({"status": "queued", "created": time.time(), "workspace": self.workspace, **facts})
            write_json(run.spec_file, dict(document), indent=1)  # last: with it the run is there
        except OSError as error:
            shutil.rmtree(run.path, ignore_errors=True)
            raise _cannot_keep(error) from None
        except WrongInput:
            shutil.rmtree(run.path, ignore_errors=True)
            raise
        return run

    def _new_folder(self) -> RunFolder:
        self.folder.mkdir(parents=True, exist_ok=True)
        while True:
            run = RunFolder(self.folder / new_id())
            try:
                run.path.mkdir()
                return run
            except FileExistsError:
                continue

    def delete(self, id: str) -> None:
        """Move a run to the trash, from where `undelete` brings it back within a week."""
        run = self.run(id)
        if run.status() in ACTIVE:
            raise WrongInput(f"The run {id} is still training. Stop it first.")
        self.trash.mkdir(exist_ok=True)
        os.utime(run.path)  # the age in the trash counts from now
        os.replace(run.path, self.trash / id)
        self._empty(time.time() - TRASH_SECONDS)

    def undelete(self, id: str) -> RunFolder:
        """Bring a deleted run back."""
        there = self.trash / checked_id(id)
        if not there.is_dir():
            raise WrongInput(f"There is no deleted run {id}. Deleted runs are kept for a week.")
        os.replace(there, self.folder / id)
        return self.run(id)

    def _empty(self, before: float) -> None:
        for entry in os.scandir(self.trash):
            if entry.stat().st_mtime < before:
                shutil.rmtree(entry.path, ignore_errors=True)


def _cannot_keep(error: OSError) -> WrongInput:
    return WrongInput(f"The run cannot be kept in {places.home()}: {error.strerror}. Make room, or set DLVIZ_HOME.")
