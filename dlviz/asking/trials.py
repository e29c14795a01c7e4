"""Trials: whether an answer can be believed, as plain JSON values."""

from __future__ import annotations

from typing import Any

from dlviz.asking.answer import Answer
from dlviz.asking.pose import Put
from dlviz.explainers.explainer import Step, silent
from dlviz.trust.trust import examine, judged


def examined(put: Put, answer: Answer, step: Step = silent) -> dict[str, Any]:
    """`{"judgement": …, "says": …, "rank": …, "verdicts": [{"trial", "asks", …}]}` of one answer."""
    verdicts = examine(put.question, answer.method, answer.explanation, step, took=answer.seconds)
    return {**judged(verdicts).document(), "verdicts": [verdict.document() for verdict in verdicts]}
