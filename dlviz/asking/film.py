"""Film: one example's explanation over the training of a run: what the network went by, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dlviz.asking.answer import Answer, explained
from dlviz.asking.earlier import SECONDS, epoch_at, moments, networks_at
from dlviz.asking.load import Opened
from dlviz.asking.pose import Put, pose
from dlviz.asking.shared_features import shared
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Category, Curves, Value
from dlviz.core.written import percent
from dlviz.explainers.explainer import Explainer, Step, silent
from dlviz.explainers.scored import field_of
from dlviz.studies.places import Places

#: A place stands out where it has so many times what chance would give it, and what it had at first.
_CHANCE, _GROWN = 2.0, 1.5


@dataclass(frozen=True)
class Frame:
    """The explanation after `step` steps. `share`: how much of it lay in the place where most of the last one lies;
    `probability`: of the explained class; None where a number is foretold."""

    step: int
    epoch: float
    answer: Answer
    share: float
    probability: float | None

    @property
    def score(self) -> float:
        return self.answer.explanation.score


@dataclass(frozen=True)
class Film:
    """`place` in words is where most of the last explanation lies, `chance` what would lie there if it lay everywhere
    alike. `began`: the number of the frame from which on the network looks there; None: it always did, or nowhere."""

    frames: tuple[Frame, ...]
    place: str
    chance: float
    began: int | None
    says: str

    def values(self) -> list[Value]:
        """What to draw: the share and the probability over the epochs, then the frames in their order."""
        lines = {"in that place": [frame.share for frame in self.frames]}
        if self.frames[0].probability is not None:
            name = self.frames[-1].answer.target_name
            lines[f"probability of {name}"] = [float(frame.probability or 0) for frame in self.frames]
        kind = Curves(names=tuple(lines), x_title="epoch", y_title="share, probability")
        x = np.array([frame.epoch for frame in self.frames])
        course = Value(kind, np.array(list(lines.values())), "Since when it looks there", more={"x": x})
        return [course, *(self._frame(frame) for frame in self.frames)]

    def document(self) -> dict[str, Any]:
        """The film without its pictures, as plain JSON values."""
        return {
            "says": self.says, "place": self.place, "chance": round(self.chance, 6), "began": self.began,
            "frames": [
                {
                    "step": frame.step, "epoch": round(frame.epoch, 3), "score": frame.score,
                    "share": round(frame.share, 6), "probability": frame.probability,
                }
                for frame in self.frames
            ],
        }  # fmt: skip

    def _frame(self, frame: Frame) -> Value:
        value = frame.answer.value()
        title = f"Epoch {written(frame.epoch)} (step {frame.step:,})" if frame.step else "Before training"
        name = frame.answer.target_name
        chance = "" if frame.probability is None else f" Probability of {name}: {percent(frame.probability)}."
        note = f"{percent(frame.share)} of it lies {self.place}.{chance}"
        return Value(value.kind, value.data, title, note, value.more)


def film(
    opened: Opened, part: str, index: int, target: int | None, method: Explainer, step: Step = silent,
    frames: int = 10, seconds: float = SECONDS,
) -> Film:  # fmt: skip
    """Explain an example with the weights of up to `frames` moments of its run; `target` None: what is predicted in the
    end. Moments without a checkpoint are had by training again, if that takes no longer than about `seconds`.

    Raises `WrongInput` where fewer than two moments can be had.
    """
    last = _put(opened, opened.networks, part, index, target, method)
    asked = last.question.target
    half = frames / 2  # of what is to be done, taking steps again counts as much as half of the explanations
    networks = networks_at(
        opened, moments(opened, frames, seconds), lambda done, of: step(half * done / max(of, 1), frames + half)
    )
    if len(networks) < 2:
        raise WrongInput(
            f"The run {opened.run.id} has one moment that can be seen: step {opened.restored.step}. Let runs keep more "
            "of their past (`history`), or allow more seconds to train the way again."
        )
    puts = {at: _put(opened, own, part, index, asked, method) for at, own in networks.items()}
    answers = []
    for number, put in enumerate(puts.values()):
        answers.append(explained(put, method))
        step(half + (number + 1) * frames / len(puts), frames + half)
    return _cut(opened, list(puts), list(puts.values()), answers)


def _put(opened: Opened, networks: Any, part: str, index: int, target: int | None, method: Explainer) -> Put:
    return pose(opened.task, networks, opened.data, part, index, target, method.kind(), method.why_not)


def _cut(opened: Opened, steps: Sequence[int], puts: Sequence[Put], answers: Sequence[Answer]) -> Film:
    common = shared([put.question for put in puts], [answer.explanation for answer in answers])
    _, kind = field_of(puts[-1].question)
    assert common.features is not None, "one method lies over one thing"
    places = Places.of(common.features, common.names, kind)
    sizes = np.abs(common.weights)
    shares = places.shares(sizes / np.maximum(sizes.sum(1, keepdims=True), 1e-12))
    at = int(shares[-1].argmax())
    chance = places.chance(at, common.count)
    made = []
    for number, (moment, put, answer) in enumerate(zip(steps, puts, answers, strict=True)):
        said = put.prediction
        probability = float(said.data[0, put.question.target]) if isinstance(said.kind, Category) else None
        made.append(Frame(moment, epoch_at(opened.run, moment), answer, float(shares[number, at]), probability))
    began = _began(shares[:, at], chance)
    return Film(tuple(made), places.said[at], chance, began, _said(made, places.said[at], began, chance))


def _began(shares: Array, chance: float) -> int | None:
    """The first moment from which on more than half of the way from the first share to the last is gone; None where the
    last is hardly more than the first, or than chance."""
    first, last = float(shares[0]), float(shares[-1])
    if last < _GROWN * first or last < _CHANCE * chance:
        return None
    low = np.flatnonzero(shares < (first + last) / 2)
    return int(low[-1]) + 1


def _said(frames: Sequence[Frame], place: str, began: int | None, chance: float) -> str:
    last, first = frames[-1], frames[0]
    before = "before training" if first.step == 0 else f"at epoch {written(first.epoch)}"
    if began is not None:
        return (
            f"It began to look there at epoch {written(frames[began].epoch)}: in the end {percent(last.share)} of the "
            f"explanation lies {place}, {before} {percent(first.share)}."
        )
    if last.share < _CHANCE * chance:
        return (
            f"No place stands out: most lies {place}, {percent(last.share)}, where chance would put {percent(chance)}."
        )
    return (
        f"It looked there from the first: {percent(last.share)} of the explanation lies {place} in the end, {before} "
        f"{percent(first.share)}."
    )


def written(epoch: float) -> str:
    """An epoch as a person writes it: 12, 3, 1.5, 0.03."""
    if epoch >= 10 or abs(epoch - round(epoch)) < 0.005:
        return f"{epoch:.0f}"
    return f"{epoch:.1f}" if epoch >= 1 else f"{epoch:.1g}"
