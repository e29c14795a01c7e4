"""Counterfactuals: on the known side of a known border, as near as the closed form says, and honest where none is."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from example_stand_ins import NUMBER, YES_NO, ByWord, Formula, among, asked, columns, normal, reading, studied, two

from dlviz.core.problems import WrongInput
from dlviz.core.values import Audio, Category, Curves, Image, Series, Table, Text, Vector
from dlviz.datasets.table_encoder import CategoryColumn, NumberColumn, TableEncoder


def test_a_row_crosses_a_straight_border_where_the_closed_form_says() -> None:
    """Of a straight border the nearest change, in typical deviations, is of the one column with the largest weight."""
    rows = normal(3000, 4)
    weights = torch.tensor([1.0, -3.0, 0.5, 0.0])
    rows[0] = torch.tensor([0.0, 1.0, 0.0, 0.0])  # the score is -3: by column b alone it must fall by 1
    data = among(rows, columns(4), torch.arange(len(rows)) % 2)
    found = studied("Counterfactual", asked(two(lambda x: x @ weights), data))
    first = found.numbers["changes"][0]
    assert [change["column"] for change in first] == ["b"] and first[0]["from"] == "1"
    assert -0.01 < float(first[0]["to"]) <= 0  # on the other side, and no training row lies nearer to the border
    nearest = float(rows[rows[:, 1] < 0, 1].max())
    assert float(first[0]["to"]) == pytest.approx(nearest, rel=1e-3)
    assert "would say yes" in found.says and "in place of 1" in found.says
    used = {change["column"] for way in found.numbers["changes"] for change in way}
    assert "d" not in used  # it has no weight


def test_ways_are_unlike_and_kept_columns_stay() -> None:
    rows = normal(2000, 3)
    rows[0] = torch.tensor([-0.5, -0.5, -0.5])
    data = among(rows, columns(3), torch.arange(len(rows)) % 2)
    network = two(lambda x: x.sum(1))
    sets = [
        frozenset(change["column"] for change in way)
        for way in studied("Counterfactual", asked(network, data)).numbers["changes"]
    ]
    assert len(sets) == 3 and all(not a < b for a in sets for b in sets) and len(set(sets)) == 3
    kept = studied("Counterfactual", asked(network, data), keep=["a", "b"])
    assert [[change["column"] for change in way] for way in kept.numbers["changes"]] == [["c"]]
    with pytest.raises(WrongInput, match="no column `aa`"):
        studied("Counterfactual", asked(network, data), keep=["aa"])
    with pytest.raises(WrongInput, match="At least one column must be free"):
        studied("Counterfactual", asked(network, data), keep=["a", "b", "c"])


def test_two_columns_must_go_together() -> None:
    """Yes only where both are above 0: no single change suffices."""
    rows = normal(1000, 5)
    rows[0] = -1.0
    data = among(rows, columns(5), torch.arange(len(rows)) % 2)
    found = studied("Counterfactual", asked(two(lambda x: torch.minimum(x[:, 1], x[:, 3])), data))
    assert [change["column"] for change in found.numbers["changes"][0]] == ["b", "d"]
    assert all(0 <= float(change["to"]) < 0.05 for change in found.numbers["changes"][0])
    more = studied("Counterfactual", asked(two(lambda x: torch.minimum(x[:, 1], x[:, 3])), data), most=1)
    assert [change["column"] for change in more.numbers["changes"][0]] == ["b", "d"] and more.numbers["found"] == 1
    assert more.says.startswith("No change of a single column was found; of 2, this one. If `b` were")
    none = studied("Counterfactual", asked(two(lambda x: torch.minimum(x[:, 1], x[:, 3])), data), keep=["b"])
    assert none.numbers["found"] == 0 and none.shown == [] and "does not prove" in none.says


def test_a_word_of_a_table_is_changed_whole() -> None:
    encoder = TableEncoder(
        columns=(
            NumberColumn(name="age", mean=40.0, std=10.0, whole=True, gaps=False),
            CategoryColumn(name="town", values=("Bonn", "Kiel", "Ulm"), other=False, gaps=False),
        )
    )
    random = torch.Generator().manual_seed(0)
    ages = torch.randint(20, 70, (300, 1), generator=random)
    rows = torch.cat([(ages - 40) / 10, torch.eye(3)[torch.randint(0, 3, (300,), generator=random)]], 1)
    rows[0] = torch.tensor([2.0, 1.0, 0.0, 0.0])
    data = among(rows, encoder.vector(), torch.arange(300) % 2, encoders={"x": encoder})
    found = studied("Counterfactual", asked(two(lambda x: x[:, 2] - 0.5 + 0 * x[:, 0]), data))
    assert found.numbers["changes"] == [[{"column": "town", "from": "Bonn", "to": "Kiel"}]]
    assert found.says.startswith("If `town` were Kiel in place of Bonn, it would say yes (73 %) in place of no (73 %).")
    (table,) = found.shown
    assert isinstance(table.kind, Table) and table.data.tolist() == [
        ["town", "Bonn", "→ Kiel"],
        ["it says", "no (73 %)", "yes (73 %)"],
    ]
    older = studied("Counterfactual", asked(two(lambda x: -x[:, 0] - 0.05), data))
    assert older.numbers["changes"] == [[{"column": "age", "from": "60", "to": "39"}]]


def test_a_number_is_led_above_or_below() -> None:
    rows = normal(2000, 2)
    rows[0] = 0.0
    data = among(rows, columns(2), rows[:, 0] * 10, NUMBER)
    network = Formula(lambda x: 10 * x[:, 0] + x[:, 1])
    up = studied("Counterfactual", asked(network, data), above=5.0, most=1)
    assert 0.5 < float(up.numbers["changes"][0][0]["to"]) < 0.51 and "5." in up.numbers["says"][0]
    down = studied("Counterfactual", asked(network, data), below=-5.0, most=1)
    assert -0.51 < float(down.numbers["changes"][0][0]["to"]) < -0.5
    free = studied("Counterfactual", asked(network, data), most=1)
    assert abs(float(free.numbers["says"][0].split()[0])) == pytest.approx(5, abs=0.5)  # half the spread of about 10
    with pytest.raises(WrongInput, match="already"):
        studied("Counterfactual", asked(network, data), above=-1.0)
    with pytest.raises(WrongInput, match="no class"):
        studied("Counterfactual", asked(network, data), wish="yes")


def test_the_wished_class_is_the_one_reached() -> None:
    rows = normal(800, 2)
    rows[0] = torch.tensor([1.0, -1.0])
    data = among(rows, columns(2), torch.arange(800) % 3, Category(names=("east", "west", "north")))
    network = Formula(lambda x: torch.stack([x[:, 0], -x[:, 0], x[:, 1]], 1))
    any_other = studied("Counterfactual", asked(network, data))
    assert any_other.numbers["wish"] == "anything but east" and any_other.numbers["says"][0].startswith("west")
    north = studied("Counterfactual", asked(network, data), wish="north")
    assert all(said.startswith("north") for said in north.numbers["says"]) and north.numbers["found"] >= 1
    asked_about = studied("Counterfactual", asked(network, data, target=2))
    assert asked_about.numbers["wish"] == "north"
    with pytest.raises(WrongInput, match="says east already"):
        studied("Counterfactual", asked(network, data), wish="east")
    with pytest.raises(WrongInput, match="no class `nort`. Did you mean `north`"):
        studied("Counterfactual", asked(network, data), wish="nort")


def test_the_smallest_patch_is_the_one_that_decides() -> None:
    """Yes where any pixel of a planted 4×4 place is bright: all of it must go, and nothing else."""
    pictures = 0.3 * torch.rand(60, 1, 16, 16, generator=torch.Generator().manual_seed(0))
    pictures[::2, :, 5:9, 9:13] = 1.0
    network = two(lambda x: x[:, 0, 5:9, 9:13].amax((1, 2)) - 0.5)
    data = among(pictures, Image(channels=1, height=16, width=16), (torch.arange(60) + 1) % 2)
    for stand_in in ("examples", "auto"):
        found = studied("Counterfactual", asked(network, data), stand_in=stand_in)
        assert found.numbers["changes"][0]["rows"] == [5, 9] and found.numbers["changes"][0]["columns"] == [9, 13]
    (shown,) = found.shown
    assert len(shown.more["captions"]) == len(shown.data) == 3
    before, after, part = shown.data[:, 0]
    moved = before != after
    assert moved[5:9, 9:13].all() and moved.sum() == 16  # nothing but the patch is other
    np.testing.assert_array_equal(part[5:9, 9:13], after[5:9, 9:13])
    assert np.ptp(part[:5]) < 0.2 * np.ptp(before[:5]) + 1e-6  # the rest is dimmed
    assert "rows 6 to 9, columns 10 to 13 (6 % of the picture)" in found.says


def test_a_picture_that_nothing_turns() -> None:
    pictures = torch.rand(20, 1, 8, 8, generator=torch.Generator().manual_seed(0))
    data = among(pictures, Image(channels=1, height=8, width=8), torch.arange(20) % 2)
    never = two(lambda x: x.flatten(1).sum(1) * 0 + 1)
    found = studied("Counterfactual", asked(never, data))
    assert found.numbers["found"] == 0 and f"within {found.numbers['tries']:,} tries" in found.says
    with pytest.raises(WrongInput, match="None of 20 training examples gets the wished answer"):
        studied("Counterfactual", asked(never, data), stand_in="examples")
    few = studied("Counterfactual", asked(never, data), tries=100)
    assert few.numbers["tries"] < 1000


def test_a_text_turns_by_the_word_that_decides() -> None:
    texts = ["the film is great fun", "the film is bad fun", "a great day", "a bad day", "the day is fun"]
    ids, kind, encoder = reading(texts)
    weights = torch.zeros(len(encoder.vocabulary))
    weights[encoder.vocabulary.index("great")], weights[encoder.vocabulary.index("bad")] = 1.0, -0.5
    weights[2:] -= 0.01
    data = among(ids, kind, torch.tensor([1, 0, 1, 0, 1]), encoders={"x": encoder})
    found = studied("Counterfactual", asked(ByWord(weights), data), ways=2)
    assert {way[0]["from"] for way in found.numbers["changes"]} == {"great"}
    assert all(len(way) == 1 and way[0]["place"] == 3 for way in found.numbers["changes"])
    assert found.numbers["changes"][0][0]["to"] == "bad"  # the strongest replacement
    assert found.says.startswith("If “great” were “bad”, it would say no")
    (text,) = found.shown
    assert isinstance(text.kind, Text) and "⟦great → bad⟧" in text.data[1] and "the film is" in text.data[1]
    removed = studied("Counterfactual", asked(ByWord(weights), data), words="remove")
    assert removed.numbers["changes"][0] == [{"place": 3, "from": "great", "to": ""}]
    assert "⟦great ✗⟧" in removed.shown[0].data[1] and "were left out" in removed.says


def test_two_words_are_needed_where_one_is_not_enough() -> None:
    ids, kind, encoder = reading(["good good film", "bad film", "the film"])
    weights = torch.zeros(len(encoder.vocabulary))
    weights[encoder.vocabulary.index("good")], weights[encoder.vocabulary.index("film")] = 2.0, -1.0
    weights[encoder.vocabulary.index("the")] = weights[encoder.vocabulary.index("bad")] = -0.5
    data = among(ids, kind, torch.tensor([1, 0, 0]), encoders={"x": encoder})
    inquiry = asked(ByWord(weights), data)
    found = studied("Counterfactual", inquiry, words="remove")
    assert sorted(change["from"] for change in found.numbers["changes"][0]) == ["good", "good"]
    assert studied("Counterfactual", inquiry, words="remove", most=1).numbers["found"] == 0


def test_a_stretch_of_a_series_or_sound() -> None:
    steps = torch.zeros(30, 2, 40)
    steps[::2, 0, 12:16] = 5.0
    data = among(steps, Series(names=("u", "v"), steps=40), (torch.arange(30) + 1) % 2)
    found = studied("Counterfactual", asked(two(lambda x: x[:, 0, 12:16].amax(1) - 3), data))
    assert found.numbers["changes"][0]["columns"] == [12, 16]
    assert isinstance(found.shown[0].kind, Curves) and found.shown[0].data.shape[1] == 40
    waves = torch.zeros(10, 640)
    waves[::2, 200:300] = 0.5
    sounds = among(waves, Audio(rate=8000, samples=640), (torch.arange(10) + 1) % 2)
    loud = studied("Counterfactual", asked(two(lambda x: x[:, 200:300].abs().amax(1) - 0.2), sounds))
    assert loud.numbers["changes"][0]["columns"] == [200, 300]
    assert loud.says.startswith("If seconds 0.03 to 0.04 (16 % of the sound) were ")
    with pytest.raises(WrongInput, match="cannot be blurred"):
        studied("Counterfactual", asked(two(lambda x: x[:, 0]), sounds), stand_in="blur")


def test_chance_is_the_seed_s() -> None:
    pictures = torch.rand(40, 1, 8, 8, generator=torch.Generator().manual_seed(1))
    data = among(pictures, Image(channels=1, height=8, width=8), torch.arange(40) % 2)
    network = two(lambda x: x.flatten(1).mean(1) - 0.5)
    state = torch.get_rng_state()
    first, second = (studied("Counterfactual", asked(network, data), seed=3).numbers for _ in range(2))
    assert first == second and torch.equal(state, torch.get_rng_state())


def test_names_of_columns_without_an_encoder() -> None:
    rows = normal(200, 2)
    rows[0] = -1.0
    data = among(rows, Vector(names=("x", "y")), torch.arange(200) % 2, YES_NO)
    found = studied("Counterfactual", asked(two(lambda x: x[:, 0]), data))
    assert found.numbers["changes"][0][0]["column"] == "x"
