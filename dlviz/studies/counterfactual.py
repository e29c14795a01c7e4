"""Counterfactual: the nearest changed input that gets another answer."""

from __future__ import annotations

from typing import ClassVar, Literal

import torch
from torch import Tensor

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.setting import setting
from dlviz.core.values import Audio, Image, Series, Tokens, Vector
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Step
from dlviz.explainers.piecewise import subject
from dlviz.explainers.scored import why_not
from dlviz.explainers.subject import Subject
from dlviz.studies.changed_region import blurred, changed_region, flat
from dlviz.studies.changed_region_shown import told_regions
from dlviz.studies.changed_rows import changed_rows
from dlviz.studies.changed_rows_shown import told_rows
from dlviz.studies.changed_words import changed_words
from dlviz.studies.changed_words_shown import told_words
from dlviz.studies.menu import Menu
from dlviz.studies.study import Finding, Group, Inquiry, Study
from dlviz.studies.wish import Wish
from dlviz.tasks.task import Networks, Task

#: So many training examples are asked what the network says of them; so many may lend a part to another.
_COMPARED, _LENDERS = 1000, 6


class Counterfactual(Study):
    """What would have to be different for another answer? The fewest changed columns or words, or the smallest changed
    part of a picture, sound or series, with which the network says something else.

    Every change is one that was asked about: the network itself gives the other answer.
    """

    paper: ClassVar[str] = (
        "Wachter, Mittelstadt & Russell 2017, Counterfactual Explanations without Opening the Black Box, "
        "arXiv:1711.00399; of tables several and unlike ones, as Mothilal, Sharma & Tan 2020, arXiv:1905.07697; of "
        "pictures by another picture's part, as Goyal et al. 2019, arXiv:1904.07451"
    )
    reading: ClassVar[str] = (
        "Read it as a sentence that begins with “if”: if this were other, and all else the same, the network would "
        "answer otherwise. The smaller the change, the nearer the example lies to the border between two answers."
    )
    misleads: ClassVar[str] = (
        "It tells what would change the network's answer, not what would change the world. Others as small may exist, "
        "and a changed example may be one that never occurs: columns that hang together are changed apart."
    )
    cost: ClassVar[str] = "up to `tries` answers"
    group: ClassVar[Group] = "what if"

    wish: str = setting(
        "", "The class that it is to say instead. Empty: the one asked about, where that is not the answer; else any.",
        label="wished class",
        names="class", usual="the one asked about, else any other",
    )  # fmt: skip
    above: float | None = setting(
        None, "Where the answer is a number: it is to be above this. Neither: half the usual spread more or less.",
        label="wished: above", names="number",
    )  # fmt: skip
    below: float | None = setting(
        None, "Where the answer is a number: it is to be below this.", label="wished: below", names="number"
    )
    most: int = setting(
        3, "How many columns or words may change at most. More: more is found, and slower.", label="changes at most",
        ge=1, le=8, only=("table", "text"),
    )  # fmt: skip
    ways: int = setting(3, "How many ways to show, each by other changes.", label="ways to show", ge=1, le=8)
    keep: tuple[str, ...] = setting(
        (), "Columns of a table that must stay as they are, such as what nobody can change. All others may change.",
        label="columns to keep", names="column",
    )  # fmt: skip
    stand_in: Literal["auto", "blur", "mean", "examples"] = setting(
        "auto",
        "What may stand where a picture, series or sound is changed. `blur`: the same, without details; `mean`: the "
        "mean of the training part, of sounds silence; `examples`: the same place of training examples that get the "
        "wished answer. `auto`: whichever needs the smallest place.",
        only=("picture", "series", "sound"),
    )
    words: Literal["both", "remove", "replace"] = setting(
        "both", "Whether words of a text are left out or replaced.", only=("text",)
    )
    tries: int = setting(
        30_000, "After how many answers it gives up. More: slower, and smaller changes.", ge=100, le=1_000_000,
        advanced=True,
    )  # fmt: skip
    seed: int = setting(0, "By which training examples are drawn where there are many.", ge=0, advanced=True)

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return why_not(task, networks, fields, (Image, Vector, Tokens, Series, Audio))

    def study(self, inquiry: Inquiry, step: Step) -> Finding:
        question = inquiry.question
        wish = Wish(question, step, self.tries, self.wish, self.above, self.below)
        about = subject(question)
        if isinstance(about.kind, Vector):
            found = told_rows(wish, self._rows(wish, about), about.pieces, self.most)
        elif isinstance(about.kind, Tokens):
            # a text whose place the answer lies at must keep its places
            how = "replace" if question.task.by_place else self.words
            found = told_words(wish, changed_words(wish, about.kind, how, self.most, self.ways), about.kind)
        else:
            found = told_regions(wish, changed_region(wish, self._fills(wish, about), self.ways), about.kind)
        step(self.tries, self.tries)
        return found

    def _rows(self, wish: Wish, about: Subject) -> list[Tensor]:
        for name in self.keep:
            if name not in about.pieces.names:
                raise WrongInput(f"There is no column `{name}` to keep. {nearest(name, about.pieces.names)}".strip())
        if set(self.keep) >= set(about.pieces.names):
            raise WrongInput("At least one column must be free to change; all are kept. Take one out of `keep`.")
        columns = Menu.of(about.pieces, about.seen(), self.keep)
        return changed_rows(wish, columns, about.background(_COMPARED, self.seed), self.most, self.ways)

    def _fills(self, wish: Wish, about: Subject) -> dict[str, Tensor]:
        """What may stand where the input is changed, (C, H, W) by name."""
        found: dict[str, Tensor] = {}
        if self.stand_in in ("auto", "blur") and about.over != "sound":
            found["blur"] = blurred(flat(about.x[0]))
        if self.stand_in in ("auto", "mean"):
            found["mean"] = flat(about.baseline("auto")[0])
        if self.stand_in in ("auto", "examples"):
            drawn = torch.randperm(len(about.seen()), generator=torch.Generator().manual_seed(self.seed))[:_COMPARED]
            seen = about.seen()[drawn]
            good = torch.from_numpy(wish.ask(seen) > 0)
            apart = (seen[good] - about.x).double().flatten(1).square().sum(1)
            for i in apart.argsort(stable=True)[:_LENDERS].tolist():
                found[f"example {int(drawn[good][i])}"] = flat(seen[good][i])
        if not found:
            raise WrongInput(
                f"None of {len(drawn):,} training examples gets the wished answer ({wish.goal})."
                if self.stand_in == "examples"
                else "A sound cannot be blurred. Choose `mean` (silence), `examples` or `auto`."
            )
        return found
