"""How trials judge methods that should pass and controls that must not: `python benchmarks/trust.py [--write FILE]`.

Each data set's starter network is trained through the product; each method answers about so many test examples and is
tried. A cell: mean gain of faithfulness / mean |ρ| to networks with redrawn weights / how many of the answers were
judged supported : doubtful : not supported.

Controls: random numbers; the edges of the input (how far a part is from its neighbours, or a cell from its mean);
Occlusion for another class than the one that is asked about.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from matrix import trained

from dlviz.asking.load import Opened, load
from dlviz.asking.pose import pose
from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Fields
from dlviz.explainers.explainer import Explainer, Explanation, Question, Step
from dlviz.explainers.occlusion import Occlusion
from dlviz.explainers.piecewise import subject
from dlviz.tasks.task import Networks, Task
from dlviz.trust.judgement import judged
from dlviz.trust.trust import examine

#: Data, and the epochs of its starter network.
SETS: dict[str, tuple[str, int]] = {
    "digits": ("Digits", 6), "breast cancer": ("BreastCancer", 30), "diabetes": ("Diabetes", 40),
    "film reviews": ("RottenTomatoes", 3), "spoken digits": ("Fsdd", 4), "Fashion-MNIST": ("FashionMnist", 1),
}  # fmt: skip
#: Attention tells where a network looked, not why.
LEFT_OUT = {"AttentionRollout", "AttentionWeights", "GradientAttention"}


class Control(Explainer, abstract=True):
    """Something that looks like an explanation and is none."""

    paper: ClassVar[str] = ""
    reading: ClassVar[str] = "."
    misleads: ClassVar[str] = ""
    cost: ClassVar[str] = ""

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return None


class RandomNumbers(Control, abstract=True):
    """Numbers by chance, the same for the same input."""

    def explain(self, question: Question, step: Step) -> Explanation:
        about = subject(question)
        seed = int(about.x.double().abs().sum() * 1000) % 2**31
        count = (about.pieces.count,) if about.named else tuple(about.x.shape[1:])
        return Explanation(np.random.default_rng(seed).normal(size=count), about.attribution(), 0.0, "")


class Edges(Control, abstract=True):
    """How far each place is from the next; a cell from its mean; how long a word is."""

    def explain(self, question: Question, step: Step) -> Explanation:
        about = subject(question)
        x = about.x[0].double()
        if about.over == "text":
            values: Any = np.array([float(len(name)) for name in about.pieces.names])
        elif about.over == "columns":
            values = about.shown((x - about.seen().double().mean(0)).abs())
        else:
            found = torch.zeros_like(x)
            for side in range(min(1, x.dim() - 1), x.dim()):
                found += torch.cat([x.diff(dim=side).abs(), torch.zeros_like(x.narrow(side, 0, 1))], side)
            values = found.numpy()
        return Explanation(values, about.attribution(), 0.0, "")


class AnotherClass(Control, abstract=True):
    """What speaks for the next class."""

    def why_not(self, task: Task, networks: Networks, fields: Fields) -> str | None:
        return None if len(task.targets(fields)) > 1 else "There is one target."

    def explain(self, question: Question, step: Step) -> Explanation:
        classes = len(question.task.targets(question.data.fields))
        return Occlusion().explain(replace(question, target=(question.target + 1) % classes), step)


def cell(opened: Opened, method: Explainer, indices: Sequence[int]) -> str:
    """One method on one network."""
    gains, alike, words = [], [], Counter[str]()
    for index in indices:
        try:
            put = pose(
                opened.task, opened.networks, opened.data, "test", index, None, method.kind(), method.why_not
            )  # fmt: skip
            found = method.explain(put.question, lambda done, of: None)
        except WrongInput:
            return ""
        verdicts = {one.trial: one for one in examine(put.question, method, found, lambda done, of: None, budget=20)}
        words[judged(list(verdicts.values())).word] += 1
        for kind, numbers in (("Faithfulness", gains), ("Randomised", alike)):
            if verdicts[kind].value is not None:
                numbers.append(verdicts[kind].value)
    if not gains or not alike:
        return "not tried"
    judgement = ":".join(str(words[word]) for word in ("supported", "doubtful", "fails"))
    return f"{np.mean(gains):+.2f} / {np.mean(alike):.2f} / {judgement}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", default=",".join(SETS), help="which data, by name")
    parser.add_argument("--examples", type=int, default=10)
    parser.add_argument("--write", type=Path, help="write the table to this file, too")
    chosen = parser.parse_args()
    names = [name for name in chosen.sets.split(",") if name in SETS]
    methods: list[Explainer] = [part() for kind, part in Explainer.kinds().items() if kind not in LEFT_OUT]
    methods += [RandomNumbers(), Edges(), AnotherClass()]
    table: dict[str, list[str]] = {type(method).__name__: [] for method in methods}
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            kind, epochs = SETS[name]
            document = {"version": 1, "data": {"kind": kind}}
            opened = load(trained(Path(folder) / kind, document, epochs=epochs))
            indices = np.random.default_rng(0).choice(len(opened.data.test), chosen.examples, replace=False).tolist()
            for method in methods:
                table[type(method).__name__].append(cell(opened, method, indices))
                print(name, type(method).__name__, table[type(method).__name__][-1], flush=True)
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    lines += [f"| {method} | " + " | ".join(cells) + " |" for method, cells in table.items()]
    text = "\n".join(lines) + "\n"
    print(text)
    if chosen.write:
        chosen.write.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
