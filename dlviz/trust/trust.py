"""Trust: all trials of one explanation, within a few seconds."""

from __future__ import annotations

from dlviz.core.problems import WrongInput
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.trust.completeness import Completeness
from dlviz.trust.faithfulness import Faithfulness
from dlviz.trust.judgement import Judgement, judged
from dlviz.trust.patience import OutOfPatience, Patience, clock
from dlviz.trust.quick import SHARE, quick
from dlviz.trust.randomised import Randomised
from dlviz.trust.stability import Stability
from dlviz.trust.trial import Trial, Verdict

__all__ = ["Judgement", "Verdict", "examine", "judged"]

#: The trials in their order, and which share of the time that is left each may take.
TRIALS: tuple[tuple[Trial, float], ...] = (
    (Faithfulness(), 0.5),
    (Completeness(), 1.0),
    (Randomised(), 0.65),
    (Stability(), 1.0),
)
#: A method that answers in so many seconds is asked again as it is; others with fewer samples.
AT_ONCE = 0.15
#: What would take so many times as long as there is patience is not begun.
SURELY = 2


def examine(
    question: Question,
    method: Explainer,
    explanation: Explanation,
    step: Step,
    budget: float = 2.0,
    took: float | None = None,
) -> list[Verdict]:
    """What each trial finds of the explanation, in the order faithfulness, completeness, randomised, stability.

    `budget`: seconds for all of them, as `Patience` counts them; what does not fit is not tried, and says so. `took`:
    how many seconds the explanation took, if that is known. While the time suffices, the verdicts follow from the
    arguments alone.
    """
    again = method if took is not None and took <= AT_ONCE else quick(method)
    now, verdicts, before = clock(), [], 0.0
    for number, (trial, share) in enumerate(TRIALS, 1):
        patience = Patience(now, share * (budget - now()), step, before, number / len(TRIALS) - before)
        if trial.again and took is not None and took / (1 if again == method else SHARE) > SURELY * patience.left:
            said = f"Not tried: this method takes {took:.1f} s an answer."
            verdicts.append(Verdict(trial.kind(), None, None, said))
        else:
            verdicts.append(_tried(trial, question, again, explanation, patience))
        before = number / len(TRIALS)
    step(1, 1)
    return verdicts


def _tried(
    trial: Trial, question: Question, method: Explainer, explanation: Explanation, patience: Patience
) -> Verdict:
    now = clock()
    try:
        why = trial.why_not(question, method, explanation)
        if why is None:
            return trial.examine(question, method, explanation, patience)
        said = f"Not tried. {why}"
    except OutOfPatience:
        who = "method" if trial.again else "network"
        said = f"Not tried: this {who} is too slow, {now():.1f} s were not enough."
    except WrongInput as error:
        said = f"Not tried. {error}"
    return Verdict(trial.kind(), None, None, said, seconds=now())
