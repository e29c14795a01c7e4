"""Comparing: what `{"compare": {…}}` asks, as a finding.

{"by": "methods", "methods": [document, …]}                      several methods on the example
{"by": "film", "method": document}                               one method over the training of the run
{"by": "classes" | "examples" | "runs" | "steps", "method": document, "others": [class, index, run or step, …]}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

from dlviz.asking import witnesses
from dlviz.asking.compare import Asked, By, compare
from dlviz.asking.film import film
from dlviz.asking.load import Opened, load
from dlviz.core.problems import WrongInput
from dlviz.explainers.explainer import Explainer, Step
from dlviz.studies.study import Finding
from dlviz.training.folder import RunFolder

#: So many are held side by side at most.
MOST = 16


@dataclass(frozen=True)
class Comparing:
    """What is held side by side: methods, or one method and the `others` that it is asked about besides."""

    by: By | Literal["film"]
    methods: tuple[Explainer, ...]
    others: tuple[Any, ...] = ()

    @classmethod
    def parse(cls, document: object) -> Comparing:
        """Raises `WrongInput`."""
        known = (*get_args(By), "film")
        if not isinstance(document, Mapping) or document.get("by") not in known:
            raise WrongInput(f"`compare` says by what: {', '.join(known)}. Received: {str(document)[:80]}.")
        by = cast(By, document["by"])
        asked = document.get("methods") if by == "methods" else [document.get("method")]
        others = document.get("others") or []
        if not isinstance(asked, list) or not isinstance(others, list) or max(len(asked), len(others)) > MOST:
            raise WrongInput(f"Up to {MOST} are held side by side, given as a list. Received: something else.")
        wanted: type = str if by == "runs" else int
        if any(not isinstance(other, wanted) or isinstance(other, bool) for other in others):
            raise WrongInput(
                f"By {by} the others are {'ids' if by == 'runs' else 'whole numbers'}. Received: {others}."
            )
        methods = [Explainer.parse(one, "compare.method") for one in asked]
        return cls(by, tuple(method for method in methods if method is not None), tuple(others))

    def found(self, opened: Opened, part: str, index: int, target: int | None, step: Step) -> Finding:
        """The comparison: who agrees, where, and whom to believe."""
        if self.by == "film":
            seen = film(opened, part, index, target, self.methods[0], step)
            return Finding(seen.says, seen.values(), seen.document())
        asked = {
            "methods": self._methods, "classes": self._classes, "examples": self._examples, "runs": self._runs,
            "steps": self._steps,
        }[self.by](opened, part, index, target)  # fmt: skip
        held = compare(self.by, asked, step, trust=self.by == "methods")
        return Finding(held.says, held.values(), held.document())

    def _methods(self, opened: Opened, part: str, index: int, target: int | None) -> list[Asked]:
        return witnesses.by_methods(opened, part, index, target, self.methods)

    def _classes(self, opened: Opened, part: str, index: int, target: int | None) -> list[Asked]:
        return witnesses.by_classes(opened, part, index, _distinct(target, self.others), self.methods[0])

    def _examples(self, opened: Opened, part: str, index: int, target: int | None) -> list[Asked]:
        # each is asked about what the network says of it
        return witnesses.by_examples(opened, part, _distinct(index, self.others), None, self.methods[0])

    def _steps(self, opened: Opened, part: str, index: int, target: int | None) -> list[Asked]:
        return witnesses.by_steps(opened, part, index, target, self.methods[0], sorted(set(self.others)))

    def _runs(self, opened: Opened, part: str, index: int, target: int | None) -> list[Asked]:
        here = opened.run.path.parent
        runs = [RunFolder(here / str(name)) for name in self.others if str(name) != opened.run.id]
        gone = [run.id for run in runs if not _is_beside(run, here)]
        if gone:
            raise WrongInput(f"There is no run {gone[0]} beside {opened.run.id}.")
        loaded = [opened, *(load(run) for run in runs)]
        return witnesses.by_runs(loaded, part, index, target, self.methods[0], _titles(loaded))


Finder = Callable[[Opened, str, int, int | None, Step], Finding]


def _distinct(first: int | None, others: tuple[Any, ...]) -> list[int]:
    return list(dict.fromkeys([*([] if first is None else [first]), *others]))


def _titles(loaded: list[Opened]) -> list[str]:
    """What the runs are called, the first "this run"; where titles are alike, the end of the id stands behind."""
    titles = [one.restored.spec.title or one.run.id for one in loaded[1:]]
    return ["this run", *(
        title if titles.count(title) == 1 else f"{title} ({one.run.id[-7:]})"
        for title, one in zip(titles, loaded[1:], strict=True)
    )]  # fmt: skip


def _is_beside(run: RunFolder, here: Any) -> bool:
    return run.path.parent == here and run.path.name not in ("", ".", "..") and run.spec_file.is_file()
