"""Pictures of a concept, taken in by the page."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from dlviz.core.problems import WrongInput
from dlviz.ui.explain import concept


def picture(value: int, name: str = "a.png") -> io.BytesIO:
    file = io.BytesIO()
    Pillow.fromarray(np.full((6, 6), value, np.uint8)).save(file, "PNG")
    file.seek(0)
    file.name = name
    return file


def test_the_same_pictures_are_kept_once(dlviz_home: Path) -> None:
    places = {concept.kept([picture(value) for value in range(6)]) for _ in range(2)}
    (place,) = places
    assert Path(place).is_relative_to(dlviz_home / "uploads")
    with zipfile.ZipFile(place) as archive:
        assert archive.namelist() == [f"{number:04d}.png" for number in range(6)]


def test_what_is_no_picture_is_refused_and_nothing_kept(dlviz_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = io.BytesIO(b"\x80\x04pickle")
    wrong.name = "b.png"
    with pytest.raises(WrongInput, match="`b.png` must be a picture"):
        concept.kept([picture(1), wrong])
    monkeypatch.setattr(concept, "_MOST", 2)
    with pytest.raises(WrongInput, match="at most 2 pictures. Received: 3"):
        concept.kept([picture(1), picture(2), picture(3)])
    monkeypatch.setattr(concept, "_BYTES", 100)
    with pytest.raises(WrongInput, match="Received: more"):
        concept.kept([picture(1), picture(2)])
    assert not list(dlviz_home.glob("uploads/*/*"))
