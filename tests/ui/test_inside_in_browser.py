"""Looking inside on the drawing board: pictures on every node, the way back, another example, trained weights."""

import json
import urllib.error
import urllib.request

import pytest

from dlviz.runs.drafts import Drafts
from tests.ui import waits

pytestmark = pytest.mark.browser


def opened(tab, served, draft):
    page = tab.open(f"/build?draft={draft}")
    page.wait_for_selector(".board .node")
    waits.at_rest(page.locator(".board"), Drafts(served.home), draft)
    page.get_by_role("button", name="Look inside").click()
    page.wait_for_selector(".seen image", timeout=180_000)
    return page


def pictures(page):
    return page.eval_on_selector_all(".node > .seen image", "all => all.map((one) => one.getAttribute('href'))")


def test_an_example_goes_forwards_and_its_loss_back(tab, served):
    draft = Drafts(served.home).new({"version": 1, "data": {"kind": "Digits"}})
    page = opened(tab, served, draft)
    nodes = page.locator(".cards .node").count()
    waits.until(page, lambda: len(pictures(page)) == nodes > 5, "a picture on every node")
    assert "the network says" in page.locator(".look-says").inner_text()
    where, slider = page.locator(".look-where"), page.get_by_label("Steps forwards and back")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert where.inner_text().startswith("Backwards: output, gradient 0.")
    page.keyboard.press("End")
    sizes = page.eval_on_selector_all(".seen .size", "all => all.map((one) => Number(one.textContent))")
    assert len(sizes) == nodes - 1 and all(size > 0 for size in sizes), "every layer but the data has a gradient"
    page.keyboard.press("Home")
    assert where.inner_text() == "Before the first layer" and not pictures(page)
    page.get_by_role("button", name="One step on").click()
    assert len(pictures(page)) == 1


def test_another_example_is_another_picture_and_an_edit_looks_anew(tab, served):
    draft = Drafts(served.home).new({"version": 1, "data": {"kind": "Digits"}})
    page = opened(tab, served, draft)
    before = pictures(page)
    number = page.get_by_label("Number of the example")
    number.fill("7")
    number.press("Enter")
    waits.until(page, lambda: pictures(page)[0] != before[0])
    assert len(pictures(page)) == len(before)
    nodes = page.locator(".cards .node").count()
    page.locator(".node[data-path='model.relu2'], .node[aria-label^='relu']").first.click()
    page.keyboard.press("Delete")
    waits.until(page, lambda: page.locator(".cards .node").count() == nodes - 1)
    where = page.locator(".look-where")
    waits.until(page, lambda: len(pictures(page)) == nodes - 1)
    assert where.inner_text().startswith("Forwards"), "it stays all the way through"
    page.locator(".node[data-path='model.flatten']").click()
    page.keyboard.press("Delete")
    waits.until(page, lambda: "Linear takes" in where.inner_text(), lambda: f"it says: {where.inner_text()}")
    assert not pictures(page), "what cannot be sent through is told, and nothing old is shown"
    page.get_by_role("button", name="Look inside").click()
    assert page.locator(".inside-strip").is_hidden()


def test_trained_weights_can_be_looked_at(tab, served, trained_digits):
    draft = Drafts(served.home).new(trained_digits.spec_document())
    page = opened(tab, served, draft)
    before = pictures(page)
    choice = page.get_by_label("Which weights")
    waits.until(page, lambda: choice.locator("option").count() > 1)
    choice.select_option(trained_digits.id)
    waits.until(page, lambda: pictures(page) and pictures(page)[-1] != before[-1])
    assert pictures(page)[0] == before[0], "the same example goes in"
    assert "%" in page.locator(".look-says").inner_text()


@pytest.mark.parametrize(
    "query, rule", [("index=-1", "`index` must be"), ("index=" + "9" * 30, "`index` must be"), ("run=../../x", "run")]
)
def test_rubbish_is_refused_in_words(served, query, rule):
    draft = Drafts(served.home).new({"version": 1, "data": {"kind": "Digits"}})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{served.address}/dlviz/inside/{draft}?{query}", timeout=60)
    answer = json.loads(refused.value.read())
    refused.value.close()
    assert refused.value.code == 400 and rule in answer["error"] and "Traceback" not in answer["error"]


def test_a_server_that_is_away_is_asked_again(tab, served):
    page = opened(tab, served, Drafts(served.home).new({"version": 1, "data": {"kind": "Digits"}}))
    nodes = len(pictures(page))
    page.route("**/dlviz/inside/**", lambda route: route.abort())
    number = page.get_by_label("Number of the example")
    number.fill("5")
    number.press("Enter")
    where = page.locator(".look-where")
    waits.until(page, lambda: "does not answer" in where.inner_text(), lambda: f"it says: {where.inner_text()}")
    assert not pictures(page)
    page.unroute("**/dlviz/inside/**")
    waits.until(page, lambda: len(pictures(page)) == nodes, lambda: f"it says: {where.inner_text()}")
    tab.complaints.clear()  # the browser itself tells of each failed request
