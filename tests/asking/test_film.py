"""Film: networks as they stood before are the very same, and since when a network looks at a giveaway is told."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlviz.asking.earlier import can_retake, epoch_at, moments, networks_at
from dlviz.asking.film import Film, _began, film, written
from dlviz.asking.load import Opened
from dlviz.core.problems import WrongInput
from dlviz.core.values import Attribution, Curves
from dlviz.explainers.explainer import Explainer
from dlviz.training.checkpoint import Checkpoints
from dlviz.training.folder import steps_in
from tests.asking.planted_runs import planted_run


@pytest.fixture(scope="module")
def cheating(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return planted_run(tmp_path_factory.mktemp("film") / "run", share=1.0)


def method(kind: str) -> Explainer:
    made = Explainer.parse(kind)
    assert made is not None
    return made


def marked_eight(opened: Opened, marked: bool = True) -> int:
    carry = opened.restored.spec.data.carriers(opened.data, 0)["test"]  # type: ignore[attr-defined]
    return int(((carry == marked) & (opened.data.test.columns["label"] == 8)).nonzero()[0])


def made(opened: Opened, kind: str, index: int, **settings: int) -> Film:
    return film(opened, "test", index, 8, method(kind), **settings)


def test_steps_taken_again_lead_to_the_very_same_weights(cheating: Opened) -> None:
    kept = sorted(steps_in(cheating.run.checkpoints))
    assert kept[-1] == cheating.restored.step and len(kept) >= 2
    chance, threads = torch.get_rng_state(), torch.get_num_threads()
    between = (kept[0] + kept[1]) // 2
    found = networks_at(cheating, [0, 7, kept[0], between, kept[-1]])
    assert list(found) == [0, 7, kept[0], between, kept[-1]]
    assert torch.equal(torch.get_rng_state(), chance) and torch.get_num_threads() == threads

    def weights(step: int) -> list[torch.Tensor]:
        return list(found[step]["model"].state_dict().values())

    # the checkpoint is left out: the way to it is trained again, from the seed, and must end in its very bits
    from dlviz.asking import earlier

    again = earlier._retaken(cheating, [kept[0]], lambda done, of: None)[kept[0]]["model"].state_dict()
    stored = Checkpoints(cheating.run.checkpoints).read(str(kept[0]))
    assert stored is not None
    for name, tensor in stored.get("networks/model").items():
        assert torch.equal(again[name], tensor)
    steps = list(found)
    for one, other in zip(steps, steps[1:], strict=False):
        assert not torch.equal(weights(one)[0], weights(other)[0])


def test_it_begins_to_look_at_the_giveaway_while_it_trains(cheating: Opened) -> None:
    for kind in ("IntegratedGradients", "Occlusion"):
        found = made(cheating, kind, marked_eight(cheating))
        first, last = found.frames[0], found.frames[-1]
        assert first.step == 0 and last.step == cheating.restored.step
        assert found.place == "at the bottom right" and found.chance == 4 / 64
        assert first.share < 0.3 < 0.5 < last.share
        assert found.began is not None and 0 < found.began < len(found.frames)
        assert found.frames[found.began].epoch <= 2
        assert all(frame.share >= (first.share + last.share) / 2 for frame in found.frames[found.began :])
        assert found.says.startswith(f"It began to look there at epoch {written(found.frames[found.began].epoch)}")
        assert first.probability is not None and last.probability is not None
        assert first.probability < 0.3 and last.probability > 0.9


def test_what_is_drawn_and_told(cheating: Opened) -> None:
    found = made(cheating, "Occlusion", marked_eight(cheating), frames=5)
    course, *frames = found.values()
    assert isinstance(course.kind, Curves) and course.data.shape == (2, len(found.frames))
    assert len(frames) == len(found.frames) <= 6 and all(isinstance(one.kind, Attribution) for one in frames)
    assert frames[0].title == "Before training" and "at the bottom right" in frames[0].note
    document = found.document()
    assert [frame["step"] for frame in document["frames"]] == [frame.step for frame in found.frames]
    assert "values" not in str(document)


def test_moments_lie_denser_at_first_and_epochs_are_known(cheating: Opened) -> None:
    steps = moments(cheating, 8)
    assert steps[0] == 0 and steps[-1] == cheating.restored.step and np.all(np.diff(np.diff(steps)) >= 0)
    each = cheating.restored.step / 8
    assert epoch_at(cheating.run, each) == 1 and epoch_at(cheating.run, 2.5 * each) == 2.5
    assert not can_retake(cheating, 0.0)
    assert set(moments(cheating, 8, 0.0)) <= {*steps_in(cheating.run.checkpoints)}


def test_one_moment_is_no_film(cheating: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.asking.film.moments", lambda *_: [cheating.restored.step])
    with pytest.raises(WrongInput, match="one moment"):
        made(cheating, "Occlusion", 0)


@pytest.mark.parametrize(
    ("shares", "began"),
    [
        ([0.1, 0.1, 0.5, 0.6], 2),
        ([0.1, 0.5, 0.1, 0.6], 3),  # it looked away again in between
        ([0.5, 0.5, 0.6], None),  # it always did
        ([0.02, 0.03, 0.1], None),  # no more than chance would put there
        ([0.1, 0.6], 1),
    ],
)
def test_when_it_began(shares: list[float], began: int | None) -> None:
    assert _began(np.array(shares), 0.0625) == began


def test_epochs_as_a_person_writes_them() -> None:
    assert [written(epoch) for epoch in (0.025, 0.5, 1.0, 2.25, 12.4)] == ["0.03", "0.5", "1", "2.2", "12"]
