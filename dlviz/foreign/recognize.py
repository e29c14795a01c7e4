"""Recognize: what form a model's file has, by its content. Nothing in it is unpickled, and nothing is unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from dlviz.core.problems import WrongInput
from dlviz.foreign.limits import EXPORT, check_file

#: "export": a program of torch.export; "weights": safetensors, whose network a spec describes.
Format = Literal["onnx", "export", "weights"]

_PICKLE = f"can run any program when it is opened, so dlviz never opens one. {EXPORT}"
#: Endings that promise what is never opened, whatever stands in the file.
_ENDINGS = {
    (".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib", ".dill", ".sav", ".mar"): f"a pickle: it {_PICKLE}",
    (".h5", ".hdf5", ".keras"): f"a Keras model: its layers may hold code. {EXPORT} Keras 3 exports with "
    'model.export("model.onnx", format="onnx").',
    (".pb", ".tflite", ".mlmodel", ".gguf"): f"a form that is not read. {EXPORT}",
}
#: How files begin, and what they are.
_BEGINNINGS = (
    (b"\x89HDF\r\n\x1a\n", f"an HDF5 file, as Keras writes them: its layers may hold code. {EXPORT}"),
    (b"\x1f\x8b", f"packed with gzip, as joblib writes pickles. A pickle {_PICKLE}"),
    (b"BZh", f"packed with bzip2, as joblib writes pickles. A pickle {_PICKLE}"),
    (b"\xfd7zXZ\x00", f"packed with xz, as joblib writes pickles. A pickle {_PICKLE}"),
    (b"\x93NUMPY", f"a single array. {EXPORT}"),
    (b"GGUF", f"a GGUF file. {EXPORT}"),
)
#: What ONNX files begin with: the field `ir_version`, or, in another order, the name of what wrote them or its graph.
_ONNX = (0x08, 0x12, 0x1A, 0x22, 0x2A, 0x32, 0x3A, 0x42)


def recognized(path: Path, name: str = "") -> Format:
    """The form of a model's file. `name`: as its owner calls it.

    Raises `WrongInput` where it is a pickle, or anything else that is not read, with the way out.
    """
    name = name or path.name
    check_file(path, name)
    for endings, what in _ENDINGS.items():
        if name.lower().endswith(endings):
            raise _refused(name, what)
    with path.open("rb") as file:
        head = file.read(64)
    for beginning, what in _BEGINNINGS:
        if head.startswith(beginning):
            raise _refused(name, what)
    if head.startswith(b"PK"):
        return _zipped(path, name)
    if _pickled(head):
        raise _refused(name, f"a pickle: it {_PICKLE}")
    if head[4:8] == b"TFL3":
        raise _refused(name, f"a TensorFlow Lite model. {EXPORT}")
    if len(head) > 8 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < path.stat().st_size:
        return "weights"
    if head[0] in _ONNX:
        return "onnx"
    raise _refused(name, f"none of them. {EXPORT}")


def _pickled(head: bytes) -> bool:
    """Whether it begins as pickles do: with their version, or, in the oldest, with a letter that is an opcode; zlib's
    first byte stands before the pickles that joblib packs."""
    return head[:1] == b"\x80" or head[:1] in (b"(", b"c", b"]", b"}", b"\x78") and head[1:2] != b"{"


def _zipped(path: Path, name: str) -> Format:
    try:
        with zipfile.ZipFile(path) as archive:
            inside = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        raise WrongInput(
            f"{name} is a damaged zip: its table of contents cannot be read. Export the model anew."
        ) from None
    below = {entry.partition("/")[2] or entry for entry in inside}
    if "archive_format" in below and any(entry.startswith("models/") for entry in below):
        return "export"
    if "serialized_exported_program.json" in inside:
        raise _refused(name, f"a program of an older torch, whose weights are pickled. A pickle {_PICKLE}")
    if any(entry.rpartition("/")[2] in ("data.pkl", "constants.pkl") for entry in inside):
        raise _refused(name, f"a pickle in a zip, as torch.save and torch.jit.save write it: it {_PICKLE}")
    if any(entry.endswith(".h5") for entry in inside):
        raise _refused(name, f"a Keras model: its layers may hold code. {EXPORT}")
    raise _refused(name, f"a zip with no program of torch.export in it. {EXPORT}")


def _refused(name: str, what: str) -> WrongInput:
    return WrongInput(
        f"A model must be an ONNX file, a program of torch.export (.pt2) or safetensors. Received: {name}, {what}"
    )
