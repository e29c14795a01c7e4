"""The loop: the very numbers of a bare torch loop, the same for the same seed, whatever the task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Batch, Data, Examples, Fields
from dlviz.datasets.digits import Digits
from dlviz.tasks.task import Loss, Networks, Task
from dlviz.training import worker
from dlviz.training.batches import Batches, derived_seed
from dlviz.training.evaluate import evaluate
from dlviz.training.events import read_events
from dlviz.training.loop import Loop, Watcher
from dlviz.training.restore import make_networks, restore
from dlviz.training.spec import Spec
from tests.training.toys import DEMANDING, curve, make_run, spiral


def loop_of(document: dict[str, Any], watcher: Watcher | None = None) -> Loop:
    spec = Spec.parse(document)
    data = spec.data.load(spec.seed)
    spec = spec.completed(data.fields)
    torch.manual_seed(spec.seed)
    networks = make_networks(spec, data.fields)
    assert spec.task is not None
    spec.task.prepare(networks, data.fields, data.train)
    return Loop(spec, data, networks, torch.device("cpu"), watcher or Watcher())


def test_it_gives_the_very_numbers_of_a_bare_torch_loop() -> None:
    document = {**DEMANDING, "optimization": {"optimizer": {"kind": "SGD", "lr": 0.05, "momentum": 0.9}}}
    document["training"] = {"epochs": 2, "batch_size": 32, "device": "cpu"}
    seen: list[float] = []

    class Listener(Watcher):
        def collect(self, loop: Loop) -> None:
            windows, _ = loop.meter.collect()
            seen.extend(window.losses["model"] for window in windows)

    loop = loop_of(document, Listener())
    loop.train()

    spec = Spec.parse(document)
    data = spec.data.load(spec.seed)
    torch.manual_seed(spec.seed)
    network = make_networks(spec.completed(data.fields), data.fields)["model"]
    optimizer = torch.optim.SGD(network.parameters(), lr=0.05, momentum=0.9, fused=True)
    images, labels = data.train.columns["image"], data.train.columns["label"]
    bare = []
    for epoch in range(2):
        random = torch.Generator().manual_seed(derived_seed(spec.seed, "order", epoch))
        order = torch.randperm(len(labels), generator=random)
        for index in order.split(32):
            loss = F.cross_entropy(network(images[index]), labels[index])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            bare.append(loss.item())
    assert len(labels) % 32 != 1, "else the last batch is left out"
    assert seen == bare
    for (name, mine), (_, theirs) in zip(
        loop.networks["model"].state_dict().items(), network.state_dict().items(), strict=True
    ):
        assert torch.equal(mine, theirs), name


def test_the_same_spec_and_seed_give_the_same_records(tmp_path: Path) -> None:
    runs = [make_run(tmp_path / name, DEMANDING) for name in ("one", "two")]
    assert [worker.main(run.path) for run in runs] == ["finished", "finished"]
    one, two = map(curve, runs)
    assert one == two
    assert sum(record["type"] == "train" for record in one) > 100
    other = make_run(tmp_path / "three", {**DEMANDING, "seed": 4})
    worker.main(other.path)
    assert curve(other) != one


def test_each_epoch_takes_every_example_once_in_a_new_order() -> None:
    examples = Examples({"x": torch.arange(100)}, torch.arange(100))
    batches = Batches(examples, 32, seed=0)
    epochs = [torch.cat([batch["x"] for batch in batches.of(epoch)]).tolist() for epoch in range(2)]
    assert sorted(epochs[0]) == sorted(epochs[1]) == list(range(100))
    assert epochs[0] != epochs[1]
    assert batches.steps == len(list(batches.of(0))) == 4
    assert [b["x"].tolist() for b in batches.of(1, position=64)] == [b["x"].tolist() for b in batches.of(1)][2:]


def test_gathering_in_pieces_gives_the_same_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = Examples({"x": torch.randn(100, 7)}, torch.arange(100))
    whole = [batch["x"] for batch in Batches(examples, 9, seed=5).of(3)]
    monkeypatch.setattr("dlviz.training.batches._GATHER", 600)
    pieces = [batch["x"] for batch in Batches(examples, 9, seed=5).of(3)]
    assert all(torch.equal(a, b) for a, b in zip(whole, pieces, strict=True))


def test_a_last_batch_of_one_is_left_out() -> None:
    examples = Examples({"x": torch.arange(33)}, torch.arange(33))
    assert [len(batch["x"]) for batch in Batches(examples, 16, seed=0).of(0)] == [16, 16]
    assert [len(batch["x"]) for batch in Batches(examples, 1, seed=0).of(0)] == [1] * 33


class Duel(Task, abstract=True):
    """Two networks in turn: the second loss must see the first one's step."""

    @classmethod
    def seen(cls) -> list[bool]:
        return _seen

    def metrics(self, fields: Fields) -> dict[str, Any]:
        return {}

    def losses(self, networks: Networks, batch: Batch, fields: Fields) -> Iterator[Loss]:
        before = [weight.detach().clone() for weight in networks["first"].parameters()]
        inputs = batch["image"].flatten(1)
        first = networks["first"](inputs)
        yield Loss("first", first.square().mean())
        after = list(networks["first"].parameters())
        if torch.is_grad_enabled():
            _seen.append(any(not torch.equal(a, b) for a, b in zip(before, after, strict=True)))
        yield Loss("second", (networks["second"](inputs) - networks["first"](inputs).detach()).square().mean())

    def forward(self, networks: Networks, batch: Batch, fields: Fields) -> Tensor:
        return networks["second"](batch["image"].flatten(1))  # type: ignore[no-any-return]


