"""The pictures of a run: what its network sees and says just now, as its worker left them in the run's folder."""

from __future__ import annotations

import zipfile
from pathlib import Path

import streamlit as st

from dlviz.core.values import Value
from dlviz.training.folder import RunFolder
from dlviz.training.moments import Moments
from dlviz.ui import figures

#: What stands first; whatever else a task draws follows by name.
ORDER = ("surface", "points", "reconstructed", "made", "plane", "latent", "confusion", "predicted", "samples")
PARTS = (
    "The validation part is looked at during training, the test part only once, at the end: it alone tells how good "
    "the network is on new examples."
)


def names(folder: Path) -> list[str]:
    """The views in a folder, in the order in which they are shown."""
    found = {path.stem for path in folder.glob("*.json")} if folder.is_dir() else set()
    return [name for name in ORDER if name in found] + sorted(found - set(ORDER))


def load(folder: Path, name: str) -> Value | None:
    """A view, or None where its two files do not fit together because the worker is just writing them anew."""
    try:
        return Value.load(folder / name)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None


def show(run: RunFolder, at: int | None = None) -> None:
    """All views of a run: of the validation part while it trains, of the test part once that was measured; of a step
    in its past, `at`, those that were kept at the moment nearest before it."""
    if at is not None:
        _past(run, at)
        return
    measured = run.views / "test"
    has_test = bool(names(measured))
    part = "test" if has_test else "validation"
    if not has_test and not names(run.views):
        return
    _title(run.views, PARTS)
    if has_test:
        part = st.segmented_control(
            "Examples of which part", ["test", "validation"], default="test", required=True, key=f"part-{run.id}",
            label_visibility="collapsed", format_func=lambda name: f"{name} examples",
        )  # fmt: skip
    _draw(run, measured if part == "test" else run.views)


def _past(run: RunFolder, at: int) -> None:
    """The views at a step of the past, and which step they are of where it is another."""
    moments = Moments(run.path / "moments")
    drawn = [step for step in moments.steps() if names(moments.views(step))]
    kept = [step for step in drawn if step <= at]
    if not kept:
        _title(run.views, PARTS)
        first = f"the first picture that was kept is of step {drawn[0]:,}" if drawn else "no picture was kept"
        st.caption(
            f"These take long to draw, so they come seldom: {first}. The curves and the network above show this moment "
            "all the same."
        )
        return
    folder = moments.views(kept[-1])
    _title(folder, PARTS)
    if kept[-1] != at:
        st.caption(f"As it was at step {kept[-1]:,}, the nearest moment before at which pictures were drawn.")
    _draw(run, folder)


def _title(folder: Path, help: str) -> None:
    makes = {"made", "points"} & set(names(folder))
    st.subheader("What it makes" if makes else "What it predicts", anchor=False, help=help)


def _draw(run: RunFolder, folder: Path) -> None:
    shown = names(folder)
    loaded = [(name, value) for name in shown if (value := load(folder, name)) is not None]
    drawn = [(name, value) for name, value in loaded if not figures.is_table(value)]
    columns = st.columns(2, gap="large") if len(drawn) > 1 else [st.container(width=560)]
    for number, (name, value) in enumerate(drawn):
        with columns[number % len(columns)]:
            figures.show(value, key=f"view-{run.id}-{name}")
    for name, value in loaded:
        if figures.is_table(value):
            figures.show(value, key=f"view-{run.id}-{name}")
