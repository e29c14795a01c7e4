"""Resting over a node on the board: its formula, and how its weights start, before anything is trained."""

import pytest
from playwright.sync_api import expect

from dlviz.runs.drafts import Drafts
from tests.ui import waits

pytestmark = pytest.mark.browser


def test_a_node_tells_its_formula_and_how_its_weights_start(tab, served):
    draft = Drafts(served.home).new({"version": 1, "data": {"kind": "Digits"}})
    page = tab.open(f"/build?draft={draft}")
    page.locator(".node[data-path='model.conv1']").wait_for()
    waits.at_rest(page.locator(".board"), Drafts(served.home), draft)  # a view that moves takes the card away
    page.locator(".node[data-path='model.conv1']").hover()
    card = page.locator(".peek")
    card.wait_for()
    expect(card).to_contain_text("320 weights")
    words = card.inner_text()
    assert "Conv2d" in words and "y[o] = b[o]" in words and "320 weights" in words
    card.locator("svg rect").first.wait_for()
    expect(card).to_contain_text("288 weights from -0.33 to 0.33")  # 3 × 3 pixels of one channel: at most √(1/9)
    assert page.locator(".board").bounding_box()["width"] > 1200, "the board takes the window's width"
    page.mouse.move(640, 60)
    card.wait_for(state="hidden")
    page.locator(".node[data-path='model.relu1']").hover()
    expect(card).to_contain_text("max(0, x)")
    expect(card.locator("svg")).to_have_count(0)
