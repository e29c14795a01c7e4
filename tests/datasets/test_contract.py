"""What holds for every kind of data set."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_data import (
    SHARED,
    mixed_frame,
    music_file,
    pairs_file,
    series_frame,
    tagged_file,
    text_frame,
    transcribed_tones,
    two_classes,
    two_tones,
    write_csv,
    zip_of,
)

from dlviz.core.values import Category, Scalar, Series, Tags, Tokens
from dlviz.datasets.data import Data, Encoder, Fields
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.look import look

PATTERNS = ("circles", "xor", "gaussians", "spiral", "moons", "ring", "plane", "gaussian-surface")
CASES: dict[str, dict[str, Any]] = {
    "Digits": {"kind": "Digits"},
    "Iris": {"kind": "Iris"},
    "Wine": {"kind": "Wine"},
    "BreastCancer": {"kind": "BreastCancer"},
    "Diabetes": {"kind": "Diabetes"},
    **{f"Toy2d {pattern}": {"kind": "Toy2d", "pattern": pattern, "size": 200} for pattern in PATTERNS},
    "Table of classes": {"kind": "Table", "target": "kind"},
    "Table of numbers": {"kind": "Table", "target": "weight"},
    **{f"ToyText {rule}": {"kind": "ToyText", "rule": rule, "size": 200} for rule in ("word", "negation", "order")},
    "TextTable of classes": {"kind": "TextTable", "text": "text", "label": "label"},
    "TextTable of numbers": {"kind": "TextTable", "text": "text", "label": "stars", "max_length": 6},
    "TextTable of pieces": {"kind": "TextTable", "text": "text", "label": "label", "tokenizer": "bpe"},
    "RottenTomatoes": {"kind": "RottenTomatoes", "limit": 400},
    "SmsSpam": {"kind": "SmsSpam", "limit": 400, "tokenizer": "characters"},
    "ImageFolder": {"kind": "ImageFolder"},
    "SoundFolder": {"kind": "SoundFolder"},
    "ToySounds": {"kind": "ToySounds", "size": 100},
    "Fsdd digits": {"kind": "Fsdd", "limit": 200},
    "Fsdd speakers": {"kind": "Fsdd", "label": "speaker", "limit": 200, "seconds": 0.5},
    "SpeechFolder": {"kind": "SpeechFolder"},
    "SpokenStrings letters": {"kind": "SpokenStrings", "limit": 100, "repeats": 1},
    "SpokenStrings words": {"kind": "SpokenStrings", "digits": 1, "spelled": "words", "limit": 100},
    "Mnist": {"kind": "Mnist", "limit": 500},
    "FashionMnist": {"kind": "FashionMnist", "limit": 500},
    "TextFile": {"kind": "TextFile", "length": 16},
    "ToyWriting": {"kind": "ToyWriting", "sentences": 400},
    "TinyShakespeare": {"kind": "TinyShakespeare"},
    "TextPairs": {"kind": "TextPairs", "reads": "en", "writes": "fr", "tokenizer": "words", "min_count": 1},
    "Tatoeba": {"kind": "Tatoeba", "limit": 400, "vocabulary_size": 300},
    "ToyReversal": {"kind": "ToyReversal", "size": 200},
    "TaggedText": {"kind": "TaggedText"},
    "ToyEntities near": {"kind": "ToyEntities", "size": 200},
    "ToyEntities far": {"kind": "ToyEntities", "size": 200, "hint": "far"},
    "Wnut17": {"kind": "Wnut17"},
    **{f"ToyRecall {rule}": {"kind": "ToyRecall", "rule": rule, "size": 200} for rule in ("far", "switch", "look up")},
    "ToyDice": {"kind": "ToyDice", "size": 200},
    "Planted in pictures": {"kind": "Planted", "label": "7"},
    "Planted in tables": {"kind": "Planted", "of": "Iris", "elsewhere": 0.2},
    "Planted in texts": {"kind": "Planted", "of": "ToyText", "settings_of": {"size": 200}},
    "ToySeries": {"kind": "ToySeries", "size": 200, "known": True},
    "SeriesTable": {"kind": "SeriesTable", "time": "day", "targets": ["sold", "made"], "covariates": ["rain"]},
    "ClassicSeries": {"kind": "ClassicSeries"},
    "Etth1": {"kind": "Etth1", "horizon": 12},
    "ToyTunes": {"kind": "ToyTunes", "tunes": 150, "transpose": 1},
    "Nottingham": {"kind": "Nottingham", "limit": 60},
    "JsbChorales": {"kind": "JsbChorales", "steps": "quarters"},
    "MusicFolder melodies": {"kind": "MusicFolder", "length": 8},
    "MusicFolder voices": {"kind": "MusicFolder", "length": 8, "tokens": "voices", "voices": 2},
}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("own")
    return {
        "Table": write_csv(folder, mixed_frame()),
        "TextTable": write_csv(folder, text_frame(), "texts.csv"),
        "ImageFolder": zip_of(folder / "p.zip", two_classes(20)),
        "TextFile": _written(folder),
        "TextPairs": pairs_file(folder),
        "TaggedText": tagged_file(folder),
        "MusicFolder": music_file(folder),
        "SoundFolder": zip_of(folder / "s.zip", two_tones(20)),
        "SpeechFolder": zip_of(folder / "t.zip", transcribed_tones(40)),
        "SeriesTable": write_csv(folder, series_frame(), "series.csv"),
    }


def _written(folder: Path) -> str:
    path = folder / "long.txt"
    path.write_text("The cat sat on the mat.\nThe dog saw the cat, and the cat ran! " * 60, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module", params=CASES)
def dataset(request: pytest.FixtureRequest, files: dict[str, str]) -> Dataset:
    document = dict(CASES[request.param])
    if document["kind"] in files:
        document["path"] = files[document["kind"]]
    made = Dataset.parse(document)
    assert made is not None
    if made.source == "download" and SHARED is None:
        pytest.skip("DLVIZ_DATA does not name a folder of real data sets")
    return made


@pytest.fixture(scope="module")
def data(dataset: Dataset) -> Data:
    return dataset.load(3)


def test_every_kind_is_tested() -> None:
    assert {document["kind"] for document in CASES.values()} == set(Dataset.kinds())


def test_it_describes_what_it_loads(dataset: Dataset, data: Data) -> None:
    assert dataset.describe(3) == data.fields
    assert Fields.parse(json.loads(json.dumps(data.fields.document()))) == data.fields


def test_shapes_and_types_are_as_described(data: Data) -> None:
    for part in (data.train, data.validation, data.test):
        assert len(part) > 0
        for name, kind in data.fields.inputs.items():
            column = part.columns[name]
            assert column.shape == (len(part), *kind.shape())
            if isinstance(kind, Tokens):
                assert column.dtype == torch.int64
                assert 0 <= int(column.min()) and int(column.max()) < len(kind.vocabulary)
            else:
                assert column.dtype == torch.float32 and bool(column.isfinite().all())
        for name, kind in data.fields.targets.items():
            column = part.columns[name]
            assert column.shape == (len(part), *kind.shape())
            if isinstance(kind, Category):
                assert column.dtype == torch.int64
                assert 0 <= int(column.min()) and int(column.max()) < len(kind.names)
            elif isinstance(kind, Tags):
                assert column.dtype == torch.int64
                assert -1 <= int(column.min()) and int(column.max()) < len(kind.names)
            elif isinstance(kind, Tokens):
                assert column.dtype == torch.int64
                assert 0 <= int(column.min()) and int(column.max()) < len(kind.vocabulary)
            else:
                assert isinstance(kind, Scalar | Series) and column.dtype == torch.float32
                assert bool(column.isfinite().all())


def test_parts_share_no_row_and_hold_every_class(data: Data) -> None:
    rows = [set(part.rows.tolist()) for part in (data.train, data.validation, data.test)]
    assert [len(own) for own in rows] == [len(part) for part in (data.train, data.validation, data.test)]
    assert not (rows[0] & rows[1] or rows[0] & rows[2] or rows[1] & rows[2])
    for name, kind in data.fields.targets.items():
        if isinstance(kind, Category):
            for part in (data.train, data.validation, data.test):
                assert set(part.columns[name].tolist()) == set(range(len(kind.names)))


def test_the_seed_decides_the_split(dataset: Dataset, data: Data) -> None:
    again, other = dataset.load(3), dataset.load(4)
    for name in ("train", "validation", "test"):
        assert torch.equal(again.part(name).rows, data.part(name).rows)
        for field, column in data.part(name).columns.items():
            assert torch.equal(again.part(name).columns[field], column)
    assert torch.equal(other.train.rows, data.train.rows) != dataset.by_chance


def test_encoders_survive_being_written_down(data: Data) -> None:
    assert set(data.fields.inputs) <= set(data.encoders) <= {*data.fields.inputs, *data.fields.targets}
    for name, encoder in data.encoders.items():
        again = Encoder.parse(json.loads(json.dumps(encoder.document())))
        assert again == encoder
        assert again is not None
        column = data.test.columns[name][:5]
        np.testing.assert_array_equal(again.decode(column).data, encoder.decode(column).data)


def test_examples_can_be_shown(data: Data) -> None:
    shown = data.shown("validation", [0, 2])
    assert set(shown) == {*data.fields.inputs, *data.fields.targets}
    for value in shown.values():
        assert len(value.data) == 2 and value.data.dtype.kind in "fiuU"


def test_a_look_can_be_taken(data: Data, tmp_path: Path) -> None:
    seen = look(data)
    assert seen.counts == {name: len(data.part(name)) for name in ("train", "validation", "test")}
    one_answer = isinstance(next(iter(data.fields.targets.values())), Category | Scalar)
    assert (seen.balance is not None) == one_answer
    assert seen.balance is None or len(seen.balance.data) == len(data.train)
    assert seen.columns and seen.samples
    for number, value in enumerate(filter(None, [seen.balance, *seen.columns, *seen.samples.values()])):
        value.save(tmp_path / str(number))  # no objects, no pickle
        assert value.title
