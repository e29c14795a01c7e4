"""What goes on inside the layers of a run: signals, distributions, embedding, hardest examples, confusions."""

from __future__ import annotations

from dlviz.training.folder import RunFolder
from dlviz.training.moments import Moments
from dlviz.ui import folds
from dlviz.ui.components.signals import signals


def show(run: RunFolder, status: str, at: int | None) -> None:
    """The fold with all of it, as it stood at step `at` (None: now)."""
    fold = folds.section("signals", "Inside the layers", ":material/monitor_heart:", open=False)
    if fold.open:
        with fold:
            signals(run.id, status, at, _skipped(run), key=f"signals-{run.id}")


def _skipped(run: RunFolder) -> dict[str, str]:
    """Why a probe did not look at the newest moment, by its name."""
    moments = Moments(run.path / "moments")
    latest = moments.latest()
    moment = moments.read(latest) if latest is not None else None
    return moment.skipped if moment is not None else {}
