"""Compare: agreement against known answers, who goes a way of its own, and who is left out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from dlviz.asking.compare import Asked, Comparison, compare, top_count
from dlviz.asking.load import Opened
from dlviz.asking.witnesses import by_classes, by_examples, by_methods, by_runs, by_steps
from dlviz.core.problems import WrongInput
from dlviz.core.values import Attribution, Matrix
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.piecewise import subject
from dlviz.training.folder import steps_in
from tests.asking.planted_runs import planted_run


def method(kind: str, **settings: Any) -> Explainer:
    made = Explainer.parse({"kind": kind, **settings})
    assert made is not None
    return made


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return planted_run(tmp_path_factory.mktemp("compare") / "one", "BreastCancer")


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Opened:
    return planted_run(tmp_path_factory.mktemp("compare") / "digits", share=1.0)


class Told(Explainer, abstract=True):
    """Says what it is told to say, for tests."""

    says: tuple[float, ...] = ()
    paper = reading = misleads = cost = ""

    def why_not(self, task: Any, networks: Any, fields: Any) -> str | None:
        return None

    def explain(self, question: Question, step: Step) -> Explanation:
        about = subject(question)
        return Explanation(np.array(self.says), about.attribution(), 0.0, "")


class Unsigned(Told, abstract=True):
    """The same without signs, for tests."""

    signed = False


def told(opened: Opened, *says: Explainer) -> Comparison:
    put = by_methods(opened, "test", 0, None, says)[0].put
    return compare("methods", [Asked(str(number), put, one) for number, one in enumerate(says)])


def test_agreement_by_hand(table: Opened) -> None:
    """31 columns: the same order is 1, the reversed -1, without signs a mirrored one is 1 as well."""
    rising = np.arange(31.0) - 15
    found = told(table, Told(says=tuple(rising)), Told(says=tuple(3 * rising + 1)), Told(says=tuple(-rising)))
    np.testing.assert_allclose(found.agreement, [[1, 1, -1], [1, 1, -1], [-1, -1, 1]], atol=1e-9)
    assert found.names == ("0", "1", "2") and "2 goes a way of its own (-1.00); the others agree by 1.00" in found.says
    mirrored = told(table, Told(says=tuple(rising)), Unsigned(says=tuple(np.abs(rising))))
    np.testing.assert_allclose(mirrored.agreement, 1, atol=1e-9)
    assert "These 2 methods agree" in mirrored.says


def test_the_top_by_hand(table: Opened) -> None:
    """Of 31 columns three are the top ones; two of them in common are two thirds."""
    assert [top_count(count) for count in (1, 2, 4, 9, 31, 64, 200)] == [1, 1, 1, 3, 3, 6, 20]
    one, other = np.zeros(31), np.zeros(31)
    one[[3, 5, 7]], other[[3, 5, 9]] = [5, -4, 3], [-5, 4, 3]
    found = told(table, Told(says=tuple(one)), Told(says=tuple(other)))
    assert found.overlap[0, 1] == pytest.approx(2 / 3) and found.by_chance == pytest.approx(3 / 31)
    first = table.data.encoders["row"].groups()
    assert f"All give the most to `{list(first)[3]}`" in found.says
    np.testing.assert_allclose(found.ranks()[0][[3, 5, 7]], [1, 29 / 30, 28 / 30])
    np.testing.assert_allclose(found.ranks()[0][[0, 1, 2, 30]], 13.5 / 30)  # 28 that are alike


def test_methods_agree_on_the_leak(table: Opened) -> None:
    index = int(table.restored.spec.data.carriers(table.data, 0)["test"].nonzero()[0])  # type: ignore[attr-defined]
    kinds = ["IntegratedGradients", "Occlusion", "Shap", "GradCam"]
    found = compare("methods", by_methods(table, "test", index, 1, [method(kind) for kind in kinds]), trust=True)
    assert list(found.left_out) == ["Grad-CAM"] and "pictures" in found.left_out["Grad-CAM"]
    assert found.says.startswith("These 3 methods agree") and "`leak`" in found.says
    ranks = [own["rank"] for own in found.trust if own]
    assert len(ranks) == 3 and ranks == sorted(ranks, reverse=True)
    *each, agree, top, bars, mean, spread = found.values()
    assert isinstance(agree.kind, Matrix) and isinstance(top.kind, Matrix) and len(bars.data) == 3
    assert isinstance(mean.kind, Attribution) and mean.data[-1] == 1 and spread.data[-1] == 0
    assert {one.title.split(" for ")[0] for one in each} == {"Integrated gradients", "Occlusion", "SHAP"}
    document = found.document()
    assert document["names"] == list(found.names) and document["trust"][0]["judgement"]


def test_one_method_on_examples_classes_and_steps(digits: Opened) -> None:
    chosen = method("Occlusion")
    carry = digits.restored.spec.data.carriers(digits.data, 0)["test"]  # type: ignore[attr-defined]
    eights = (carry & (digits.data.test.columns["label"] == 8)).nonzero().flatten()[:4].tolist()
    examples = compare("examples", by_examples(digits, "test", eights, 8, chosen))
    mark = [54, 55, 62, 63]
    assert len(examples.names) == 4 and (examples.ranks()[:, mark].mean(1) > 0.8).all()
    assert len(examples.values()) == 6  # they lie over other pictures, so no map of all
    assert [one.title for one in examples.values()[:4]] == [f"test {index}: 8" for index in eights]

    classes = compare("classes", by_classes(digits, "test", eights[0], [8, 3], chosen))
    assert classes.names == ("8", "3") and classes.agreement[0, 1] < 0.5

    kept = sorted(steps_in(digits.run.checkpoints))
    steps = compare("steps", by_steps(digits, "test", eights[0], None, chosen, kept))
    assert steps.names == tuple(f"step {step:,}" for step in kept)
    assert {answer.target for answer in steps.answers} == {8}


def test_a_sure_cheat_and_an_honest_run_see_one_example(digits: Opened, tmp_path: Path) -> None:
    """The other run divided and scaled its data by another seed: it is shown the very example of the first."""
    other = planted_run(tmp_path / "other", share=0.0, seed=5)
    assert other.data.encoders["image"] != digits.data.encoders["image"]
    carry = digits.restored.spec.data.carriers(digits.data, 0)["test"]  # type: ignore[attr-defined]
    index = int((carry & (digits.data.test.columns["label"] == 8)).nonzero()[0])
    asked = by_runs([digits, other], "test", index, 8, method("Occlusion"), ["cheat", "honest"])
    shown = [
        opened.data.encoders["image"].decode(one.put.question.inputs["image"]).data
        for one, opened in zip(asked, (digits, other), strict=True)
    ]
    np.testing.assert_allclose(shown[0], shown[1], atol=1 / 255)
    found = compare("runs", asked)
    mark = [54, 55, 62, 63]
    share = np.abs(found.shared.weights) / np.abs(found.shared.weights).sum(1, keepdims=True)
    assert share[0, mark].sum() > 0.4 > 0.25 > share[1, mark].sum()
    with pytest.raises(WrongInput, match="other classes"):
        by_runs([digits, planted_run(tmp_path / "rows", "BreastCancer")], "test", 0, None, method("Occlusion"))


def test_several_texts_share_their_words(tmp_path: Path) -> None:
    opened = planted_run(tmp_path / "texts", "ToyText", share=1.0)
    carry = opened.restored.spec.data.carriers(opened.data, 0)["test"].nonzero().flatten()[:3].tolist()  # type: ignore[attr-defined]
    found = compare("examples", by_examples(opened, "test", carry, 1, method("Occlusion")))
    assert "zebra" in found.shared.names and "All give the most to `zebra`" in found.says
    assert len(set(found.shared.names)) == len(found.shared.names)
    same = compare("methods", by_methods(opened, "test", carry[0], 1, [method("Occlusion"), method("Shap")]))
    assert same.shared.features is not None  # one text: token by token


def test_sound_and_spectrogram_share_time() -> None:
    from dlviz.asking.shared_features import STRETCHES, _over_time
    from dlviz.explainers.features import Features
    from dlviz.trust.pieces import Pieces

    wide = Features(torch.arange(64).reshape(1, 64), 64, grid=(1, 64))
    high = Features(torch.arange(32).reshape(1, 4, 8), 32, grid=(4, 8))
    weights = np.zeros(64)
    weights[32:48] = -1.0  # the third quarter of the sound
    tall = np.zeros((4, 8))
    tall[1, 4:6] = 1.0  # the same stretch, at one pitch
    one = _over_time(Pieces(None, wide, weights))  # type: ignore[arg-type]
    other = _over_time(Pieces(None, high, tall.ravel()))  # type: ignore[arg-type]
    assert len(one) == len(other) == STRETCHES
    np.testing.assert_allclose(one / one.sum(), other / other.sum(), atol=1e-12)
    assert one[16:24].sum() == pytest.approx(16) and one[:16].sum() == 0


def test_one_alone_cannot_be_compared(table: Opened) -> None:
    with pytest.raises(WrongInput, match="Received: 1. Grad-CAM"):
        compare("methods", by_methods(table, "test", 0, None, [method("Occlusion"), method("GradCam")]))
