"""The living network: which units and cards are drawn of a run, and what its addresses take and refuse."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette

from dlviz.core.shape import Ids
from dlviz.runs.store import Store
from dlviz.tasks.task import Role
from dlviz.ui.board.entries import explicit
from dlviz.ui.board.known import known
from dlviz.ui.living import routes, units

sys.path.insert(0, str(Path(__file__).parent / "board"))
from asked import ask  # noqa: E402

APP = Starlette(routes=routes.routes())
JSON = {"Content-Type": "application/json"}
WEIGHT = {"role": "model", "node": "fc1", "name": "weight", "index": [0, 1], "value": 0.5}
INPUT, OUTPUT = {"name": "input", "kind": "Input"}, {"name": "output", "kind": "Linear", "out_features": 2}


def fc(name, size, **more):
    return {"name": name, "kind": "Linear", "out_features": size, **more}


def layers(*nodes, inputs=None):
    entries, role = explicit(list(nodes)), Role(inputs or {"point": (2,)}, (2,))
    found = known(entries, role)
    assert not found.faults
    return units.layers(entries, "model", found.nodes)


def test_a_linear_layer_and_its_activation_are_one_column_of_units():
    drawn = layers(INPUT, fc("fc1", 8), {"name": "tanh", "kind": "Tanh"}, {"name": "drop", "kind": "Dropout"}, OUTPUT)
    assert [(layer.path, layer.shown, layer.units, layer.column, layer.role) for layer in drawn] == [
        ("", "model.input", 2, 0, "input"),
        ("model.fc1", "model.drop", 8, 1, "hidden"),
        ("model.output", "model.output", 2, 2, "output"),
    ]
    assert [layer.sources for layer in drawn[1:]] == [(units.Source(0, weighs=True),), (units.Source(1, weighs=True),)]


def test_a_merge_is_a_layer_of_its_own_that_reads_unit_by_unit():
    drawn = layers(
        INPUT,
        fc("a", 4),
        fc("b", 4, inputs=["input"]),
        {"name": "sum", "kind": "Add", "inputs": ["a", "b"]},
        {"name": "both", "kind": "Concat", "inputs": ["sum", "b"]},
        OUTPUT,
    )
    assert [(layer.shown, layer.units, layer.column) for layer in drawn[1:5]] == [
        ("model.a", 4, 1),
        ("model.b", 4, 1),
        ("model.sum", 4, 2),
        ("model.both", 8, 3),
    ]
    assert drawn[3].sources == (units.Source(1), units.Source(2))
    assert drawn[4].sources == (units.Source(3, 0), units.Source(2, 4))


def test_units_inside_a_block_are_drawn_with_their_own_paths():
    inner = [{"name": "inlet", "kind": "Input"}, fc("fc", 3), {"name": "act", "kind": "ReLU"}]
    block = {"name": "part", "kind": "Block", "title": "Part", "nodes": inner}
    drawn = layers(INPUT, block, OUTPUT)
    assert [(layer.path, layer.shown) for layer in drawn[1:]] == [
        ("model.part.fc", "model.part.act"),
        ("model.output", "model.output"),
    ]
    square = [{"name": "inlet", "kind": "Input"}, fc("fc", 2)]
    assert layers(INPUT, block | {"nodes": square, "repeat": 2}, OUTPUT) is None


def test_other_networks_are_no_columns_of_units():
    assert layers(INPUT, OUTPUT, inputs={"row": (4,)}) is None
    shaped = {"name": "grid", "kind": "Reshape", "shape": [1, 2]}
    assert layers(INPUT, shaped, {"name": "flat", "kind": "Flatten"}, OUTPUT) is None
    report = {"input": SimpleNamespace(shape=Ids((2,), 50))}
    assert units.layers(explicit([INPUT]), "model", report) is None, "two words are no point"


@pytest.fixture
def run(dlviz_home):
    spec = {
        "version": 1,
        "title": "Spiral",
        "data": {"kind": "Toy2d", "pattern": "spiral", "size": 60},
        "networks": {"model": [INPUT, fc("fc1", 8), {"name": "tanh", "kind": "Tanh"}, OUTPUT]},
    }
    return Store(dlviz_home).create(spec)


def test_the_view_of_a_run_on_the_plane_and_its_points(run):
    found = ask(APP, f"/dlviz/living/{run.id}").json()
    model = found["roles"]["model"]
    assert found["names"] == ["x", "y"] and model["answer"] == {"kind": "classes", "names": ["A", "B"]}
    assert [layer["units"] for layer in model["layers"]] == [2, 8, 2]
    assert model["layers"][1]["sources"] == [{"layer": 0, "weighs": True}]
    points = ask(APP, f"/dlviz/living/{run.id}/points").json()
    assert len(points["train"]) + len(points["validation"]) < 60 and len(points["validation"]) > 5
    assert {row[2] for row in points["train"]} == {0, 1}


def test_a_block_is_opened_and_closed_where_it_is_looked_at(dlviz_home):
    inner = [{"name": "inlet", "kind": "Input"}, fc("fc", 3), {"name": "act", "kind": "ReLU"}]
    block = {"name": "part", "kind": "Block", "title": "Part", "nodes": inner}
    spec = {"version": 1, "data": {"kind": "Iris"}, "networks": {"model": [INPUT, block, fc("output", 3)]}}
    address = f"/dlviz/living/{Store(dlviz_home).create(spec).id}"
    closed, turned = (ask(APP, address + query).json()["roles"]["model"] for query in ("", "?turned=model.part"))
    assert closed["order"] == ["model.input", "model.part", "model.output"]
    assert {"model.part.fc", "model.part.act"} < set(turned["order"])
    for drawn in (closed, turned):
        left, top, width, height = drawn["box"]
        for node in drawn["nodes"].values():
            assert left < node["at"][0] and node["at"][0] + node["size"][0] < left + width
            assert top < node["at"][1] and node["at"][1] + node["size"][1] < top + height
    assert closed["edges"].count("<path") == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"step": -1}, "`step`"),
        ({"step": True}, "`step`"),
        ({"weight": None}, "`weight`"),
        ({"weight": WEIGHT | {"value": "0.5"}}, "`value`"),
        ({"weight": WEIGHT | {"value": 1e9}}, "`value`"),
        ({"weight": WEIGHT | {"index": [0, -1]}}, "`index`"),
        ({"weight": WEIGHT | {"index": []}}, "`index`"),
        ({"weight": WEIGHT | {"node": ""}}, "`node`"),
    ],
)
def test_a_change_that_is_none_is_refused_with_its_reason(run, change, said):
    answer = ask(APP, f"/dlviz/living/{run.id}/fork", json.dumps({"step": 3, "weight": WEIGHT} | change).encode(), JSON)
    assert answer.status == 400 and said in answer.json()["error"]
    assert [each.id for each in Store(run.path.parent.parent).runs()] == [run.id]


def test_a_weight_that_no_checkpoint_knows_is_refused_before_a_fork_is_made(run):
    head = json.dumps(
        {"networks/model/fc1.weight": {"dtype": "F32", "shape": [4, 2], "data_offsets": [0, 32]}}
    ).encode()
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    (run.checkpoints / "3.json").write_text("{}")
    (run.checkpoints / "3.safetensors").write_bytes(len(head).to_bytes(8, "little") + head + bytes(32))
    for change, said in (
        ({"node": "fc9"}, "Did you mean `fc1`?"),
        ({"name": "bias"}, "no `bias`"),
        ({"index": [4, 0]}, "the shape (4, 2)"),
        ({"index": [1]}, "the shape (4, 2)"),
    ):
        body = json.dumps({"step": 3, "weight": WEIGHT | change}).encode()
        answer = ask(APP, f"/dlviz/living/{run.id}/fork", body, JSON)
        assert said in answer.json()["error"]
    assert [each.id for each in Store(run.path.parent.parent).runs()] == [run.id]


def test_other_sites_other_kinds_and_unknown_runs_are_refused(run):
    body, address = json.dumps({"step": 3, "weight": WEIGHT}).encode(), f"/dlviz/living/{run.id}/fork"
    foreign = {"Origin": "http://evil.example", "Host": "127.0.0.1"}
    assert ask(APP, address, body, JSON | foreign).status == 403
    assert ask(APP, address, body, JSON | {"Sec-Fetch-Site": "cross-site"}).status == 403
    assert ask(APP, address, body, {"Content-Type": "text/plain"}).status == 400
    assert ask(APP, address, b"[" * 6000, JSON).status == 413
    assert ask(APP, "/dlviz/living/20990101-000000-000abcd").status == 404
    assert "can be forked at its steps 0 to 0" in ask(APP, address, body, JSON).json()["error"]


def test_a_network_that_makes_pictures_shows_them_as_such():
    from dlviz.core.values import Category, Image
    from dlviz.datasets.data import Fields
    from dlviz.ui.living.view import _answer

    fields = Fields({"picture": Image(channels=1, height=8, width=8)}, {"digit": Category(names=("0", "1"))}, 10)
    assert _answer("decoder", fields, (1, 8, 8))["picture"]
    assert "picture" not in _answer("encoder", fields, (16,))
