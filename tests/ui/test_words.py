"""Numbers, times and settings as people read them."""

import math

import pytest

from dlviz.ui import words
from dlviz.ui.differences import differing, worded
from dlviz.ui.examples import documents, first_sentence
from dlviz.ui.overview import shown


@pytest.mark.parametrize(
    ("value", "said"),
    [(166618, "166,618"), (0.97123, "0.9712"), (1.2e-5, "1.2e-05"), (0, "0"), (12345.678, "12,346"), (None, "–"),
     (math.nan, "not a number"), (2.0, "2")],
)  # fmt: skip
def test_numbers(value, said):
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.3, "under 1 s"), (8.4, "8 s"), (89, "89 s"), (120, "2 min"), (4800, "1 h 20 min"), (7200, "2 h"),
     (3 * 86400, "3 days"), (None, "–"), (math.inf, "–")],
)  # fmt: skip
def test_durations(seconds, said):
    assert words.duration(seconds) == said


def test_times():
    noon = 1_800_000_000.0
    assert [words.ago(noon - passed, noon) for passed in (5, 300, 7200)] == ["just now", "5 min ago", "2 h ago"]
    assert words.left(130) == "about 2 min left"
    assert words.left(None) == "working out how long it takes"


def test_figures():
    assert words.percent(0.9852) == "98.5 %"
    assert words.percent(0.9999) == "99.99 %"
    assert shown("r2", -0.001) == "0.00"
    assert shown("accuracy", 1.0) == "100 %"
    assert words.percent(math.nan) == "–"
    told = [words.metric(name) for name in ("validation.r2", "test.f1", "f1_St. Bernard")]
    assert told == ["validation R²", "test F1", "F1 of St. Bernard"]
    assert words.size(3_400_000) == "3.4 MB"
    assert words.count(1, "run") == "1 run" and words.count(1204, "run") == "1,204 runs"


def test_settings_that_differ():
    one = {"seed": 0, "optimization": {"optimizer": {"kind": "Adam", "lr": 0.01}},
           "networks": {"model": [{"name": "fc", "kind": "Linear", "out_features": 8, "inputs": []}]}}  # fmt: skip
    two = {"seed": 0, "optimization": {"optimizer": {"kind": "SGD", "lr": 0.01}},
           "networks": {"model": [{"name": "fc", "kind": "Linear", "out_features": 9, "inputs": []},
                                  {"name": "act", "kind": "ReLU", "inputs": ["fc"]}]}}  # fmt: skip
    found = differing([one, two])
    assert found == {
        "optimization.optimizer": ["Adam", "SGD"],
        "networks.model.fc.out_features": ["8", "9"],
        "networks.model": ["Linear", "Linear, ReLU"],
    }
    assert differing([one, one]) == {}
    assert [worded(place) for place in found] == ["Optimizer", "fc · out features", "Layers"]
    places = ("optimization.optimizer.lr", "optimization.regularizers.L2.strength", "training.batch_size", "data.noise",
              "networks.generator.fc.bias", "seed")  # fmt: skip
    assert [worded(place) for place in places] == [
        "Optimizer · learning rate", "L2 · strength", "Batch size", "Data · noise", "generator · fc · bias", "Seed",
    ]  # fmt: skip


def test_every_lesson_has_a_card():
    for document in documents().values():
        assert document["title"] and 10 < len(first_sentence(str(document["notes"]))) < 200


def test_tasks_bear_the_names_that_people_know():
    assert [words.task(kind) for kind in ("Gan", "Classification")] == ["GAN", "Classification"]
