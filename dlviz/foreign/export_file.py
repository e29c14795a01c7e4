"""A program of `torch.export`, read without torch's own loader: its graph (JSON) and its weights (raw bytes).

`torch.export.load` unpickles: example inputs and odd weights by `torch.load(weights_only=False)`, custom objects by
`pickle.loads`; it also evaluates the text of symbolic sizes. None of that is needed to run the graph, so none is read.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.datasets.archive import check_members
from dlviz.foreign.limits import MOST_BYTES, check_file, numbers

#: The version of the form that is understood, as torch 2.13 writes it.
SCHEMA = 8
#: The most bytes of a graph.
_MOST_JSON = 64 * 2**20
#: The form's number of an element type → torch's.
DTYPES = {
    1: torch.uint8, 2: torch.int8, 3: torch.int16, 4: torch.int32, 5: torch.int64, 6: torch.float16, 7: torch.float32,
    8: torch.float64, 12: torch.bool, 13: torch.bfloat16,
}  # fmt: skip
#: Half precision, which is computed as float32.
HALF = (torch.float16, torch.bfloat16)
Json = Mapping[str, Any]


@dataclass(frozen=True)
class ExportFile:
    """`graph` and `signature` as they stand in the file; weights by their name there."""

    graph: Json
    signature: Json
    weights: dict[str, Tensor]


def read(path: Path, name: str = "") -> ExportFile:
    """The program in a file. Raises `WrongInput` where it is damaged, too large, or needs what would have to be
    unpickled."""
    name = name or path.name
    check_file(path, name)
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            check_members(members, name, "weights")
            if sum(member.file_size for member in members) > 2 * MOST_BYTES:
                raise WrongInput(f"{name} may unpack to at most {2 * MOST_BYTES // 2**20} MB. Received: more.")
            return _program(_Archive(archive, {member.filename: member for member in members}, name))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise WrongInput(f"{name} is damaged ({str(error)[:80]}). Export it anew.") from None
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RecursionError) as error:
        if isinstance(error, WrongInput):
            raise
        raise WrongInput(
            f"{name} is damaged, or written by a torch that writes otherwise ({type(error).__name__}). "
            "Export it anew with torch 2.13."
        ) from None


@dataclass(frozen=True)
class _Archive:
    """The files in the zip; all stand in one folder of any name."""

    archive: zipfile.ZipFile
    members: dict[str, zipfile.ZipInfo]
    name: str

    def find(self, ending: str) -> list[str]:
        return sorted(member for member in self.members if member.partition("/")[2].startswith(ending))

    def bytes(self, member: str, most: int) -> bytes:
        info = self.members[member]
        if info.file_size > most:
            raise WrongInput(f"{self.name}: `{member[:60]}` may have at most {most:,} bytes. Received: more.")
        with self.archive.open(info) as stream:
            content = stream.read(most + 1)
        if len(content) != info.file_size:
            raise WrongInput(f"{self.name} is damaged: `{member[:60]}` is not as long as it says. Export it anew.")
        return content

    def json(self, member: str) -> Any:
        return json.loads(self.bytes(member, _MOST_JSON))


def _program(archive: _Archive) -> ExportFile:
    models = archive.find("models/")
    if len(models) != 1:
        raise WrongInput(f"{archive.name} must hold one program. Received: {len(models)}. Save one alone.")
    document = archive.json(models[0])
    version = document["schema_version"]["major"]
    if version != SCHEMA:
        raise WrongInput(
            f"{archive.name} is written in version {version} of torch.export's form; version {SCHEMA} is read. "
            "Export it anew with torch 2.13, or to ONNX."
        )
    weights: dict[str, Tensor] = {}
    for folder in ("weights", "constants"):
        for member in archive.find(f"data/{folder}/"):
            if member.endswith("_config.json"):
                top = member.rpartition("/")[0]
                weights |= _weights(archive, top, archive.json(member)["config"])
    module = document["graph_module"]
    return ExportFile(module["graph"], module["signature"], weights)


def _weights(archive: _Archive, folder: str, config: Json) -> dict[str, Tensor]:
    raw: dict[str, bytes] = {}
    found, room = {}, 0
    for name, told in config.items():
        meta, place = told["tensor_meta"], str(told["path_name"])
        if told["use_pickle"] or meta is None:
            raise WrongInput(
                f"{archive.name}: `{name[:60]}` is pickled, and a pickle can run any program when it is opened, so it "
                "is not. Export a model whose weights are plain tensors on the CPU."
            )
        if place not in raw:
            raw[place] = archive.bytes(f"{folder}/{place}", MOST_BYTES)
        found[name] = _tensor(raw[place], meta, f"{archive.name}: `{name[:60]}`")
        room += found[name].nbytes
        if room > 2 * MOST_BYTES:
            raise WrongInput(f"{archive.name}: its weights may take at most {2 * MOST_BYTES // 2**20} MB in memory.")
    return found


def _tensor(content: bytes, meta: Json, name: str) -> Tensor:
    """A weight as it lies in raw bytes, its own copy."""
    dtype = DTYPES.get(meta["dtype"])
    if dtype is None or meta["layout"] != 7:
        raise WrongInput(f"{name} must be a dense tensor of usual numbers. Export the model anew, in float32.")
    sizes, strides = ([int(size["as_int"]) for size in meta[key]] for key in ("sizes", "strides"))
    count = numbers(sizes, name)
    if not content or not count:
        return torch.zeros(sizes, dtype=dtype)
    flat = torch.frombuffer(bytearray(content), dtype=dtype)
    if count > len(flat):
        raise WrongInput(f"{name} says that it holds {count:,} numbers, and has {len(flat):,}. Export it anew.")
    shaped = torch.as_strided(flat, sizes, strides, int(meta["storage_offset"]["as_int"]))
    whole = shaped.clone(memory_format=torch.contiguous_format)
    return whole.float() if dtype in HALF else whole
