"""The graph stepper without a GPU: what it declines, and that its bookkeeping takes the plain course, with a graph that
takes the recorded step again each time. That kernels can be recorded is torch's, and is not tested here."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch

from dlviz.training.engine import choose, graph_stepper
from dlviz.training.engine.graph_stepper import WARM_UP, GraphStepper, Step, unfit
from dlviz.training.engine.plan import Choice, Plan
from dlviz.training.loop import Loop
from tests.training.test_engine import Listener, pictures
from tests.training.test_loop import loop_of
from tests.training.toys import DEMANDING


class Again:
    """A graph that takes the recorded step anew. Like a real one it computes nothing while it records, and its results
    lie in the same places each time."""

    made: list[Again] = []

    def __init__(self, device: torch.device) -> None:
        self.replays = self.warmed = self.records = 0
        Again.made.append(self)

    def warm(self, step: Step) -> Any:
        self.warmed += 1
        return step()

    def record(self, step: Step) -> None:
        self.step, self.records = step, self.records + 1
        self.places: list[Any] = []

    def replay(self) -> Any:
        self.replays += 1
        loss, outputs = self.step()
        if not self.places:
            self.places = [loss.clone(), None if outputs is None else outputs.clone()]
            return tuple(self.places)
        for place, found in zip(self.places, (loss, outputs), strict=True):
            if place is not None:
                place.copy_(found)
        return tuple(self.places)


@pytest.fixture(autouse=True)
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Again]]:
    monkeypatch.setattr(graph_stepper, "CudaGraph", Again)
    monkeypatch.setattr(GraphStepper, "why_not", staticmethod(unfit))
    Again.made = []
    yield Again.made


def document(**optimization: Any) -> dict[str, Any]:
    """Batches of 32 with a smaller last one, a rate that changes each step, gradients that are changed."""
    found = pictures(epochs=2)
    found["optimization"] = {
        "optimizer": {"kind": "Adam", "lr": 0.01}, "schedule": {"kind": "OneCycleLR"},
        "regularizers": [{"kind": "L2", "strength": 0.01}, {"kind": "LabelSmoothing"}], **optimization,
    }  # fmt: skip
    return found


def trained(asked: dict[str, Any], engine: Any, watcher: Listener | None = None) -> tuple[Loop, Listener]:
    listener = watcher or Listener()
    loop = loop_of(asked, listener)
    loop.choice, loop.chosen = Choice(Plan(engine=engine)), True
    loop.train()
    return loop, listener


@pytest.mark.parametrize("optimizer", [{"kind": "Adam", "lr": 0.01}, {"kind": "SGD", "lr": 0.05, "momentum": 0.9}])
def test_it_takes_the_plain_course(fake: list[Again], optimizer: dict[str, Any]) -> None:
    loop, found = trained(document(optimizer=optimizer), "graph")
    plain_loop, plain = trained(document(optimizer=optimizer), "eager")
    assert torch.allclose(torch.tensor(found.losses), torch.tensor(plain.losses), rtol=1e-3)
    assert len(found.losses) == loop.step
    last = loop.batches.used % 32
    assert last, "an epoch ends in a smaller batch"
    (graph,) = fake
    whole = loop.epochs * (loop.batches.used // 32)
    assert (graph.warmed, graph.records, graph.replays) == (WARM_UP, 1, whole - WARM_UP)
    assert isinstance(loop.stepper, GraphStepper) and isinstance(loop.optimizers["model"].param_groups[0]["lr"], float)
    assert not loop.optimizers["model"].param_groups[0].get("capturable"), "a checkpoint holds what torch made"


def test_training_metrics_see_the_outputs_of_each_step(fake: list[Again]) -> None:
    loop, _ = trained(document(), "graph", Kept())
    plain, _ = trained(document(), "eager", Kept())
    assert isinstance(loop.watcher, Kept) and isinstance(plain.watcher, Kept)
    assert torch.allclose(loop.watcher.outputs, plain.watcher.outputs, rtol=1e-2, atol=1e-3)
    assert fake[0].replays > 3


class Kept(Listener):
    """Keeps the outputs of the first epoch's steps."""

    outputs = torch.empty(0)

    def collect(self, loop: Loop) -> None:
        super().collect(loop)
        if loop.epoch == 0 and (found := loop.meter.outputs()) is not None:
            self.outputs = found[0].clone()


