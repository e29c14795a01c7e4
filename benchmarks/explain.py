"""What each explanation costs, warm: against the least that its questions to the network can cost, and against captum,
shap and lime called bare: `python benchmarks/explain.py`.

Networks have random weights, on which the cost does not depend. Times are those of the processor, on one thread, so a
busy machine matters little; rounds alternate, medians are shown.

*Floor*: as many passes as the method makes, there or there and back to the input, in batches of the best size that a
stopwatch finds, and nothing else. Grad-CAM and Grad-CAM++ go back to their layer only, and text methods begin with a
pass that ends at the embedding: their floors are a little high. *As asked*: the same passes in the batches in which the
method puts its questions. What is over that is spent outside of the network; what lies between that and the floor is
paid for batches that are not the best. Partition SHAP has no choice in those: which blocks it halves next follows from
what was answered, 10 blocks at a time. *Bare*: the library as its own manual calls it, for as many samples, with the
best batch size of those tried. *Batch*: what an input costs in batches of the size that `batches.py` chooses, against
the best size.
"""

from __future__ import annotations

import os
import statistics
import sys
import warnings
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from bare_explainers import Call, bare
from torch import Tensor, nn

from dlviz.core.values import Audio, Category, Image, Kind, Tokens
from dlviz.datasets.breast_cancer import BreastCancer
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.dataset import Dataset
from dlviz.datasets.digits import Digits
from dlviz.datasets.text_encoder import TextEncoder
from dlviz.explainers.batches import measured_size
from dlviz.explainers.explainer import Explainer, Question
from dlviz.explainers.layout import lay_out
from dlviz.explainers.piecewise import as_asked
from dlviz.explainers.slopes import slopes
from dlviz.explainers.smooth import smooth
from dlviz.explainers.subject import Score
from dlviz.network.build import build
from dlviz.tasks.classification import Classification
from dlviz.tasks.task import Networks
from dlviz.training import machine

ROUNDS, SHORTEST = 7, 0.02
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096)


def asked(data: Data, at: int = 0) -> tuple[Question, nn.Module]:
    """Example 3 and class 1, by the task's starter network for such data."""
    task = Classification()
    role = task.roles(data.fields)["model"]
    graph = list(task.starters(data.fields).values())[at]["model"]
    torch.manual_seed(0)
    network = build(graph, role.inputs, role.output).eval().requires_grad_(False)
    inputs = {name: data.test.columns[name][3:4] for name in data.fields.inputs}
    lay_out({"model": network}, lambda: network(*inputs.values()))  # as whoever asks finds it
    return Question(task, {"model": network}, data, inputs, 1), network


def random_data(kind: Kind, count: int = 200) -> Data:
    """Noise of a kind, of ten classes."""
    chance = torch.Generator().manual_seed(0)
    if isinstance(kind, Tokens):
        x = torch.randint(2, len(kind.vocabulary), (count, kind.length), generator=chance)
    else:
        x = torch.rand(count, *kind.shape(), generator=chance) - (0.5 if isinstance(kind, Audio) else 0)
    fields = Fields({"x": kind}, {"y": Category(names=tuple("abcdefghij"))}, 3 * count)
    part = Examples({"x": x, "y": torch.arange(count) % 10}, torch.arange(count))
    encoder = {"x": TextEncoder(vocabulary=kind.vocabulary, length=kind.length)} if isinstance(kind, Tokens) else {}
    return Data(fields, part, part, part, encoder)


def loaded(dataset: Dataset) -> Data:
    return dataset.load(0)


@dataclass
class Passes:
    """How many inputs a network was asked about, there, and there and back."""

    there: int = 0
    back: int = 0
    #: The batches in which it was: how many inputs, and whether back as well.
    asked: tuple[tuple[int, bool], ...] = ()


PASSES = Passes()


class Counted(Classification, abstract=True):
    """Counts what it is asked for."""

    def score(self, networks: Networks, inputs: Batch, target: int, fields: Fields) -> Tensor:
        many = len(next(iter(inputs.values())))
        back = torch.is_grad_enabled()
        if back:
            PASSES.back += many
        else:
            PASSES.there += many
        PASSES.asked += ((many, back),)
        return super().score(networks, inputs, target, fields)


def counted(method: Explainer, question: Question) -> Passes:
    PASSES.there, PASSES.back, PASSES.asked = 0, 0, ()
    method.explain(replace(question, task=Counted()), lambda done, of: None)
    return replace(PASSES)


def seconds(call: Call) -> float:
    """Processor time of one call, from as many as take long enough to be told."""
    call()
    times = 1
    while True:
        began = process_time()
        for _ in range(times):
            call()
        taken = process_time() - began
        if taken > SHORTEST:
            return taken / times
        times = max(2 * times, int(times * 1.2 * SHORTEST / max(taken, 1e-4)))