_seen: list[bool] = []


def test_two_networks_in_turn_need_no_special_loop() -> None:
    _seen.clear()
    base = loop_of({**DEMANDING, "training": {"epochs": 1, "batch_size": 64, "device": "cpu"}})
    networks: Mapping[str, torch.nn.Module] = {
        "first": torch.nn.Linear(64, 3), "second": torch.nn.Linear(64, 3),
    }  # fmt: skip
    records: dict[str, Any] = {}

    class Listener(Watcher):
        def epoch_ended(self, loop: Loop, figures: Any, outputs: Any) -> None:
            records.update(figures)

    spec = replace(base.spec, task=Duel())
    loop = Loop(spec, base.data, networks, torch.device("cpu"), Listener())
    loop.train()
    assert _seen and all(_seen)
    assert {"train.loss", "train.loss.first", "train.loss.second", "validation.loss.second"} <= set(records)
    assert records["train.loss"] == records["train.loss.first"] + records["train.loss.second"]


def test_the_training_metrics_are_those_of_the_outputs_it_learned_from(tmp_path: Path) -> None:
    document = spiral(epochs=1, batch_size=20)
    document["optimization"]["optimizer"]["lr"] = 1e-9  # nothing moves: then one pass afterwards tells the truth
    run = make_run(tmp_path / "run", document)
    worker.main(run.path)
    epoch = next(record for record in read_events(run.events_file) if record["type"] == "epoch")
    loop = loop_of(document)
    figures, _ = evaluate(loop.task, loop.networks, loop.data.train, loop.metrics["train"], loop.fields)
    assert epoch["train.accuracy"] == figures["accuracy"]
    assert epoch["train.loss"] == pytest.approx(figures["loss"], rel=1e-4)
    train = [record["loss"] for record in read_events(run.events_file) if record["type"] == "train"]
    assert epoch["train.loss"] == pytest.approx(sum(train) / len(train))


def test_long_runs_give_no_more_records_than_a_curve_has_pixels(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral(epochs=200, batch_size=5))
    assert worker.main(run.path) == "finished"
    steps = [record["step"] for record in curve(run) if record["type"] == "train"]
    assert 1000 <= len(steps) <= 2000
    assert len({b - a for a, b in zip(steps, steps[1:], strict=False)}) == 1


