"""Frames: arrays to draw with a header, as bytes that a browser reads without copying.

    b"DLVF" · uint32 (little-endian): length of the header · the header, JSON in UTF-8, padded with spaces
    · the arrays back to back, each padded to a multiple of 8

The header: {"probe", "step", "epoch", "meta": {…}, "arrays": [{"name", "dtype": "u1" | "f4" | "i4", "shape", "at"}]},
`at` counted in bytes from the start of the body, which is at a multiple of 8.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dlviz.core.values import Array

MAGIC = b"DLVF"
#: What an array may hold; all little-endian.
DTYPES: dict[str, np.dtype[Any]] = {"u1": np.dtype("u1"), "f4": np.dtype("<f4"), "i4": np.dtype("<i4")}
_ALIGNED = 8


@dataclass(frozen=True)
class Frame:
    """What one probe saw at one step: arrays by name, and what a reader must know of them."""

    probe: str
    step: int = 0
    epoch: float = 0.0
    meta: dict[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, Array] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many bytes its numbers take."""
        return sum(array.nbytes for array in self.arrays.values())


def quantized(values: Array, low: float, high: float) -> Array:
    """Numbers as bytes: 0 is `low`, 255 is `high`; what lies outside is cut off, what is no number is as 0.

    A reader gets them back as low + byte / 255 · (high - low)."""
    scale = 255.0 / (high - low) if high > low else 0.0
    whole = np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=high, neginf=low)
    shares = (whole.clip(low, high) - np.float32(low)) * np.float32(scale)
    return np.asarray(np.rint(shares).astype(np.uint8))


def reach(values: Array) -> float:
    """The largest size among finite numbers: the half of a range that is symmetric about 0. 1 where all are 0."""
    sizes = np.abs(values[np.isfinite(values)]) if values.size else values
    return float(sizes.max()) if sizes.size and sizes.max() > 0 else 1.0


def pack(frame: Frame) -> bytes:
    """The frame as bytes. Numbers are brought to one of the three types: bools and bytes to u1, other integers to i4,
    floats to f4."""
    listed, body, at = [], [], 0
    for name, array in frame.arrays.items():
        dtype = _dtype(array)
        content = np.ascontiguousarray(array, DTYPES[dtype]).tobytes()
        listed.append({"name": name, "dtype": dtype, "shape": list(array.shape), "at": at})
        content += b"\0" * (-len(content) % _ALIGNED)
        body.append(content)
        at += len(content)
    head = {"probe": frame.probe, "step": frame.step, "epoch": frame.epoch, "meta": frame.meta, "arrays": listed}
    text = _worded(head).encode()
    text += b" " * (-(len(MAGIC) + 4 + len(text)) % _ALIGNED)
    return b"".join([MAGIC, struct.pack("<I", len(text)), text, *body])


def unpack(content: bytes) -> Frame | None:
    """The frame in these bytes; None where they are damaged."""
    try:
        if content[:4] != MAGIC:
            return None
        (length,) = struct.unpack_from("<I", content, 4)
        start = 8 + length
        if start > len(content) or start % _ALIGNED:
            return None
        head = json.loads(content[8:start])
        step, epoch, meta = head["step"], head["epoch"], head["meta"]
        sound = isinstance(head["probe"], str) and isinstance(step, int) and isinstance(epoch, int | float)
        if not sound or not isinstance(meta, dict):
            return None
        arrays = {str(one["name"]): _array(content, start, one) for one in head["arrays"]}
        return Frame(head["probe"], step, float(epoch), meta, arrays)
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, RecursionError, struct.error):
        return None


def _array(content: bytes, start: int, said: Mapping[str, Any]) -> Array:
    """One array; ValueError where it does not lie within the bytes."""
    shape, at = [int(size) for size in said["shape"]], int(said["at"])
    count = math.prod(shape)
    if at < 0 or at % _ALIGNED or any(size < 0 for size in shape):
        raise ValueError(at)
    return np.frombuffer(content, DTYPES[said["dtype"]], count, start + at).reshape(shape)


def _dtype(array: Array) -> str:
    if array.dtype in (np.uint8, np.bool_):
        return "u1"
    return "i4" if np.issubdtype(array.dtype, np.integer) else "f4"


def _worded(head: dict[str, Any]) -> str:
    """The header as JSON. Made plain first only where it must be: that takes longer than all else."""
    try:
        return json.dumps(head, separators=(",", ":"), ensure_ascii=False, allow_nan=False, default=_item)
    except ValueError:  # something is no number
        return json.dumps(_plain(head), separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def _item(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no place in a header")


def _plain(value: Any) -> Any:
    """`value` as JSON can say it: numpy's numbers become Python's, what is no number becomes null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
