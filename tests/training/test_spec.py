"""The spec: round trips, errors that name their place, completion, overrides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dlviz.core.part import family
from dlviz.core.problems import WrongInput
from dlviz.lessons import lessons, read
from dlviz.training.documents import override, parse_text, read_document
from dlviz.training.spec import Spec

WHOLE: dict[str, Any] = {
    "version": 1,
    "title": "A test",
    "data": {"kind": "Digits"},
    "task": {"kind": "Classification"},
    "networks": {
        "model": [
            {"name": "input", "kind": "Input"},
            {"name": "conv1", "kind": "Conv2d", "out_channels": 8, "kernel_size": [3, 3]},
            {"name": "relu1", "kind": "ReLU"},
            {"name": "flatten", "kind": "Flatten"},
            {"name": "output", "kind": "Linear", "out_features": "auto", "at": [10, 20]},
        ]
    },
    "optimization": {
        "optimizer": {"kind": "SGD", "lr": 0.1, "momentum": 0.9},
        "schedule": {"kind": "OneCycleLR"},
        "regularizers": [{"kind": "L2"}, "GradientClipping"],
        "augmentations": [{"kind": "RandomShift"}],
    },
    "training": {"epochs": 3, "batch_size": 32, "early_stopping": {"patience": 2}},
    "seed": 7,
}


def problems_of(document: object) -> dict[str, str]:
    with pytest.raises(WrongInput) as caught:
        Spec.parse(document)
    return {problem.place: problem.message for problem in caught.value.problems}


def test_a_whole_spec_round_trips_without_loss() -> None:
    spec = Spec.parse(WHOLE)
    for brief in (False, True):
        assert Spec.parse(json.loads(json.dumps(spec.document(brief)))) == spec
    assert Spec.parse(yaml.safe_load(spec.yaml())) == spec
    assert spec.networks is not None and spec.networks["model"]["conv1"].inputs == ("input",)


@pytest.mark.parametrize("name", list(lessons()))
def test_every_lesson_is_a_spec_with_words(name: str) -> None:
    spec = Spec.parse(read(name))
    assert spec.title and len(spec.notes) > 80
    assert Spec.parse(spec.document()) == spec


@pytest.mark.parametrize("name", [name for name in lessons() if "fashion" not in name and "mnist" not in name])
def test_every_built_in_lesson_completes(name: str) -> None:
    spec = Spec.parse(read(name))
    if not spec.data.ready():
        pytest.skip("its data must be fetched, or lie in DLVIZ_DATA")
    complete = spec.completed()
    assert complete.task and complete.networks and complete.optimization and complete.training
    assert Spec.parse(complete.document()) == complete
    assert complete.completed() == complete


def test_data_alone_is_a_whole_spec(tmp_path: Path) -> None:
    table = tmp_path / "my.csv"
    table.write_text("rooms,size,price\n" + "\n".join(f"{i % 5},{i * 1.5},{i * 1000.0 + i % 7}" for i in range(60)))
    spec = Spec.parse({"version": 1, "data": {"kind": "Table", "path": str(table), "target": "price"}}).completed()
    assert spec.task is not None and spec.task.kind() == "Regression"
    assert spec.networks is not None and set(spec.networks) == {"model"}


def test_every_wrong_thing_is_told_at_once_with_its_place() -> None:
    bad = override(WHOLE, "networks.model.conv1.kernel_size", -1)
    bad = override(bad, "training.epochs", 0)
    bad = override(bad, "training.early_stopping.patience", "long")
    bad = override(bad, "optimization.optimizer.kind", "Adamm")
    bad = override(bad, "optimization.colour", 1)
    bad = override(bad, "networks.model.output.inputs", ["flaten"])
    bad = override(bad, "seed", -1)
    bad["dta"] = {}
    told = problems_of(bad)
    assert set(told) == {
        "networks.model.conv1.kernel_size",
        "training.epochs",
        "training.early_stopping.patience",
        "optimization.optimizer",
        "optimization.colour",
        "networks.model.output.inputs",
        "seed",
        "dta",
    }
    assert "Received: -1" in told["networks.model.conv1.kernel_size"]
    assert "`Adam`" in told["optimization.optimizer"]
    assert "`flatten`" in told["networks.model.output.inputs"]
    assert "`data`" in told["dta"]


def test_a_circle_is_named() -> None:
    told = problems_of(override(WHOLE, "networks.model.conv1.inputs", ["flatten"]))
    assert list(told) == ["networks.model.conv1.inputs"]
    assert "conv1 → relu1 → flatten → conv1" in " ".join(told.values())


@pytest.mark.parametrize("document", [None, [], "text", 3, {}, {"version": True, "data": "Digits"}, {"version": 2}])
def test_what_is_no_spec_is_refused_in_words(document: object) -> None:
    assert problems_of(document)


def test_networks_must_fit_the_task() -> None:
    spec = Spec.parse({**WHOLE, "networks": {"generator": WHOLE["networks"]["model"]}})
    with pytest.raises(WrongInput, match="trains the networks `model`. Received: `generator`"):
        spec.completed()


def test_a_task_that_does_not_fit_says_why() -> None:
    spec = Spec.parse({"version": 1, "data": {"kind": "Diabetes"}, "task": {"kind": "Classification"}})
    with pytest.raises(WrongInput, match="Classification cannot learn from this data"):
        spec.completed()


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        ("training.early_stopping.monitor", "acuracy", "Known: `loss`, `accuracy`, `f1`"),
        ("training.batch_size", 1, "at least 2 for `norm`"),
    ],
)
def test_what_would_end_the_run_later_is_told_before_it_begins(place: str, value: object, told: str) -> None:
    norm = [{"kind": "Input"}, {"kind": "BatchNorm1d", "name": "norm"}, {"kind": "Linear", "out_features": "auto"}]
    document = {"version": 1, "data": {"kind": "Iris"}, "networks": {"model": norm}, "training": {"batch_size": 2}}
    Spec.parse(override(document, "training.early_stopping.monitor", "f1")).completed()
    with pytest.raises(WrongInput, match=told) as refused:
        Spec.parse(override(document, place, value)).completed()
    assert [problem.place for problem in refused.value.problems] == [place]


def test_override_reaches_nodes_by_name_and_refuses_the_impossible() -> None:
    assert override(WHOLE, "networks.model.conv1.out_channels", 4)["networks"]["model"][1]["out_channels"] == 4
    assert override({"data": {"kind": "Digits"}}, "training.epochs", 3)["training"] == {"epochs": 3}
    assert WHOLE["training"]["epochs"] == 3
    for place in ("networks.model.conv9.bias", "seed.deep", "title.x.y"):
        with pytest.raises(WrongInput, match=place):
            override(WHOLE, place, 1)


def test_files_that_are_no_documents(tmp_path: Path) -> None:
    binary = tmp_path / "a.yaml"
    binary.write_bytes(b"\xff\xfe\x00\x01")
    for path in (binary, tmp_path / "none.yaml", tmp_path):
        with pytest.raises(WrongInput):
            read_document(path)
    with pytest.raises(WrongInput, match="neither YAML nor JSON"):
        parse_text("a: [1, 2")
    with pytest.raises(WrongInput):
        parse_text("!!python/object/apply:os.system ['true']")
    assert parse_text('{"a": 1}') == parse_text("{a: 1}") == {"a": 1}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PLACES = [
    "data", "data.kind", "task", "task.kind", "networks", "networks.model", "networks.model.conv1",
    "networks.model.conv1.kind", "networks.model.conv1.kernel_size", "networks.model.conv1.inputs",
    "networks.model.conv1.name", "networks.model.output.at", "optimization", "optimization.optimizer",
    "optimization.optimizer.lr", "optimization.regularizers", "optimization.schedule.kind", "training",
    "training.early_stopping", "training.epochs", "training.precision", "seed", "title", "version", "extra",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), JSON), min_size=1, max_size=4))
def test_any_mangled_spec_gives_a_spec_or_problems_with_places(changes: list[tuple[str, Any]]) -> None:
    document = WHOLE
    for place, value in changes:
        try:
            document = override(document, place, value)
        except WrongInput:
            continue
    try:
        spec = Spec.parse(document)
    except WrongInput as error:
        assert error.problems and all(problem.message for problem in error.problems)
    else:
        assert Spec.parse(json.loads(json.dumps(spec.document()))) == spec


def _pick(item: Any) -> st.SearchStrategy[Any]:
    """A right value for one setting."""
    numbers = {"int": st.integers(1, 64), "ints": st.integers(1, 7), "float": st.floats(0.01, 0.9)}
    if item.choices:
        return st.sampled_from(item.choices)
    if item.type in numbers and (item.low is None or item.low <= 1) and (item.high is None or item.high >= 64):
        return numbers[item.type]
    return st.booleans() if item.type == "bool" else st.just(item.default)


@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_right_settings_of_any_part_round_trip(data: st.DataObject) -> None:
    parts = [part for name in ("layers", "optimizers", "schedules", "tasks") for part in family(name).values()]
    part = data.draw(st.sampled_from(parts))
    chosen = {item.name: data.draw(_pick(item)) for item in part.settings() if not item.required}
    try:
        made = part.parse({"kind": part.kind(), **json.loads(json.dumps(chosen))})
    except WrongInput:
        return  # settings that exclude each other; they said so
    assert made is not None and part.parse(json.loads(json.dumps(made.document()))) == made
