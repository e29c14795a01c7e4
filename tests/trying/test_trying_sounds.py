"""What a trained network says to a sound: as a job, and by the page's route."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.restore import Restored, restore
from dlviz.trying.answer import answer
from dlviz.trying.sound import spoken
from dlviz.ui import try_sounds
from tests.trying.conftest import Trying


def wav(seconds: float, rate: int = 8000, quiet: float = 0.0) -> bytes:
    """A tone after some silence."""
    tone = 0.3 * np.sin(np.arange(round(seconds * rate)) / 4)
    file = io.BytesIO()
    soundfile.write(file, np.concatenate([np.zeros(round(quiet * rate)), tone]), rate, format="WAV", subtype="PCM_16")
    return file.getvalue()


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Restored:
    run = RunFolder(tmp_path_factory.mktemp("tones"))
    data, training = {"kind": "ToySounds", "size": 40}, {"epochs": 1, "batch_size": 8, "engine": "eager"}
    network = [
        {"name": "input", "kind": "Input"},
        {"name": "log_mel", "kind": "LogMel", "rate": 8000, "n_mels": 16},
        {"name": "flatten", "kind": "Flatten"},
        {"name": "output", "kind": "Linear", "out_features": "auto"},
    ]
    write_json(run.spec_file, {"version": 1, "data": data, "networks": {"model": network}, "training": training})
    assert worker.main(str(run.path)) == "finished"
    return restore(run)


def test_a_sound_gets_its_class_and_is_seen_as_it_was_heard(trained: Restored, tmp_path: Path) -> None:
    place = tmp_path / "tone"
    place.write_bytes(wav(0.3))
    found = answer(trained, {"sound": str(place)})
    assert found["answer"]["kind"] == "classes" and found["read"] == found["whole"] == 0.3 and not found["cut"]
    assert sum(share for _, share in found["answer"]["rows"]) == pytest.approx(1, abs=1e-5)
    picture = found["picture"]
    assert len(base64.b64decode(picture["bytes"])) == picture["height"] * picture["width"]
    place.write_bytes(wav(0.8, rate=16000))
    assert answer(trained, {"sound": str(place)})["cut"]
    with pytest.raises(WrongInput, match="not there any more"):
        answer(trained, {"sound": str(tmp_path / "gone")})
    place.write_text("hello")
    with pytest.raises(WrongInput, match="must be a sound"):
        answer(trained, {"sound": str(place)})


def test_silence_around_what_is_spoken_goes(trained: Restored, tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(4000), 0.5 * np.sin(np.arange(2000)), np.zeros(3000)]).astype(np.float32)
    left = spoken(sound, 8000)
    assert 3000 <= len(left) <= 4000 and np.abs(left[:600]).max() == 0 and np.abs(left).max() == np.abs(sound).max()
    with pytest.raises(WrongInput, match="Is the microphone on"):
        spoken(np.zeros(8000, np.float32), 8000)
    (place := tmp_path / "late").write_bytes(wav(0.2, quiet=2))  # beyond half a second the network hears nothing
    assert answer(trained, {"sound": str(place)})["cut"]
    found = answer(trained, {"sound": str(place), "spoken": True})
    assert not found["cut"] and 0.2 <= found["read"] <= 0.45


def test_the_route_keeps_a_sound_once_and_asks_by_its_name(
    trying: Trying, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    post, asked = trying
    first = post(recording=base64.b64encode(wav(0.2)).decode(), spoken=True).json()
    again = post(sound=first["sound"], spoken=True).json()
    assert again == first and asked[0] == asked[1] and asked[0]["spoken"] is True
    assert Path(asked[0]["sound"]).read_bytes() == wav(0.2) and Path(asked[0]["sound"]).parent == tmp_path / "sounds"

    assert "must be a sound" in post(recording=base64.b64encode(b"#!/bin/sh").decode()).json()["error"]
    assert post(recording=base64.b64encode(wav(61, rate=1000)).decode()).status_code == 413
    assert post(recording=base64.b64encode(bytes(try_sounds.LONGEST_FILE + 1)).decode()).status_code == 413
    for body in ({"recording": "?"}, {"sound": "../../etc/passwd"}, {"sound": first["sound"], "run": "x"}):
        assert post(**body).status_code == 400
    assert len(asked) == 2 and len(list((tmp_path / "sounds").iterdir())) == 1
    monkeypatch.setattr(try_sounds, "KEPT", 2)
    for seconds in (0.3, 0.4, 0.5):
        post(recording=base64.b64encode(wav(seconds)).decode())
    assert len(list((tmp_path / "sounds").iterdir())) == 2
