"""Tables that are broken, or meant to break something: one clear sentence each, never another exception."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from small_data import mixed_frame

from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Data
from dlviz.datasets.look import look
from dlviz.datasets.preview import preview
from dlviz.datasets.table import Table

ROWS = "".join(f"{i},{i % 2}\n" for i in range(40))


def refused(path: Path, content: bytes | str, match: str, target: str = "b", **settings: object) -> None:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WrongInput, match=match):
        Table.model_validate({"path": str(path), "target": target, **settings}).load()
    with pytest.raises(WrongInput, match=match):
        Table.model_validate({"path": str(path), "target": target, **settings}).describe()


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", "is empty"),
        (b"  \n\n ", "is empty"),
        ("a,b\n", "no rows"),
        ("a\n1\n2\n", "at least two columns"),
        ("a,a,b\n1,2,3\n", "`a` as the name of columns 1 and 2"),
        ("a,b\n1,2\n1,2,3\n", "every line must have as many cells as the first, 2. Received: 3 in line 3"),
        ("a,b\n1,2\n1\n4,5\n", "Received: 1 in line 3"),
        (b"a,b\n1,\x002\n", "zero byte in line 2"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a PNG picture"),
        (b"PK\x03\x04" + b"\x00" * 50, "Excel"),
        (bytes(range(1, 32)) * 20, "control characters"),
        ("a,b\n" + "x" * 200_000 + ",1\n", "a cell of more than 100,000"),
        (",".join(f"c{i}" for i in range(3000)) + "\n" + ",".join("1" * 3000) + "\n", "at most 2,000 columns"),
        ("a,b\n" + "".join(f"{i},\n" for i in range(30)), "`b` holds no value"),
        ("a,b\n" + "".join(f"{i},NaN\n" for i in range(30)), "`b` holds no value"),
        ("a,b\n" + "".join(f"{i},yes\n" for i in range(30)), "one class only"),
        ("a,b\n" + "".join(f"{i},4.5\n" for i in range(30)), "one class only|4.5 in every row"),
        ("a,b\n" + "".join(f"{i},w{i}\n" for i in range(30)), "30 different values in 30 rows"),
        ("a,b\n1,x\n2,y\n3,x\n4,y\n5,x\n6,y\n", "at least 10 rows"),
        ("a,b\n" + "".join(f"{i},{'x' if i else 'y'}\n" for i in range(30)), r"Too few have: `y` \(1\)"),
        ("a,b\n" + "".join(f"7,{i % 2}\n" for i in range(30)), "no column to learn from.*`a`: it is `7` in every row"),
        ("a,c\n" + ROWS, "There is no `b`"),
    ],
)
def test_a_table_is_refused(tmp_path: Path, content: bytes | str, match: str) -> None:
    refused(tmp_path / "t.csv", content, match)


def test_the_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("a,b\n" + ROWS)
    for path, match in ((tmp_path, "is a folder"), (tmp_path / "tabel.csv", "Did you mean `table.csv`")):
        with pytest.raises(WrongInput, match=match):
            Table(path=str(path), target="b").load()
    for bad in ("nowhere/at/all.csv", "\0", "x" * 5000, ""):
        with pytest.raises(WrongInput):
            Table(path=bad, target="b").load()
    refused(tmp_path / "t.csv", "a,b\n" + ROWS + "1", "must be a text in utf-16", encoding="utf-16")
    refused(tmp_path / "t.parquet", "a,b\n" + ROWS, "must be a Parquet file")
    refused(tmp_path / "t.parquet", b"PAR1" + b"junk" * 50 + b"PAR1", "damaged")


def test_a_cut_parquet_file_is_refused(tmp_path: Path) -> None:
    stream = io.BytesIO()
    mixed_frame().to_parquet(stream)
    refused(tmp_path / "t.parquet", stream.getvalue()[:-300], "damaged", target="kind")


def test_settings_that_cannot_hold_together() -> None:
    for settings_, match in (
        ({"ignore": ["b"]}, "target cannot be among"),
        ({"validation": 0.5, "test": 0.5}, "leave at least a tenth"),
        ({"delimiter": "colon"}, "delimiter"),
    ):
        with pytest.raises(WrongInput, match=match):
            Table.parse({"kind": "Table", "path": "x.csv", "target": "b", **settings_})


def never_fails_otherwise(act: Callable[[], object]) -> None:
    try:
        act()
    except WrongInput as error:
        assert str(error).strip()


def all_finite(data: Data) -> None:
    for part in (data.train, data.validation, data.test):
        assert all(bool(column.isfinite().all()) for column in part.columns.values())
    look(data)


_CELLS = st.sampled_from(
    ["", "1", "-2.5", "1,5", "1.234,5", "1e400", "1e308", "-1e200", "1e18", "nan", "inf", "NA", "?", "x", "yes", "no",
     '"', '""', "'", "é", "\u202e", "2024-02-30", "2024-05-31", "12:30", "=1+1", "a b c", "\\N", "0x1F", "1_000", "٣",
     "True", "-", "9" * 400]
)  # fmt: skip


@settings(max_examples=150)
@given(content=st.binary(max_size=400))
@example(content=b"\xff\xfe")
@example(content=b"\xef\xbb\xbf")
@example(content=b'a,b\n"')
def test_random_bytes(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("bytes") / "t.csv"
    path.write_bytes(content)
    never_fails_otherwise(lambda: preview(str(path)))


@settings(max_examples=150)
@given(
    rows=st.lists(st.lists(_CELLS, min_size=3, max_size=3), min_size=1, max_size=40),
    mark=st.sampled_from([",", ";", "\t", "|", " "]),
    times=st.integers(1, 6),
)
def test_random_tables(rows: list[list[str]], mark: str, times: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("rows") / "t.csv"
    path.write_text("\n".join(mark.join(row) for row in rows * times), encoding="utf-8")

    def load() -> None:
        seen = preview(str(path))
        for column in seen.columns:
            never_fails_otherwise(lambda: all_finite(Table(path=str(path), target=column.name).load()))  # noqa: B023

    never_fails_otherwise(load)


@pytest.mark.parametrize(
    ("limit", "match"),
    [
        ("sheet.MOST_BYTES", "at most 512 MB"),
        ("sheet.MOST_CELLS", "at most 20 cells. Received: about"),
        ("tabular.MOST_INPUTS", "inputs"),
        ("tabular.MOST_NUMBERS", "numbers in all"),
    ],
)
def test_what_is_too_large_for_memory_is_refused(
    limit: str, match: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"dlviz.datasets.{limit}", 20 if "tabular" not in limit else 0)
    refused(tmp_path / "t.csv", "a,b\n" + "".join(f"{i * 1.5},{i % 2}\n" for i in range(40)), match)


def test_names_and_cells_steer_no_terminal(tmp_path: Path) -> None:
    cells = ("red\x1b[2J", "a\u202egnp")
    (tmp_path / "t.csv").write_text("a\x1b[31m,b\n" + "".join(f"{cells[i % 2]},{i % 3}\n" for i in range(60)))
    columns = {"a\x1b[31m": [cells[i % 2] for i in range(60)], "b": [i % 3 for i in range(60)]}
    pd.DataFrame(columns).to_parquet(tmp_path / "t.parquet")
    for name in ("t.csv", "t.parquet"):
        fields = Table(path=str(tmp_path / name), target="b").load().fields
        assert "a\ufffd[31m=red\ufffd[2J" in str(fields.inputs) and "\ufffdgnp" in str(fields.inputs)


def test_a_parquet_file_that_unpacks_without_end_is_refused(tmp_path: Path) -> None:
    rows = 60
    words = pa.DictionaryArray.from_arrays(pa.array([0] * rows), pa.array(["x" * 10_000_000]))
    for name, column in (("t.parquet", words), ("u.parquet", words.cast(pa.string()))):
        pq.write_table(pa.table({"a": column, "b": [i % 2 for i in range(rows)]}), tmp_path / name)
        assert (tmp_path / name).stat().st_size < 3_000_000
        with pytest.raises(WrongInput, match="unpack to more than 512 MB"):
            Table(path=str(tmp_path / name), target="b").load()
    lists = pa.table({"a": [[i] for i in range(rows)], "b": [i % 2 for i in range(rows)]})
    pq.write_table(lists, tmp_path / "n.parquet")
    with pytest.raises(WrongInput, match="`a` holds lists or records"):
        Table(path=str(tmp_path / "n.parquet"), target="b").load()
