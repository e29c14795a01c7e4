"""Sounds: every format read, rates changed rightly, hostile and broken files told or refused."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from small_data import SHARED, sound, two_tones, zip_of

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category
from dlviz.datasets import fsdd_files
from dlviz.datasets.audio_encoder import AudioEncoder
from dlviz.datasets.broken import Broken
from dlviz.datasets.fsdd import Fsdd
from dlviz.datasets.sound_folder import SoundFolder
from dlviz.datasets.sounds import brought, decoded, opened, resampled
from dlviz.datasets.spectrogram import BANDS, COLUMNS, spectrograms
from dlviz.datasets.toy_sounds import ToySounds
from dlviz.datasets.uploads import check


def wav_claiming(frames: int, rate: int = 8000, channels: int = 1) -> bytes:
    """A WAV whose header promises more than there is."""
    most, align = 2**32 - 1, channels * 2
    size = min(frames * align, most - 36)
    form = struct.pack("<HHIIHH", 1, channels, rate, min(rate * align, most), align, 16)
    head = b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt \x10\0\0\0" + form + b"data" + struct.pack("<I", size)
    return head + bytes(4000)


def table_of(lines: str) -> dict[str, bytes]:
    plain = {f"clips/{name.replace('/', '_')}": content for name, content in two_tones(4).items()}
    return {**plain, "labels.csv": lines.encode()}


LINES = "file,label\n" + "".join(
    f"{'clips/' if number % 2 else ''}{name}_{number}.wav,{name}\n" for name in ("low", "high") for number in range(4)
)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_every_format_is_read(form: str) -> None:
    heard, rate = decoded(sound(440, 0.5, 16000, form=form), "x")
    assert rate == 16000 and abs(len(heard) - 8000) <= 2400 and heard.dtype == np.float32
    middle = heard[2000:6000] * np.hanning(4000)
    assert abs(np.abs(np.fft.rfft(middle)).argmax() * 4 - 440) <= 4  # 4 Hz a bin


def test_channels_become_one() -> None:
    stream = io.BytesIO()
    soundfile.write(stream, np.stack([np.full(800, 0.5), np.full(800, -0.1)], 1), 8000, "FLOAT", format="WAV")
    heard, _ = decoded(stream.getvalue(), "x")
    np.testing.assert_allclose(heard, 0.2, atol=1e-6)


@pytest.mark.parametrize(("old", "new"), [(44100, 16000), (8000, 16000), (16000, 8000), (11025, 8000), (7919, 8000)])
def test_a_resampled_sine_is_that_sine(old: int, new: int) -> None:
    def sine(rate: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        return (0.8 * np.sin(2 * np.pi * 440 * np.arange(rate) / rate)).astype(np.float32)

    made = resampled(sine(old), old, new)
    assert len(made) == new
    np.testing.assert_allclose(made[new // 10 : -new // 10], sine(new)[new // 10 : -new // 10], atol=0.004)


def test_what_a_lower_rate_cannot_hold_does_not_come_back_as_another_tone() -> None:
    high = np.sin(2 * np.pi * 6000 * np.arange(16000) / 16000).astype(np.float32)
    assert np.abs(resampled(high, 16000, 8000)[800:-800]).max() < 0.01


def test_length_and_loudness() -> None:
    half = np.full(4000, 0.25, np.float32)
    padded = brought(half, 8000, 8000, 6000, "recorded")
    assert (padded[:4000] == 0.25).all() and (padded[4000:] == 0).all()
    assert brought(half, 8000, 8000, 6000, "peak")[:4000].max() == pytest.approx(0.95)
    assert (brought(half, 8000, 8000, 1000, "recorded") == half[:1000]).all()
    assert (brought(np.zeros(10, np.float32), 8000, 8000, 20, "peak") == 0).all()
    long = brought(np.tile(half, 50), 16000, 8000, 2000, "recorded")  # cut before it is resampled
    np.testing.assert_allclose(long[500:1500], 0.25, atol=0.003)


def test_silence_behind_a_sound_and_its_neighbours_change_nothing() -> None:
    encoder = AudioEncoder(rate=8000, samples=4000)
    one, other = decoded(sound(300), "a")[0], decoded(sound(900), "b")[0]
    alone = encoder.encode([(one, 8000)])[0]
    followed = encoder.encode([(other, 8000), (np.pad(one, (0, 700)), 8000)])[1]
    assert torch.equal(alone, followed)


BROKEN = {
    "no sound": (b"not a sound at all", "no readable sound"),
    "nothing": (b"", "no readable sound"),
    "a promise of days": (wav_claiming(8000 * 86_400), "longer than 10 minutes|no readable|without samples"),
    "no samples": (wav_claiming(0)[:44], "without samples|no readable"),
    "a rate beyond hearing": (wav_claiming(100, rate=4_000_000), "a rate of|no readable"),
    "a rate of nothing": (wav_claiming(100, rate=1), "a rate of|no readable"),
    "a hundred channels": (wav_claiming(10, channels=100), "channels"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_cannot_be_read_is_told(name: str) -> None:
    content, match = BROKEN[name]
    if name != "a promise of days":
        for look in (opened, decoded):
            with pytest.raises(Broken, match=match):
                look(content, "x")
        return
    try:  # libsndfile may also believe the file's true length
        assert len(decoded(content, "x")[0]) <= 4000
    except Broken:
        pass


def test_a_sound_without_end_is_refused_before_it_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.BytesIO()
    soundfile.write(stream, np.zeros(1000 * 601, np.int16), 1000, format="FLAC")
    assert len(stream.getvalue()) < 40_000
    with pytest.raises(Broken, match="longer than 10 minutes"):
        decoded(stream.getvalue(), "x")


def test_numbers_that_are_none_are_told() -> None:
    stream = io.BytesIO()
    soundfile.write(stream, np.array([0.0, np.nan, 0.1]), 8000, "FLOAT", format="WAV")
    with pytest.raises(Broken, match="no numbers"):
        decoded(stream.getvalue(), "x")


class TestSoundFolder:
    def test_rate_and_length_follow_from_the_sounds(self, tmp_path: Path) -> None:
        files = {
            **two_tones(12),
            "low/long.wav": sound(300, 2.0),
            "high/fine.flac": sound(1500, 0.25, 44100, 1, "FLAC"),
        }
        data = SoundFolder(path=zip_of(tmp_path / "s.zip", files)).load()
        kind = data.fields.inputs["sound"]
        assert isinstance(kind, Audio) and kind.rate == 8000 and 2000 <= kind.samples < 8000
        assert data.fields.targets["label"] == Category(names=("high", "low"))
        assert data.train.columns["sound"].abs().amax(1).min() > 0.9
        other = SoundFolder(path=str(tmp_path / "s.zip"), rate=4000, seconds=0.5).load()
        assert other.fields.inputs["sound"] == Audio(rate=4000, samples=2000)

    def test_zip_and_folder_give_the_same(self, tmp_path: Path) -> None:
        path = zip_of(tmp_path / "s.zip", two_tones())
        with zipfile.ZipFile(path) as archive:
            archive.extractall(tmp_path / "folder")
        zipped, plain = SoundFolder(path=path).load(1), SoundFolder(path=str(tmp_path / "folder")).load(1)
        assert zipped.fields == plain.fields
        assert torch.equal(zipped.test.columns["sound"], plain.test.columns["sound"])

    def test_broken_files_are_named_and_left_out(self, tmp_path: Path) -> None:
        files = {**two_tones(), "low/x.wav": b"no sound", "high/readme.txt": b"hello"}
        data = SoundFolder(path=zip_of(tmp_path / "s.zip", files)).load()
        told = " ".join(data.warnings)
        assert "1 of 17 sounds" in told and "`low/x.wav`" in told and "not sounds were left out: 1" in told
        assert len(data.train) + len(data.validation) + len(data.test) == 16

    def test_ends_that_are_cut_off_are_told(self, tmp_path: Path) -> None:
        data = SoundFolder(path=zip_of(tmp_path / "s.zip", two_tones()), seconds=0.1).load()
        assert "16 of 16 sounds last longer than 0.1 seconds" in " ".join(data.warnings)

    def test_a_table_names_the_classes(self, tmp_path: Path) -> None:
        data = SoundFolder(path=zip_of(tmp_path / "s.zip", table_of(LINES))).load()
        assert data.fields.targets["label"] == Category(names=("high", "low")) and data.fields.size == 8

    @pytest.mark.parametrize(
        ("lines", "match"),
        [
            ("name,what\nlow_0.wav,low\n", "Line 1 has: `name`, `what`"),
            (LINES + "gone.wav,low\n", "line 10 names `gone.wav`"),
            (LINES + "low_0.wav,high\n", "line 10: `low_0.wav` is called `high`"),
            (LINES + "low_0.wav\n", "line 10 must have 2 cells"),
            (LINES + "low_0.wav,\n", "line 10: `low_0.wav` has no label"),
            (LINES + "../../etc/passwd,low\n", "there is no such sound"),
            ("file,label\nlow_0.wav,low\n", "at least two classes"),
        ],
    )
    def test_a_wrong_table_is_refused_with_its_line(self, tmp_path: Path, lines: str, match: str) -> None:
        with pytest.raises(WrongInput, match=match):
            SoundFolder(path=zip_of(tmp_path / "s.zip", table_of(lines))).describe()

    def test_what_is_no_set_of_classes_is_refused(self, tmp_path: Path) -> None:
        few = {**two_tones(), "third/1.wav": sound(200), "third/2.wav": sound(210)}
        cases: list[tuple[dict[str, bytes], str]] = [
            ({"low/1.wav": sound(300)}, "at least two"), ({"a/1.txt": b"x"}, "must hold sounds"),
            ({"a/1.wav": b"x", "b/1.wav": b"y"}, "no sound could be read"), (few, r"Too few have: `third` \(2\)"),
            ({**two_tones(), "../../evil.wav": b"x"}, "leads outside"),
            ({f"a/{n}.wav": bytes(10_000_000) for n in range(5)}, "zip bomb"),
        ]  # fmt: skip
        for number, (files, match) in enumerate(cases):
            with pytest.raises(WrongInput, match=match):
                SoundFolder(path=zip_of(tmp_path / f"{number}.zip", files)).load()

    def test_uploads_of_sounds_are_checked(self, tmp_path: Path) -> None:
        check(Path(zip_of(tmp_path / "s.zip", two_tones(2))))
        check(Path(zip_of(tmp_path / "t.zip", table_of(LINES))))
        (tmp_path / "a.flac").write_bytes(sound(300, form="FLAC"))
        check(tmp_path / "a.flac")
        (tmp_path / "b.mp3").write_bytes(b"#!/bin/sh\n")
        with pytest.raises(WrongInput, match="must be a sound"):
            check(tmp_path / "b.mp3")
        with pytest.raises(WrongInput, match="none of its sounds"):
            check(Path(zip_of(tmp_path / "u.zip", {"a/1.wav": b"x", "b/1.wav": b"y"})))


def test_new_sounds_are_read_for_a_prediction(tmp_path: Path) -> None:
    encoder = AudioEncoder(rate=8000, samples=2000)
    (tmp_path / "a.wav").write_bytes(sound(300, rate=16000))
    assert encoder.encode(encoder.read(str(tmp_path / "a.wav"))).shape == (1, 2000)
    several = zip_of(tmp_path / "s.zip", two_tones(2))
    assert encoder.encode(encoder.read(several)).shape == (4, 2000)
    with pytest.raises(WrongInput, match="There is no sound"):
        encoder.read(str(tmp_path / "gone.wav"))
    (tmp_path / "x.wav").write_bytes(b"x")
    with pytest.raises(WrongInput, match="must be a sound"):
        encoder.read(str(tmp_path / "x.wav"))
    with pytest.raises(WrongInput, match="holds none"):
        encoder.read(zip_of(tmp_path / "n.zip", {"a.txt": b"x"}))


@pytest.mark.skipif(SHARED is None, reason="DLVIZ_DATA does not name a folder of real data sets")
def test_the_official_test_part_and_a_speaker_apart() -> None:
    data = Fsdd(limit=200).load(0)
    assert len(data.test) == 300 and (data.test.rows < 300).all()
    assert (torch.cat([data.train.rows, data.validation.rows]) >= 300).all()
    assert torch.bincount(data.test.columns["digit"]).tolist() == [30] * 10
    with zipfile.ZipFile(str(fsdd_files.place())) as archive:
        raw, rate = soundfile.read(io.BytesIO(archive.read("recordings/7_lucas_3.wav")), dtype="float32")
    row = 3 * 60 + 2 * 10 + 7  # number, speaker, digit
    heard = data.encoders["sound"].encode([(raw, rate)])[0]
    assert torch.equal(data.test.columns["sound"][row], heard) and int(data.test.columns["digit"][row]) == 7
    apart = Fsdd(limit=200, speaker_apart="theo").load(0)
    assert (apart.test.rows // 10 % 6 == 4).all() and len(apart.test) == 500
    assert (torch.cat([apart.train.rows, apart.validation.rows]) // 10 % 6 != 4).all()
    with pytest.raises(ValueError, match="never heard"):
        Fsdd(label="speaker", speaker_apart="theo")


def test_made_tones_do_what_their_names_say() -> None:
    data = ToySounds(noise=0, size=100).load(0)
    sounds, labels = data.train.columns["sound"].numpy(), data.train.columns["label"]
    middle = []  # where the loudest pitch lies in the first and in the last third of what is heard
    for one in sounds:
        heard = np.flatnonzero(np.abs(one) > 0.01)
        parts = np.array_split(one[heard[0] : heard[-1]], 3)
        middle.append([np.abs(np.fft.rfft(part, 8000)).argmax() for part in (parts[0], parts[2])])
    moved = np.log2(np.array(middle)[:, 1] / np.array(middle)[:, 0])
    assert np.median(moved[labels == 1]) > 0.2 and np.median(moved[labels == 2]) < -0.2
    assert abs(np.median(moved[labels == 0])) < 0.02


def test_a_spectrogram_shows_a_tone_where_it_sounds() -> None:
    time = np.arange(8000) / 8000
    made = spectrograms(np.stack([np.sin(2 * np.pi * 1000 * time) * (time >= 0.5), np.zeros(8000)]), 8000)
    assert made.shape == (2, 1, BANDS, COLUMNS) and made[1].max() == 0
    picture = made[0, 0]
    row = int(picture[:, -10].argmax())
    mel = 2595 * np.log10(1 + np.array([1000, 4000]) / 700)
    assert abs((BANDS - 1 - row) - mel[0] / mel[1] * BANDS) <= 1.5  # pitch goes upwards
    assert picture[:, : COLUMNS // 2 - 4].max() == 0 and picture.max() == 1
