"""Atomic writes; values saved and read back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from dlviz.core.files import read_json, replace_with, write_json
from dlviz.core.part import family
from dlviz.core.values import Category, Image, Kind, Value


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    write_json(path, {"a": 1})

    def broken(temporary: Path) -> None:
        temporary.write_text("half")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        replace_with(path, broken)
    assert read_json(path) == {"a": 1}
    assert [file.name for file in tmp_path.iterdir()] == ["state.json"]


def test_a_missing_file_reads_as_the_default(tmp_path: Path) -> None:
    assert read_json(tmp_path / "none.json", 3) == 3


def test_a_value_round_trips(tmp_path: Path) -> None:
    kind = Category(names=("cat", "dog"))
    value = Value(kind, np.array([[0.2, 0.8]]), "which", "a dog", {"words": np.array(["é", "b"])})
    value.save(tmp_path / "answer.v1")
    again = Value.load(tmp_path / "answer.v1")
    assert again.kind == kind and again.title == "which" and again.note == "a dog"
    np.testing.assert_array_equal(again.data, value.data)
    np.testing.assert_array_equal(again.more["words"], value.more["words"])


def test_objects_are_never_written_or_read(tmp_path: Path) -> None:
    value = Value(Category(names=("a",)), np.array([{"code": 1}], dtype=object))
    with pytest.raises(ValueError, match="[Oo]bject"):
        value.save(tmp_path / "bad")
    assert list(tmp_path.iterdir()) == []


def test_kinds_know_their_shapes() -> None:
    assert Image(channels=3, height=4, width=5).shape() == (3, 4, 5)
    assert Category(names=("a",)).shape() == ()
    for name in family("kinds"):
        assert issubclass(family("kinds")[name], Kind)
