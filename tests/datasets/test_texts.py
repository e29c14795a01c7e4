"""Texts with labels: words, vocabulary, lengths, and files as people have them."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_data import text_frame, write_csv

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Scalar, Text, Tokens
from dlviz.datasets.data import Data, Encoder
from dlviz.datasets.text_encoder import TextEncoder, learn_text_encoder
from dlviz.datasets.text_table import TextTable
from dlviz.datasets.words import joined, words


def table(path: str, **settings: Any) -> TextTable:
    return TextTable.model_validate({"path": path, "text": "text", "label": "label", **settings})


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_csv(tmp_path_factory.mktemp("texts"), text_frame())


@pytest.fixture(scope="module")
def data(corpus: str) -> Data:
    return table(corpus).load(0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Don't STOP! Ok?", ["don't", "stop", "!", "ok", "?"]),
        ("l’été à 3.5€", ["l’été", "à", "3", ".", "5", "€"]),
        ("e\u0301te\u0301", ["été"]),  # accents typed apart are one letter
        ("हिन्दी में", ["हिन्दी", "में"]),  # vowel signs belong to their letters
        ("可愛いcat", ["可", "愛", "い", "cat"]),
        ("wow 👍🏽 ❤️", ["wow", "👍", "🏽", "❤️"]),
        ("co-op snake_case x2", ["co", "-", "op", "snake_case", "x2"]),
        ("=HYPERLINK('x') <b>", ["=", "hyperlink", "(", "'", "x", "'", ")", "<", "b", ">"]),
        ("<unk> <pad>", ["<", "unk", ">", "<", "pad", ">"]),
        (" \t\n", []),
    ],
)
def test_a_text_is_taken_apart_into_words_and_marks(text: str, expected: list[str]) -> None:
    assert list(words(text)) == expected


def test_capital_letters_can_be_kept() -> None:
    assert list(words("Free FREE", lowercase=False)) == ["Free", "FREE"]


def test_words_are_put_together_as_one_would_write_them() -> None:
    said = "he said (yes), ok? £5 #tag!"
    assert joined(words(said)) == said
    assert joined([]) == ""


def test_the_vocabulary_holds_the_frequent_words_first() -> None:
    encoder = learn_text_encoder(["b b b a a c", "c d"], most_words=10, min_count=2, length=None, lowercase=True)
    assert encoder.vocabulary == ("<pad>", "<unk>", "b", "a", "c")  # a and c alike: by the alphabet; d is too rare
    small = learn_text_encoder(["b b b a a c", "c d"], most_words=1, min_count=1, length=3, lowercase=True)
    assert small.vocabulary == ("<pad>", "<unk>", "b") and small.length == 3


def test_texts_become_ids_and_back() -> None:
    encoder = TextEncoder(vocabulary=("<pad>", "<unk>", "good", "film", "!"), length=4)
    ids = encoder.encode(["A good film!", "Good", "", "good good good good good"])
    assert ids.dtype == torch.int64
    assert ids.tolist() == [[1, 2, 3, 4], [2, 0, 0, 0], [0, 0, 0, 0], [2, 2, 2, 2]]
    shown = encoder.decode(ids)
    assert isinstance(shown.kind, Text)
    assert shown.data.tolist() == ["<unk> good film!", "good", "", "good good good good"]
    assert shown.more["ids"].tolist() == ids.tolist()


def test_the_length_is_that_of_95_of_100_texts_and_256_at_most() -> None:
    texts = ["a b"] * 95 + ["a b c d e"] * 5
    assert learn_text_encoder(texts, most_words=9, min_count=1, length=None, lowercase=True).length == 2
    long = learn_text_encoder(["a " * 1000] * 5, most_words=9, min_count=1, length=None, lowercase=True)
    assert long.length == 256


def test_only_the_training_part_makes_the_vocabulary(data: Data) -> None:
    kind = data.fields.inputs["text"]
    assert isinstance(kind, Tokens) and kind.vocabulary[:2] == ("<pad>", "<unk>")
    assert "lovely" in kind.vocabulary and not any(word.startswith("word") for word in kind.vocabulary)


def test_a_word_of_the_test_part_alone_is_unknown(corpus: str) -> None:
    data = table(corpus, min_count=1).load(0)
    kind = data.fields.inputs["text"]
    assert isinstance(kind, Tokens)
    own = {int(word.removeprefix("word")) for word in kind.vocabulary if word.startswith("word")}
    assert own == set(data.train.rows.tolist())


def test_columns_that_are_not_there_are_told_with_the_nearest(corpus: str) -> None:
    with pytest.raises(WrongInput, match="The text must be a column of table.csv. There is no `txt`.*`text`"):
        table(corpus, text="txt").describe()
    with pytest.raises(WrongInput, match="There is no `lable`.*`label`"):
        table(corpus, label="lable").describe()
    with pytest.raises(WrongInput, match="two columns"):
        TextTable.parse({"kind": "TextTable", "path": corpus, "text": "text", "label": "text"})


def test_rows_without_a_text_or_a_label_are_left_out_and_told(tmp_path: Path) -> None:
    frame = text_frame()
    frame.loc[[3, 70], "text"] = ["", "   "]
    frame.loc[5, "label"] = ""
    frame.loc[6, "text"] = "NA"  # a mark for a missing number, but a text like any other
    data = table(write_csv(tmp_path, frame)).load(0)
    rows = {*data.train.rows.tolist(), *data.validation.rows.tolist(), *data.test.rows.tolist()}
    assert rows == set(range(120)) - {3, 5, 70}
    told = " ".join(data.warnings)
    assert "2 of 120 rows have no text" in told and "row 4 of table.csv" in told
    assert "1 of 118 rows have no `label`" in told
    at = data.part("train").rows.tolist().index(6) if 6 in data.train.rows.tolist() else None
    if at is not None:
        assert data.train.columns["text"][at].any()


def test_labels_stay_with_their_texts_when_rows_are_left_out(tmp_path: Path) -> None:
    frame = text_frame()
    frame.loc[[0, 50], "text"] = ""
    data = table(write_csv(tmp_path, frame)).load(1)
    kind = data.fields.targets["label"]
    assert isinstance(kind, Category)
    for part in (data.train, data.validation, data.test):
        for row, label in zip(part.rows.tolist(), part.columns["label"].tolist(), strict=True):
            assert frame["label"][row] == kind.names[label]


def test_one_class_and_no_text_are_refused(tmp_path: Path) -> None:
    frame = text_frame()
    with pytest.raises(WrongInput, match="one class only"):
        table(write_csv(tmp_path, frame.assign(label="good"))).describe()
    with pytest.raises(WrongInput, match="holds no text in any row"):
        table(write_csv(tmp_path, frame.assign(text=" "))).describe()
    with pytest.raises(WrongInput, match="None of the words in the column `text` occurs 1000 times"):
        table(write_csv(tmp_path, frame), min_count=1000).describe()


def test_repeated_texts_and_unknown_words_are_told(tmp_path: Path) -> None:
    frame = text_frame(60)
    twice = pd.concat([frame, frame])
    assert any("Repeated texts" in told for told in table(write_csv(tmp_path, twice)).load(0).warnings)
    assert any("are unknown" in told for told in table(write_csv(tmp_path, frame), vocabulary_size=10).load(0).warnings)


def test_a_label_may_be_a_number(corpus: str) -> None:
    assert isinstance(table(corpus, label="stars").describe().targets["stars"], Scalar)


def test_a_label_called_text_gets_another_name(tmp_path: Path) -> None:
    frame = text_frame().rename(columns={"text": "said", "label": "text"})
    fields = table(write_csv(tmp_path, frame), text="said", label="text").describe()
    assert list(fields.inputs) == ["text"] and list(fields.targets) == ["label"]


def test_quote_marks_that_belong_to_texts_swallow_no_lines(tmp_path: Path) -> None:
    lines = [f"{'ham' if n % 3 else 'spam'}\tmessage number {n} ok" for n in range(400)]
    lines[310] = 'ham\t"hello there you'
    lines[320] = 'ham\tthis is "fine'
    path = tmp_path / "messages.tsv"
    path.write_text("\n".join(lines), encoding="utf-8")
    data = table(str(path), text="column_2", label="column_1").load(0)
    assert len(data.train) + len(data.validation) + len(data.test) == 400


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_encodings_and_delimiters_are_found_out(tmp_path: Path, encoding: str, sep: str) -> None:
    frame = text_frame()
    frame["text"] += " café, naïve; très"
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False, sep=sep, encoding=encoding)
    kind = table(str(path)).describe().inputs["text"]
    assert isinstance(kind, Tokens) and {"café", "naïve", "très"} <= set(kind.vocabulary)


def test_parquet_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    text_frame().to_parquet(path)
    assert len(table(str(path)).load(0).train) > 50


def test_files_to_predict_are_read(tmp_path: Path, data: Data) -> None:
    encoder = data.encoders["text"]
    plain = tmp_path / "texts.txt"
    plain.write_text("A lovely film, really\n\nDull.\n", encoding="utf-8")
    assert encoder.read(str(plain)) == ["A lovely film, really", "Dull."]
    alone = tmp_path / "alone.csv"
    alone.write_text('text\n"Lovely, I say"\nDull\nno, not quoted\n', encoding="utf-8")
    assert encoder.read(str(alone)) == ["Lovely, I say", "Dull", "no, not quoted"]
    whole = write_csv(tmp_path, text_frame(12))
    assert encoder.read(whole) == text_frame(12)["text"].tolist()
    with pytest.raises(WrongInput, match="Missing: `text`"):
        encoder.read(write_csv(tmp_path, text_frame(12).rename(columns={"text": "other"})))
    with pytest.raises(WrongInput, match="no file"):
        encoder.read(str(tmp_path / "none.txt"))
    (tmp_path / "empty.txt").write_text("  \n")
    with pytest.raises(WrongInput, match="empty"):
        encoder.read(str(tmp_path / "empty.txt"))


def test_a_table_without_names_is_read_by_place(tmp_path: Path) -> None:
    path = tmp_path / "bare.tsv"
    frame = text_frame()[["label", "text"]]
    frame.to_csv(path, index=False, sep="\t", header=False)
    encoder = table(str(path), text="column_2", label="column_1").load(0).encoders["text"]
    again = Encoder.parse(json.loads(json.dumps(encoder.document())))
    assert again is not None
    assert again.read(str(path)) == frame["text"].tolist()


def test_too_many_words_in_all_are_refused(corpus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.datasets.text_settings.MOST_IDS", 500)
    with pytest.raises(WrongInput, match="120 texts of 40 words are too many .* Lower `max_length`"):
        table(corpus, max_length=40).load(0)


@given(texts=st.lists(st.text(max_size=60), min_size=1, max_size=8))
def test_any_text_has_ids_and_reads_back(texts: list[str]) -> None:
    encoder = learn_text_encoder(texts, most_words=50, min_count=1, length=None, lowercase=True)
    ids = encoder.encode(texts)
    assert ids.shape == (len(texts), encoder.length)
    assert 0 <= int(ids.min()) and int(ids.max()) < len(encoder.vocabulary)
    real = ids != 0
    assert not (real[:, 1:] & ~real[:, :-1]).any(), "padding stands at the end"
    assert not (ids == 1).any(), "every word of the texts learned from is known"
    assert len(encoder.decode(ids).data) == len(texts)
    for text in texts:
        kept, whole = "".join(words(text)), unicodedata.normalize("NFC", text).lower()
        assert [letter for letter in whole if letter.isalnum()] == [letter for letter in kept if letter.isalnum()]


@given(text=st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_plain_letters_take_a_quicker_way_to_the_same_words(text: str) -> None:
    assert words(text) == words(f"{text} é")[:-1]


def test_a_file_is_taken_apart_anew_once_it_has_changed(tmp_path: Path) -> None:
    first = table(write_csv(tmp_path, text_frame())).describe()
    assert table(str(tmp_path / "table.csv")).describe() == first
    frame = text_frame()
    frame["text"] += " wonderful"
    kind = table(write_csv(tmp_path, frame)).describe().inputs["text"]
    assert isinstance(kind, Tokens) and "wonderful" in kind.vocabulary
