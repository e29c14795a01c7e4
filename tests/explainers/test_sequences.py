"""Does a method find the word, the window, the tone that decides? And before the network learned anything?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sequence_stand_ins import HIGH, LOW, RATE, SAMPLES, WORDS, World, series, sounds, texts

from dlviz.asking.answer import ask
from dlviz.core.values import Array
from dlviz.explainers.explainer import Explainer, Explanation
from dlviz.tasks.classification import Classification

#: Columns of a spectrogram lie so many samples apart, and each looks at twice as many to either side.
HOP = 128


@pytest.fixture(scope="module")
def words() -> World:
    return texts()


@pytest.fixture(scope="module")
def lines() -> World:
    return series()


@pytest.fixture(scope="module")
def tones() -> World:
    return sounds()


def explained(document: dict[str, Any], world: World, index: int, trained: bool = True) -> Explanation:
    """What speaks for the true class of an example."""
    method = Explainer.parse(document)
    assert method is not None
    target = int(world.data.test.columns["y"][index])
    networks = {"model": world.network if trained else world.fresh}
    return ask(Classification(), networks, world.data, "test", index, target, method).explanation


def planted(world: World, index: int, values: Array) -> Array:
    """Where what decides lies, in the explanation's shape."""
    begin, end = world.places[index]
    inside = np.zeros(values.shape, dtype=bool)
    target = int(world.data.test.columns["y"][index])
    if values.ndim == 3:  # a spectrogram: the bands about the tone, in columns that can hear it
        columns = np.arange(values.shape[2]) * HOP
        mel = 2595 * np.log10(1 + np.array([(LOW, HIGH)[target], RATE / 2]) / 700)
        band = mel[0] / mel[1] * (values.shape[1] + 1) - 1
        near = np.abs(np.arange(values.shape[1]) - band) <= 2.5
        inside[0] = near[:, None] & (columns > begin - HOP)[None] & (columns < end + HOP)[None]
    elif values.ndim == 2:
        inside[target, begin:end] = True
    else:
        inside[begin:end] = True
    return inside


def found(document: dict[str, Any], world: World, trained: bool = True, many: int = 6) -> tuple[float, float]:
    """The mean share of the positive weight that lies where it should, and how often the largest weight does."""
    shares, hits = [], []
    for index in range(many):
        values = explained(document, world, index, trained).values
        inside, weights = planted(world, index, values), values.clip(min=0)
        shares.append(weights[inside].sum() / max(weights.sum(), 1e-12))
        hits.append(weights[inside].max() >= weights.max() > 0)
    return float(np.mean(shares)), float(np.mean(hits))


def held(document: dict[str, Any], world: World, least: float, chance: float) -> None:
    share, pointed = found(document, world)
    before, _ = found(document, world, trained=False)
    print(f"{document}: {share:.3f} of the weight where it should be, pointing {pointed:.2f}; untrained {before:.3f}")
    assert share >= least
    assert pointed >= 0.95
    assert before <= chance


@pytest.mark.parametrize(
    ("document", "least"),
    [
        ({"kind": "Occlusion"}, 0.85),
        ({"kind": "Occlusion", "baseline": "unknown"}, 0.85),
        ({"kind": "IntegratedGradients"}, 0.88),
        ({"kind": "Lime"}, 0.85),
        ({"kind": "Shap"}, 0.8),
    ],
    ids=str,
)
def test_the_word_that_decides_is_found(document: dict[str, Any], least: float, words: World) -> None:
    held(document, words, least, chance=0.25)  # one of eight to sixteen


