"""A typed sentence with blanks: which words a trained network puts there, in the panel and from the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from dlviz.cli import main
from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore
from dlviz.trying.answer import answer


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    run = RunFolder(tmp_path_factory.mktemp("gaps"))
    training = {"epochs": 1, "batch_size": 64, "engine": "eager"}
    data = {"kind": "ToyText", "size": 120}
    write_json(
        run.spec_file, {"version": 1, "data": data, "task": {"kind": "MaskedLanguageModel"}, "training": training}
    )
    assert worker.main(str(run.path)) == "finished", run.state()
    return run


@pytest.fixture(scope="module")
def trained(run: RunFolder) -> Restored:
    return restore(run)


def test_each_gap_gets_its_likeliest_words(trained: Restored) -> None:
    found = answer(trained, {"text": "The ___ was not [MASK]"})
    said = found["answer"]
    assert said["kind"] == "gaps" and len(said["gaps"]) == 2
    assert [token for token, _ in found["tokens"]] == ["the", "___", "was", "not", "___"] and found["read"] == 5
    # as the network itself says it
    kind = trained.fields.inputs["text"]
    ids = trained.encoders["text"].encode(["the film was not film"])
    ids[0, [1, 4]] = len(kind.vocabulary)  # type: ignore[attr-defined]
    with torch.no_grad():
        logits = trained.networks["model"](ids)[0]
    for gap, place in zip(said["gaps"], (1, 4), strict=True):
        share = logits[place][2:].softmax(0)
        best = int(share.argmax())
        assert gap[0] == [kind.vocabulary[best + 2], pytest.approx(float(share[best]), rel=1e-4)]  # type: ignore[attr-defined]
        assert [p for _, p in gap] == sorted((p for _, p in gap), reverse=True)
        assert not {"<pad>", "<unk>"} & {word for word, _ in gap}
    assert said["filled"] == f"the {said['gaps'][0][0][0]} was not {said['gaps'][1][0][0]}"


def test_without_a_gap_it_is_said_how_to_write_one(trained: Restored) -> None:
    with pytest.raises(WrongInput, match="Write ___ where"):
        answer(trained, {"text": "the film was good"})
    with pytest.raises(WrongInput, match="among the first"):
        answer(trained, {"text": "film " * 50 + "___"})
    assert answer(trained, {"text": "a ___ " + "film " * 50})["cut"]


def test_a_file_of_texts_is_filled_from_the_command_line(run: RunFolder, tmp_path: Path) -> None:
    file = tmp_path / "texts.txt"
    file.write_text("the ___ was dull\nit was ___ and [MASK]\n")
    words = ["predict", str(run.path), "--input", str(file)]
    records = json.loads(CliRunner().invoke(main, [*words, "--json"]).stdout)
    assert [len(record["gaps"]) for record in records] == [1, 2] and records[0]["text"] == "the ___ was dull"
    assert next(iter(records[0]["gaps"][0])) in records[0]["filled"]
    shown = CliRunner().invoke(main, words).stdout.splitlines()
    assert len(shown) == 5 and shown[0] == records[0]["filled"] and shown[1].startswith("  gap 1: ")
