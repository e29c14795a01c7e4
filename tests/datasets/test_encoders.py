"""Encoders: there and back, and learned from the training part alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from small_data import mixed_frame, picture, write_csv

from dlviz.core.problems import WrongInput
from dlviz.core.values import Image
from dlviz.datasets.digits import Digits
from dlviz.datasets.image_encoder import ImageEncoder
from dlviz.datasets.table import Table
from dlviz.datasets.table_encoder import NumberColumn, TableEncoder
from dlviz.datasets.vector_encoder import VectorEncoder


def encoder_of(path: str, target: str = "kind") -> TableEncoder:
    encoder = Table(path=path, target=target).load(0).encoders["row"]
    assert isinstance(encoder, TableEncoder)
    return encoder


def test_a_row_comes_back_as_it_was_written(tmp_path: Path) -> None:
    frame = mixed_frame()
    encoder = encoder_of(write_csv(tmp_path, frame))
    shown = encoder.decode(encoder.encode(frame))
    assert shown.kind.document()["columns"] == ["size", "color", "day", "weight"]
    back = pd.DataFrame(shown.data, columns=["size", "color", "day", "weight"])
    assert (back["color"] == frame["color"].replace("?", "")).all()
    assert (back["day"] == frame["day"]).all()
    assert ((back["size"] == "") == (frame["size"] == "")).all()
    known = frame["size"] != ""
    np.testing.assert_allclose(back["size"][known].astype(float), frame["size"][known].astype(float), rtol=1e-4)
    np.testing.assert_allclose(back["weight"].astype(float), frame["weight"].astype(float), rtol=1e-4)


def test_last_bits_are_not_shown() -> None:
    """What comes back of 0 is 0, not -0 or -7e-07, and of 0.42 is 0.42, whatever float32 made of them."""
    columns = (
        NumberColumn(name="age", mean=29.7, std=14.5, whole=False, gaps=False),
        NumberColumn(name="fare", mean=32.2, std=49.7, whole=False, gaps=False),
        NumberColumn(name="siblings", mean=0.52, std=1.1, whole=True, gaps=False),
    )
    encoder = TableEncoder(columns=columns)
    frame = pd.DataFrame({"age": ["0.42", "80"], "fare": ["0", "512.3292"], "siblings": ["0", "8"]})
    assert encoder.decode(encoder.encode(frame)).data.tolist() == [["0.42", "0", "0"], ["80", "512.329", "8"]]


def test_numbers_are_scaled_by_the_training_part(tmp_path: Path) -> None:
    data = Table(path=write_csv(tmp_path, mixed_frame()), target="kind").load(0)
    encoder = data.encoders["row"]
    at = encoder.groups()["weight"][0]
    column = data.train.columns["row"][:, at]
    assert abs(float(column.mean())) < 1e-5 and abs(float(column.std(correction=0)) - 1) < 1e-5


@pytest.mark.parametrize("target", ["kind", "weight"])
def test_changing_test_rows_changes_nothing_that_was_learned(tmp_path: Path, target: str) -> None:
    frame = mixed_frame()
    before = Table(path=write_csv(tmp_path, frame, "before.csv"), target=target).load(0)
    changed = frame.copy()
    rows = before.test.rows.tolist()
    changed.loc[rows, "size"] = [str(1000 + i) for i in rows]
    changed.loc[rows, "color"] = "violet"
    changed.loc[rows, "day"] = "2031-01-01"
    after = Table(path=write_csv(tmp_path, changed, "after.csv"), target=target).load(0)
    assert after.encoders == before.encoders
    assert after.fields == before.fields
    assert torch.equal(after.train.columns["row"], before.train.columns["row"])
    assert not torch.equal(after.test.columns["row"], before.test.columns["row"])


def test_rare_and_unknown_words_share_a_place(tmp_path: Path) -> None:
    frame = mixed_frame(400)
    frame["color"] = [f"shade {i}" if i % 40 == 0 else color for i, color in enumerate(frame["color"])]
    encoder = encoder_of(write_csv(tmp_path, frame))
    color = next(column for column in encoder.columns if column.name == "color")
    assert color.labels()[-2:] == ["color=(other)", "color=(missing)"]
    strange = frame.head(1).assign(color="never seen")
    row = encoder.encode(strange)[0]
    assert float(row[encoder.groups()["color"][-2]]) == 1 and float(row[encoder.groups()["color"]].sum()) == 1


def test_many_words_are_bounded(tmp_path: Path) -> None:
    frame = mixed_frame(400)
    frame["city"] = [f"city{i % 80}" for i in range(400)]
    data = Table(path=write_csv(tmp_path, frame), target="kind", max_categories=10).load(0)
    assert len(data.encoders["row"].groups()["city"]) == 11


def test_groups_cover_each_position_once(tmp_path: Path) -> None:
    encoder = encoder_of(write_csv(tmp_path, mixed_frame()))
    places = [place for group in encoder.groups().values() for place in group]
    assert places == list(range(len(encoder.names())))


def test_a_file_to_predict_needs_no_target_and_may_be_written_otherwise(tmp_path: Path) -> None:
    frame = mixed_frame()
    encoder = encoder_of(write_csv(tmp_path, frame))
    plain = frame.head(5)[["weight", "day", "color", "size"]]
    german = {name: plain[name].str.replace(".", ",") for name in ("weight", "size")}
    path = write_csv(tmp_path, plain.assign(**german), "new.csv", sep=";")
    np.testing.assert_allclose(encoder.encode(encoder.read(path)), encoder.encode(frame.head(5)), rtol=1e-5)
    with pytest.raises(WrongInput, match="Missing: `color`"):
        encoder.read(write_csv(tmp_path, plain.drop(columns="color"), "short.csv"))


def test_a_file_without_names_can_be_predicted_from(tmp_path: Path) -> None:
    frame = mixed_frame()
    path = tmp_path / "bare.csv"
    frame.to_csv(path, index=False, header=False)
    encoder = encoder_of(str(path), "column_5")
    rest = tmp_path / "rest.csv"
    frame.head(4).drop(columns="kind").to_csv(rest, index=False, header=False)
    whole = tmp_path / "whole.csv"
    frame.head(4).to_csv(whole, index=False, header=False)
    assert torch.equal(encoder.encode(encoder.read(str(rest))), encoder.encode(encoder.read(str(whole))))


def test_pictures_come_back() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (6, 3, 5, 4), dtype=np.uint8)
    encoder = ImageEncoder.learn(pixels)
    tensor = encoder.encode(pixels)
    assert tensor.shape == (6, 3, 5, 4)
    assert torch.allclose(tensor.mean(dim=(0, 2, 3)), torch.zeros(3), atol=1e-5)
    assert torch.allclose(tensor.std(dim=(0, 2, 3), correction=0), torch.ones(3), atol=1e-5)
    shown = encoder.decode(tensor)
    assert shown.kind == Image(channels=3, height=5, width=4)
    np.testing.assert_allclose(shown.data, pixels / 255, atol=1e-6)


def test_a_picture_of_any_form_is_read(tmp_path: Path) -> None:
    encoder = Digits().load(0).encoders["image"]
    for form, mode in (("PNG", "RGBA"), ("JPEG", "CMYK"), ("PNG", "P"), ("BMP", "RGB")):
        path = tmp_path / f"picture.{form.lower()}"
        path.write_bytes(picture(100, 40, mode, form=form))
        assert encoder.encode(encoder.read(str(path))).shape == (1, 1, 8, 8)
    bad = tmp_path / "script.png"
    bad.write_text("#!/bin/sh\necho hello\n")
    with pytest.raises(WrongInput, match="must be a picture"):
        encoder.read(str(bad))
    with pytest.raises(WrongInput, match="no picture"):
        encoder.read(str(tmp_path / "absent.png"))


def test_points_are_read_from_a_table(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("y,x\n1.5,2\n-3,4\n")
    encoder = VectorEncoder(names=("x", "y"))
    assert encoder.encode(encoder.read(str(path))).tolist() == [[2, 1.5], [4, -3]]
    path.write_text("y,x\n1.5,two\n-3,4\n")
    with pytest.raises(WrongInput, match="row 1, `x`: `two`"):
        encoder.read(str(path))
