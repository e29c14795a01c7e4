"""Picture folders: all sizes and modes, parts where folders name them, broken files counted and not fatal."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image as Pictures
from small_data import picture, two_classes, zip_of

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Image
from dlviz.datasets.image_folder import ImageFolder
from dlviz.datasets.pictures import decoded, is_grey, opened
from dlviz.datasets.preview import preview_pictures


def saved(image: Pictures.Image, form: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def test_zip_and_folder_give_the_same(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "p.zip", two_classes())
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "folder")
    zipped, plain = ImageFolder(path=path).load(1), ImageFolder(path=str(tmp_path / "folder")).load(1)
    assert zipped.fields == plain.fields and zipped.encoders == plain.encoders
    assert zipped.test.columns["image"].tolist() == plain.test.columns["image"].tolist()
    assert zipped.fields.targets["label"] == Category(names=("cats", "dogs"))
    assert zipped.fields.inputs["image"] == Image(channels=3, height=12, width=12)
    assert zipped.warnings == []


@pytest.mark.parametrize("top", ["", "my pictures/", "a/b/"])
def test_a_folder_around_all_is_looked_through(tmp_path: Path, top: str) -> None:
    files = {f"{top}{name}": content for name, content in two_classes().items()}
    files |= {f"__MACOSX/{top}cats/._1.png": b"junk", f"{top}.DS_Store": b"x", f"{top}dogs/Thumbs.db": b"x"}
    data = ImageFolder(path=zip_of(tmp_path / "p.zip", files)).load()
    assert data.fields.size == 16 and data.warnings == []


def test_named_parts_are_kept(tmp_path: Path) -> None:
    files = {f"Training/{name}": content for name, content in two_classes(10).items()}
    files |= {f"test/{name}": picture(120, seed=900 + i) for i, name in enumerate(two_classes(4))}
    data = ImageFolder(path=zip_of(tmp_path / "p.zip", files)).load()
    assert (len(data.train), len(data.validation), len(data.test)) == (17, 3, 8)
    files |= {f"val/{name}": picture(150, seed=700 + i) for i, name in enumerate(two_classes(3))}
    data = ImageFolder(path=zip_of(tmp_path / "q.zip", files)).load()
    assert (len(data.train), len(data.validation), len(data.test)) == (20, 6, 8)
    assert preview_pictures(str(tmp_path / "q.zip")).parts == {"train": 20, "test": 8, "validation": 6}


def test_broken_files_are_counted_and_named(tmp_path: Path) -> None:
    files = two_classes(12)
    files["cats/cut.png"] = picture(20, 200)[:300]
    files["dogs/none.jpg"] = b"this is no picture"
    files["dogs/empty.png"] = b""
    files["dogs/readme.txt"] = b"hello"
    files["stray.png"] = picture(90)
    data = ImageFolder(path=zip_of(tmp_path / "p.zip", files)).load()
    assert sum(map(len, (data.train, data.validation, data.test))) == 24
    said = " ".join(data.warnings)
    assert "3 of 27 pictures could not be read" in said
    assert all(name in said for name in ("cats/cut.png", "dogs/none.jpg", "dogs/empty.png"))
    assert "not pictures were left out: 1." in said and "no class folder were left out: 1." in said
    assert ImageFolder(path=str(tmp_path / "p.zip")).describe() == data.fields


def test_every_mode_is_understood() -> None:
    ramp = np.linspace(0, 255, 64).reshape(8, 8)
    grey = Pictures.fromarray(ramp.astype(np.uint8))
    sixteen = Pictures.fromarray((ramp * 257).astype(np.uint16))
    expected = ramp.astype(np.uint8)
    for image in (grey, sixteen, grey.convert("RGB"), grey.convert("P"), grey.convert("RGBA"), grey.convert("LA")):
        content = saved(image)
        got = decoded(opened(content, "x"), 1, 8, 8, "stretch")[0]
        assert got.dtype == np.uint8 and np.abs(got.astype(int) - expected).max() <= 2, image.mode
        assert is_grey(opened(content, "x"))
    cmyk = decoded(opened(saved(grey.convert("CMYK"), "JPEG", quality=98), "x"), 3, 8, 8, "stretch")
    assert cmyk.shape == (3, 8, 8) and np.abs(cmyk[0].astype(int) - expected).max() < 20
    floats = decoded(opened(saved(Pictures.fromarray(ramp.astype(np.float32) / 255), "TIFF"), "x"), 1, 8, 8, "stretch")
    assert np.abs(floats[0].astype(int) - expected).max() <= 2
    clear = Pictures.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert (decoded(opened(saved(clear), "x"), 3, 8, 8, "stretch") == 255).all()  # what is transparent is white


def test_pictures_are_set_upright() -> None:
    wide = Pictures.fromarray(np.repeat(np.array([[0, 255]], dtype=np.uint8), 4, axis=1).repeat(4, axis=0))
    exif = Pictures.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    turned = decoded(opened(saved(wide, "JPEG", exif=exif, quality=95), "x"), 1, 8, 4, "stretch")[0]
    assert turned[0].mean() < 40 and turned[-1].mean() > 215


@pytest.mark.parametrize(("fit", "corner"), [("crop", 255), ("pad", 0), ("stretch", 255)])
def test_how_a_picture_becomes_square(fit: Any, corner: int) -> None:
    wide = Pictures.new("L", (40, 20), 255)
    got = decoded(opened(saved(wide), "x"), 1, 10, 10, fit)[0]
    assert got[0, 0] == corner and got[5, 5] == 255


def test_grey_pictures_give_one_channel_and_settings_overrule(tmp_path: Path) -> None:
    files = {name: picture(40 if "cats" in name else 200, 30, "L", i) for i, name in enumerate(two_classes())}
    path = zip_of(tmp_path / "p.zip", files)
    assert ImageFolder(path=path).describe().inputs["image"] == Image(channels=1, height=30, width=30)
    asked = ImageFolder(path=path, size=16, colors="rgb")
    assert asked.describe().inputs["image"] == Image(channels=3, height=16, width=16)
    assert asked.load().train.columns["image"].shape[1:] == (3, 16, 16)


def test_repeated_pictures_are_told(tmp_path: Path) -> None:
    files = {f"{name}/{i}.png": picture(90, seed=7) for name in ("a", "b") for i in range(20)}
    data = ImageFolder(path=zip_of(tmp_path / "p.zip", files)).load()
    assert any("Repeated pictures: 6 of 6 validation" in warning for warning in data.warnings)


def test_what_is_no_set_of_classes_is_refused(tmp_path: Path) -> None:
    pictures = two_classes()
    cats = {name: content for name, content in pictures.items() if "cats" in name}
    cases: list[tuple[dict[str, bytes], str]] = [
        ({}, "nothing in it"),
        ({"a.txt": b"x", "b.csv": b"y"}, r"must hold pictures.*1 × \.txt"),
        (cats, "one class only, `cats`"),
        ({name.split("/")[1]: content for name, content in cats.items()}, "without a folder"),
        (cats | {"dogs/1.png": picture(3)}, r"at least 3 readable pictures.*`dogs` \(1\)"),
        (cats | {f"dogs/{i}.png": b"broken" for i in range(5)}, r"`dogs` \(0\)"),
        ({f"{name}/{i}.png": b"broken" for name in "ab" for i in range(5)}, "no picture could be read"),
    ]
    for files, match in cases:
        with pytest.raises(WrongInput, match=match):
            ImageFolder(path=zip_of(tmp_path / "p.zip", files)).load()
    shutil.copytree(Path(__file__).parent, tmp_path / "code")
    with pytest.raises(WrongInput, match="must hold pictures"):
        ImageFolder(path=str(tmp_path / "code")).describe()
    for nowhere in ("/nowhere/at/all", "\0", "x" * 5000):
        with pytest.raises(WrongInput, match="no folder or zip"):
            ImageFolder(path=nowhere).describe()


def test_what_is_more_than_memory_holds_lies_on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLVIZ_HOME", str(tmp_path))
    folder = ImageFolder(path=zip_of(tmp_path / "p.zip", two_classes()))
    resident = folder.load()
    assert not resident.train.on_disk
    monkeypatch.setenv("DLVIZ_MEMORY", "1000")
    stored = folder.load()
    assert stored.train.on_disk and "read from disk" in " ".join(stored.warnings)
    for part in ("train", "validation", "test"):
        here, there = resident.part(part).columns, stored.part(part).columns
        assert all(torch.equal(here[name], there[name]) for name in here)
    assert list((tmp_path / "cache" / "columns").iterdir()) == [], "the file goes with the process"


def test_what_is_more_than_the_disk_holds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DLVIZ_HOME", str(tmp_path))
    monkeypatch.setenv("DLVIZ_MEMORY", "1000")
    monkeypatch.setattr("dlviz.datasets.on_disk._DISK_SHARE", 0.0)
    with pytest.raises(WrongInput, match="more than is free on disk"):
        ImageFolder(path=zip_of(tmp_path / "p.zip", two_classes())).describe()


def test_names_of_classes_are_plain_text(tmp_path: Path) -> None:
    contents = {f"{name}/{i}.png": picture(i) for name in ("\u00b2", "b\x1b[31m", "c\u202e") for i in range(4)}
    fields = ImageFolder(path=zip_of(tmp_path / "p.zip", contents)).load().fields
    assert fields.targets["label"] == Category(names=("b\ufffd[31m", "c\ufffd", "\u00b2"))
