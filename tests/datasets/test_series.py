"""Series: read from files, laid out in even times, parted without a leak, and read again to forecast what comes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from small_data import series_frame, write_csv

from dlviz.core.problems import WrongInput
from dlviz.core.values import Series
from dlviz.datasets.data import Encoder
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.series_encoder import SeriesEncoder
from dlviz.datasets.series_set import SeriesSet, cut_of
from dlviz.datasets.sheet import read_sheet
from dlviz.datasets.spacing import detect_spacing
from dlviz.datasets.timeline import Timeline, timeline


def table(path: str, **settings: Any) -> SeriesSet:
    made = Dataset.parse({"kind": "SeriesTable", "path": path, "time": "day", "targets": ["sold"], **settings})
    assert isinstance(made, SeriesSet)
    return made


def counting(folder: Path, days: int = 100, **changed: Any) -> str:
    """A file whose value is the number of its day."""
    frame = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=days).strftime("%Y-%m-%d"), "sold": range(days)})
    return write_csv(folder, frame.assign(**changed), "counting.csv")


def read(folder: Path, *lines: str) -> Timeline:
    path = folder / "own.csv"
    path.write_text("day,sold\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return timeline(read_sheet(path), ("day",), ("sold",))


def days(*numbers: int) -> list[str]:
    return [f"2024-03-{number:02},{number}" for number in numbers]


def test_parts_follow_each_other_and_no_step_is_both_learned_and_forecast(tmp_path: Path) -> None:
    made = table(counting(tmp_path), window=10, horizon=4, calendar=False)
    data, borders = made.load(0), cut_of(made).borders
    assert borders == (70, 85)
    steps = {part: data.part(part).columns for part in ("train", "validation", "test")}
    learned = torch.cat([steps["train"]["past"].flatten(), steps["train"]["future"].flatten()])
    assert (int(learned.min()), int(learned.max())) == (0, 69)
    for part, first, last in (("validation", 70, 84), ("test", 85, 99)):
        wanted = steps[part]["future"]
        assert (int(wanted.min()), int(wanted.max())) == (first, last)
        assert torch.equal(steps[part]["past"][:, 0, -1] + 1, wanted[:, 0, 0])  # each begins where its past ends
    assert torch.equal(data.test.rows, steps["test"]["past"][:, 0, 0].long())  # rows say where a window begins


def test_what_is_seen_is_what_the_settings_say(tmp_path: Path) -> None:
    path = write_csv(tmp_path, series_frame(), "own.csv")
    made = table(path, targets=["made", "sold"], covariates=["rain"], known=True, horizon=5)
    fields = made.describe()
    circles = tuple(f"{wave} of the {circle}" for circle in ("week", "year") for wave in ("sine", "cosine"))
    assert fields.inputs["past"] == Series(names=("made", "sold", "rain", *circles), steps=28, season=7)
    assert fields.inputs["known"] == Series(names=circles, steps=5, season=7)
    assert fields.targets["future"] == Series(names=("made", "sold"), steps=5, season=7)
    data = made.load()
    np.testing.assert_allclose(
        data.train.columns["past"][0, 2, :3], series_frame()["rain"][:3].astype(float), atol=1e-6
    )
    week = data.train.columns["known"][:, 0]  # 2023-01-02 is a Monday: the week's sine is 0 every seventh step
    assert torch.allclose(week[0, 0], torch.tensor(0.0), atol=1e-6)


@pytest.mark.parametrize(
    ("times", "told", "season"),
    [
        (pd.date_range("2024-01-01", periods=30, freq="h"), "hour", 24),
        (pd.date_range("2024-01-01", periods=30, freq="15min"), "15 minutes", 96),
        (pd.date_range("2024-01-01", periods=30, freq="D"), "day", 7),
        (pd.date_range("2024-01-01", periods=30, freq="B"), "weekday", 5),
        (pd.date_range("2024-01-07", periods=30, freq="W"), "week", 52),
        (pd.date_range("2024-01-01", periods=30, freq="MS"), "month", 12),
        (pd.date_range("2024-01-31", periods=30, freq="ME"), "month", 12),
        (pd.date_range("2024-01-01", periods=9, freq="QS"), "3 months", 4),
        (pd.date_range("2001-01-01", periods=9, freq="YS"), "year", 1),
    ],
)
def test_the_spacing_and_its_season_are_found(times: pd.DatetimeIndex, told: str, season: int) -> None:
    moments = times.to_numpy().astype("datetime64[s]")
    spacing = detect_spacing(moments)
    assert (str(spacing), spacing.season) == (told, season)
    places = spacing.places(moments, moments[0])
    assert places.tolist() == list(range(len(times)))
    if told != "month" or times[0].day == 1:
        assert (spacing.times(moments[0], places.astype(np.int64)) == moments).all()


def test_disorder_doubles_and_gaps_are_mended_and_told_with_their_line(tmp_path: Path) -> None:
    found = read(tmp_path, *days(1, 2, 4, 3, 5, 5, 8))
    assert found.values[:, 0].tolist()[:5] == [1, 2, 3, 4, 5] and np.isnan(found.values[5:7, 0]).all()
    assert found.rows.tolist() == [0, 1, 3, 2, 4, -1, -1, 6]
    order, twice, gaps = found.notes
    assert "line 5" in order and "line 7" in twice and "2 times are missing" in gaps and "line 6" in gaps
    assert found.filled(2)[:, 0].tolist() == [1, 2, 3, 4, 5, 5, 5, 8]
    assert np.isnan(found.filled(1)[5:7, 0]).all()  # a gap too long stays one


def test_a_gap_is_filled_from_before_never_from_after(tmp_path: Path) -> None:
    values = [str(number) for number in range(100)]
    values[69] = values[70] = ""  # the end of the training part and the first step after it
    data = table(counting(tmp_path, sold=values), window=10, horizon=4, calendar=False).load()
    learned = torch.cat([data.train.columns["past"].flatten(), data.train.columns["future"].flatten()])
    assert int(learned.max()) == 68
    for part in (data.train, data.validation, data.test):
        ahead = part.columns["future"]
        assert (ahead.diff(dim=2) == 1).all()  # nobody is asked for a value that was filled in
    assert any("missing" in note for note in data.warnings)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["2024-03-01,1", "2024-03-02,2", "soon,3", *days(*range(4, 29))], ["line 4", "'soon'"]),
        (["2024-03-01,1", "2024-13-02,2", "2024-03-03,3"], ["line 3", "'2024-13-02'"]),
        (["a,1", "b,2", "c,3"], ["dates or times", "line 2"]),
        (["2024-03-01,1", "2024-03-02,much", "2024-03-03,3"], ["line 3", "'much'", "number"]),
        (["2024-03-01,1", "2024-03-02,2", "2024-03-02,5", "2024-03-03,3"], ["line 3 and line 4", "once"]),
        (
            ["2024-03-01 00:00,1", "2024-03-01 01:00,2", "2024-03-01 02:00,3", "2024-03-01 02:25,4"],
            ["evenly", "line 5"],
        ),
        (["2024-03-01,", "2024-03-02,", "2024-03-03,"], ["no number"]),
        (["2024-03-01,1", "2024-03-02,2"], ["at least 3"]),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, lines: list[str], said: list[str]) -> None:
    with pytest.raises(WrongInput) as caught:
        read(tmp_path, *lines)
    assert all(words in str(caught.value) for words in said), str(caught.value)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"time": "dya"}, "`day`"),
        ({"targets": ["sald"]}, "`sold`"),
        ({"targets": ["sold"], "covariates": ["sold"]}, "one use"),
        ({"targets": []}, "targets"),
        ({"window": 90}, "smaller `window`"),
        ({"window": 5}, "one season"),
        ({"calendar": False, "known": True}, "`calendar`"),
        ({"validation": 0.5, "test": 0.5}, "tenth"),
    ],
)
def test_settings_that_do_not_fit_say_so(tmp_path: Path, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(WrongInput) as caught:
        table(counting(tmp_path), **settings).describe()
    assert said in str(caught.value)


def test_the_end_of_a_file_becomes_the_window_a_network_sees(tmp_path: Path) -> None:
    made = table(counting(tmp_path), window=10, horizon=3, known=True)
    data = made.load()
    past, known = (Encoder.parse(data.encoders[name].document()) for name in ("past", "known"))
    assert isinstance(past, SeriesEncoder) and isinstance(known, SeriesEncoder)
    ending = past.read(made.path)  # type: ignore[attr-defined]
    assert past.encode(ending)[0, 0].tolist() == list(range(90, 100))
    assert past.steps_after(ending) == ["2024-04-10", "2024-04-11", "2024-04-12"]  # day 100 of a leap year
    assert known.encode(ending).shape == (1, 4, 3)
    row = int(data.test.rows[-1])  # a file that ends before the last window's future gives that very window
    shorter = write_csv(tmp_path, pd.read_csv(made.path).head(row + 10), "shorter.csv")  # type: ignore[attr-defined]
    assert torch.equal(past.encode(past.read(shorter))[0], data.test.columns["past"][-1])
    assert torch.allclose(known.encode(known.read(shorter))[0], data.test.columns["known"][-1])


def test_a_file_that_does_not_suit_the_run_is_refused(tmp_path: Path) -> None:
    past = table(counting(tmp_path), window=10, horizon=3).load().encoders["past"]
    short = write_csv(tmp_path, pd.DataFrame({"day": ["2024-01-01", "2024-01-02", "2024-01-03"], "sold": [1, 2, 3]}))
    with pytest.raises(WrongInput, match="sees 10 steps"):
        past.read(short)
    weeks = pd.DataFrame({"day": pd.date_range("2024-01-01", periods=30, freq="W").strftime("%Y-%m-%d"), "sold": 1})
    with pytest.raises(WrongInput, match="one row each day"):
        past.read(write_csv(tmp_path, weeks))
    values = [str(number) for number in range(100)]
    values[92:97] = [""] * 5
    with pytest.raises(WrongInput, match="`sold` at 2024-04-02"):  # a gap too long is not filled
        past.read(counting(tmp_path, sold=values))
