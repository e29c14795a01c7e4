"""A tune made up by a trained network: by the page's panel, and written to a file from a terminal."""

from __future__ import annotations

import base64
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from dlviz.cli import main
from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.core.values import Notes, Value
from dlviz.datasets.midi import read_midi
from dlviz.tasks.language_starters import recurrent
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.restore import restore
from dlviz.trying.answer import answer


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    made = RunFolder(tmp_path_factory.mktemp("tunes"))
    data = {"kind": "ToyTunes", "tunes": 120, "length": 16}
    training = {"epochs": 1, "batch_size": 16, "engine": "eager"}
    write_json(
        made.spec_file,
        {"version": 1, "data": data, "networks": {"model": recurrent("LSTM", 8, 8)}, "training": training},
    )
    assert worker.main(str(made.path)) == "finished"
    return made


def test_a_tune_goes_on_as_it_began(run: RunFolder) -> None:
    restored = restore(run)
    found = answer(restored, {"text": "L:1/4\nK:C\nc d", "many": 30, "seed": 3})
    tune = found["answer"]["tune"]
    assert tune["notes"][:2] == [[0, 12, 72, 0], [12, 12, 74, 0]] and tune["begun"] == 24
    assert len(tune["notes"]) > 2 and tune["per_quarter"] == 12
    midi = read_midi(base64.b64decode(tune["midi"]), "tune.mid")
    assert [list(note) for note in midi.on_grid(12).notes] == tune["notes"]
    again = answer(restored, {"text": "C5:1 D5:1", "many": 30, "seed": 3})
    assert again["answer"]["tune"] == tune
    assert answer(restored, {"text": "", "many": 30, "seed": 4})["answer"]["tune"]["begun"] == 0
    with pytest.raises(WrongInput, match="ABC notation"):
        answer(restored, {"text": "§"})


def test_a_tune_is_written_to_a_file(run: RunFolder, tmp_path: Path) -> None:
    for ending in ("mid", "wav"):
        said = CliRunner().invoke(main, ["write", str(run.path), "--out", str(tmp_path / f"a.{ending}")])
        assert said.exit_code == 0 and "notes" in said.output, said.output
    score = read_midi((tmp_path / "a.mid").read_bytes(), "a.mid")
    sound, rate = soundfile.read(tmp_path / "a.wav")
    assert len(sound) / rate == pytest.approx(score.seconds + 0.3, abs=0.01)
    plain = CliRunner().invoke(main, ["write", str(run.path), "--many", "5"])
    assert plain.exit_code == 0 and ":" in plain.output
    wrong = CliRunner().invoke(main, ["write", str(run.path), "--out", str(tmp_path / "a.mp3")])
    assert wrong.exit_code != 0 and ".mid or .wav" in wrong.output


def test_its_view_is_a_piano_roll(run: RunFolder) -> None:
    view = Value.load(run.views / "sample")
    assert isinstance(view.kind, Notes) and view.data.shape[2] == 4
    assert int(np.ravel(view.more["begun"])[0]) > 0
