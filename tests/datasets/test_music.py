"""Music: notation read, MIDI read and written, notes to tokens and back, and rubbish refused."""

from __future__ import annotations

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from dlviz.core.problems import WrongInput
from dlviz.datasets.abc_notation import read_abc
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.midi import read_midi, write_midi
from dlviz.datasets.music_encoder import MusicEncoder, learn_music_encoder
from dlviz.datasets.music_tokens import from_tokens, tokens_of
from dlviz.datasets.score import Note, Score, chords, from_chords, from_melody, melody, pitch_name, pitch_of
from dlviz.datasets.synthesis import RATE, synthesised, wav
from dlviz.datasets.uploads import check


def heard(body: str, head: str = "L:1/4\nK:C") -> list[tuple[int | None, int]]:
    """(pitch, twelfths of a quarter) of a tune."""
    return melody(read_abc(f"X:1\n{head}\n{body}\n", "a.abc")[0])


def test_abc_lengths_octaves_and_rests() -> None:
    assert heard("C c2 c' C,/ z/ D3/2 E//") == [
        (60, 12), (72, 24), (84, 12), (48, 6), (None, 6), (62, 18), (64, 3)
    ]  # fmt: skip


def test_abc_keys_and_accidentals_last_as_the_standard_says() -> None:
    assert [pitch for pitch, _ in heard("F C =F F | F", "L:1/4\nK:D")] == [66, 61, 65, 65, 66]
    assert [pitch for pitch, _ in heard("B E ^B B | B", "L:1/4\nK:Gm")] == [70, 63, 72, 72, 70]
    assert [pitch for pitch, _ in heard("F C [K:G] F C", "L:1/4\nK:D mix")] == [66, 60, 66, 60]


def test_abc_rhythm_ties_chords_and_tuplets() -> None:
    assert heard("C>D E<F") == [(60, 18), (62, 6), (64, 6), (65, 18)]
    assert heard("(3CDE F") == [(60, 8), (62, 8), (64, 8), (65, 12)]
    assert heard("C-C D") == [(60, 24), (62, 12)]
    assert heard('"Am7"[CEG]2 !trill!{ag}A') == [(67, 24), (69, 12)]
    assert heard("CD", "M:6/8\nK:C") == [(60, 6), (62, 6)] and heard("CD", "M:2/4\nK:C") == [(60, 3), (62, 3)]


def test_abc_parts_are_read_once_with_their_last_ending() -> None:
    assert [pitch for pitch, _ in heard("|:C D|[1 E F:|[2 G A|| B|")] == [60, 62, 67, 69, 71]
    assert [pitch for pitch, _ in heard("|:C|1 E:|2 G||")] == [60, 67]


def test_abc_tells_file_and_line() -> None:
    with pytest.raises(WrongInput, match=r"a\.abc, line 5: .*Received: '§"):
        heard("C D\n§ E")
    with pytest.raises(WrongInput, match=r"a\.abc, line 3: K: is the key"):
        heard("C", "L:1/4\nK:Hm")
    with pytest.raises(WrongInput, match="holds no tune"):
        read_abc("X:1\nK:C\n", "a.abc")
    broken: list[str] = []
    good = "X:1\nK:C\nCDE\n\nX:2\nK:C\nC§\n\nX:3\nK:C\nG\n"
    assert len(read_abc(good, "b.abc", broken)) == 2 and "b.abc, line 7" in broken[0]


def test_midi_written_is_read_back_alike() -> None:
    score = Score((Note(0, 4, 60), Note(0, 2, 48, 1), Note(2, 6, 50, 1), Note(4, 4, 60), Note(8, 3, 127)), 4, 90.0)
    again = read_midi(write_midi(score), "a.mid")
    assert again.on_grid(4).notes == tuple(sorted(score.notes))
    assert again.tempo == pytest.approx(90, abs=0.01) and again.title == "a"


@pytest.mark.parametrize(
    "content", [b"", b"rubbish", b"MThd", b"MThd\0\0\0\6\0\1\0\2\1\xe0", b"MThd\0\0\0\6\0\2\0\1\1\xe0"]
)
def test_rubbish_is_no_midi(content: bytes) -> None:
    with pytest.raises(WrongInput, match=r"x\.mid"):
        read_midi(content, "x.mid")


def test_damaged_midi_is_read_or_refused_in_words() -> None:
    whole = write_midi(Score(tuple(Note(4 * n, 4, 60 + n) for n in range(12)), 4))
    chance = random.Random(1)
    for _ in range(300):
        bad = bytearray(whole)
        for _ in range(3):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        try:
            read_midi(bytes(bad[: chance.randrange(4, len(bad) + 1)]), "x.mid")
        except WrongInput:
            pass


