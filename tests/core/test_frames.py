"""Frames: what is packed comes back, and damaged bytes are told."""

from __future__ import annotations

import json
import random
import struct

import numpy as np
import pytest

from dlviz.core.frames import Frame, pack, quantized, reach, unpack

FRAME = Frame(
    "neurons", 120, 1.5, {"nodes": {"model.läyer": {"low": -1.0, "high": 1.0}}},
    {
        "model.läyer": np.arange(15, dtype=np.uint8).reshape(3, 5),
        "numbers": np.array([[1.5, -2.0, np.nan]]),
        "index": np.array([7, 8, -9]),
        "empty": np.zeros((0, 4), np.float32),
        "one": np.float32(3).reshape(()),
    },
)  # fmt: skip


def test_a_frame_comes_back_as_it_was() -> None:
    back = unpack(pack(FRAME))
    assert back is not None
    assert (back.probe, back.step, back.epoch, back.meta) == ("neurons", 120, 1.5, FRAME.meta)
    assert [(name, array.dtype.str, array.shape) for name, array in back.arrays.items()] == [
        ("model.läyer", "|u1", (3, 5)), ("numbers", "<f4", (1, 3)), ("index", "<i4", (3,)), ("empty", "<f4", (0, 4)),
        ("one", "<f4", ()),
    ]  # fmt: skip
    for name, array in FRAME.arrays.items():
        np.testing.assert_array_equal(back.arrays[name], array.astype(back.arrays[name].dtype))


def test_the_layout_is_as_a_browser_reads_it() -> None:
    content = pack(FRAME)
    (length,) = struct.unpack_from("<I", content, 4)
    head = json.loads(content[8 : 8 + length])
    assert content[:4] == b"DLVF" and (8 + length) % 8 == 0 and len(content) % 8 == 0
    assert [array["at"] % 8 for array in head["arrays"]] == [0] * 5
    start = 8 + length + head["arrays"][2]["at"]
    assert struct.unpack_from("<3i", content, start) == (7, 8, -9)


def test_what_is_no_number_in_the_header_becomes_nothing() -> None:
    back = unpack(pack(Frame("x", 1, 0.0, {"low": np.float32(np.nan), "many": [np.int64(3), float("inf")]})))
    assert back is not None and back.meta == {"low": None, "many": [3, None]}


def test_every_cut_and_most_flips_are_told() -> None:
    content = pack(FRAME)
    for end in range(len(content) - 8):
        assert unpack(content[:end]) is None
    chance = random.Random(0)
    for _ in range(3000):
        damaged = bytearray(content)
        for _ in range(chance.randint(1, 4)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        found = unpack(bytes(damaged))  # never raises; what is read has the shape that it says
        if found is not None:
            for array in found.arrays.values():
                assert array.nbytes <= len(content)


SOUND = {"probe": "x", "step": 1, "epoch": 0, "meta": {}, "arrays": []}
LISTED = {"name": "a", "dtype": "u1", "shape": [1], "at": 0}
WRONG = [{"dtype": "O"}, {"shape": [-1]}, {"shape": [9]}, {"at": -8}, {"at": 3}, {"shape": [10**30]}, {"shape": "x"}]


@pytest.mark.parametrize(
    "head",
    [
        [], {}, SOUND | {"arrays": 3}, SOUND | {"step": None}, SOUND | {"meta": []}, SOUND | {"probe": 1},
        *(SOUND | {"arrays": [LISTED | wrong]} for wrong in WRONG),
    ],
)  # fmt: skip
def test_a_header_that_says_nonsense_is_told(head: object) -> None:
    text = json.dumps(head).encode()
    text += b" " * (-(8 + len(text)) % 8)
    assert unpack(b"DLVF" + struct.pack("<I", len(text)) + text + b"\0" * 8) is None


def test_numbers_become_bytes_and_come_back_to_half_a_step() -> None:
    values = np.linspace(-3, 3, 101)
    high = reach(values)
    back = -high + quantized(values, -high, high) / 255 * 2 * high
    assert high == 3 and np.abs(back - values).max() <= 3 / 255 + 1e-6
    assert quantized(np.array([np.nan, np.inf, -np.inf, 9]), -1, 1).tolist() == [128, 255, 0, 255]
    assert reach(np.array([0.0, np.nan])) == 1.0 and reach(np.zeros(0)) == 1.0
