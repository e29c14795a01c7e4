"""The engine: every way of computing the steps gives what the plain one gives, or is not used, and says so."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from dlviz.datasets.data import Examples
from dlviz.training import machine
from dlviz.training.batches import Batches
from dlviz.training.engine import check, choose, eager, kernel_stepper, timing, twin
from dlviz.training.engine.drift import SPAN, Drift
from dlviz.training.engine.plan import Choice, Plan
from dlviz.training.engine.trial import Trial
from dlviz.training.loop import Loop, Watcher
from dlviz.training.meter import Meter
from tests.training.test_loop import loop_of
from tests.training.toys import DEMANDING, spiral

CNN: list[dict[str, Any]] = [
    {"kind": "Input"},
    {"kind": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, "name": "first"},
    {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, "name": "second"},
    {"kind": "BatchNorm2d"},
    {"kind": "Tanh"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Flatten"},
    {"kind": "Linear", "out_features": "auto"},
]


def pictures(**training: Any) -> dict[str, Any]:
    """A small network with convolutions on small pictures."""
    return {
        **copy.deepcopy(DEMANDING),
        "networks": {"model": CNN},
        "optimization": {"optimizer": {"kind": "Adam", "lr": 0.01}},
        "training": {"epochs": 3, "batch_size": 32, "device": "cpu", **training},
    }


class Listener(Watcher):
    """Hears every loss, and can look after every step."""

    def __init__(self, every_step: bool = False) -> None:
        self.next_look = 0.0 if every_step else float("inf")
        self.losses: list[float] = []
        self.marks: list[str] = []

    def collect(self, loop: Loop) -> None:
        windows, bad = loop.meter.collect()
        assert bad is None
        self.losses += [window.losses["model"] for window in windows]

    def look(self, loop: Loop) -> None:
        self.collect(loop)

    def ran_otherwise(self, loop: Loop, why: str) -> None:
        self.marks.append(why)


def losses(document: dict[str, Any], listener: Listener | None = None, longest: int | None = None) -> list[float]:
    listener = listener or Listener()
    loop = loop_of(document, listener)
    loop.longest = longest
    loop.train()
    return listener.losses


@pytest.fixture(scope="module")
def plain() -> list[float]:
    return losses(DEMANDING)


@pytest.mark.parametrize("longest", [1, 7])
def test_how_long_a_stretch_is_changes_nothing(plain: list[float], longest: int) -> None:
    assert losses(DEMANDING, longest=longest) == plain


def test_looking_after_every_step_changes_nothing(plain: list[float]) -> None:
    assert losses(DEMANDING, Listener(every_step=True)) == plain


def test_stretches_cover_an_epoch_whatever_the_sizes() -> None:
    batches = Batches(Examples({"x": torch.arange(103)}, torch.arange(103)), 10, seed=2)
    whole = torch.cat([batch["x"] for batch in batches.of(0)]).tolist()
    seen, position = [], 0
    for size, longest in ((10, 3), (7, 2), (1, 5), (20, None)):
        if size != batches.size:
            batches.resize(size, 0, position)
        stretch = batches.stretch(0, position, longest)
        assert stretch is not None
        assert longest is None or stretch.steps == longest
        seen += [number for batch in stretch for number in batch["x"].tolist()]
        position = stretch.after(stretch.steps)
    assert seen == whole and sorted(seen) == list(range(103))
    assert batches.steps == 6, "a fresh epoch has the last size from its beginning"


def test_the_meter_sums_a_stretch_as_its_steps() -> None:
    torch.manual_seed(0)
    values = torch.rand(23)
    one, many = Meter(5, ("y",), 23), Meter(5, ("y",), 23)
    for step in range(1, 24):
        one.add(step, [("model", values[step - 1])], (step / 23, 0.1) if step % 5 == 0 else None)
    found = one.collect()[0]
    windows = []
    for first, last in ((1, 7), (8, 8), (9, 23)):
        closes = {step: (step / 23, 0.1) for step in many.closing(first, last + 1 - first)}
        many.add_stretch(first, "model", values[first - 1 : last], closes)
        windows += many.collect()[0]
    assert windows == found and len(found) == 4
    assert one.epoch.values() == many.epoch.values()


def test_the_meter_names_the_first_step_that_is_no_number() -> None:
    meter = Meter(5, ("y",), 23)
    meter.add_stretch(4, "model", torch.tensor([1.0, 2.0, float("nan"), float("inf")]), {5: (0.1, 0.1)})
    assert meter.collect()[1] == 6


# ---- the twin ----


@pytest.mark.parametrize("activation", ["ReLU", "LeakyReLU", "Tanh", "Sigmoid", "ELU", "Hardtanh", "Softplus"])
def test_pooling_first_gives_the_same_numbers_and_gradients(activation: str) -> None:
    document = pictures()
    document["networks"]["model"] = [
        node | ({"kind": activation} if node["kind"] in ("ReLU", "Tanh") else {}) for node in CNN
    ]
    network = loop_of(document).networks["model"]
    other = twin.pooled_first(network)
    assert other is not None
    assert {id(weight) for weight in other.parameters()} == {id(weight) for weight in network.parameters()}
    names = [str(node.target) for node in other.graph.nodes if node.op == "call_module"]
    assert names.index("maxpool2d") < names.index(activation.lower())
    pictures_, found = torch.randn(6, 1, 8, 8), []
    for one in (network, other):
        network.zero_grad()
        out = one(pictures_)
        out.square().sum().backward()
        found.append([out.detach(), *(weight.grad for weight in network.parameters() if weight.grad is not None)])
    assert len(found[0]) == len(found[1]) > 5
    for mine, theirs in zip(*found, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("between", ["Softshrink", "GELU", "Dropout", "PReLU"])
def test_what_may_fall_or_draws_chance_stays_before_the_pooling(between: str) -> None:
    nodes = [*CNN[:2], {"kind": between}, CNN[3], *CNN[8:]]
    network = loop_of({**pictures(), "networks": {"model": nodes}}).networks["model"]
    rising = between == "Softshrink"  # it never falls, but it is not among the known
    assert twin.pooled_first(network) is None, rising


def test_an_activation_whose_result_is_used_twice_stays() -> None:
    nodes = [
        *CNN[:2],
        {"kind": "ReLU", "name": "active"},
        {"kind": "MaxPool2d", "kernel_size": 2, "name": "largest"},
        {"kind": "AvgPool2d", "kernel_size": 2, "name": "mean", "inputs": ["active"]},
        {"kind": "Add", "inputs": ["largest", "mean"]},
        *CNN[8:],
    ]
    assert twin.pooled_first(loop_of({**pictures(), "networks": {"model": nodes}}).networks["model"]) is None


def test_the_twin_looks_into_blocks() -> None:
    class Outer(nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    inner = torch.fx.symbolic_trace(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU()))
    code = torch.fx.Graph()
    x = code.placeholder("x")
    code.output(code.call_module("pool", (code.call_module("block", (x,)),)))
    network = torch.fx.GraphModule({"block": nn.Sequential(inner, nn.Identity()), "pool": nn.MaxPool2d(2)}, code)
    assert twin.pooled_first(network) is None, "the identity stands between"
    network.block = nn.Sequential(inner)
    found = twin.pooled_first(network)
    assert found is not None
    assert [str(node.target) for node in found.graph.nodes if node.op == "call_module"][-2:] == ["pool", "block.0.1"]
    example = torch.randn(2, 1, 8, 8)
    assert torch.equal(found(example), network(example))


# ---- choosing and checking ----


def state(loop: Loop) -> Iterator[torch.Tensor]:
    for network in loop.networks.values():
        yield from (tensor.clone() for tensor in network.state_dict().values())
    yield torch.random.get_rng_state()
    yield loop.random.get_state()


def test_choosing_leaves_the_course_alone() -> None:
    document = {**pictures(), "optimization": {**DEMANDING["optimization"], "schedule": {"kind": "OneCycleLR"}}}
    loop = loop_of(document)
    before, rate = list(state(loop)), loop.optimizers["model"].param_groups[0]["lr"]
    found = choose.choose(loop)
    assert found.plan.pool_first and found.plan.layout == "channels_last"
    trial = Trial(loop, found.plan)
    trial.step(3)
    assert all(torch.equal(a, b) for a, b in zip(before, state(loop), strict=True))
    assert loop.optimizers["model"].param_groups[0]["lr"] == rate and not loop.optimizers["model"].state
    assert (loop.epoch, loop.position, loop.step) == (0, 0, 0)
    assert len(trial.losses()) == 3 and trial.losses() == []


def test_the_rewritten_and_relaid_network_learns_the_same() -> None:
    quick = losses(pictures())
    loop, found = loop_of(pictures()), Listener()
    loop.watcher, loop.chosen, loop.choice = found, True, Choice(Plan())
    loop.train()
    assert loop.plan == Plan()
    assert torch.allclose(torch.tensor(found.losses[:30]), torch.tensor(quick[:30]), rtol=2e-3)


def test_a_twin_that_gives_other_numbers_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = twin.pooled_first

    def sabotaged(network: nn.Module) -> Any:
        made = honest(network)
        assert made is not None
        for node in made.graph.nodes:
            if node.target == "relu":
                node.replace_all_uses_with(node.args[0])  # the activation is lost
        made.recompile()
        return made

    monkeypatch.setattr(eager, "pooled_first", sabotaged)
    found = choose.choose(loop_of(pictures()))
    assert not found.plan.pool_first and found.plan.layout == "channels_last"
    assert [text for text in found.declined if text.startswith("Pooling before activation: checked")]


def test_a_layout_that_fails_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = eager.lay

    def failing(loop: Loop) -> None:
        if loop.plan.layout == "channels_last":
            raise RuntimeError("no such layout here")
        honest(loop)

    monkeypatch.setattr(eager, "lay", failing)
    loop = loop_of(pictures(), listener := Listener())
    loop.train()
    assert loop.plan == replace(Plan(threads=loop.plan.threads), pool_first=True)
    (told,) = [text for text in loop.choice.told()["declined"] if text.startswith("Channels last")]
    assert "RuntimeError" in told
    assert len(listener.losses) == loop.step


def test_bfloat16_that_spoils_the_numbers_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = loop_of(pictures())
    under = Loop.under_precision

    def spoilt(self: Loop, found: Any) -> Any:
        for loss in under(self, found):
            yield loss._replace(value=loss.value * 1.2) if self.plan.precision == "bfloat16" else loss

    monkeypatch.setattr(Loop, "under_precision", spoilt)
    found = choose.checked(loop, Choice(Plan(precision="bfloat16")))
    assert found.plan.precision == "float32"
    assert "bfloat16: checked against plain torch, its loss was" in found.declined[0]


def test_honest_bfloat16_passes_the_check() -> None:
    found = choose.checked(loop_of(pictures()), Choice(Plan(precision="bfloat16")))
    assert found.plan.precision == "bfloat16" and not found.declined


@pytest.mark.parametrize("spoil", ["losses", "weights", "count", "nan"])
def test_the_check_sees_each_kind_of_difference(spoil: str) -> None:
    loop = loop_of(pictures())
    reference = check.reference(loop, Plan())
    same = check.course(loop, Plan())
    assert check.differs(reference, same, Plan()) is None
    assert reference.losses == same.losses and torch.equal(reference.moved, same.moved)
    other = {
        "losses": check.Course([*same.losses[:-1], same.losses[-1] * 1.01], same.moved),
        "weights": check.Course(same.losses, same.moved * 1.3),
        "count": check.Course(same.losses[:-1], same.moved),
        "nan": check.Course([float("nan"), *same.losses[1:]], same.moved),
    }[spoil]
    assert check.differs(reference, other, Plan())


def test_float32_is_never_chosen_by_a_stopwatch(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[int] = []
    step = Trial.step
    monkeypatch.setattr(timing, "SHORT", 0.0)
    monkeypatch.setattr(timing, "probe", lambda loop, choice: timed.append(1))
    for precision in ("float32", "auto"):
        loop = loop_of(pictures(precision=precision))
        assert choose.choose(loop).plan.precision == "float32"
        assert bool(timed) == (precision == "auto")
    assert step is Trial.step


def test_the_faster_of_two_is_taken_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = {"float32": 0.002, "bfloat16": 0.001}
    monkeypatch.setattr(timing, "TINY", 0.0)
    monkeypatch.setattr(timing, "SHORT", 0.0)
    monkeypatch.setattr(timing, "_SHARE", 100.0)
    monkeypatch.setattr(timing, "_has_bfloat16", lambda loop: True)
    monkeypatch.setattr(Trial, "step", lambda self, steps=1: seconds[self.copy.plan.precision])
    loop = loop_of(pictures(threads=1))
    choice = choose.by_rule(loop)
    timing.probe(loop, choice)
    assert choice.plan.precision == "bfloat16"
    assert "A step took 1.00 ms with bfloat16 and 2.00 ms with float32." in choice.because
    seconds["bfloat16"] = 0.00195  # not enough to give up digits
    choice = choose.by_rule(loop)
    timing.probe(loop, choice)
    assert choice.plan.precision == "float32" and "not enough of a gain" in choice.declined[-1]


def test_a_stopwatch_waits_for_the_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[torch.device] = []
    loop = loop_of(pictures())
    trial = Trial(loop, Plan())
    monkeypatch.setattr("torch.cuda.synchronize", waited.append)
    trial.step()
    assert not waited
    monkeypatch.setattr(trial, "_guarded", contextlib.nullcontext)
    loop.device = torch.device("cuda")
    trial.step()
    assert waited == [loop.device] * 2


def test_what_was_faster_by_luck_is_not_taken() -> None:
    rule = [1.0, 1.0, 1.0, 1.0]
    assert timing._faster([0.8, 5.0, 0.8, 0.8], rule, 1.1), "one hiccup"
    assert not timing._faster([0.5, 0.95, 0.5, 0.95], rule, 1.1)
    assert not timing._faster([0.1], rule, 1.1), "out of the question after one step"


def test_steps_too_small_for_bfloat16_are_never_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "SHORT", 0.0)
    monkeypatch.setattr(timing, "_SHARE", 100.0)
    monkeypatch.setattr(timing, "_has_bfloat16", lambda loop: True)
    monkeypatch.setattr(Trial, "step", lambda self, steps=1: pytest.fail("a stopwatch"))
    loop = loop_of(pictures(threads=1))
    assert loop.flops * 32 < timing.TINY
    choice = choose.by_rule(loop)
    before = copy.deepcopy(choice)
    timing.probe(loop, choice)
    assert choice == before


def test_bfloat16_needs_products_of_matrices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: True)
    loop = loop_of(pictures())
    assert timing._has_bfloat16(loop)
    loop.networks = {"model": nn.Sequential(nn.Embedding(5, 3), nn.BatchNorm1d(3))}
    loop.parameters = {"model": list(loop.networks["model"].parameters())}
    assert not timing._has_bfloat16(loop)


def test_a_run_that_has_slowed_down_takes_other_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.training.machine.cores", lambda: 2)
    monkeypatch.setattr(Trial, "step", lambda self, steps=1: 0.002 if torch.get_num_threads() == 1 else 0.007)
    loop = loop_of(pictures(), listener := Listener())
    loop._use(Choice(Plan(threads=2), ["Two threads."]))
    try:
        loop._choose_anew()
        assert loop.plan.threads == 2 and not listener.marks, "steps this small are never timed"
        monkeypatch.setattr(timing, "TINY", 0.0)
        loop._choose_anew()
        assert loop.plan.threads == torch.get_num_threads() == 1
        assert "7.00 ms with 2 threads" in listener.marks[0] and loop.choice.because == listener.marks
        loop._choose_anew()
        assert len(listener.marks) == 1, "it stays where nothing is gained"
    finally:
        torch.set_num_threads(1)


def test_drift_is_told_only_when_it_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dlviz.training.machine.busy", lambda: False)
    drift = Drift()
    assert not any(drift.slower(100, SPAN) for _ in range(30))
    assert not drift.slower(100, 3 * SPAN), "a hiccup"
    assert not any(drift.slower(100, SPAN) for _ in range(5))
    assert [drift.slower(100, 2 * SPAN) for _ in range(2)] == [False, True]
    assert not any(drift.slower(100, 2 * SPAN) for _ in range(5)), "that is how fast it is now"


def test_drift_is_told_when_other_work_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = [True]
    monkeypatch.setattr("dlviz.training.machine.busy", lambda: busy[0])
    drift = Drift()
    assert not any(drift.slower(100, SPAN) for _ in range(40))
    busy[0] = False
    assert sum(drift.slower(100, SPAN) for _ in range(100)) == 1


def test_what_else_runs_is_counted_by_what_wants_to_compute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    for others, busy in ((0.0, False), (0.4, False), (1.0, True), (9.0, True), (None, False)):
        monkeypatch.setattr(machine, "_others", lambda others=others: others)
        assert machine.busy() is busy


def test_a_stopwatch_stops_when_it_has_seen_enough() -> None:
    def turns(seconds: float) -> int:
        found = timing._timed({"rule": (1, lambda: 1.0), "other": (1, lambda: seconds)}, "rule", 1.1)
        return len(found["other"])

    assert turns(0.5) == turns(1.1) == timing._FEWEST
    assert turns(0.9) == timing._ROUNDS, "near the border it looks longer"
    assert turns(5.0) == 1


def test_pins_are_kept() -> None:
    loop = loop_of(pictures(layout="contiguous", threads=1, engine="eager"))
    assert choose.choose(loop).plan == Plan(threads=1, pool_first=True)
    assert not Plan(threads=2).suits(loop.training) and Plan().suits(loop.training)
    asked = loop_of(pictures(precision="bfloat16"))
    assert choose.choose(asked).plan.precision == "bfloat16"


@pytest.mark.parametrize("damage", [None, [], {}, {"plan": 3}, {"plan": {"threads": "x"}}, {"plan": {"threads": 1}}])
def test_a_damaged_choice_is_passed_over(damage: Any) -> None:
    assert Choice.parse(damage) is None
    whole = Choice(Plan("kernel", 2, "bfloat16", "channels_last", True), ["a"], ["b"])
    assert Choice.parse({"plan": whole.plan.document(), **whole.told()}) == whole


# ---- the kernel ----


def test_the_kernel_takes_the_same_course_as_torch_however_it_is_cut() -> None:
    document = spiral(epochs=6, engine="kernel")
    document["optimization"] = {
        "optimizer": {"kind": "Adam"}, "schedule": {"kind": "CosineAnnealingLR"},
        "regularizers": [{"kind": "L2", "strength": 0.01}, {"kind": "LabelSmoothing"}],
    }  # fmt: skip
    loop = loop_of(document, listener := Listener())
    loop.train()
    assert loop.plan.engine == "kernel" and isinstance(loop.stepper, kernel_stepper.KernelStepper)
    assert losses(document, Listener(every_step=True), longest=1) == listener.losses
    slow = losses({**document, "training": {**document["training"], "engine": "eager"}})
    assert torch.allclose(torch.tensor(slow), torch.tensor(listener.losses), rtol=1e-4)


def test_a_kernel_that_gives_other_numbers_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    take = kernel_stepper.KernelStepper.take

    def sabotaged(self: Any, stretch: Any, measured: bool) -> int:
        taken = take(self, stretch, measured)
        with torch.no_grad():
            next(iter(self.loop.networks["model"].parameters())).mul_(1.01)
        return taken

    monkeypatch.setattr(kernel_stepper.KernelStepper, "take", sabotaged)
    loop = loop_of(spiral(epochs=2, engine="kernel"), listener := Listener())
    loop.train()
    assert loop.plan.engine == "eager" and "The compiled kernel: checked against plain torch" in loop.choice.declined[0]
    assert listener.losses == losses(spiral(epochs=2))


def test_what_the_kernel_cannot_do_it_leaves_to_torch_and_says_why() -> None:
    loop = loop_of({**DEMANDING, "training": {**DEMANDING["training"], "engine": "kernel"}})
    found = choose.choose(loop)
    assert found.plan.engine == "eager" and "BatchNorm1d" in found.declined[0]
