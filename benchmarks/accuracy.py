"""How well a spec does that names only its data: test figures over several seeds, through the product's own worker.

    python benchmarks/accuracy.py [--seeds 3] [--only Digits …]

Each seed draws its own split. Recipes were chosen on validation parts; this prints test parts.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dlviz.core.files import write_json
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec


class Goal(NamedTuple):
    """A spec, the test figure to look at, and what it must reach, which may depend on the split (the seed)."""

    document: dict[str, Any]
    figure: str
    least: Callable[[int], float]


def ridge_minus(seed: int) -> float:
    """What ridge regression reaches on the same split, with its strength chosen by cross-validation, minus 0.03."""
    from sklearn.linear_model import RidgeCV

    data = Spec.parse({"version": 1, "data": {"kind": "Diabetes"}}).data.load(seed)
    name = next(iter(data.fields.targets))
    train, test = data.train.columns, data.test.columns
    model = RidgeCV(np.logspace(-3, 4, 30)).fit(train["row"].numpy(), train[name].numpy())
    return float(model.score(test["row"].numpy(), test[name].numpy())) - 0.03


GOALS = {
    "Digits": Goal({"data": {"kind": "Digits"}}, "accuracy", lambda seed: 0.97),
    "BreastCancer": Goal({"data": {"kind": "BreastCancer"}}, "accuracy", lambda seed: 0.95),
    "Diabetes": Goal({"data": {"kind": "Diabetes"}}, "r2", ridge_minus),
    "spiral": Goal({"data": {"kind": "Toy2d", "pattern": "spiral", "noise": 0.0}}, "accuracy", lambda seed: 0.98),
    "Gan on the ring": Goal(
        {"data": {"kind": "Toy2d", "pattern": "ring"}, "task": {"kind": "Gan"}}, "modes", lambda seed: 1.0
    ),
    "Gan on Digits": Goal({"data": {"kind": "Digits"}, "task": {"kind": "Gan"}}, "modes", lambda seed: 1.0),
    "Iris": Goal({"data": {"kind": "Iris"}}, "accuracy", lambda seed: 0.9),
    "Wine": Goal({"data": {"kind": "Wine"}}, "accuracy", lambda seed: 0.9),
    "FashionMnist": Goal({"data": {"kind": "FashionMnist"}}, "accuracy", lambda seed: 0.9),
}


def test_figures(document: dict[str, Any], folder: Path) -> dict[str, float]:
    """Train it as a run in `folder`; what it reached on the test part."""
    run = RunFolder(folder)
    folder.mkdir(parents=True)
    write_json(run.spec_file, document)
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        status = worker.main(folder)
    if status != "finished":
        sys.exit(f"{document}: {run.state().get('error')}")
    return dict(run.state()["metrics"]["test"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", choices=list(GOALS), default=list(GOALS))
    chosen = parser.parse_args()
    print("| data | figure | mean | each seed | asked for | reached | seconds a run |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as home:
        for name in chosen.only:
            goal = GOALS[name]
            began, found, asked = time.monotonic(), [], []
            for seed in range(chosen.seeds):
                document = {"version": 1, **goal.document, "seed": seed}
                found.append(test_figures(document, Path(home) / f"{name}-{seed}".replace(" ", "-"))[goal.figure])
                asked.append(goal.least(seed))
            seconds = (time.monotonic() - began) / chosen.seeds
            reached = "in the mean" if np.mean(found) >= np.mean(asked) else "no"
            if all(one >= least for one, least in zip(found, asked, strict=True)):
                reached = "by every seed"
            each = " ".join(f"{one:.3f}" for one in found)
            print(
                f"| {name} | {goal.figure} | {np.mean(found):.4f} | {each} | {np.mean(asked):.3f} | {reached} "
                f"| {seconds:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
