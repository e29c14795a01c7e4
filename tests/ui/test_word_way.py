"""A word's way: the tokens of what is typed, their numbers, and their rows as they stand in the newest weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from dlviz.core.files import write_json
from dlviz.training.folder import RunFolder
from dlviz.ui.word_way import drawn, reads, weights_of

NODES = [
    {"name": "text", "kind": "Input"},
    {"name": "words", "kind": "Embedding", "embedding_dim": 3},
    {"name": "mask", "kind": "PaddingMask", "inputs": ["text"]},
]
ENCODER = {"kind": "TextEncoder", "vocabulary": ["<pad>", "<unk>", "cat", "dog"], "length": 4}


def run_of(folder: Path, nodes: object = NODES, encoder: object = ENCODER) -> RunFolder:
    run = RunFolder(folder)
    run.checkpoints.mkdir(parents=True)
    write_json(run.spec_file, {"version": 1, "data": {"kind": "ToyText"}, "networks": {"model": nodes}})
    write_json(run.path / "data.json", {"encoders": {"text": encoder}})
    for step, factor in ((5, 1), (20, 10)):
        table = factor * np.arange(12, dtype=np.float32).reshape(4, 3)
        save_file({"networks/model/words.weight": table}, run.checkpoints / f"{step}.safetensors")
        write_json(run.checkpoints / f"{step}.json", {})
    return run


def test_rows_are_those_of_the_newest_weights(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run")
    found = reads(run)
    assert found is not None
    tokenizer, name = found
    ids = tokenizer.encode(["Dog owl cat"])[0]
    assert ids == [3, 1, 2] and name == "networks/model/words.weight"
    rows = weights_of(run, name, ids)
    assert rows is not None and rows.tolist() == [[90, 100, 110], [30, 40, 50], [60, 70, 80]]
    (run.checkpoints / "20.safetensors").write_bytes(b"torn")
    assert weights_of(run, name, [2]).tolist() == [[6, 7, 8]]  # type: ignore[union-attr]
    assert weights_of(run, "networks/model/other.weight", [2]) is None
    said = drawn(tokenizer, "Dog <b> cat", tokenizer.encode(["Dog <b> cat"])[0], None, dark=False)
    assert said.count("dlviz-unknown") == 3 and "&lt;" in said and "<b>" not in said


def test_a_network_without_an_embedding_of_a_text_has_no_way(tmp_path: Path) -> None:
    plain = [{"name": "text", "kind": "Input"}, {"name": "output", "kind": "Linear", "out_features": "auto"}]
    assert reads(run_of(tmp_path / "a", plain)) is None
    assert reads(run_of(tmp_path / "b", encoder={"kind": "PictureEncoder"})) is None
