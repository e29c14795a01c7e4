"""Pairs of texts: what is read, what is to be written, one step further; files as people have them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from small_data import pairs_file

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tokens
from dlviz.datasets.answer_encoder import END_ID, START_ID, AnswerEncoder
from dlviz.datasets.columns import detect_columns
from dlviz.datasets.pair_data import SO_FAR, SOURCE, TARGET, known_pairs
from dlviz.datasets.preview import likely_pair
from dlviz.datasets.sheet import read_sheet
from dlviz.datasets.text_pairs import TextPairs
from dlviz.datasets.toy_reversal import ToyReversal


def pairs(path: str, **settings: Any) -> TextPairs:
    return TextPairs.model_validate({"path": path, "reads": "en", "writes": "fr", "tokenizer": "words", **settings})


def test_what_is_wanted_is_what_has_been_written_a_step_further() -> None:
    data = ToyReversal(size=100, digits=5).load(0)
    kind = data.fields.inputs[SO_FAR]
    assert isinstance(kind, Tokens) and kind.vocabulary[:4] == ("<pad>", "<unk>", "<start>", "<end>")
    assert data.fields.targets == {TARGET: kind} and kind.length == 6
    so_far, wanted = data.train.columns[SO_FAR], data.train.columns[TARGET]
    assert bool((so_far[:, 0] == START_ID).all())
    for before, after in zip(so_far.tolist(), wanted.tolist(), strict=True):
        own = [number for number in after if number]
        assert own[-1] == END_ID and before[1 : len(own)] == own[:-1]
    for source, said in zip(*(data.shown("test", [0, 1, 2])[name].data for name in (SOURCE, TARGET)), strict=True):
        assert said == source[::-1]


@pytest.mark.parametrize("how", ["words", "bpe", "characters"])
def test_a_text_comes_back_as_it_was(how: Any) -> None:
    import numpy as np

    texts = ["je ris", "tu dors", "il rit", "je dors", "tu ris"]
    known = known_pairs(
        texts,
        texts,
        np.arange(5),
        tokenizer=how,
        most=60,
        min_count=1,
        lowercase=True,
        validation=0.2,
        test=0.2,
        seed=1,
    )
    again = AnswerEncoder.parse(known.writes.document())
    assert again == known.writes and isinstance(again, AnswerEncoder)
    learned = [texts[place] for place in known.parts.train]
    assert again.decode(again.wanted(learned)).data.tolist() == learned
    assert again.decode(again.encode(learned)).data.tolist() == learned
    with pytest.raises(ValidationError, match="<start> and <end>"):
        AnswerEncoder(vocabulary=("<pad>", "<unk>", "a", "b"))


def test_one_source_stands_in_one_part_alone(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    rows = [f"Word{number % 40},mot{number}" for number in range(200)] + ["word1,mot1", "WORD2,autre"]
    path.write_text("en,fr\n" + "\n".join(rows), encoding="utf-8")
    data = pairs(str(path), min_count=1, validation=0.2, test=0.2).load(5)
    assert sum(len(data.part(part)) for part in ("train", "validation", "test")) == 202
    sources = [rows[row].split(",")[0].lower() for row in data.test.rows.tolist()]
    assert not set(sources) & {rows[row].split(",")[0].lower() for row in data.train.rows.tolist()}


def test_long_blank_and_repeated_pairs_are_left_out_and_told(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    lines = [f'{{"en": "go {n}", "fr": "va {n}"}}' for n in range(20)]
    lines += ['{"en": "go 3", "fr": "va 3"}', '{"en": "", "fr": "vide"}', '{"en": "a b c d e", "fr": "x"}']
    path.write_text("\n".join(lines), encoding="utf-8")
    data = pairs(str(path), max_words=3, min_count=1, validation=0.2, test=0.2).load(0)
    assert sum(len(data.part(part)) for part in ("train", "validation", "test")) == 20
    told = " ".join(data.warnings)
    assert "1 of 23 rows lack a text" in told and "row 22 of p.jsonl" in told
    assert "1 of 23 pairs have more than 3 words" in told and "1 pairs stand there twice" in told


def test_wrong_encodings_are_understood(tmp_path: Path) -> None:
    path = tmp_path / "latin.tsv"
    rows = "".join(f"summer {n}\tété {n}\n" for n in range(30))
    path.write_bytes(("en\tfr\n" + rows).encode("cp1252"))
    data = pairs(str(path), min_count=1, validation=0.2, test=0.2).load(0)
    kind = data.fields.inputs[SO_FAR]
    assert isinstance(kind, Tokens) and "été" in kind.vocabulary


@pytest.mark.parametrize(
    ("content", "settings", "told"),
    [
        ("en\tfr\na\tb\n", {"writes": "de"}, r"must be a column of p\.tsv. There is no `de`"),
        ("en\tfr\na\tb\nc\td\te\nf\tg\n", {}, r"p\.tsv.*3"),
        ("en\tfr\na b c\td\n", {"max_words": 2}, "None of the 1 pairs has two texts of at most 2 words"),
        ("en\tfr\na\tb\nc\td\n", {"min_count": 1}, "at least 3 different sources"),
        ("en\tfr\na\tb\nc\td\ne\tf\ng\th\ni\tj\n", {}, "occurs 2 times or more"),
    ],
)
def test_refusals_say_what_is_wrong(tmp_path: Path, content: str, settings: dict[str, Any], told: str) -> None:
    path = tmp_path / "p.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(WrongInput, match=told):
        pairs(str(path), **settings).load(0)


def test_two_columns_are_needed_and_a_limit_keeps_whole_sources(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="two columns"):
        pairs(pairs_file(tmp_path), writes="en")
    data = pairs(pairs_file(tmp_path), limit=30, min_count=1, validation=0.2, test=0.2).load(0)
    assert sum(len(data.part(part)) for part in ("train", "validation", "test")) == 30
    assert torch.equal(data.train.rows, data.train.rows.unique())


def test_the_columns_of_a_pair_are_found(tmp_path: Path) -> None:
    path = tmp_path / "p.tsv"
    rows = [f"{n}\tthe sentence number {n} is here\tla phrase {n} est ici" for n in range(40)]
    path.write_text("number\ten\tfr\n" + "\n".join(rows), encoding="utf-8")
    assert likely_pair(list(detect_columns(read_sheet(path), None))) == ("en", "fr")