class Floors:
    """What passes of `score` cost at best, by their number: batches of each size are timed once, to find the best."""

    def __init__(self, score: Score, x: Tensor) -> None:
        self._score, self._x = score, x
        self._known: dict[tuple[bool, int], float] = {}

    def least(self, count: int, back: bool) -> Call:
        """So many passes in batches of the best size."""
        if not count:
            return lambda: None
        sizes = sorted({size for size in SIZES if size < count and size * self._x.numel() < 8e6} | {min(count, 4096)})
        size = min(sizes, key=lambda one: count / one * self._of(one, back))
        whole, rest = divmod(count, size)
        one, other = self._passes(size, back), self._passes(rest, back) if rest else None

        def passes() -> None:
            for _ in range(whole):
                one()
            if other:
                other()

        return passes

    def as_asked(self, sizes: list[int], back: bool) -> Call:
        """One pass for each of these sizes."""
        known = {size: self._passes(size, back) for size in set(sizes)}
        calls = [known[size] for size in sizes]

        def passes() -> None:
            for call in calls:
                call()

        return passes

    def chosen(self, back: bool) -> tuple[int, float]:
        """The size that a measured network is asked in, and how much more an input costs then than at best."""
        size = measured_size(self._score, self._x[0])
        best = min((one for one in SIZES if one * self._x.numel() < 8e6 and one <= 4 * size),
                   key=lambda one: self._of(one, back) / one)  # fmt: skip
        taken = compared({"chosen": self._passes(size, back), "best": self._passes(best, back)})
        return size, taken["chosen"] / size / (taken["best"] / best)

    def _of(self, size: int, back: bool) -> float:
        if (back, size) not in self._known:
            self._known[back, size] = statistics.median(seconds(self._passes(size, back)) for _ in range(3))
        return self._known[back, size]

    def _passes(self, size: int, back: bool) -> Call:
        batch = self._x.repeat(size, *[1] * (self._x.dim() - 1))

        def there() -> object:
            with torch.no_grad():
                return self._score(batch)

        return (lambda: slopes(self._score, batch)) if back else there


def settings(part: type[Explainer], kind: Kind) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": part.kind()}
    if part.kind() == "Shap":
        found["background"] = 1 if isinstance(kind, Image) else "auto"
    if isinstance(kind, Audio) and "sounds" in part.model_fields:
        found["sounds"] = "spectrogram"
    return found


def compared(calls: dict[str, Call]) -> dict[str, float]:
    """The median seconds of each, in alternating rounds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS):
        for name, call in calls.items():
            times[name].append(seconds(call))
    return {name: statistics.median(taken) for name, taken in times.items()}


def best_of(calls: dict[str, Call]) -> tuple[str, Call]:
    name = min(calls, key=lambda one: seconds(calls[one])) if len(calls) > 1 else next(iter(calls))
    return name, calls[name]


def table(title: str, question: Question, network: nn.Module, with_bare: bool, only: str) -> None:
    kind = next(iter(question.data.fields.inputs.values()))
    gentle = smooth(replace(question))
    back = Floors(gentle.score, gentle.x)
    about = as_asked(question, sounds="spectrogram" if isinstance(kind, Audio) else "moments")
    there = Floors(about.score, about.x)
    libraries = bare(question, network) if with_bare else {}
    for size, more, way in ((*there.chosen(False), "there"), (*back.chosen(True), "there and back")):
        print(f"| {title} | a batch of {size}, {way} | | | | {more:.2f} of the best size | | | | |", flush=True)
    for name, part in Explainer.kinds().items():
        method = Explainer.parse(settings(part, kind))
        assert method is not None
        if only and only not in name or method.why_not(question.task, question.networks, question.data.fields):
            continue

        def ours(method: Explainer = method) -> object:
            return method.explain(question, lambda done, of: None)

        passes = counted(method, question)
        asking, going_back = there.least(passes.there, False), back.least(passes.back, True)
        calls: dict[str, Call] = {"ours": ours, "floor": lambda asking=asking, back=going_back: (asking(), back())}
        again = [floors.as_asked([size for size, to in passes.asked if to == way], way)
                 for floors, way in ((there, False), (back, True))]  # fmt: skip
        calls["as asked"] = lambda again=again: [call() for call in again]
        sized = ""
        if name in libraries:
            sized, calls["bare"] = best_of(libraries[name])
        taken = compared(calls)
        mine, floor, as_put, other = taken["ours"], taken["floor"], taken["as asked"], taken.get("bare")
        told = f"{1000 * other:.2f} | {sized} | {mine / other:.2f}" if other else " | | "
        print(
            f"| {title} | {name} | {passes.there} + {passes.back} | {1000 * floor:.2f} | {1000 * mine:.2f} | "
            f"{mine / floor:.2f} | {mine / as_put:.2f} | {told} |",
            flush=True,
        )


def main(only: str = "") -> None:
    warnings.simplefilter("ignore")

    torch.set_num_threads(1)
    machine.settle()  # as in the process that answers
    words = Tokens(vocabulary=("<pad>", "<unk>", *(f"w{number}" for number in range(500))), length=40)
    cases: list[tuple[str, Data, bool]] = [
        ("Digits, CNN", loaded(Digits()), True),
        ("28×28, CNN", random_data(Image(channels=1, height=28, width=28)), True),
        ("30 columns, MLP", loaded(BreastCancer()), True),
        ("text", random_data(words), False),
        ("spectrogram, CNN", random_data(Audio(rate=8000, samples=8000), 64), False),
    ]
    titles = "input", "method", "there + back", "floor, ms", "dlviz, ms", "× floor", "× as asked", "bare, ms", "batch"
    print(f"| {' | '.join(titles)} | ratio |")
    print("|" + 10 * " --- |")
    for title, data, with_bare in cases:
        question, network = asked(data)
        table(title, question, network, with_bare, only)


if __name__ == "__main__":
    main(*sys.argv[1:2])
