"""JSON lines: tables with an object a line, and what is wrong with some."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
from small_data import text_frame

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Scalar
from dlviz.datasets import uploads
from dlviz.datasets.json_lines import json_frame
from dlviz.datasets.text_table import TextTable


def test_cells_are_numbers_or_texts() -> None:
    lines = [
        '{"text": " a\\tb ", "n": 1, "mixed": 3, "yes": true}',
        "",
        '{"n": null, "text": "<\\u200d\\ud83d>", "mixed": "x", "late": 1e999}',
        '{"n": 2.5, "text": "\\u001b[1m", "late": NaN}',
    ]
    frame = json_frame("\n".join(lines), "t.jsonl")
    assert list(frame.columns) == ["text", "n", "mixed", "yes", "late"]
    np.testing.assert_array_equal(frame["n"], [1, np.nan, 2.5])
    assert frame["late"].isna().all()
    assert frame["text"].tolist() == ["a\tb", "<\u200d\ufffd>", "\ufffd[1m"]
    assert frame["mixed"].tolist() == ["3", "x", ""] and frame["yes"].tolist() == ["true", "", ""]


WRONG = {
    "a list": ('{"a": 1, "b": 2}\n[1, 2]', "t.jsonl, line 2 must be a JSON object .* Received: a list"),
    "a number": ('{"a": 1, "b": 2}\n7', "line 2 must be a JSON object .* Received: `7`"),
    "half a line": ('{"a": 1, "b": 2}\n\n{"a": 1, "b', "line 3 must be .* goes wrong at character 10"),
    "no JSON at all": ("text,label\na,b", "line 1 must be .* goes wrong at character 1: `text,label`"),
    "a list in a cell": ('{"a": [1], "b": 2}', "line 1: each cell must hold one value. `a` holds a list"),
    "an object in a cell": ('{"a": {"c": 1}, "b": 2}', "`a` holds an object"),
    "deep": ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "line 1: lists and objects may not lie"),
    "one column": ('{"a": 1}', "at least two columns. Received: a."),
    "nothing": ("\n \n", "is empty"),
    "a name twice": ('{"a ": 1, " a": 2}', "Received `a` twice"),
    "a long cell": (json.dumps({"a": "x" * 200_000, "b": 1}), "at most 100,000 characters. `a` has more"),
    "wide": (json.dumps({str(n): 1 for n in range(3000)}), "at most 2,000 columns"),
    "a long number": ('{"a": ' + "1" * 9000 + ', "b": [] }', "`b` holds a list"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_told_with_its_line(name: str) -> None:
    text, said = WRONG[name]
    with pytest.raises(WrongInput, match=said):
        json_frame(text, "t.jsonl")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_upload_is_learned_from_and_predicted_with(tmp_path: Path, encoding: str) -> None:
    rows = text_frame().to_dict("records")
    lines = "\r\n".join(json.dumps({**row, "text": f"{row['text']} café"}, ensure_ascii=False) for row in rows)
    kept = uploads.keep("own.jsonl", io.BytesIO(lines.encode(encoding)), tmp_path)
    data = TextTable(path=str(kept), text="text", label="label").load(0)
    assert len(data.train) + len(data.validation) + len(data.test) == len(rows)
    assert isinstance(data.fields.targets["label"], Category)
    encoder = data.encoders["text"]
    assert encoder.read(str(kept))[3] == f"{rows[3]['text']} café"
    (tmp_path / "new.jsonl").write_text('{"text": "a lovely film"}\n{"text": ""}\n', encoding="utf-8")
    assert encoder.read(str(tmp_path / "new.jsonl")) == ["a lovely film", ""]
    (tmp_path / "other.jsonl").write_text('{"txt": "a lovely film"}', encoding="utf-8")
    with pytest.raises(WrongInput, match="Missing: `text` .is it `txt`"):
        encoder.read(str(tmp_path / "other.jsonl"))


def test_numbers_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in text_frame().to_dict("records")), encoding="utf-8")
    fields = TextTable(path=str(path), text="text", label="stars").describe()
    assert isinstance(fields.targets["stars"], Scalar)


def test_a_refused_upload_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(WrongInput, match="own.jsonl, line 2"):
        uploads.keep("own.jsonl", io.BytesIO(b'{"a": 1, "b": 2}\n{'), tmp_path)
    assert not list(tmp_path.rglob("own.jsonl"))
