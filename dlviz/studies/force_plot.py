"""ForcePlot: which columns of one row push its score up from the mean, and which push it down."""

from __future__ import annotations

from typing import ClassVar

from dlviz.core.setting import setting
from dlviz.core.values import Value
from dlviz.studies.forces import forces
from dlviz.studies.shares import Shares
from dlviz.studies.sharing import SharingOneRow


class ForcePlot(SharingOneRow):
    """Draws each column's share (SHAP) of one row's score as an arrow as long as the share: those that raise it push
    from the left, those that lower it from the right, and where they meet is the score.
    """

    paper: ClassVar[str] = (
        "Lundberg et al. 2018, Explainable machine-learning predictions for the prevention of hypoxaemia during "
        "surgery, Nature Biomedical Engineering 2:749–760"
    )
    reading: ClassVar[str] = (
        "Arrows to the right raise this row's score, arrows to the left lower it, the strongest next to where they "
        "meet: there is the score. It lies as far from the mean as one side outweighs the other."
    )
    misleads: ClassVar[str] = (
        "Strong forces can cancel out: a score near the mean does not say that nothing pushed. And an arrow is what a "
        "column adds on average over all orders in which the columns could become known, not what would happen if this "
        "value alone were changed."
    )

    columns: int = setting(
        6, "How many columns have an arrow of their own; the others are joined into one on each side.", ge=1, le=20
    )

    def shown(self, found: Shares, score: str) -> tuple[str, Value]:
        shares, base, here = found.beyond_rounding[0], float(found.base[0]), float(found.scores[0])
        up, down = float(shares.clip(min=0).sum()), float(shares.clip(max=0).sum())
        says = f"The {score} is {here:.4g}: the mean {base:.4g}, pushed up by {up:.3g} and down by {abs(down):.3g}."
        for way, at in (("up", int(shares.argmax())), ("down", int(shares.argmin()))):
            if (shares[at] > 0) if way == "up" else (shares[at] < 0):
                says += f" {found.columns[at].told()[0]} pushes {way} most ({shares[at]:+.3g})."
        note = (
            f"From {base:.4g}, the mean {score} of {self.background} training rows or fewer, to {here:.4g}, that of "
            "this row. Arrows to the right raise it, hatched ones to the left lower it, each as long as its share."
        )
        return says, forces(found, self.columns, score, f"What pushes the {score} up and down", note)
