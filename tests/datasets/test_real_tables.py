"""Tables from the world, as they were published: each loads sensibly or is refused clearly."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from dlviz.core.problems import WrongInput
from dlviz.core.values import Category, Scalar
from dlviz.datasets.data import Data
from dlviz.datasets.table import Table

CASES: dict[str, dict[str, Any]] = {
    "adult-income/adult-test.csv": {
        "target": "column_15", "classes": ("<=50K.", ">50K."), "rows": 16281, "inputs": 14,
        "says": ["unbalanced: `<=50K.`"],
    },
    "palmer-penguins/penguins.csv": {
        "target": "species", "classes": ("Adelie", "Chinstrap", "Gentoo"), "rows": 344, "inputs": 7, "says": [],
    },
    "palmer-penguins/penguins_raw.csv": {
        "target": "Body Mass (g)", "rows": 342, "inputs": 13,
        "says": ["2 of 344 rows have no `Body Mass (g)`", "`Region` was left out", "`Individual ID` was left out"],
    },
    "titanic/titanic_raw.csv": {
        "target": "survived", "classes": ("0", "1"), "rows": 891, "inputs": 7,
        "says": ["`name` was left out: free text", "`ticket` was left out", "`cabin` was left out", "Repeated rows"],
    },
    "titanic/titanic_seaborn.csv": {
        "target": "survived", "classes": ("0", "1"), "rows": 891, "inputs": 14,
        "says": ["`alive` alone gives the target away"],
    },
    "heart-disease/heart_cleveland.csv": {
        "target": "num", "classes": ("0", "1", "2", "3", "4"), "rows": 303, "inputs": 13, "says": ["unbalanced"],
    },
    "heart-disease/processed.cleveland.data": {
        "target": "column_14", "classes": ("0", "1", "2", "3", "4"), "rows": 303, "inputs": 13, "says": ["unbalanced"],
    },
    "bike-sharing/hour.csv": {
        "target": "cnt", "rows": 17379, "inputs": 15,
        "says": ["`instant` was left out", "`registered` and `casual` together give the target away"],
    },
    "restaurant-consumer/geoplaces2.csv": {
        "target": "price", "classes": ("high", "low", "medium"), "rows": 130, "inputs": 15,
        "says": ["`placeID` was left out", "`address` was left out", "`fax` was left out: it holds no value"],
    },
    "restaurant-consumer/userprofile.csv": {
        "target": "drink_level", "classes": ("abstemious", "casual drinker", "social drinker"), "rows": 135,
        "inputs": 15, "says": ["`userID` was left out"],
    },
    "restaurant-consumer/rating_final.csv": {
        "target": "rating", "classes": ("0", "1", "2"), "rows": 1161, "inputs": 4, "says": [],
    },
    "classic-time-series/pollution.csv": {
        "target": "pm2.5", "rows": 41757, "inputs": 11, "says": ["2,067 of 43,824 rows", "`No` was left out"],
    },
    "classic-time-series/airline-passengers.csv": {"target": "Passengers", "rows": 144, "inputs": 1, "says": []},
    "classic-time-series/daily-min-temperatures.csv": {"target": "Temp", "rows": 3650, "inputs": 1, "says": []},
    "etth1/ETTh1.csv": {"target": "OT", "rows": 17420, "inputs": 7, "says": []},
    "mouse-keypoints/keypoints.csv": {"target": "snout_x", "rows": 116, "inputs": 7, "says": ["`file` was left out"]},
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_it_loads_sensibly(name: str, real_data: Path) -> None:
    case = CASES[name]
    table = Table(path=str(real_data / name), target=case["target"])
    data = table.load(0)
    kind = data.fields.targets[case["target"]]
    assert kind == (Category(names=case["classes"]) if "classes" in case else Scalar())
    assert sum(len(data.part(part)) for part in ("train", "validation", "test")) == case["rows"]
    assert len(data.encoders["row"].groups()) == case["inputs"]
    for sentence in case["says"]:
        assert any(sentence in warning for warning in data.warnings), (sentence, data.warnings)
    if not case["says"]:
        assert data.warnings == []
    assert bool(data.train.columns["row"].isfinite().all())


@pytest.mark.parametrize(
    ("name", "target", "why"),
    [
        ("sms-spam/sms.tsv", "column_1", "`column_2`: free text"),
        ("ag-news-test/test.csv", "column_1", "`column_3`: free text"),
        ("restaurant-consumer/chefmozcuisine.csv", "Rcuisine", "Too few have: `Afghan` \\(1\\)"),
        ("tiny-shakespeare/input.txt", "x", "as many cells"),
        ("fsdd/fsdd_recordings.zip", "x", "a zip"),
        ("photos-imagenet-like/rocket.jpg", "x", "a JPEG picture"),
    ],
)
def test_it_is_refused_clearly(name: str, target: str, why: str, real_data: Path) -> None:
    if not (real_data / name).exists():
        pytest.skip("not among the data sets here")
    with pytest.raises(WrongInput, match=why):
        Table(path=str(real_data / name), target=target).load()


def test_small_classes_can_be_dropped_or_joined(real_data: Path) -> None:
    path = str(real_data / "restaurant-consumer/chefmozcuisine.csv")
    table = Table(path=path, target="Rcuisine", columns={"placeID": "category"})
    dropped, joined = (table.model_copy(update={"small_classes": how}).load() for how in ("drop", "join"))
    names = {name: data.fields.targets["Rcuisine"] for name, data in (("drop", dropped), ("join", joined))}
    assert "Afghan" not in names["drop"].names and "other" in names["join"].names  # type: ignore[attr-defined]
    assert rows(dropped) < rows(joined) == 916


def test_leaks_can_be_left_out(real_data: Path) -> None:
    table = Table(path=str(real_data / "bike-sharing/hour.csv"), target="cnt", ignore=("casual", "registered"))
    data = table.load()
    assert not any("gives the target away" in warning or "give the target away" in warning for warning in data.warnings)


def test_a_table_of_17000_rows_loads_in_two_seconds_of_computing(real_data: Path) -> None:
    table = Table(path=str(real_data / "bike-sharing/hour.csv"), target="cnt", missing=("never",))  # not read before
    start = time.process_time()
    table.load()
    assert time.process_time() - start < 2


def rows(data: Data) -> int:
    return sum(len(data.part(part)) for part in ("train", "validation", "test"))
