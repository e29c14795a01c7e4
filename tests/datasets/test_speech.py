"""Speech with transcripts: strings are joined from one part's recordings alone, tables are checked line by line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_data import SHARED, sound, zip_of

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Tokens
from dlviz.datasets.fsdd import SPEAKERS, which
from dlviz.datasets.speech_folder import SpeechFolder
from dlviz.datasets.spoken_strings import SpokenStrings
from dlviz.datasets.transcripts import spoken_words, transcript_encoder
from dlviz.datasets.uploads import check

LINES = "file,text,speaker\n" + "".join(
    f"{number}.wav,{text},{who}\n"
    for number, (text, who) in enumerate(
        [("Low.", "ann"), ("High!", "ann"), ('"low, HIGH"', "bob"), ("high", "bob")] * 4
    )
)


def speech(lines: str = LINES) -> dict[str, bytes]:
    made = {
        f"{number}.wav": sound(300 + 100 * number, seconds=0.3 + 0.02 * number, seed=number) for number in range(16)
    }
    return {**made, "transcripts.csv": lines.encode()}


def test_strings_of_a_part_are_joined_from_its_own_recordings_of_one_speaker() -> None:
    made = SpokenStrings(repeats=2)
    plan = made._plan(3)
    used = [{row for string in part for row in string} for part in plan]
    assert not (used[0] & used[1] or used[0] & used[2] or used[1] & used[2])
    assert all(which(row)[2] < 5 for row in used[2]) and len(used[2]) == 300  # the official test recordings, all
    for part in plan:
        for string in part:
            assert len({which(row)[1] for row in string}) == 1 and 1 <= len(string) <= 5
        counts = np.bincount([row for string in part for row in string])
        assert set(counts[counts > 0]) == {2}
    apart = SpokenStrings(speaker_apart="theo")._plan(3)
    names = [{SPEAKERS[which(row)[1]] for string in part for row in string} for part in apart]
    assert names[2] == {"theo"} and "theo" not in names[0] | names[1]
    assert all(len(string) == 1 for part in SpokenStrings(digits=1)._plan(3) for string in part)


@pytest.mark.skipif(SHARED is None, reason="DLVIZ_DATA does not name a folder of real data sets")
def test_what_is_said_is_what_was_joined() -> None:
    made = SpokenStrings(limit=100, repeats=1, pause=0.1)
    data, plan = made.load(1), made._plan(1)
    said = data.encoders["said"].decode(data.test.columns["said"]).data
    from dlviz.datasets.fsdd import DIGITS

    whole = [" ".join(DIGITS[which(row)[0]] for row in string) for string in plan[2]]
    assert all(long.startswith(text) for long, text in zip(whole, said, strict=True))  # what had no room is not said
    assert np.mean([long == text for long, text in zip(whole, said, strict=True)]) > 0.9
    lasts = (data.test.columns["sound"] != 0).sum(1).double() / 8000
    many = np.array([text.count(" ") + 1 for text in said])
    assert np.corrcoef(lasts.numpy(), many)[0, 1] > 0.8
    row = int(data.test.rows[0])
    assert row % 3000 == plan[2][0][0]


def test_marks_are_not_heard_and_letters_know_the_space() -> None:
    assert spoken_words(" Don't — STOP, now!\u00a0") == "don't stop now"
    letters = transcript_encoder(["ab"], "letters", 5)
    assert letters.vocabulary == ("<pad>", "<unk>", " ", "a", "b")
    assert letters.encode(["b ac"]).tolist() == [[4, 2, 3, 1, 0]]
    known = transcript_encoder(["zwei eins"], "words", 2)
    assert known.encode([spoken_words("Eins, zwei")]).tolist() == [[2, 3]]


def test_own_speech_is_read_and_a_speaker_can_be_kept_apart(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "s.zip", speech())
    check(Path(path))
    data = SpeechFolder(path=path, rate=8000).load(0)
    assert data.fields == SpeechFolder(path=path, rate=8000).describe(0)
    assert isinstance(data.fields.inputs["sound"], Audio) and isinstance(data.fields.targets["said"], Tokens)
    assert set(data.shown("train", list(range(len(data.train))))["said"].data) <= {"low", "high", "low high"}
    apart = SpeechFolder(path=path, speaker_apart="bob").load(0)
    assert len(apart.test) == 8 and bool((apart.test.rows % 4 >= 2).all()) and "bob" in " ".join(apart.warnings)
    short = SpeechFolder(path=path, seconds=0.5).load(0)
    assert "5 of 16 sounds last longer" in " ".join(short.warnings)
    with pytest.raises(WrongInput, match="there are: `ann`, `bob`"):
        SpeechFolder(path=path, speaker_apart="eve").load(0)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("file,label\n0.wav,a\n1.wav,b\n", "must have the columns `file` and `text`. Line 1 has"),
        ("file,text\n0.wav,a\nx.wav,b\n", "line 3 names `x.wav`"),
        ("file,text\n0.wav,\n", "line 2: `0.wav` has no text"),
        ("file,text\n0.wav,a\n1.wav,?!\n", "line 3: a text needs at least one word"),
        ("file,text\n0.wav,a\n0.wav,b\n", "line 3: `0.wav` says `b` here, and further up `a`"),
        ("file,text\n0.wav,a\n1.wav\n", "line 3 must have 2 cells"),
        ("file,text\n0.wav,a\n1.wav,a, b\n", "line 3 must have 2 cells. Received: 3. Put what holds a comma"),
        ("file,text\n0.wav,a\n1.wav,b\n", "at least three sounds"),
        (f"file|text\n0.wav|{'a' * 2000}\n", "line 2: a text may have at most 1,000 letters"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, lines: str, told: str) -> None:
    path = zip_of(tmp_path / "s.zip", speech(lines))
    with pytest.raises(WrongInput) as caught:
        SpeechFolder(path=path).describe()
    assert told in str(caught.value)
