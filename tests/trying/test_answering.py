"""What a trained network answers to a typed text, searched greedily or by a beam, and where it looked."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
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
    run = RunFolder(tmp_path_factory.mktemp("backwards"))
    training = {"epochs": 1, "batch_size": 64, "engine": "eager"}
    write_json(run.spec_file, {"version": 1, "data": {"kind": "ToyReversal", "size": 150}, "training": training})
    assert worker.main(str(run.path)) == "finished"
    return run


@pytest.fixture(scope="module")
def trained(run: RunFolder) -> Restored:
    return restore(run)


def test_an_answer_comes_with_where_it_looked(trained: Restored) -> None:
    found = answer(trained, {"text": "4815"})
    said, looks = found["answer"], found["answer"]["looks"]
    assert [token for token, _ in found["tokens"]] == list("4815") and not found["cut"]
    assert said["kind"] == "answer" and said["others"] == []
    assert set(said["written"]) <= set("0123456789") and looks["columns"] == list("4815")
    assert len(looks["rows"]) == len(said["written"]) + said["ended"]
    for layer in looks["layers"]:
        weights = np.array(layer["heads"])
        assert weights.shape == (4, len(looks["rows"]), 4) and np.allclose(weights.sum(2), 1, atol=0.01)


def test_a_beam_tells_its_answers_in_order(trained: Restored) -> None:
    said = answer(trained, {"text": "4815", "beam": 4})["answer"]
    assert len(said["others"]) == 4 and said["others"][0][0] == said["written"]
    assert all(0 < share <= 1 for _, share in said["others"])
    for wrong in (0, 11, 2.5, True):
        with pytest.raises(WrongInput, match="`beam` must be a whole number from 1 to 10"):
            answer(trained, {"text": "48", "beam": wrong})
    with pytest.raises(WrongInput, match="Type a sentence"):
        answer(trained, {"text": " "})


def test_lines_of_a_file_are_answered(run: RunFolder, trained: Restored, tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("4815\n907\n", encoding="utf-8")
    call = ["predict", str(run.path), "--input", str(tmp_path / "own.txt")]
    told = CliRunner().invoke(main, [*call, "--json"])
    assert told.exit_code == 0, told.output
    records = json.loads(told.output)
    assert [record["input"] for record in records] == ["4815", "907"]
    assert records[0]["prediction"] == answer(trained, {"text": "4815"})["answer"]["written"]
    beam = json.loads(CliRunner().invoke(main, [*call, "--json", "--beam", "3"]).output)
    assert [len(record["others"]) for record in beam] == [2, 2]
    assert "written" in CliRunner().invoke(main, call).output
