"""The board of a draft: random edits, views, patches, undo; two tabs; what cannot be drawn up."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dlviz.core.problems import WrongInput
from dlviz.runs.drafts import Drafts
from dlviz.ui.board.beside import overlap
from dlviz.ui.board.board import Board, Outdated
from dlviz.ui.board.entries import Entries
from dlviz.ui.board.patch import difference, patched

CHAIN = ["Input", {"kind": "Conv2d", "out_channels": 4, "padding": 1}, "ReLU", "Flatten",
         {"kind": "Linear", "name": "output", "out_features": 10}]  # fmt: skip


def draft(home: Path, nodes: list[Any] = CHAIN) -> Board:
    document = {
        "version": 1, "data": {"kind": "Digits"}, "task": {"kind": "Classification"}, "networks": {"model": nodes},
        "optimization": {"optimizer": {"kind": "Adam"}}, "training": {"batch_size": 32}, "seed": 0,
    }  # fmt: skip
    drafts = Drafts(home)
    return Board(drafts, drafts.new(document))


def edit(board: Board, *ops: dict[str, Any]) -> Any:
    return board.edit(board.drafts.at(board.id), list(ops))


def entries(board: Board) -> Entries:
    return list(board.document()["networks"]["model"])


def check(found: Entries, depth: int = 0) -> None:
    """Names are unique, and every input names a node that is there."""
    names = [entry["name"] for entry in found]
    assert len(set(names)) == len(names)
    for entry in found:
        assert set(entry["inputs"]) <= set(names)
        check(entry.get("nodes", []), depth + 1)


def check_view(view: dict[str, Any]) -> None:
    """Everything is drawn once, what can be seen has a place, and no two nodes side by side overlap."""
    nodes = view["nodes"]
    assert view["order"] == list(nodes)
    for path, node in nodes.items():
        assert node["parent"] == path.rpartition(".")[0]
        assert all(source in nodes for source in node["inputs"])
    scopes: dict[str, list[str]] = {}
    for path, node in nodes.items():
        if "at" in node and not node.get("fixed"):
            scopes.setdefault(node["parent"], []).append(path)
    for paths in scopes.values():
        boxes = {path: (*nodes[path]["at"], *nodes[path]["size"]) for path in paths}
        assert not [pair for pair in combinations(paths, 2) if overlap(boxes[pair[0]], boxes[pair[1]])]
    json.dumps(view, allow_nan=False)


INSIDE = [{"name": "input", "kind": "Input", "inputs": []}, {"name": "conv", "kind": "Conv2d", "padding": 1,
          "out_channels": "$channels"}, {"name": "relu", "kind": "ReLU"}]  # fmt: skip
BRANCHED = ["Input", {"kind": "Conv2d", "padding": 1}, "ReLU",
            {"name": "step", "kind": "Block", "title": "Step", "settings": {"channels": 16}, "nodes": INSIDE},
            {"name": "add", "kind": "Add", "inputs": ["step", "relu"], "at": [400, 200]}, "Flatten",
            {"name": "output", "kind": "Linear", "out_features": 10}]  # fmt: skip
KINDS = ["Conv2d", "ReLU", "Add", "Concat", "Linear", "Flatten", "MaxPool2d", "Input", "BatchNorm2d", "Softmax"]
BLOCKS = ["Residual", "UNetUp", "ConvNormAct", "SqueezeExcite"]
VALUES = [0, 1, 3, 16, -1, 0.5, "same", "auto", "$channels", None, True, [1, 2]]
NAMES = ["a", "relu", "conv2d", "class", "x y", "channels"]


@st.composite
def op(draw: st.DrawFn, nodes: dict[str, Any]) -> dict[str, Any]:
    """Some edit on nodes that are there, or not."""
    paths = sorted(nodes)
    blocks = [path for path in paths if "block" in nodes[path]]
    block = st.sampled_from([*blocks * 4, *paths[:2]])
    inner = st.sampled_from([*[path for path in paths if nodes[path]["parent"] in blocks] * 4, *paths[:2]])
    path = st.sampled_from([*paths * 4, "model.nothing", "other.relu", "model"])
    several = st.lists(path, min_size=1, max_size=4)
    point = st.lists(st.integers(-500, 500), min_size=2, max_size=2)
    name, value = st.sampled_from(NAMES), st.sampled_from(VALUES)
    setting = st.sampled_from(["out_channels", "kernel_size", "padding", "p", "channels", "repeat", "at", "dim"])
    copied = st.just(json.dumps({"dlviz": "nodes", "nodes": [{"kind": "ReLU"}, {"kind": "Dropout"}]}))
    return draw(
        st.one_of(
            st.fixed_dictionaries({"do": st.just("add"), "kind": st.sampled_from(KINDS)},
                                  optional={"after": st.one_of(path, several), "at": point, "scope": path,
                                            "edge": st.lists(path, min_size=2, max_size=2)}),
            st.fixed_dictionaries({"do": st.just("add"), "block": st.sampled_from(BLOCKS)}, optional={"after": path}),
            st.fixed_dictionaries({"do": st.sampled_from(["remove", "duplicate"]), "nodes": several}),
            st.fixed_dictionaries({"do": st.just("paste"), "text": copied}, optional={"after": path, "at": point}),
            st.fixed_dictionaries({"do": st.just("move"), "at": st.dictionaries(path, point, max_size=2)}),
            st.fixed_dictionaries({"do": st.just("tidy")}, optional={"scope": path}),
            st.fixed_dictionaries({"do": st.sampled_from(["connect", "disconnect"]), "from": path, "to": path},
                                  optional={"place": st.integers(-1, 3)}),
            st.fixed_dictionaries({"do": st.just("rewire"), "node": path, "inputs": st.lists(path, max_size=3)}),
            st.fixed_dictionaries({"do": st.just("set"), "node": path,
                                   "settings": st.dictionaries(setting, value, max_size=2)}),
            st.fixed_dictionaries({"do": st.just("rename"), "node": path, "name": name}),
            st.fixed_dictionaries({"do": st.just("replace"), "node": path, "kind": st.sampled_from(KINDS)}),
            st.fixed_dictionaries({"do": st.just("group"), "nodes": several, "title": st.sampled_from(["Step", "x"])}),
            st.fixed_dictionaries({"do": st.just("ungroup"), "node": block}),
            st.fixed_dictionaries({"do": st.just("open"), "node": block, "open": st.booleans()}),
            st.fixed_dictionaries({"do": st.just("repeat"), "node": block, "times": st.integers(0, 4)}),
            st.fixed_dictionaries({"do": st.just("lift"), "node": inner, "setting": setting, "as": name}),
            st.fixed_dictionaries({"do": st.just("lower"), "node": block, "name": name}),
            st.fixed_dictionaries({"do": st.just("shift"), "node": path, "by": st.sampled_from([-1, 1, 2])}),
            st.fixed_dictionaries({"do": st.sampled_from(["undo", "redo", "nothing"])}),
        )
    )  # fmt: skip


@settings(max_examples=40)
@given(st.data())
def test_whatever_is_asked_for_nothing_breaks(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    board = draft(tmp_path_factory.mktemp("home"), data.draw(st.sampled_from([CHAIN, BRANCHED])))
    view = board.whole().view
    for _ in range(data.draw(st.integers(1, 7))):
        wanted = data.draw(op(view["nodes"]))
        before, rev = board.document(), board.drafts.at(board.id)
        try:
            answer = board.edit(rev, [wanted])
        except WrongInput as error:
            assert str(error)
            assert (board.document(), board.drafts.at(board.id)) == (before, rev)
            continue
        check(entries(board))
        check_view(answer.view)
        assert answer.patch is not None
        assert patched(view, json.loads(json.dumps(answer.patch))) == answer.view
        assert all(path in answer.view["nodes"] for path in answer.select)
        if wanted["do"] not in ("undo", "redo") and answer.rev != rev:
            assert board.edit(answer.rev, [{"do": "undo"}]).rev == rev
            assert board.document() == before
            assert board.edit(rev, [{"do": "redo"}]).view == answer.view
        view = answer.view


def test_the_answer_tells_only_what_changed(tmp_path: Path) -> None:
    answer = edit(draft(tmp_path), {"do": "add", "kind": "Dropout", "after": "model.relu"})
    assert answer.select == ("model.dropout",)
    assert answer.say == "Dropout added after relu, before flatten. Gives 4 × 8 × 8."
    assert set(answer.patch["nodes"]) == {"model.dropout", "model.flatten", "model.output"}
    assert set(answer.patch["nodes"]["model.output"]) == {"at"}
    assert answer.can == {"undo": True, "redo": False}


def test_all_ops_of_one_edit_are_done_or_none(tmp_path: Path) -> None:
    board = draft(tmp_path)
    before = board.document()
    with pytest.raises(WrongInput, match="nothing"):
        edit(board, {"do": "remove", "nodes": ["model.relu"]}, {"do": "remove", "nodes": ["model.nothing"]})
    assert board.document() == before
    done = edit(
        board, {"do": "remove", "nodes": ["model.relu"]}, {"do": "add", "kind": "Tanh", "after": "model.conv2d"}
    )
    assert "model.tanh" in done.view["nodes"]
    assert edit(board, {"do": "undo"}).view == board.whole().view
    assert board.document() == before


def test_two_tabs_lose_nothing_of_each_other(tmp_path: Path) -> None:
    board = draft(tmp_path)
    mine, yours = board.whole(), board.whole()
    edit(board, {"do": "set", "node": "model.conv2d", "settings": {"out_channels": 8}})
    answer = board.edit(mine.rev, [{"do": "add", "kind": "Dropout", "after": "model.relu"}])
    assert answer.patch is not None
    assert patched(yours.view, answer.patch) == answer.view == board.whole().view
    assert answer.view["nodes"]["model.conv2d"]["shape"] == "8 × 8 × 8"
    edit(board, {"do": "remove", "nodes": ["model.dropout"]})
    with pytest.raises(Outdated, match="changed elsewhere"):
        board.edit(answer.rev, [{"do": "remove", "nodes": ["model.dropout"]}])


def test_a_browser_that_knows_no_version_gets_the_whole_view(tmp_path: Path) -> None:
    board = draft(tmp_path)
    for rev in (None, 99):
        answer = board.edit(rev, [{"do": "add", "kind": "ReLU"}])
        assert answer.patch is None
        assert answer.document()["view"] == board.whole().view


def test_problems_stand_at_their_nodes_and_can_be_mended(tmp_path: Path) -> None:
    board = draft(tmp_path, ["Input", {"kind": "Conv2d"}, {"kind": "Linear", "name": "output", "out_features": 10}])
    view = board.whole().view
    at = [path for path, node in view["nodes"].items() if node.get("problems")]
    assert "remedies" not in view["nodes"][at[0]]["problems"][0], "shapes do not wait for remedies"
    problem = board.remedies()["problems"][at[0]][0]
    title = problem["remedies"][0]
    with pytest.raises(WrongInput, match="another remedy by now"):
        edit(board, {"do": "mend", "node": at[0], "message": problem["message"], "choice": 0, "title": "Paint it"})
    mended = edit(board, {"do": "mend", "node": at[0], "message": problem["message"], "choice": 5, "title": title})
    assert not any(node.get("problems") for node in mended.view["nodes"].values())
    assert "No problem left." in mended.say
    with pytest.raises(WrongInput, match="not there any more"):
        edit(board, {"do": "mend", "node": at[0], "message": problem["message"], "choice": 0})


def test_layers_dropped_on_one_place_are_all_seen(tmp_path: Path) -> None:
    board = draft(tmp_path)
    for _ in range(3):
        edit(board, {"do": "add", "kind": "ReLU", "at": [304, 480]})
    places = [tuple(node["at"]) for node in board.whole().view["nodes"].values()]
    assert (304, 480) in places and len(set(places)) == len(places)


def test_copies_of_what_was_put_by_hand_do_not_cover_each_other(tmp_path: Path) -> None:
    board = draft(tmp_path)
    (path,) = edit(board, {"do": "group", "nodes": ["model.conv2d", "model.relu"], "title": "Step"}).select
    edit(board, {"do": "open", "node": path, "open": True})
    edit(board, {"do": "move", "at": {f"{path}.relu": [200, 160]}})
    edit(board, {"do": "repeat", "node": path, "times": 3})
    view = edit(board, {"do": "ungroup", "node": path}).view
    places = [tuple(node["at"]) for node in view["nodes"].values()]
    assert len(view["nodes"]) == len(CHAIN) + 4 and len(set(places)) == len(places)


def test_a_mended_network_keeps_the_places_given_by_hand(tmp_path: Path) -> None:
    board = draft(tmp_path, ["Input", {"kind": "Conv2d"}, {"kind": "Linear", "name": "output", "out_features": 10}])
    edit(board, {"do": "move", "at": {"model.conv2d": [200, 160]}})
    (path, node) = next((p, n) for p, n in board.whole().view["nodes"].items() if n.get("problems"))
    mended = edit(board, {"do": "mend", "node": path, "message": node["problems"][0]["message"], "choice": 0})
    assert mended.view["nodes"]["model.conv2d"]["at"] == [200, 160]


@pytest.mark.parametrize(
    ("nodes", "at"),
    [
        (["Input", {"kind": "Conv2d", "kernel_size": 0}, "ReLU"], "model.conv2d"),
        (["Input", {"kind": "Convolve"}, "ReLU"], "model.convolve"),
        (["Input", {"kind": "Conv2d", "inputs": ["nothing"]}, "ReLU"], "model.conv2d"),
        (["Input", {"name": "a", "kind": "ReLU", "inputs": ["b"]}, {"name": "b", "kind": "ReLU"}], "model.a"),
        (["Input", {"kind": "Block", "title": "Step", "nodes": ["Input", {"kind": "Conv2d", "bias": 3}]}],
         "model.block.conv2d"),
    ],
)  # fmt: skip
def test_what_is_no_sound_network_is_drawn_all_the_same(tmp_path: Path, nodes: list[Any], at: str) -> None:
    view = draft(tmp_path, nodes).whole().view
    assert view["nodes"][at]["problems"]
    assert view["nodes"]["model.input"]["shape"] == "1 × 8 × 8"


def test_inner_nodes_are_listed_and_placed_while_their_block_is_open(tmp_path: Path) -> None:
    board = draft(tmp_path)
    closed = edit(board, {"do": "group", "nodes": ["model.conv2d", "model.relu"], "title": "Step"}).view
    inner = closed["nodes"]["model.step.conv2d"]
    assert inner["shape"] == "4 × 8 × 8" and "at" not in inner
    block = closed["nodes"]["model.step"]
    assert block["block"] == {"title": "Step", "repeat": 1, "open": False, "settings": {}, "lifted": {}}
    assert (block["parameters"], block["shape"]) == (inner["parameters"], "4 × 8 × 8")
    opened = edit(board, {"do": "open", "node": "model.step", "open": True}).view["nodes"]
    (x, y), (w, h) = opened["model.step"]["at"], opened["model.step"]["size"]
    (a, b), (c, d) = opened["model.step.conv2d"]["at"], opened["model.step.conv2d"]["size"]
    assert x < a and y < b and a + c < x + w and b + d < y + h


def test_what_is_moved_stands_where_it_was_put_inside_blocks_too(tmp_path: Path) -> None:
    board = draft(tmp_path)
    edit(board, {"do": "group", "nodes": ["model.conv2d", "model.relu"], "title": "Step"})
    nodes = edit(board, {"do": "open", "node": "model.step", "open": True}).view["nodes"]
    x, y = nodes["model.step.relu"]["at"]
    moved = edit(board, {"do": "move", "at": {"model.step.relu": [x + 40, y], "model.output": [16, 400]}}).view["nodes"]
    assert moved["model.step.relu"]["at"] == [x + 40, y]
    assert moved["model.output"]["at"] == [16, 400] and moved["model.output"]["fixed"] == [16, 400]
    tidied = edit(board, {"do": "tidy"}).view["nodes"]
    assert tidied["model.step.relu"]["at"] == [x, y] and "fixed" not in tidied["model.output"]


def test_a_layer_dropped_behind_the_end_follows_it_and_elsewhere_stands_alone(tmp_path: Path) -> None:
    board = draft(tmp_path)
    end = board.whole().view["nodes"]["model.output"]
    x, y = end["at"][0] + end["size"][0] + 48, end["at"][1] + 16
    follows = edit(board, {"do": "add", "kind": "ReLU", "at": [x, y], "scope": "model"}).view["nodes"]["model.relu_2"]
    assert follows["inputs"] == ["model.output"] and "fixed" not in follows
    alone = edit(board, {"do": "add", "kind": "Tanh", "at": [48, 240], "scope": "model"}).view["nodes"]["model.tanh"]
    assert alone["inputs"] == [] and alone["at"] == [48, 240]


def test_a_layer_dropped_with_an_edge_reads_what_the_edge_came_from(tmp_path: Path) -> None:
    board = draft(tmp_path)
    nodes = edit(board, {"do": "add", "kind": "Sigmoid", "at": [40, 200], "reads": ["model.conv2d"]}).view["nodes"]
    assert nodes["model.sigmoid"]["inputs"] == ["model.conv2d"] and nodes["model.sigmoid"]["at"] == [40, 200]
    assert nodes["model.relu"]["inputs"] == ["model.conv2d"]
    source = edit(board, {"do": "add", "kind": "Input", "at": [40, 300], "reads": ["model.conv2d"]})
    assert source.view["nodes"]["model.input"].get("inputs", []) == []


def test_a_layer_added_after_one_put_by_hand_stands_beside_it(tmp_path: Path) -> None:
    board = draft(tmp_path)
    edit(board, {"do": "move", "at": {"model.relu": [480, 400]}})
    nodes = edit(board, {"do": "add", "kind": "Dropout", "after": "model.relu"}).view["nodes"]
    right = 480 + nodes["model.relu"]["size"][0]
    assert nodes["model.dropout"]["at"] == [right + 40, 400]
    nodes = edit(board, {"do": "add", "kind": "Tanh", "after": "model.relu"}).view["nodes"]
    x, y = nodes["model.tanh"]["at"]
    assert x == right + 40 and y > 400 + 56


def test_blocks_have_bounds(tmp_path: Path) -> None:
    board = draft(tmp_path)
    path = "model.relu"
    for _ in range(8):
        (path,) = edit(board, {"do": "group", "nodes": [path], "title": "Step"}).select
    with pytest.raises(WrongInput, match="at most 8 deep"):
        edit(board, {"do": "group", "nodes": [path], "title": "Step"})
    edit(board, {"do": "repeat", "node": path, "times": 64})
    edit(board, {"do": "repeat", "node": f"{path}.step", "times": 4})
    with pytest.raises(WrongInput, match="at most 8,192 layers"):
        edit(board, {"do": "repeat", "node": f"{path}.step.step", "times": 64})
    assert not any(node.get("problems") for node in board.whole().view["nodes"].values())


def test_networks_stand_one_below_the_other(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    board = Board(drafts, drafts.new({"version": 1, "data": {"kind": "Digits"}, "task": {"kind": "Gan"}}))
    roles = board.whole().view["roles"]
    assert set(roles) == {"generator", "discriminator"}
    (_, y0, _, h0), (_, y1, _, _) = (role["frame"] for role in roles.values())
    assert y0 + h0 < y1
    assert roles["discriminator"]["total"]["bytes"] > 4 * roles["discriminator"]["total"]["parameters"]


def test_the_patch_of_unlike_views_is_exact() -> None:
    one = {"roles": {"a": {"x": 1}, "b": {}}, "order": ["p", "q"], "nodes": {"p": {"k": 1, "l": [1]}, "q": {}}}
    other = {
        "roles": {"a": {"x": 2}, "c": {"y": 1}},
        "order": ["r", "p"],
        "nodes": {"p": {"k": 1, "m": 2}, "r": {"k": 0}},
    }
    for before, after in ((one, other), (other, one), (one, one)):
        assert patched(before, difference(before, after)) == after
    assert difference(one, one) == {"nodes": {}, "gone": []}
