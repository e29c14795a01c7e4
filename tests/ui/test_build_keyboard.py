"""By keyboard alone: from Home over an empty board to a trained network."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from dlviz.runs.drafts import Drafts
from tests.ui import waits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 180_000

#: What has the focus, also within a component's shadow: its name as a screen reader tells it.
_HERE = """() => {
  let at = document.activeElement;
  while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
  if (!at || at === document.body) return '';
  const name = at?.getAttribute?.('aria-label') || at?.textContent || at?.getAttribute?.('placeholder') || '';
  return name.trim();
}"""


def here(page: Page) -> str:
    """The name of what has the focus."""
    return str(page.evaluate(_HERE))


def reach(page: Page, target: Locator, most: int = 150, back: bool = False) -> None:
    """Press Tab (or Shift+Tab) until `target` has the focus."""
    expect(target).to_be_visible(timeout=SLOW)
    waits.idle(page)
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        if target.evaluate("element => element.getRootNode().activeElement === element"):
            return
    raise AssertionError(f"Tab never came to {target}. The focus is on: {here(page)[:60]}")


def press(page: Page, target: Locator, most: int = 150) -> None:
    """Go to `target` with Tab and press it."""
    reach(page, target, most)
    page.keyboard.press("Enter")


def add(page: Page, words: str, kind: str) -> None:
    """Add the layer that `words` find after the one in focus; the focus is then on it."""
    page.keyboard.press("a")
    page.keyboard.type(words)
    expect(page.get_by_role("listbox", name="Layers and blocks").get_by_role("option", selected=True)).to_contain_text(
        kind
    )
    page.keyboard.press("Enter")
    waits.until(page, lambda: kind in here(page), lambda: here(page))


def test_a_network_is_built_from_nothing_mended_and_trained(tab, served):
    page = tab.open("/")

    def rest() -> None:
        draft = re.search(r"draft=([^&]+)", page.url)
        assert draft is not None
        waits.at_rest(page.locator(".board"), Drafts(served.home), draft.group(1))

    button = lambda name: page.get_by_role("button", name=name, exact=True)  # noqa: E731
    press(page, page.get_by_role("link", name="Data", exact=True).last)
    press(page, button("Digits"))
    press(page, button("Build a network"))
    expect(page.get_by_role("heading", name="The network as a whole")).to_be_visible(timeout=SLOW)
    rest()
    press(page, button("Start from"))
    press(page, button("Empty network"))
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=SLOW)
    nodes = page.get_by_role("listbox", name="network").get_by_role("option")
    expect(nodes).to_have_count(1)
    rest()

    # layer by layer, by their names or other words for them
    reach(page, nodes.first)
    add(page, "flatten", "Flatten")
    add(page, "dense", "Linear")
    add(page, "relu", "ReLU")
    add(page, "skip", "Add")
    expect(nodes).to_have_count(5)

    # a skip: from the flattened picture to the sum
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    waits.until(page, lambda: "Flatten" in here(page), lambda: here(page))
    page.keyboard.press("c")
    spoken = page.locator(".spoken[aria-live]")
    for _ in range(6):
        if "to add," in (spoken.text_content() or ""):
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(spoken).to_contain_text("add reads")
    rest()
    page.keyboard.press("End")
    add(page, "linear", "Linear")

    # 64 numbers come out where 10 classes are asked for: the problem stands first among the layer's settings
    page.keyboard.press("Enter")
    problem = page.locator(".side-layer .problem")
    expect(problem).to_contain_text("10")
    expect(button("Train")).to_be_disabled(timeout=SLOW)
    rest()
    reach(page, problem.get_by_role("button").first, back=True)
    page.keyboard.press("Enter")
    expect(page.locator(".problem:visible")).to_have_count(0)
    expect(button("Train")).to_be_enabled(timeout=SLOW)

    rest()
    press(page, button("Train"), most=300)
    page.wait_for_url(re.compile(r"/train\?.*run="), timeout=SLOW)
    expect(page.get_by_text("finished").first).to_be_visible(timeout=SLOW)
