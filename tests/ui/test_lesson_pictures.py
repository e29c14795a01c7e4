"""Each lesson's card has a picture of its own name, or one that is named here as having none."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

ROOT = Path(__file__).parents[2]
#: Drawn by hand one day.
WITHOUT = {"20-shakespeare"}


def test_lessons_and_pictures_bear_the_same_names() -> None:
    lessons = {Path(str(file)).stem for file in files("dlviz.lessons").iterdir() if str(file).endswith(".yaml")}
    pictures = {file.stem for file in (ROOT / "assets" / "lessons").glob("*.svg")}
    assert pictures == lessons - WITHOUT
