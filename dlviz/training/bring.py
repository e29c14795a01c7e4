"""Bring: a network that another program trained becomes a run that can be asked and explained.

`python -m dlviz.training.bring FOLDER`, a job of its own:

<folder>/request.json   {"model": path, "name": as its owner calls it, "title", "spec": {"data", "task", …}, "reading",
                        "runs": the folder of all runs, "workspace"}
<folder>/state.json     {"status": running | done | failed, "doing", "error", "seconds"}
<folder>/answer.json    {"run": its id, "notes": sentences}
<folder>/run/           the run while it is made; at its end it is moved to the others, whole
"""

from __future__ import annotations

import os
import shutil
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Any

from dlviz.core.files import read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.core.process import me
from dlviz.foreign.limits import ALL_SECONDS, MOST_MEMORY
from dlviz.foreign.session import limit_memory
from dlviz.training.brought import Doing, make
from dlviz.training.folder import RunFolder, new_id


def main(folder: str | Path) -> int:
    """Do what `request.json` asks, within limits of time and memory; 0 where it is done. The state tells what comes."""
    watch = _Watch(Path(folder))
    return work(Path(folder), watch.tell, watch.guard)


def work(folder: Path, tell: Callable[..., None], guard: Callable[[], None]) -> int:
    """The same; `guard` is called before the model is opened."""
    run = RunFolder(folder / "run")
    try:
        tell("running")
        request = read_record(folder / "request.json") or {}
        shutil.rmtree(run.path, ignore_errors=True)
        notes = make(run, request, Doing(lambda doing: tell("running", doing), guard))
        place = _moved(run, Path(str(request["runs"])))
        write_json(folder / "answer.json", {"run": place.name, "notes": notes})
        tell("done")
        return 0
    except WrongInput as error:
        tell("failed", error=str(error))
    except MemoryError:
        tell("failed", error=_MEMORY)
    except Exception as error:
        traceback.print_exc()
        first = (str(error).strip().splitlines() or [""])[0][:200]
        told = _MEMORY if "allocate memory" in first else f"The model cannot be read ({type(error).__name__}: {first})."
        tell("failed", error=told)
    shutil.rmtree(run.path, ignore_errors=True)
    return 1


_MEMORY = (
    f"The model needs more memory than the {MOST_MEMORY // 2**30} GB it may take, or than is free. Bring a smaller one."
)


def _moved(run: RunFolder, runs: Path) -> Path:
    runs.mkdir(parents=True, exist_ok=True)
    while True:
        place = runs / new_id()
        if not place.exists():
            os.replace(run.path, place)
            return place


class _Watch:
    """Writes the state, and ends the process when its time is up."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.began = folder, monotonic()
        self.state: dict[str, Any] = dict(me())

    def tell(self, status: str, doing: str = "", error: str | None = None) -> None:
        seconds = round(monotonic() - self.began, 3)
        self.state |= {"status": status, "doing": doing, "error": error, "seconds": seconds}
        write_json(self.folder / "state.json", self.state)

    def guard(self) -> None:
        """From here on a model from elsewhere is at work: little memory, little time."""
        limit_memory(MOST_MEMORY)
        timer = threading.Timer(ALL_SECONDS, self._give_up)
        timer.daemon = True
        timer.start()

    def _give_up(self) -> None:
        if self.state["status"] == "running":
            self.tell("failed", error=f"It took longer than {ALL_SECONDS:g} s. Bring a smaller network, or fewer data.")
            shutil.rmtree(self.folder / "run", ignore_errors=True)
            os._exit(1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