def test_notes_become_tokens_and_notes_again() -> None:
    tune = [(67, 6), (None, 12), (72, 18), (71, 4)]
    score = from_melody(tune, 12, 120.0)
    tokens = tokens_of(score, "melody", 12, 1)
    assert tokens == ["<tune>", "G4:1/2", "rest:1", "C5:3/2", "B4:1/3"]
    assert from_tokens(tokens, "melody", 12, 1, 120.0) == score
    table = np.array([[72, 67, 64, 48], [72, 67, 62, -1], [74, 67, 62, 50]])
    choral = from_chords(table, 2, 80.0)
    assert len(choral.notes) == 7 and np.array_equal(chords(choral, 4), table)
    tokens = tokens_of(choral, "voices", 2, 4)
    assert tokens[:9] == ["<tune>", "S:C5", "A:G4", "T:E4", "B:C3", "S:C5", "A:G4", "T:D4", "B:rest"]
    assert from_tokens(tokens, "voices", 2, 4, 80.0) == choral
    cut = from_tokens(tokens[3:], "voices", 2, 4, 80.0)  # a window may begin within a chord
    assert np.array_equal(chords(cut, 4)[1:], table[1:])


def test_the_highest_voice_is_the_melody() -> None:
    score = Score((Note(0, 4, 60), Note(0, 8, 72), Note(4, 4, 55), Note(8, 4, 70), Note(10, 4, 74)), 4)
    assert melody(score) == [(72, 8), (70, 2), (74, 4)]


def test_names_of_pitches() -> None:
    assert [pitch_name(pitch) for pitch in (60, 69, 61, 0)] == ["C4", "A4", "C#4", "C-1"]
    assert all(pitch_of(pitch_name(pitch)) == pitch for pitch in range(128))
    assert [pitch_of(name) for name in ("H4", "C", "C99", "", "G#9", "C#")] == [None] * 6


def encoder() -> MusicEncoder:
    pieces = read_abc("X:1\nL:1/8\nK:D\nA2 d f e2 z|\n", "a.abc")
    return learn_music_encoder(pieces, form="melody", per_quarter=12, voices=1, length=8)


def test_music_can_be_typed() -> None:
    own = encoder()
    typed = own.taken_apart()
    same = [typed.encode([text])[0] for text in ("K:D\nA2 d f", "A4:1 D5:1/2 F#5:1/2", "<tune> A4:1 D5:1/2 F#5:1/2")]
    assert same[0] == same[1] == same[2] and typed.decode(same[0]) == "<tune> A4:1 D5:1/2 F#5:1/2"
    assert len(typed.encode([""])[0]) == 1
    with pytest.raises(WrongInput, match="no note that this network knows"):
        typed.encode(["A4:1 Q9:1"])
    with pytest.raises(WrongInput, match="line 4"):
        typed.encode(["§§"])


def test_an_encoder_decodes_what_it_encodes() -> None:
    own = encoder()
    (tune,) = read_abc("X:1\nL:1/8\nK:D\nA2 d f C2\n", "a.abc")
    ids = own.encode([tune])
    assert ids.shape == (1, 8) and ids[0, 4] == 1 and ids[0, 5] == 0  # an unknown note, then padding
    assert own.decode(ids).data[0].tolist() == [[0, 12, 69, 0], [12, 6, 74, 0], [18, 6, 78, 0]]


def test_a_tone_is_heard_at_its_pitch() -> None:
    sound = synthesised(Score((Note(0, 12, 69),), 12, 60.0))
    spectrum = np.abs(np.fft.rfft(sound[:RATE]))
    assert int(spectrum.argmax()) == 440 and float(np.abs(sound).max()) == pytest.approx(0.9, abs=1e-4)
    read, rate = soundfile.read(io.BytesIO(wav(Score((Note(0, 12, 69),), 12, 60.0))))
    assert rate == RATE and np.allclose(read, sound, atol=1e-4)


def packed(folder: Path, **files: bytes) -> str:
    path = folder / "own.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_", "."), content)
    return str(path)


def test_an_upload_is_checked(tmp_path: Path) -> None:
    tune = write_midi(Score((Note(0, 4, 60), Note(4, 4, 62)), 4))
    check(Path(packed(tmp_path, a_mid=tune, b_abc=b"X:1\nK:C\nC\xa7\n")))
    with pytest.raises(WrongInput, match=r"none of its 1 files can be read.*b\.abc, line 3"):
        check(Path(packed(tmp_path, b_abc="X:1\nK:C\nC§\n".encode())))
    with pytest.raises(WrongInput, match="a link"):
        path = packed(tmp_path, a_mid=tune)
        with zipfile.ZipFile(path, "a") as archive:
            link = zipfile.ZipInfo("l.mid")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        check(Path(path))
    alone = tmp_path / "a.abc"
    alone.write_text("X:1\nK:C\nCDE\n")
    check(alone)
    alone.write_text("X:1\nK:C\nC§E\n")
    with pytest.raises(WrongInput, match=r"a\.abc, line 3"):
        check(alone)


def test_pieces_of_a_folder_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    for number in range(12):
        tune = Score(tuple(Note(4 * n, 4, 60 + (n * number) % 12) for n in range(12)), 4)
        (tmp_path / f"{number}.mid").write_bytes(write_midi(tune))
    (tmp_path / "bad.abc").write_text("X:1\nK:C\nC§\n")
    part = Dataset.parse({"kind": "MusicFolder", "path": str(tmp_path), "length": 8})
    assert part is not None
    assert any("bad.abc, line 3" in warning for warning in part.load(0).warnings)
