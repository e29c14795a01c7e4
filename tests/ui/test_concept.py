"""Pictures of a concept, taken in by the page."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow
from streamlit.testing.v1 import AppTest

from dlviz.core.choice import Choice
from dlviz.core.problems import WrongInput
from dlviz.core.values import Image, Value
from dlviz.ui.explain import concept
from dlviz.ui.gallery import Gallery


def picture(value: int, name: str = "a.png") -> io.BytesIO:
    file = io.BytesIO()
    Pillow.fromarray(np.full((6, 6), value, np.uint8)).save(file, "PNG")
    file.seek(0)
    file.name = name
    return file


def test_the_same_pictures_are_kept_once(dlviz_home: Path) -> None:
    places = {concept.kept([picture(value) for value in range(6)])[0] for _ in range(2)}
    (place,) = places
    assert Path(place).is_relative_to(dlviz_home / "uploads")
    with zipfile.ZipFile(place) as archive:
        assert archive.namelist() == [f"{number:04d}.png" for number in range(6)]


def named(content: bytes, name: str) -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file


def test_what_is_no_picture_is_left_out_and_named(dlviz_home: Path) -> None:
    cut = picture(3).getvalue()[:45]
    place, broken = concept.kept([picture(1), named(b"\x80\x04pickle", "b.png"), picture(2), named(cut, "c.png")])
    with zipfile.ZipFile(place) as archive:
        assert archive.namelist() == ["0000.png", "0002.png"]
    assert [one.split(" (")[0] for one in broken] == ["b.png", "c.png"] and "no readable picture" in broken[0]


def test_where_there_is_no_picture_or_too_many_nothing_is_kept(
    dlviz_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert concept.kept([named(b"GIF89a", "a.png")])[0] == ""
    monkeypatch.setattr(concept, "_MOST", 2)
    with pytest.raises(WrongInput, match="at most 2 pictures. Received: 3"):
        concept.kept([picture(1), picture(2), picture(3)])
    monkeypatch.setattr(concept, "_BYTES", 100)
    with pytest.raises(WrongInput, match="Received: more"):
        concept.kept([picture(1), picture(2)])
    assert not list(dlviz_home.glob("uploads/*/*"))


def form_page(classes):
    import streamlit as st

    from dlviz.training.folder import RunFolder
    from dlviz.ui.explain import concept

    now = st.session_state.setdefault("now", {"randoms": 20})
    st.session_state["now"], st.session_state["lacks"] = concept.form(RunFolder("nowhere"), now, classes, "concept")


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The form over a gallery of eight examples of two classes."""
    entries = [
        {"index": 10 + at, "target": at % 2, "prediction": at % 2, "probability": 0.9, "certainty": 0.9, "error": None}
        for at in range(8)
    ]
    pictures = Value(Image(channels=1, height=2, width=2), np.zeros((8, 1, 2, 2), np.float32))
    monkeypatch.setattr(concept, "parts", lambda run: ["test"])
    monkeypatch.setattr(concept, "gallery", lambda run, part: Gallery(entries, pictures, "y", ("cat", "dog")))
    known = {"class": [Choice("cat", "cat"), Choice("dog", "dog")]}
    return AppTest.from_function(form_page, args=(known,), default_timeout=240).run()


def test_clicked_examples_show_a_concept_once_there_are_enough(form: AppTest) -> None:
    assert not form.exception and form.session_state["now"] == {"randoms": 20}
    assert form.session_state["lacks"] == "5 more examples must show the concept."
    form.text_input(key="concept.name").set_value("round").run()
    form.session_state["concept.test.chosen"] = [10, 12, 13, 14]  # as the picker does
    form.run()
    assert form.session_state["lacks"] == "1 more example must show the concept."
    form.session_state["concept.test.chosen"] = [10, 12, 13, 14, 16]
    form.run()
    assert form.session_state["lacks"] is None
    assert form.session_state["now"] == {
        "randoms": 20, "name": "round", "part": "test", "concept": [10, 12, 13, 14, 16],
    }  # fmt: skip
    form.button(key="concept.test.chosen.none").click().run()
    assert form.session_state["now"] == {"randoms": 20, "name": "round"}


def test_a_class_shows_a_concept(form: AppTest) -> None:
    form.button_group(key="concept.way").set_value("members").run()
    assert "Choose a class" in form.session_state["lacks"]
    form.selectbox(key="concept.members").set_value("dog").run()
    assert form.session_state["now"] == {"randoms": 20, "members": "dog"} and form.session_state["lacks"] is None


def test_sent_pictures_show_a_concept(form: AppTest, dlviz_home: Path) -> None:
    form.button_group(key="concept.way").set_value("path").run()
    assert form.session_state["lacks"] == "5 more pictures must show the concept."
    files = [(f"{value}.png", picture(value).getvalue(), "image/png") for value in range(5)]
    form.file_uploader(key="concept.files").set_value([*files, ("no.png", b"no picture", "image/png")]).run()
    assert not form.exception and form.session_state["lacks"] is None
    assert "no.png" in form.warning[0].value and Path(form.session_state["now"]["path"]).is_file()
