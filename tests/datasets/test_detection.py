"""What is found out about a table: how it is written, what its columns hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_data import mixed_frame

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Scalar
from dlviz.datasets.columns import detect_columns
from dlviz.datasets.dates import detect_format
from dlviz.datasets.numbers import detect_decimal, parsed
from dlviz.datasets.preview import preview
from dlviz.datasets.sheet import How, read_sheet
from dlviz.datasets.table import Table


def written(folder: Path, text: str, encoding: str = "utf-8", name: str = "t.csv") -> str:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return str(path)


@pytest.mark.parametrize(
    ("mark", "name"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "pipe"), ("   ", "space")]
)
def test_the_delimiter_is_found(tmp_path: Path, mark: str, name: str) -> None:
    lines = [mark.join(row) for row in [["a", "b", "c"], *([str(i), f"w{i % 3}", "1.5"] for i in range(20))]]
    sheet = read_sheet(written(tmp_path, "\n".join(lines)))
    assert sheet.delimiter == name and list(sheet.frame.columns) == ["a", "b", "c"] and len(sheet.frame) == 20


def test_commas_in_quotes_and_decimal_commas_do_not_mislead(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, 'name;size\n"a, b";1,5\n"c, d";2,25\n"e";-3,0\n'))
    assert (sheet.delimiter, sheet.decimal) == ("semicolon", "comma")
    assert parsed(sheet.texts("size"), sheet.decimal).tolist() == [1.5, 2.25, -3.0]
    sheet = read_sheet(written(tmp_path, 'name,size\n"x, y","1,5"\n"z","2,25"\n', name="u.csv"))
    assert (sheet.delimiter, sheet.decimal) == ("comma", "comma")


def test_lines_in_quotes_and_stray_quotes(tmp_path: Path) -> None:
    sheet = read_sheet(written(tmp_path, 'a,b\n"one\ntwo",1\n"say ""hi""",2\n'))
    assert sheet.texts("a").tolist() == ["one\ntwo", 'say "hi"']
    stray = "\n".join(f'ham\t"unfinished {i}' if i % 3 else f"spam\tplain {i}" for i in range(30))
    sheet = read_sheet(written(tmp_path, stray, name="s.tsv"))
    assert len(sheet.frame) == 30 and "Quote marks are plain text here." in sheet.notes


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16-le"),
     ("utf-16-be", "utf-16-be"), ("cp1252", "cp1252"), ("latin-1", "cp1252")],
)  # fmt: skip
def test_the_encoding_is_found(tmp_path: Path, encoding: str, found: str) -> None:
    sheet = read_sheet(written(tmp_path, "größe,straße\n1,é\n2,ü\n3,ñ\n", encoding))
    assert list(sheet.frame.columns) == ["größe", "straße"] and sheet.encoding == found


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n3,4\n", True),
        ("1,2\n3,4\n5,6\n", False),
        ("x,red\ny,blue\nx,red\n", False),
        ("name,color\nx,red\ny,blue\n", True),
        ("age,sex\n?,m\n31,f\n", True),
        (",a\n1,2\n2,3\n", True),
    ],
)
def test_the_header_is_found(tmp_path: Path, text: str, header: bool) -> None:
    assert read_sheet(written(tmp_path, text)).header is header


def test_what_is_found_can_be_overruled(tmp_path: Path) -> None:
    path = written(tmp_path, "1;2,5\n3;4,5\n")
    assert list(read_sheet(path, How(header="first_row")).frame.columns) == ["1", "2,5"]
    assert read_sheet(path, How(delimiter="comma")).delimiter == "comma"
    assert read_sheet(path, How(decimal="point")).decimal == "point"
    assert read_sheet(path, How(encoding="latin-1")).encoding == "latin-1"


@pytest.mark.parametrize(
    ("cells", "delimiter", "decimal"),
    [
        (["1.5", "2.25"], "comma", "point"),
        (["1,5", "2,25"], "semicolon", "comma"),
        (["1.234,56", "7,1"], "semicolon", "comma"),
        (["1,234.56", "7.1"], "comma", "point"),
        (["1,234", "5,678,901"], "comma", "point"),
        (["0,123", "1,234"], "semicolon", "comma"),
        (["1,234"], "comma", "point"),
        (["1,234"], "semicolon", "comma"),
        (["1", "2"], "semicolon", "point"),
    ],
)
def test_point_or_comma(cells: list[str], delimiter: str, decimal: str) -> None:
    assert detect_decimal(cells, delimiter) == decimal


def test_numbers_as_people_write_them() -> None:
    points = [
        "1.5",
        "-2",
        "+3",
        "1e-3",
        ".5",
        "1,234",
        "1,234,567.5",
        "1 234",
        "1\u202f234.5",
        "abc",
        "",
        "inf",
        "1,23",
    ]
    nan = np.nan
    np.testing.assert_equal(
        parsed(points, "point"), [1.5, -2, 3, 0.001, 0.5, 1234, 1234567.5, 1234, 1234.5, nan, nan, nan, nan]
    )
    commas = ["1,5", "1.234,5", "1.234.567", "-0,25", "1 234,5", "12", "1.5"]
    np.testing.assert_equal(parsed(commas, "comma"), [1.5, 1234.5, 1234567, -0.25, 1234.5, 12, 1.5])


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        (["2024-05-31", "2023-12-01"], "%Y-%m-%d"),
        (["31.12.2024", "01.02.2023"], "%d.%m.%Y"),
        (["12/31/2024", "01/02/2023"], "%m/%d/%Y"),
        (["31/12/2024", "01/02/2023"], "%d/%m/%Y"),
        (["2024-05-31 12:30:00", "2023-12-01 00:00:00"], "%Y-%m-%d %H:%M:%S"),
        (["1949-01", "1950-12"], "%Y-%m"),
        (["3 May 2020", "12 Jun 2021"], "%d %b %Y"),
        (["20240531", "20231201"], "%Y%m%d"),
        (["red", "blue"], None),
        (["A1-B2", "C3-D4"], None),
        (["1.5", "2.25"], None),
    ],
)
def test_dates(texts: list[str], form: str | None) -> None:
    assert detect_format(texts) == form