class Changes(Listener):
    """Changes a setting after some steps."""

    def look(self, loop: Loop) -> None:
        super().look(loop)
        if loop.step == 6:
            loop.change("optimization.regularizers.0.strength", 0.5)


def test_a_changed_setting_is_recorded_anew(fake: list[Again]) -> None:
    loop, found = trained(document(), "graph", Changes(every_step=True))
    _, plain = trained(document(), "eager", Changes(every_step=True))
    assert len(fake) == 2 and [graph.warmed for graph in fake] == [WARM_UP, WARM_UP] and fake[1].replays
    assert torch.allclose(torch.tensor(found.losses), torch.tensor(plain.losses), rtol=1e-3)
    assert loop.plan.engine == "graph"


def test_what_cannot_be_recorded_goes_on_plainly_and_says_why(
    fake: list[Again], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(self: Again, step: Step) -> None:
        raise RuntimeError("operation not permitted\nwhen stream is capturing")

    monkeypatch.setattr(Again, "record", refused)
    loop, found = trained(document(), "graph")
    _, plain = trained(document(), "eager")
    assert loop.plan.engine == "eager" and not isinstance(loop.stepper, GraphStepper)
    assert "RuntimeError: operation not permitted when stream is capturing" in found.marks[0]
    assert loop.choice.declined == found.marks
    assert torch.allclose(torch.tensor(found.losses), torch.tensor(plain.losses), rtol=1e-3)
    assert len(found.losses) == loop.step == len(plain.losses), "no step is lost or taken twice"


def test_a_graph_is_checked_before_it_is_used(fake: list[Again], monkeypatch: pytest.MonkeyPatch) -> None:
    choice = choose.checked(loop_of(document()), Choice(Plan(engine="graph")))
    assert choice.plan.engine == "graph" and not choice.declined
    assert fake[0].replays, "more steps than those that come before recording"
    replay = Again.replay

    def wrong(self: Again) -> Any:
        loss, outputs = replay(self)
        return loss * 1.01, outputs

    monkeypatch.setattr(Again, "replay", wrong)
    choice = Choice(Plan(engine="graph"), ["A recorded graph of kernels: one call."])
    assert choose.checked(loop_of(document()), choice).plan.engine == "eager"
    assert "A recorded graph of kernels: checked against plain torch, its loss" in choice.declined[0]
    assert not choice.because
    monkeypatch.setattr(Again, "record", lambda self, step: 1 / 0)
    choice = choose.checked(loop_of(document()), Choice(Plan(engine="graph")))
    assert choice.plan.engine == "eager" and "it failed here" in choice.declined[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"optimization": {"optimizer": {"kind": "RMSprop"}}}, "needs SGD, Adam or AdamW, and this is RMSprop"),
        ({"training": {"epochs": 1, "batch_size": 5000, "device": "cpu"}}, "needs whole batches"),
    ],
)
def test_what_it_cannot_do_it_declines(change: dict[str, Any], reason: str) -> None:
    loop = loop_of({**copy.deepcopy(pictures()), **change})
    why = unfit(loop)
    assert why is not None and reason in why
    with pytest.raises(ValueError, match="A recorded graph"):
        GraphStepper(loop)


def test_several_networks_are_declined() -> None:
    loop = loop_of(pictures())
    loop.networks = {"one": loop.networks["model"], "two": loop.networks["model"]}
    assert "several take turns" in str(unfit(loop))


def test_the_rule_asks_for_it_on_a_gpu_only(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = loop_of(pictures())
    assert not choose._graph(loop, Choice(Plan()))
    loop.device = torch.device("cuda")
    assert choose._graph(loop, choice := Choice(Plan())) and "one call" in choice.because[0]
    loop.flops = graph_stepper.GRAPH_BELOW
    assert not choose._graph(loop, Choice(Plan())), "large steps keep a GPU busy"
    loop.flops, loop.training = 1.0, loop.training.model_copy(update={"engine": "eager"})
    assert not choose._graph(loop, Choice(Plan()))


def test_on_the_processor_it_says_why_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert "for GPUs" in str(GraphStepper.why_not(loop_of(DEMANDING)))
