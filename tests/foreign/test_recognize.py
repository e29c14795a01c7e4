"""A model's form is told by its content; what would have to be unpickled is refused with the way out, never opened."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path

import nets
import pytest
import safetensors.torch
import torch

from dlviz.core.problems import WrongInput
from dlviz.foreign.limits import MOST_BYTES
from dlviz.foreign.recognize import recognized


def refused(path: Path, *words: str) -> None:
    with nets.nothing_unpickles(), pytest.raises(WrongInput) as error:
        recognized(path)
    for word in ("Received", *words):
        assert word in str(error.value)


def test_the_three_forms(tmp_path: Path) -> None:
    network, x = nets.cnn(), nets.pictures(2)
    safetensors.torch.save_file(network.state_dict(), tmp_path / "a.safetensors")
    assert recognized(tmp_path / "a.safetensors") == "weights"
    assert recognized(nets.write_onnx(network, x, tmp_path / "a.onnx")) == "onnx"
    assert recognized(nets.write_export(network, x, tmp_path / "a.pt2")) == "export"


@pytest.mark.parametrize("name", ["net.pt", "net.pth", "net.pkl", "net.joblib", "net.ckpt", "NET.PTH"])
def test_names_of_pickles_are_refused_with_the_way_out(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x08\x08anything")
    refused(tmp_path / name, "any program", "safetensors", "torch.onnx.export", "torch.export.save")


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_under_another_name_are_refused_by_their_content(tmp_path: Path, protocol: int) -> None:
    mark = tmp_path / "harmed"
    (tmp_path / "net.onnx").write_bytes(pickle.dumps(nets.Harm(mark), protocol=protocol))
    refused(tmp_path / "net.onnx", "pickle")
    assert not mark.exists()


def test_what_torch_save_writes_is_refused_under_any_name(tmp_path: Path) -> None:
    torch.save(nets.cnn().state_dict(), tmp_path / "net.pt2")
    refused(tmp_path / "net.pt2", "torch.save", "pickle")
    torch.save(nets.cnn().state_dict(), tmp_path / "net.onnx", _use_new_zipfile_serialization=False)
    refused(tmp_path / "net.onnx", "pickle")


@pytest.mark.parametrize("name, content, word", [
    ("net.h5", b"\x89HDF\r\n\x1a\n", "Keras"), ("net.onnx", b"\x89HDF\r\n\x1a\n" + b"0" * 60, "HDF5"),
    ("net.keras", b"PK\x03\x04", "Keras"), ("net.onnx", b"\x1f\x8b\x08" + b"0" * 60, "gzip"),
    ("net.onnx", b"\x78\x9c" + b"0" * 60, "pickle"), ("net.onnx", b"hello", "none of them"),
    ("net.onnx", b"\x1c\0\0\0TFL3", "TensorFlow Lite"), ("saved_model.pb", b"\x08\x01", "not read"),
])  # fmt: skip
def test_other_forms_are_refused_by_name(tmp_path: Path, name: str, content: bytes, word: str) -> None:
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, word)


def test_zips_that_hold_no_program_are_refused(tmp_path: Path) -> None:
    for inside, word in (("model.weights.h5", "Keras"), ("a.txt", "no program"), ("x/data.pkl", "pickle")):
        with zipfile.ZipFile(tmp_path / "net.pt2", "w") as archive:
            archive.writestr(inside, b"1")
        refused(tmp_path / "net.pt2", word)
    (tmp_path / "net.pt2").write_bytes(b"PK\x03\x04 and nothing more")
    with pytest.raises(WrongInput, match="damaged zip"):
        recognized(tmp_path / "net.pt2")


def test_missing_empty_and_too_large_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="no file"):
        recognized(tmp_path / "none.onnx")
    (tmp_path / "empty.onnx").touch()
    with pytest.raises(WrongInput, match="is empty"):
        recognized(tmp_path / "empty.onnx")
    with (tmp_path / "large.onnx").open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # takes no room on the disk
    with pytest.raises(WrongInput, match="at most 512 MB"):
        recognized(tmp_path / "large.onnx")
    with pytest.raises(WrongInput, match="one file"):
        recognized(tmp_path)