def test_column_kinds(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    n = 600
    frame = pd.DataFrame(
        {
            "id": np.arange(n) + 7,
            "email": [f"someone{i}@example.org" for i in range(n)],
            "height": random.normal(170, 9, n).round(1),
            "floor": random.integers(1, 5, n),
            "zip code": random.choice([10115, 20095, 80331, 50667], n),
            "members": random.integers(0, 2, n),
            "day": pd.date_range("2020-01-01", periods=n).strftime("%d.%m.%Y"),
            "remark": [f"this is remark number {i} of many" for i in range(n)],
            "country": "X",
            "nothing": "",
            "town": random.choice(["Ulm", "Köln"], n),
            "answer": random.choice(["yes", "no"], n),
        }
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    kinds = {c.name: c.kind for c in detect_columns(read_sheet(str(tmp_path / "t.csv")))}
    assert kinds == {
        "id": "id", "email": "id", "height": "number", "floor": "category", "zip code": "category", "members": "number",
        "day": "date", "remark": "text", "country": "constant", "nothing": "empty", "town": "category",
        "answer": "category",
    }  # fmt: skip
    data = Table(path=str(tmp_path / "t.csv"), target="answer").load()
    assert set(data.encoders["row"].groups()) == {"height", "floor", "zip code", "members", "day", "town"}
    said = " ".join(data.warnings)
    assert all(f"`{name}` was left out" in said for name in ("id", "email", "remark", "country", "nothing"))
    # and overruled
    columns = {"floor": "number", "email": "category", "day": "ignore", "members": "category"}
    data = Table(path=str(tmp_path / "t.csv"), target="answer", ignore=("town",), columns=columns).load()
    groups = data.encoders["row"].groups()
    assert set(groups) == {"height", "floor", "zip code", "members", "email"}
    assert len(groups["floor"]) == 1 and len(groups["members"]) == 2


def test_the_target_asks_for_classes_or_a_number(tmp_path: Path) -> None:
    frame = mixed_frame(300)
    frame["grade"] = [str(i % 5 + 1) for i in range(300)]
    frame["price"] = [f"{i * 1.25}" for i in range(300)]
    frame["count"] = [str(i % 60) for i in range(300)]
    path = str(tmp_path / "t.csv")
    frame.to_csv(path, index=False)
    found = {
        name: Table(path=path, target=name).describe().targets[name] for name in ("grade", "price", "count", "kind")
    }
    assert found["grade"] == Category(names=("1", "2", "3", "4", "5"))
    assert found["price"] == Scalar() and found["count"] == Scalar()
    assert found["kind"] == Category(names=("big", "small"))
    assert Table(path=path, target="grade", target_kind="number").describe().targets["grade"] == Scalar()
    assert isinstance(Table(path=path, target="count", target_kind="category").describe().targets["count"], Category)
    with pytest.raises(WrongInput, match="is to be a number"):
        Table(path=path, target="kind", target_kind="number").describe()


def test_parquet_is_read_with_its_own_types(tmp_path: Path) -> None:
    frame = mixed_frame()
    typed = frame.assign(
        size=pd.to_numeric(frame["size"]), weight=frame["weight"].astype(float), day=pd.to_datetime(frame["day"]),
        whole=np.arange(200) % 7, flag=np.arange(200) % 2 == 0,
    )  # fmt: skip
    path = str(tmp_path / "t.parquet")
    typed.to_parquet(path)
    data = Table(path=path, target="kind").load()
    kinds = {column.name: column.takes for column in data.encoders["row"].columns}
    assert kinds == {
        "size": "number", "color": "category", "day": "date", "weight": "number", "whole": "number", "flag": "category"
    }  # fmt: skip
    again = Table(path=str(tmp_path / "t.csv"), target="kind")
    frame.to_csv(tmp_path / "t.csv", index=False)
    same = data.encoders["row"].groups()["weight"][0]
    other = again.load().encoders["row"].groups()["weight"][0]
    assert data.train.columns["row"][:, same].tolist() == again.load().train.columns["row"][:, other].tolist()


def test_a_preview_shows_what_was_understood(tmp_path: Path) -> None:
    mixed_frame().to_csv(tmp_path / "t.csv", index=False)
    seen = preview(str(tmp_path / "t.csv"), {"columns": {"size": "category"}, "ignore": ["day"], "target": "kind"})
    assert seen.rows == 200 and len(seen.first_rows) == 8 and len(seen.first_rows[0]) == 5
    assert [column.kind for column in seen.columns] == ["category", "category", "ignored", "number", "category"]
    assert all(column.why for column in seen.columns) and seen.target == "kind"


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    mixed_frame().to_csv(tmp_path / "t.csv", index=False)
    path = str(tmp_path / "t.csv")
    with pytest.raises(WrongInput, match="no `knd`. Did you mean `kind`"):
        Table(path=path, target="knd").load()
    with pytest.raises(WrongInput, match="no column `wieght`.*`weight`"):
        Table(path=path, target="kind", ignore=("wieght",)).load()
