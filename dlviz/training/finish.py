"""Finish: what happens once when the training is over. Only here is the test part touched."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from torch import Tensor

from dlviz.core.problems import WrongInput
from dlviz.datasets.data import Examples
from dlviz.training.evaluate import Figures, evaluate
from dlviz.training.gallery import write_gallery
from dlviz.training.loop import Loop
from dlviz.training.recorder import Recorder
from dlviz.training.upload import placed


def finish(loop: Loop, recorder: Recorder, status: str) -> None:
    """Take the best weights where they were kept, measure the test part, draw and choose examples."""
    recorder.state |= {"doing": "measuring the test part", "seconds_left": 0.0}
    recorder.to_disk(lambda: recorder.run.write_state(recorder.state))
    recorder.moments.last(loop)
    if loop.best.weights is not None:
        for role, network in loop.networks.items():
            network.load_state_dict(loop.best.weights.get(f"networks/{role}"))
    kept, outputs = _measure(loop, loop.validation, "validation")
    recorder.state.setdefault("metrics", {})["validation"] = kept
    recorder.views(loop, "validation", outputs)
    test = placed(loop.data.test, loop.device)
    figures: Figures = {}
    if len(test):
        figures, outputs = _measure(loop, test, "test")
        recorder.views(loop, "test", outputs)
        train = loop.data.train
        result = loop.task.result(outputs.cpu(), loop.data.test, train, loop.fields) if outputs is not None else None
        recorder.state["result"] = asdict(result) if result is not None else None
        recorder.state.setdefault("metrics", {})["test"] = figures
    galleries(loop, recorder, ("validation", "test"))
    values: dict[str, Any] = {f"test.{name}": value for name, value in figures.items()}
    best = {"best_step": loop.best.step} if loop.best.step is not None else {}
    recorder.events.add("end", loop.step, status=status, **values, **best)
    recorder.checkup.end(loop, {**recorder.state, "status": status})


def _measure(loop: Loop, examples: Examples, use: str) -> tuple[Figures, Tensor | None]:
    with loop.own_chance(use):
        metrics = loop.metrics["validation"]
        return evaluate(loop.task, loop.networks, examples, metrics, loop.fields, loop.as_asked)


def galleries(loop: Loop, recorder: Recorder, parts: tuple[str, ...]) -> None:
    """Choose examples of these parts; a task that explains nothing has none."""
    for network in loop.networks.values():
        network.eval()
        network.cpu()
    for part in parts:
        try:
            recorder.picture(
                lambda part=part: write_gallery(recorder.run, loop.task, loop.networks, loop.data, part)  # type: ignore[misc]
            )
        except (NotImplementedError, WrongInput) as error:
            print(f"No gallery of the {part} part: {error}")