class _Sealed(dict[str, Tensor]):
    """Columns that must not be looked at yet."""

    open = False

    def __getitem__(self, name: str) -> Tensor:
        assert self.open, "the test part was touched before the end"
        return super().__getitem__(name)

    def items(self) -> Any:
        assert self.open, "the test part was touched before the end"
        return super().items()


def test_the_test_part_is_touched_only_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed: list[_Sealed] = []
    load = Digits.load

    def sealing(self: Digits, *args: Any, **more: Any) -> Data:
        data = load(self, *args, **more)
        sealed.append(_Sealed(data.test.columns))
        return replace(data, test=Examples(sealed[-1], data.test.rows))

    monkeypatch.setattr(Digits, "load", sealing)
    train = Loop.train

    def opening(self: Loop) -> None:
        train(self)
        sealed[-1].open = True

    monkeypatch.setattr(Loop, "train", opening)
    run = make_run(tmp_path / "run", {**DEMANDING, "training": {"epochs": 2, "batch_size": 64, "device": "cpu"}})
    assert worker.main(run.path) == "finished", run.state()
    assert run.state()["metrics"]["test"]["accuracy"] > 0.5
    monkeypatch.setattr(Loop, "train", train)
    again = make_run(tmp_path / "again", DEMANDING)
    assert worker.main(again.path) == "failed", "the seal itself must work"


def test_early_stopping_ends_the_run_and_keeps_the_best(tmp_path: Path) -> None:
    document = spiral(epochs=60, early_stopping={"monitor": "loss", "patience": 3})
    document["optimization"]["optimizer"]["lr"] = 3.0  # jumps about
    run = make_run(tmp_path / "run", document)
    assert worker.main(run.path) == "finished"
    epochs = [record for record in curve(run) if record["type"] == "epoch"]
    assert len(epochs) < 60
    best = min(epochs, key=lambda record: record["validation.loss"])
    assert epochs[-1]["epoch"] == best["epoch"] + 3
    restored = restore(run)
    assert restored.step == best["step"]
    data = restored.spec.data.load(restored.spec.seed)
    figures, _ = evaluate(restored.task, restored.networks, data.validation, {}, restored.fields)
    assert figures["loss"] == pytest.approx(best["validation.loss"], abs=1e-7)
    assert run.state()["metrics"]["validation"]["loss"] == pytest.approx(best["validation.loss"], abs=1e-7)


def test_early_stopping_on_an_unknown_figure_is_refused(tmp_path: Path) -> None:
    run = make_run(tmp_path / "run", spiral(early_stopping={"monitor": "acuracy"}))
    assert worker.main(run.path) == "failed"
    assert "acuracy" in run.state()["error"] and "accuracy" in run.state()["error"]


def test_bfloat16_trains_and_keeps_its_weights_in_float32() -> None:
    loop = loop_of({**DEMANDING, "training": {"epochs": 3, "batch_size": 32, "device": "cpu", "precision": "bfloat16"}})
    dtypes = []
    handle = (
        loop.networks["model"]
        .get_submodule("linear")
        .register_forward_hook(lambda module, inputs, output: dtypes.append(output.dtype))
    )
    loop.train()
    handle.remove()
    assert set(dtypes) == {torch.bfloat16}
    assert all(weight.dtype == torch.float32 for weight in loop.networks["model"].parameters())
    figures, _ = evaluate(loop.task, loop.networks, loop.data.validation, loop.metrics["validation"], loop.fields)
    assert figures["accuracy"] is not None and figures["accuracy"] > 0.8


def test_unknown_task_figures_are_refused_with_the_known_ones() -> None:
    with pytest.raises(WrongInput, match="Known: `loss`"):
        loop_of(spiral(early_stopping={"monitor": "nothing"}))