@pytest.mark.parametrize(
    ("document", "least"),
    [({"kind": "Occlusion"}, 0.6), ({"kind": "Lime"}, 0.55), ({"kind": "Shap"}, 0.6)],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_the_window_that_decides_is_found_in_its_series(document: dict[str, Any], least: float, lines: World) -> None:
    held(document, lines, least, chance=0.15)  # 8 steps of 64, in one of two series: .06


@pytest.mark.parametrize("kind", ["Occlusion", "Lime"])
def test_the_mean_of_the_training_part_hides_a_series_badly(kind: str, lines: World) -> None:
    """It lies far from where this window stands, so putting it in is loud news itself; so `auto` does not."""
    far, _ = found({"kind": kind, "baseline": "mean"}, lines)
    own, _ = found({"kind": kind}, lines)
    assert far < own / 2


def test_a_walk_behind_an_instance_norm_adds_up(lines: World) -> None:
    """That layer sees the same of a window whatever its spread, so the way goes on behind it."""
    shares, hits = [], []
    for index in range(6):
        found = explained({"kind": "IntegratedGradients"}, lines, index)
        assert found.gap is not None and abs(found.gap) < 0.01 * abs(found.values.sum())
        inside, weights = planted(lines, index, found.values), found.values.clip(min=0)
        shares.append(weights[inside].sum() / weights.sum())
        hits.append(weights[inside].max() == weights.max())
    assert np.mean(shares) > 0.4 and np.mean(hits) > 0.8


@pytest.mark.parametrize(
    ("document", "least"),
    [({"kind": "Occlusion"}, 0.65), ({"kind": "Lime", "samples": 300}, 0.55), ({"kind": "Shap"}, 0.65)],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_the_moment_that_decides_is_heard(document: dict[str, Any], least: float, tones: World) -> None:
    held(document, tones, least, chance=0.3)  # an eighth of the sound, and what its windows reach over


@pytest.mark.parametrize("kind", ["Occlusion", "Lime"])
def test_dead_silence_hides_a_moment_badly(kind: str, tones: World) -> None:
    settings = {"samples": 300} if kind == "Lime" else {}
    silent, _ = found({"kind": kind, "baseline": "zero", **settings}, tones)
    quiet, _ = found({"kind": kind, **settings}, tones)
    assert silent < 0.75 * quiet


@pytest.mark.parametrize(
    ("document", "least"),
    [
        ({"kind": "IntegratedGradients"}, 0.8),
        ({"kind": "Occlusion", "sounds": "spectrogram"}, 0.65),
        ({"kind": "Lime", "sounds": "spectrogram", "samples": 300}, 0.5),
        ({"kind": "Shap", "sounds": "spectrogram"}, 0.6),
        ({"kind": "Saliency"}, 0.3),
    ],
    ids=str,
)
def test_the_tone_that_decides_is_found_in_time_and_pitch(document: dict[str, Any], least: float, tones: World) -> None:
    held(document, tones, least, chance=0.15)
    explanation = explained(document, tones, 0)
    assert explanation.kind.over == "spectrogram"
    assert explanation.under is not None and explanation.under.shape == explanation.values.shape == (1, 24, 33)


def test_what_a_sound_lies_over(tones: World) -> None:
    explanation = explained({"kind": "Occlusion"}, tones, 0)
    assert explanation.values.shape == (SAMPLES,) and explanation.kind.over == "sound"


def test_a_text_is_named_token_by_token(words: World) -> None:
    explanation = explained({"kind": "Occlusion"}, words, 3)
    ids = words.data.test.columns["x"][3]
    assert explanation.kind.names == tuple(WORDS.vocabulary[number] for number in ids.tolist() if number)
    assert explanation.kind.over == "text" and explanation.kind.spaced
    assert explanation.values.shape == (len(explanation.kind.names),)


def test_an_unknown_word_that_was_never_met_is_told_in_the_note(words: World) -> None:
    assert "WordDropout" in explained({"kind": "Occlusion", "baseline": "unknown"}, words, 3).note
    assert "WordDropout" in explained({"kind": "IntegratedGradients", "baseline": "unknown"}, words, 3).note
    assert "WordDropout" not in explained({"kind": "Occlusion"}, words, 3).note
    words.data.train.columns["x"][7, 0], before = 1, int(words.data.train.columns["x"][7, 0])
    try:
        assert "WordDropout" not in explained({"kind": "Occlusion", "baseline": "unknown"}, words, 3).note
    finally:
        words.data.train.columns["x"][7, 0] = before
