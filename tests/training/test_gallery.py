"""Galleries of answers that take words, and what pages make of them."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlviz.core.files import read_json, write_json
from dlviz.core.values import Notes, Tokens, Value
from dlviz.datasets.data import Data
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.datasets.toy_reversal import ToyReversal
from dlviz.datasets.toy_tunes import ToyTunes
from dlviz.tasks.answers import text_of
from dlviz.tasks.at_places import AtPlaces
from dlviz.tasks.forecasting import Forecasting
from dlviz.tasks.language_model import LanguageModel
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.tasks.sequence_to_sequence import SequenceToSequence
from dlviz.tasks.speech_recognition import SpeechRecognition
from dlviz.tasks.tagging import Tagging
from dlviz.tasks.task import Networks, Task
from dlviz.training.folder import RunFolder
from dlviz.training.gallery import write_gallery
from dlviz.ui import sparks
from dlviz.ui.gallery import gallery, parts

_spec = importlib.util.spec_from_file_location("task_support", Path(__file__).parents[1] / "tasks" / "support.py")
assert _spec is not None and _spec.loader is not None
support = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(support)

CASES: dict[str, tuple[Task, Any, Any]] = {
    "forecast": (Forecasting(), support.PAST, support.AHEAD),
    "tags": (Tagging(), support.WORDS, support.EACH),
    "next": (LanguageModel(), support.WORDS, support.WORDS),
    "speech": (SpeechRecognition(), support.SOUND, support.SAID),
}


def situation(name: str) -> tuple[Task, Networks, Data]:
    task, kind, target = CASES[name]
    some = support.data(kind, target)
    made = support.networks(task, some.fields, some.train)
    support.trained(task, made, some, steps=3)
    for network in made.values():
        network.eval()
    return task, made, some


@pytest.mark.parametrize("name", CASES)
def test_answers_that_take_words_are_kept(name: str, tmp_path: Path) -> None:
    task, made, some = situation(name)
    run = RunFolder(tmp_path)
    if name in ("tags", "next"):  # without an encoder there is no text to show
        assert not write_gallery(run, task, made, some, "test")
        return
    assert write_gallery(run, task, made, some, "test")
    entries = read_json(tmp_path / "gallery" / "test.json")
    inputs = Value.load(tmp_path / "gallery" / "test_inputs")
    assert len(entries) == len(inputs.data) == len({entry["index"] for entry in entries}) > 0
    targets = task.targets(some.fields)
    for entry in entries:
        assert entry["said"] and entry["true"] and 0 <= entry["certainty"] <= 1
        assert entry["prediction"] in [target for target, _, _ in entry["choices"]]
        assert all(0 <= target < len(targets) and name and said for target, name, said in entry["choices"])
    write_json(tmp_path / "data.json", {"fields": some.fields.document()})
    assert parts(run) == ["test"]
    found = gallery(run, "test")
    assert found.worded and found.classes == ()
    for wanted in found.filters():
        for at in found.places(wanted):
            assert all(isinstance(word, str) for word in found.words(at))
            assert found.choices(at)
    if name == "forecast":
        errors = [entry["error"] for entry in entries]
        assert errors == sorted(errors, reverse=True) and found.filters()[1] == "Largest error"
        assert [certain for certain in (entries[0]["certainty"], entries[-1]["certainty"])] == sorted(
            entry["certainty"] for entry in entries
        )[:: len(entries) - 1]
    else:
        wrong = [entry["wrong"] for entry in entries]
        assert wrong == sorted(wrong, reverse=True) and found.filters()[1] == "Wrong"
        assert [found.wrong(at) for at in range(len(entries))] == wrong


@pytest.mark.parametrize("name", CASES)
def test_what_is_told_is_what_is_said(name: str) -> None:
    """The score of what is asked about by default is the highest, where scores compete; forecasts are the forecast."""
    task, made, some = situation(name)
    batch = some.test.batch(slice(0, 5))
    told = task.told(made, batch, some.fields)
    assert told is not None and len(told) == 5
    alone = task.told(made, {"input": batch["input"]}, some.fields)
    assert alone is not None and [one.said for one in alone] == [one.said for one in told]
    assert all(one.true == "" and one.wrong is None for one in alone)
    with torch.no_grad():
        if name == "forecast":
            value = task.predict(made, batch, some.fields)["target"].data[:, 0]
            for row, one in enumerate(told):
                scores = [float(task.score(made, batch, step, some.fields)[row]) for step in range(3)]
                assert scores == pytest.approx(value[row], rel=1e-5)
                assert [choice.said for choice in one.choices] == [f"{number:.4g}" for number in value[row]]
                assert one.error == pytest.approx(np.abs(value[row] - batch["target"][row, 0].numpy()).mean(), rel=1e-4)
        elif name == "tags":
            value = task.predict(made, batch, some.fields)["target"].data
            for row, one in enumerate(alone):
                place, tag = divmod(one.target, 3)
                assert value[row, place] == tag
                assert one.wrong is None and (told[row].wrong is False) == bool(
                    (value[row] == batch["target"][row].numpy()).all()
                )
        elif name == "next":
            scores = torch.stack([task.score(made, batch, token, some.fields) for token in range(14)], 1)
            assert scores.argmax(1).tolist() == [one.target for one in told]


def test_the_next_token_follows_the_last_real_one() -> None:
    """Padding behind a text changes nothing, and what is left out in front moves the place."""
    task, made, some = situation("next")
    ids = torch.tensor([[3, 4, 5, 0, 0, 0, 0, 0, 0], [7, 3, 4, 5, 0, 0, 0, 0, 0]])
    with torch.no_grad():
        logits = made["model"](ids)
        scores = task.score(made, {"input": ids}, 6, some.fields)
    assert scores.tolist() == pytest.approx([float(logits[0, 2, 6]), float(logits[1, 3, 6])])


def test_a_symbol_is_heard_at_its_best_moment() -> None:
    """ln p / (1 - p), at the moment within the sound at which it is greatest."""
    task, made, some = situation("speech")
    assert isinstance(task, SpeechRecognition)
    batch = some.test.batch(slice(0, 6))
    batch["input"][:, 200:] = 0
    with torch.no_grad():
        logits, steps = task._logits(made, batch, some.fields)
        chance = logits.softmax(2)[:, :, 3]
        scores = task.score(made, batch, 3, some.fields)
    for row in range(6):
        own = chance[row, : int(steps[row])]
        assert float(scores[row]) == pytest.approx(float((own / (1 - own)).log().max()), abs=1e-4)


def test_a_gap_is_told_as_its_score_says_and_classes_beside_the_texts_mean_nothing(tmp_path: Path) -> None:
    """Each place that is told is hidden alone, and the likeliest token there has the highest score; a run on texts with
    classes keeps what is said in gaps, not classes."""
    some = support.data(support.WORDS, support.CLASSES)
    some = replace(
        some, encoders={"input": TextEncoder(vocabulary=support.WORDS.vocabulary, length=support.WORDS.length)}
    )
    task = MaskedLanguageModel()
    made = support.networks(task, some.fields, some.train)
    made["model"].eval()
    batch = some.test.batch(slice(0, 4))
    many = len(support.WORDS.vocabulary)
    told = task.told(made, batch, some.fields)
    for row, one in enumerate(told):
        places = {target // many for target, _, _ in one.choices}
        own = batch["input"][row]
        assert len(places) == min(8, int((own > 1).sum())) and all(own[place] > 1 for place in places)
        for place in places:
            with torch.no_grad():
                scores = [
                    float(task.score(made, batch, place * many + token, some.fields)[row]) for token in range(many)
                ]
            best = place * many + 2 + int(np.argmax(scores[2:]))
            first = next(choice for choice in one.choices if choice.target // many == place)
            assert first.target == best and first.name == task.targets(some.fields)[best]
        assert one.wrong == (one.target % many != int(own[one.target // many]))
    assert write_gallery(RunFolder(tmp_path), task, made, some, "test")
    write_json(tmp_path / "data.json", {"fields": some.fields.document()})
    found = gallery(RunFolder(tmp_path), "test")
    assert found.worded and found.classes == () and found.filters()[1] == "Wrong"


def test_an_answer_is_told_place_by_place_after_the_true_beginning(tmp_path: Path) -> None:
    data = ToyReversal(size=120, digits=4).load(0)
    task = SequenceToSequence()
    made = support.networks(task, data.fields, data.train)
    made["model"].eval()
    batch = data.test.batch(slice(0, 4))
    kind = data.fields.targets["target"]
    assert isinstance(kind, Tokens)
    many = len(kind.vocabulary)
    with torch.no_grad():
        said = made["model"](batch["source"], batch["so_far"])[..., 3:].argmax(2) + 3
    for row, one in enumerate(task.told(made, batch, data.fields)):
        wrong = (said[row] != batch["target"][row]).nonzero()[:, 0]
        place, token = divmod(one.target, many)
        assert bool(one.wrong) == bool(len(wrong)) and place == (int(wrong[0]) if len(wrong) else 0)
        assert token == int(said[row, place])
        assert one.true == text_of(kind, batch["target"][row].tolist())
        assert {target // many for target, _, _ in one.choices} == set(range(int((batch["target"][row] != 0).sum())))
    assert write_gallery(RunFolder(tmp_path), task, made, data, "test")
    inputs = Value.load(tmp_path / "gallery" / "test_inputs")
    first = read_json(tmp_path / "gallery" / "test.json")[0]
    assert str(inputs.data[0]) == str(data.shown("test", [first["index"]])["source"].data[0])


def test_names_at_places_are_found_without_a_list() -> None:
    names = AtPlaces(("<pad>", "cat", "at place 2"), 4)
    assert list(names) == [
        f"{said} at place {place}" for place in range(1, 5) for said in ("<pad>", "cat", "at place 2")
    ]
    assert [names.index(name) for name in names] == list(range(12)) and names[-1] == "at place 2 at place 4"
    assert names[1:3] == ("cat at place 1", "at place 2 at place 1")
    for absent in ("cat", "cat at place 5", "cat at place 0", "dog at place 1", "cat at place x", 3):
        assert absent not in names
    with pytest.raises(ValueError, match="none of these"):
        names.index("cat at place 5")
    with pytest.raises(IndexError):
        names[12]


def test_a_series_is_chosen_by_its_line() -> None:
    rising = np.linspace(0, 1, 50)[None, None]
    flat, empty = np.full((1, 1, 50), 7.0), np.zeros((0, 1, 50))
    (picture,) = sparks.sparks(rising)[0]
    bright = np.argwhere(picture > 0.6)
    left, right = bright[bright[:, 1] < 30], bright[bright[:, 1] > 66]
    assert left[:, 0].min() > right[:, 0].max()  # upwards
    (line,) = sparks.sparks(flat)[0]
    assert abs(np.argwhere(line > 0.6)[:, 0].mean() - sparks.HEIGHT / 2) < 2
    assert sparks.sparks(empty).shape == (0, 1, sparks.HEIGHT, sparks.WIDTH)


def test_music_is_chosen_by_its_notes(tmp_path: Path) -> None:
    """Upwards step by step is drawn upwards; what a network says of the next note is kept with the notes so far."""
    scale = np.array([[[0, 2, 60, 0], [2, 2, 64, 0], [4, 2, 67, 0], [-1, -1, -1, -1]]])
    (picture,) = sparks.rolls(scale)[0]
    first, last = picture[:, : sparks.WIDTH // 3] > 0.6, picture[:, -sparks.WIDTH // 3 :] > 0.6
    assert np.argwhere(first)[:, 0].min() > np.argwhere(last)[:, 0].max()
    assert sparks.rolls(scale[:, 3:]).max() < 0.6 and sparks.rolls(scale[:0]).shape == (
        0,
        1,
        sparks.HEIGHT,
        sparks.WIDTH,
    )
    data, task = ToyTunes().load(0), LanguageModel()
    made = support.networks(task, data.fields, data.train, task.starters(data.fields)["GRU"])
    assert write_gallery(RunFolder(tmp_path), task, made, data, "test")
    assert isinstance(Value.load(tmp_path / "gallery" / "test_inputs").kind, Notes)
