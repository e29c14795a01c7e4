"""Do the trials tell true explanations from wrong ones? On three networks of which is known what they look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dlviz.explainers.explainer import Explainer
from dlviz.trust.trust import Verdict, examine, judged

TRUE = {
    "pictures": ("GradCam", "IntegratedGradients", "Occlusion", "Shap", "Lime"),
    "rows": ("IntegratedGradients", "Occlusion", "Shap", "Lime"),
    "texts": ("IntegratedGradients", "Occlusion", "Shap", "Lime"),
}
Examined = Callable[[str, str], list[list[Verdict]]]


def silent(done: float, of: float) -> None:
    """Tell nobody."""


@pytest.fixture(scope="module")
def examined(pictures: Any, rows: Any, texts: Any, wrong: dict[str, Explainer]) -> Examined:
    """The verdicts on a method's answers to four questions about a network, each worked out once. The budget is large:
    these tests are about what is found, not about how fast."""
    networks, known = {"pictures": pictures, "rows": rows, "texts": texts}, {}

    def found(network: str, name: str) -> list[list[Verdict]]:
        if (network, name) not in known:
            method = wrong.get(name) or Explainer.parse({"kind": name})
            assert method is not None
            known[network, name] = [
                examine(question, method, method.explain(question, silent), silent, budget=60.0)
                for question in networks[network].questions(4)
            ]
            gain, gap, alike, stable = means(known[network, name])
            print(f"{network:9s} {name:20s} gain {gain:+.2f}  gap {gap:.3f}  rho {alike:.2f}  stability {stable:.2f}")
        return known[network, name]

    return found


def means(found: list[list[Verdict]]) -> list[float]:
    """The mean figure of each trial; NaN where it has none."""
    columns = zip(*found, strict=True)
    return [float(np.mean([np.nan if one.value is None else one.value for one in column])) for column in columns]


@pytest.mark.parametrize(("network", "name"), [(network, name) for network in TRUE for name in TRUE[network]])
def test_true_methods_are_supported(network: str, name: str, examined: Examined) -> None:
    found = examined(network, name)
    gain, gap, alike, stable = means(found)
    assert gain >= 0.4
    assert alike <= 0.4
    assert stable >= 0.6
    if name in ("IntegratedGradients", "Shap"):
        assert gap <= 0.05
    words = [judged(one).word for one in found]
    assert "fails" not in words and words.count("supported") >= 3


@pytest.mark.parametrize("network", TRUE)
def test_wrong_ones_fail(network: str, examined: Examined) -> None:
    chance, edges, other = (means(examined(network, name)) for name in ("random", "edges", "other class"))
    assert abs(chance[0]) <= 0.3
    assert edges[0] <= 0.3
    assert other[0] <= -0.4
    # neither of these two ever looked at the network
    assert chance[2] == pytest.approx(1) and edges[2] == pytest.approx(1)
    assert chance[3] <= 0.3
    for name in ("random", "edges", "other class"):
        assert {judged(one).word for one in examined(network, name)} == {"fails"}


@pytest.mark.parametrize("network", TRUE)
def test_a_comparison_puts_true_ones_first(network: str, examined: Examined) -> None:
    true = [judged(one).rank for name in TRUE[network] for one in examined(network, name)]
    false = [judged(one).rank for name in ("random", "edges", "other class") for one in examined(network, name)]
    assert min(true) >= max(false) + 0.3, "every true answer before every wrong one, by far"
