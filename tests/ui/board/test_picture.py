"""The picture: sound XML, nothing from elsewhere, what users write is escaped, words only where they can be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from dlviz.runs.drafts import Drafts
from dlviz.ui.board.board import Board
from dlviz.ui.board.picture import picture
from dlviz.ui.board.ways import between, way

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def view(tmp_path: Path) -> dict[str, Any]:
    drafts = Drafts(tmp_path)
    board = Board(drafts, drafts.new({"version": 1, "data": {"kind": "Digits"}}))
    board.edit(1, [{"do": "add", "block": "ResidualDown", "after": "model.relu1"}])
    rev = drafts.at(board.id)
    return board.edit(rev, [{"do": "open", "node": "model.residualdown", "open": True}]).view


def test_every_node_that_can_be_seen_is_drawn(view: dict[str, Any]) -> None:
    drawn = ElementTree.fromstring(picture(view))
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    for node in view["nodes"].values():
        assert (node["block"]["title"] if "block" in node else node["kind"]) in texts
    edges = sum(len(node["inputs"]) for node in view["nodes"].values())
    group = next(one for one in drawn.iter(f"{SVG}g"))
    assert len(group) == edges + 2  # and from the frame in and out


def test_nothing_comes_from_elsewhere(view: dict[str, Any]) -> None:
    for one in ElementTree.fromstring(picture(view, dark=True, ringed=list(view["nodes"]))).iter():
        assert not {"href", "src", "style"} & set(one.attrib)
        assert one.tag.removeprefix(SVG) in ("svg", "title", "g", "rect", "path", "text")


def test_what_users_write_is_escaped(view: dict[str, Any]) -> None:
    view["nodes"]["model.conv1"]["summary"] = "<script>&\"'"
    view["nodes"]["model.conv1"]["kind"] = "</title><script>"
    texts = [text.text for text in ElementTree.fromstring(picture(view)).iter(f"{SVG}text")]
    assert "<script>&\"'" in texts


def test_a_small_picture_has_no_words_and_fits(view: dict[str, Any]) -> None:
    drawn = ElementTree.fromstring(picture(view, width=240, height=90))
    assert not list(drawn.iter(f"{SVG}text"))
    assert float(drawn.attrib["width"]) <= 240 and float(drawn.attrib["height"]) <= 90


def test_one_of_several_networks(tmp_path: Path) -> None:
    drafts = Drafts(tmp_path)
    board = Board(drafts, drafts.new({"version": 1, "data": {"kind": "Digits"}, "task": {"kind": "Gan"}}))
    view = board.whole().view
    both, one = picture(view), picture(view, role="generator")
    assert "Discriminator" in both and "Generator" in both
    assert "Discriminator" not in one and len(one) < len(both)


def test_an_empty_network_has_a_picture(tmp_path: Path) -> None:
    assert ElementTree.fromstring(picture({"roles": {}, "order": [], "nodes": {}})).tag == f"{SVG}svg"


def test_an_edge_goes_back_through_the_gap_between_two_rows() -> None:
    rows = [(0, 56), (0, 56), (60, 60), (130, 186), (130, 186)]
    assert between(rows, 28, 158) == 95
    assert between([(0, 56), (40, 186)], 28, 158) is None
    assert way((500, 28), (0, 158), gap=95) == "M500 28C536 28 536 95 500 95H0C-36 95 -36 158 0 158"
