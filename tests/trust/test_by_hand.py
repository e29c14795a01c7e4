"""The trials' figures, against what can be worked out by hand on linear networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
import torch
from stand_ins import CLASSES, NUMBER, Formula, Linear, data
from torch import Tensor, nn

from dlviz.core.values import Array, Attribution, Tokens, Vector
from dlviz.explainers.explainer import Explainer, Explanation, Question
from dlviz.explainers.occlusion import Occlusion
from dlviz.explainers.saliency import Saliency
from dlviz.tasks.classification import Classification
from dlviz.tasks.regression import Regression
from dlviz.trust.agreement import by_order, by_size
from dlviz.trust.completeness import Completeness
from dlviz.trust.faithfulness import Faithfulness
from dlviz.trust.nudged import nudged
from dlviz.trust.pieces import pieces
from dlviz.trust.randomised import Randomised
from dlviz.trust.redrawn import redrawn
from dlviz.trust.stability import Stability
from dlviz.trust.trial import Verdict

AWAY, IN = "what matters most taken away first", "what matters most put in first"


def silent(done: float, of: float) -> None:
    """Tell nobody."""


def row(network: nn.Module, x: list[float], task: Any = None, target: int = 0, against: int | None = None) -> Question:
    """A question about a row; the mean of the training rows is 0."""
    kind = Vector(names=tuple(f"c{number}" for number in range(len(x))))
    task = task or Regression()
    random = torch.randn(50, len(x), generator=torch.Generator().manual_seed(0))
    among = data(torch.cat([random, -random]), kind, NUMBER if isinstance(task, Regression) else CLASSES)
    return Question(task, {"model": network}, among, {"x": torch.tensor([x])}, target, against)


def explained(question: Question, values: list[float], gap: float | None = None) -> Explanation:
    names = tuple(f"c{number}" for number in range(len(values)))
    return Explanation(np.array(values), Attribution(names=names, over="columns"), 0.0, "", gap)


def faithful(question: Question, values: list[float], method: Explainer | None = None) -> Verdict:
    return Faithfulness().examine(question, method or Occlusion(), explained(question, values), silent)


def test_the_curves_of_a_linear_network_are_sums() -> None:
    # score = 1 + what is known of 4, 2, 1, -1, -2
    question = row(Linear(torch.ones(5)), [-1.0, 4.0, -2.0, 1.0, 2.0])
    found = faithful(question, [-1.0, 4.0, -2.0, 1.0, 2.0])
    assert found.curves[AWAY] == pytest.approx([5, 1, -1, -2, -1, 1], abs=1e-5)
    assert found.curves[IN] == pytest.approx([1, 5, 7, 8, 7, 5], abs=1e-5)
    assert found.curves["x"] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    # areas 6 and 0; along random orders the score reaches from -2 to 8
    assert found.value == pytest.approx(0.6, abs=1e-5)
    assert found.holds is True and found.height == "score of y"


def test_the_reverse_order_has_the_opposite_gain() -> None:
    question = row(Linear(torch.ones(5)), [-1.0, 4.0, -2.0, 1.0, 2.0])
    found = faithful(question, [1.0, -4.0, 2.0, -1.0, -2.0])
    assert found.value == pytest.approx(-0.6, abs=1e-5)
    assert found.holds is False and "less than removing random parts" in found.says


@pytest.mark.parametrize("count", [6, 12])
def test_where_one_column_decides_the_gain_is_all_but_its_step(count: int) -> None:
    only = [3.0] + [0.0] * (count - 1)
    found = faithful(row(Linear(torch.ones(count)), only), only)
    assert found.value == pytest.approx(1 - 1 / count, abs=1e-5)


def test_chance_is_zero_on_average_and_drawn_beside() -> None:
    found = faithful(row(Linear(torch.ones(9)), [*map(float, range(9))]), [*map(float, range(9))])
    x = found.curves["x"]
    both = [np.trapezoid(found.curves[f"{way} at random, mean"], x) for way in ("taken away", "put in")]
    assert both[0] == pytest.approx(both[1])
    assert len([name for name in found.curves if not name.strip()]) == 12


def test_a_method_without_signs_is_held_to_how_close_the_answer_stays() -> None:
    # taken away by size 4, -3, 2, -1 of 2 in sum: 2, -2, 1, -1, 0; at most 6 away from it
    question = row(Linear(torch.ones(4)), [4.0, -3.0, 2.0, -1.0])
    found = faithful(question, [4.0, 3.0, 2.0, 1.0], Saliency())
    assert found.curves[AWAY] == pytest.approx([3, -1, 2, 0, 1], abs=1e-5)
    assert found.value == pytest.approx(19 / 24 - 15 / 24, abs=1e-5)


class Odds(nn.Module):
    """Three classes, the logits of which are the sum of a row, 0 and minus the sum."""

    def forward(self, x: Tensor) -> Tensor:
        z = x.sum(1)
        return torch.stack([z, torch.zeros_like(z), -z], 1)


@pytest.mark.parametrize("against", [None, 1])
def test_of_classes_the_probability_is_followed(against: int | None) -> None:
    x = [2.0, 1.0, 0.5, 0.25]
    found = faithful(row(Odds(), x, Classification(), 0, against), x)
    z = np.array([3.75, 1.75, 0.75, 0.25, 0.0])
    wanted = 1 / (1 + np.exp(-z) + (0 if against else np.exp(-2 * z)))
    assert found.curves[AWAY] == pytest.approx(wanted, abs=1e-5)
    assert found.height == "probability of cat"


def test_of_a_class_that_is_never_likely_the_score_is_followed() -> None:
    def shy(x: Tensor) -> Tensor:
        return torch.stack([x.sum(1) - 20, torch.zeros(len(x)), torch.zeros(len(x))], 1)

    class Shy(nn.Module):
        def forward(self, x: Tensor) -> Tensor:
            return shy(x)

    x = [2.0, 1.0, 0.5, 0.25]
    found = faithful(row(Shy(), x, Classification()), x)
    assert found.curves[AWAY] == pytest.approx(np.array([3.75, 1.75, 0.75, 0.25, 0.0]) - 20, abs=1e-4)
    assert found.height == "score of cat"


def test_what_nothing_changes_cannot_be_told() -> None:
    found = faithful(row(Linear(torch.zeros(5)), [1.0] * 5), [3.0, 2.0, 1.0, 0.0, -1.0])
    assert found.holds is None and found.value is None


def test_too_little_to_tell() -> None:
    two = row(Linear(torch.ones(2)), [1.0, 2.0])
    assert "only 2 columns" in str(Faithfulness().why_not(two, Occlusion(), explained(two, [1.0, 2.0])))
    four = row(Linear(torch.ones(4)), [1.0] * 4)
    assert "all columns the same" in str(Faithfulness().why_not(four, Occlusion(), explained(four, [1.0] * 4)))
    assert "one number to each part" in str(Faithfulness().why_not(four, Occlusion(), explained(four, [1.0] * 3)))
    kind = Tokens(vocabulary=("", "<unk>", "good"), length=3)
    word = torch.tensor([[2, 0, 0]])
    text = Question(Regression(), {"model": Linear(torch.ones(3))}, data(word, kind, NUMBER), {"x": word}, 0)
    alone = Explanation(np.ones(1), Attribution(names=("good",), over="text"), 0.0, "")
    for trial in (Faithfulness(), Randomised(), Stability()):
        assert "only 1 token:" in str(trial.why_not(text, Occlusion(), alone))


def test_of_few_columns_chance_does_as_well() -> None:
    # one of four columns decides: a quarter of all orders begins with it
    found = faithful(row(Linear(torch.ones(4)), [3.0, 0.0, 0.0, 0.0]), [3.0, 0.0, 0.0, 0.0])
    assert found.value == pytest.approx(0.75, abs=1e-5)
    assert found.holds is None and "may be chance" in found.says


@pytest.mark.parametrize(
    ("values", "gap", "share"),
    [
        ([3.0, 0.96], 0.04, 0.01),
        ([2.0, 1.0], 1.0, 0.25),
        ([2.0, 1.0], -1.0, 0.5),
        ([5.0, -5.0], 0.01, 0.02),  # of a twentieth of 10
    ],
)
def test_completeness_is_the_gap_as_a_share(values: list[float], gap: float, share: float) -> None:
    question = row(Linear(torch.ones(2)), [1.0, 2.0])
    found = Completeness().examine(question, Occlusion(), explained(question, values, gap), silent)
    assert found.value == pytest.approx(share)
    assert found.holds is (share <= 0.05)
    assert Completeness().why_not(question, Occlusion(), explained(question, values)) is not None


def test_spearman_by_hand() -> None:
    one, other = np.array([1.0, 2, 3, 4]), np.array([10.0, 20, 40, 30])
    assert by_order(one, other, True) == pytest.approx(1 - 6 * 2 / (4 * 15))
    assert by_order(one, -other, True) == pytest.approx(-0.8)
    assert by_order(one, -other, False) == pytest.approx(0.8)
    assert by_order(one, np.ones(4), True) == 0
    from scipy.stats import spearmanr

    random = np.random.default_rng(0)
    tied = random.integers(0, 5, (2, 40)).astype(float)
    assert by_order(tied[0], tied[1], True) == pytest.approx(spearmanr(*tied).statistic)
    assert by_size(one, other) == pytest.approx(np.corrcoef(one, other)[0, 1])


def test_randomised_is_the_mean_correlation_with_redrawn_networks() -> None:
    torch.manual_seed(3)
    network, x = nn.Linear(12, 1), torch.randn(12).tolist()
    question = row(network, x)
    explanation = Occlusion().explain(question, silent)
    found = Randomised().examine(question, Occlusion(), explanation, silent)
    shares = [
        redrawn({"model": network}, seed)["model"].state_dict()["weight"][0].numpy() * np.array(x) for seed in range(5)
    ]
    own = network.weight.detach()[0].numpy() * np.array(x)
    assert found.value == pytest.approx(abs(np.mean([by_order(own, share, True) for share in shares])), abs=1e-6)


def test_what_hangs_on_no_weight_looks_the_same_untrained() -> None:
    class Deaf(Linear):
        """It has weights, of which nothing comes."""

        def forward(self, x: Tensor) -> Tensor:
            return (x[:, 0] * x[:, 1] + x[:, 2] - x[:, 3])[:, None]

    question = row(Deaf(torch.ones(4)), [1.0, 2.0, 3.0, 4.0])
    found = Randomised().examine(question, Occlusion(), Occlusion().explain(question, silent), silent)
    assert found.value == pytest.approx(1) and found.holds is False and "untrained" in found.says


def test_stability_is_the_mean_correlation_with_changed_inputs() -> None:
    weights = torch.arange(1.0, 9.0)
    question = row(Linear(weights), [1.0] * 8)
    explanation = Occlusion().explain(question, silent)
    trial = Stability(noise=0.5, times=3)
    found = trial.examine(question, Occlusion(), explanation, silent)
    changed = nudged(question, pieces(question, explanation), 0.5, 3, 0)
    shares = [(weights * one.inputs[0]).numpy() for one in changed]
    assert found.value == pytest.approx(np.mean([by_size(weights.numpy(), share) for share in shares]), abs=1e-5)


def test_of_a_text_one_of_the_least_tokens_goes() -> None:
    words: Mapping[str, float] = {"a": 0.1, "bad": -3.0, "film": 1.0, "by": 0.2, "him": 1.0, "today": 0.9}
    kind = Tokens(vocabulary=("", "<unk>", *words), length=8)
    ids = torch.tensor([[2, 3, 4, 5, 6, 7, 0, 0]])
    question = Question(Regression(), {"model": Formula(lambda x: x.sum(1))}, data(ids, kind, NUMBER), {"x": ids}, 0)
    values: Array = np.array([*words.values()])
    explanation = Explanation(values, Attribution(names=tuple(words), over="text"), 0.0, "")
    changed = nudged(question, pieces(question, explanation), 0.05, 2, 0)
    assert sorted(one.inputs[0].tolist() for one in changed) == [
        [2, 3, 4, 6, 7, 0, 0, 0],
        [3, 4, 5, 6, 7, 0, 0, 0],
    ]
    assert all(values[one.kept].min() == -3 and one.kept.sum() == 5 for one in changed)
