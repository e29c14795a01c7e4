"""Trials: whether an answer can be believed, as plain JSON values."""

from __future__ import annotations

from typing import Any

from dlviz.asking.pose import Put
from dlviz.explainers.explainer import Explainer, Explanation, Step


def examined(put: Put, method: Explainer, explanation: Explanation, step: Step) -> dict[str, Any]:
    """`{"judgement": …, "says": …, "rank": …, "verdicts": […]}` of one answer."""
    from dlviz.trust.trust import examine, judged

    verdicts = examine(put.question, method, explanation, step)
    return {**judged(verdicts).document(), "verdicts": [verdict.document() for verdict in verdicts]}
