"""The whole way, in a real browser: from Home to an explanation, by mouse, by keyboard, on a phone."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from dlviz.ui import words
from tests.ui import waits

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 180_000


def penguins(folder: Path) -> Path:
    """A table of penguins: the real one where it lies at hand, else one made like it."""
    real = Path(os.environ.get("DLVIZ_DATA", "/nowhere")) / "palmer-penguins" / "penguins.csv"
    if real.is_file():
        return real
    chance = random.Random(0)
    lines = ["species,island,bill_length_mm,body_mass_g"]
    for species, island, bill, mass in (("Adelie", "Dream", 38.8, 3700), ("Gentoo", "Biscoe", 47.5, 5076)):
        lines += [f"{species},{island},{chance.gauss(bill, 2.5):.1f},{chance.gauss(mass, 300):.0f}" for _ in range(90)]
    file = folder / "penguins.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def healthy(page: Page) -> None:
    """No traceback on the page. (The tab itself fails a test for what its console says and its server refuses.)"""
    assert "Traceback" not in page.content()


def trained(page: Page) -> None:
    """Wait until the run on the page Train has finished, and the page is drawn as it stays: its stream tells of the end
    before that, and a press on what is drawn anew would be lost."""
    page.wait_for_url(re.compile(r"/train\?.*run="), timeout=SLOW)
    expect(page.get_by_text("finished").first).to_be_visible(timeout=SLOW)
    expect(page.get_by_test_id("stMetricValue").first).to_be_visible(timeout=SLOW)
    waits.idle(page)


def explained(page: Page, *methods: str) -> None:
    """Ask methods about the first example, and wait for their answers."""
    expect(page.get_by_text("sure of")).to_be_visible(timeout=SLOW)
    waits.idle(page)  # the methods are drawn after the examples
    for name in ("GradCam", "IntegratedGradients", "Lime", "Occlusion", "Shap"):
        pill = page.get_by_role("button", name=words.method(name), exact=True)
        if pill.count() and (pill.get_attribute("aria-pressed") == "true") != (name in methods):
            with waits.rerun(page):
                pill.click()
            expect(pill).to_have_attribute("aria-pressed", str(name in methods).lower())
    page.get_by_role("button", name="Explain", exact=True).click()
    for name in methods:
        card = page.locator(f".st-key-answer-{name}")
        expect(card.get_by_text(re.compile(r"score -?\d")).last).to_be_visible(timeout=SLOW)
        expect(card.locator(".js-plotly-plot")).to_be_visible()


def begin(page: Page, kind: str) -> None:
    """From the page Data to the drawing board with a built-in kind of data."""
    page.get_by_role("button", name=kind, exact=True).click()
    page.get_by_role("button", name="Build a network").click(timeout=SLOW)
    drawn(page)


def drawn(page: Page) -> None:
    """Wait until the drawing board shows its network."""
    expect(page.get_by_role("heading", name="The network as a whole")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible(timeout=SLOW)
    waits.idle(page)


def rows(page: Page) -> Locator:
    """The network as a list beside the canvas."""
    page.get_by_role("tab", name="List").click()
    return page.locator("li.row")


def test_digits_from_home_to_an_explanation(tab):
    page = tab.open("/")
    page.get_by_role("link", name="Data").click()
    begin(page, "Digits")
    page.get_by_role("button", name="Train", exact=True).click()
    trained(page)
    page.get_by_role("button", name=re.compile("Explain|Ask it why")).first.click()
    expect(page.get_by_text("What the network says")).to_be_visible(timeout=SLOW)
    expect(page.locator(".dlviz-bars li")).to_have_count(10)
    explained(page, "GradCam", "Occlusion")
    # another window is another question, one click away
    card = page.locator(".st-key-answer-Occlusion")
    card.get_by_text("Settings").click()
    card.get_by_role("spinbutton", name="Window").fill("3")
    page.keyboard.press("Enter")
    expect(card.get_by_text("Press Explain to ask it.")).to_be_visible()
    page.get_by_role("button", name="Explain", exact=True).click()
    expect(card.locator(".js-plotly-plot")).to_be_visible(timeout=SLOW)
    # what was answered once appears at once, also after a refresh
    page.reload()
    expect(page.locator(".st-key-answer-Occlusion .js-plotly-plot")).to_be_visible(timeout=SLOW)
    healthy(page)


def test_an_uploaded_table_from_the_file_to_an_explanation(tab, tmp_path):
    page = tab.open("/data")
    page.get_by_role("button", name="Table", exact=True).click()
    page.set_input_files(
        "input[type=file]", {"name": "bad.csv", "mimeType": "text/csv", "buffer": b"\x89PNG\r\n\x1a\n" + b"\0" * 99}
    )
    expect(page.get_by_role("alert")).to_contain_text("bad.csv")
    page.set_input_files("input[type=file]", penguins(tmp_path))
    expect(page.get_by_text("How each column is spread")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("combobox", name=re.compile("Which column"))).to_have_value("species")
    page.get_by_role("button", name="Build a network").click()
    drawn(page)
    page.get_by_role("button", name="Train", exact=True).click()
    trained(page)
    page.get_by_role("button", name=re.compile("Explain|Ask it why")).first.click()
    explained(page, "IntegratedGradients")
    expect(page.get_by_text("completeness gap")).to_be_visible()
    page.get_by_text(re.compile("more cannot explain this network")).click()
    expect(page.get_by_text(re.compile("this data is a table.")).first).to_be_visible()
    healthy(page)


def test_an_error_stands_at_its_layer_and_its_button_mends_it(tab):
    page = tab.open("/data")
    begin(page, "Digits")
    listed = rows(page)
    expect(listed).not_to_have_count(0)
    before = listed.count()
    page.locator("li.row[data-path='model.flatten'] .main").press("Delete")
    problem = page.locator("li.row[data-path='model.fc1'] .problem")
    expect(problem).to_contain_text("Received")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_disabled()
    problem.get_by_role("button", name="Insert Flatten before it").click()
    expect(page.locator(".problem")).to_have_count(0)
    expect(listed).to_have_count(before)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".problem:visible")).to_have_count(1)
    page.get_by_role("button", name="Redo").click()
    expect(page.locator(".problem:visible")).to_have_count(0)
    healthy(page)


def test_a_phone_shows_the_pages_without_sideways_scrolling(phone):
    page = phone.open("/data")
    page.get_by_role("button", name="Iris", exact=True).click()
    expect(page.get_by_text("How often each class occurs")).to_be_visible(timeout=SLOW)
    fits(page)
    page.get_by_role("button", name="Build a network").click()
    board = page.locator(".board")
    expect(board).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_visible(timeout=SLOW)
    waits.idle(page)
    fits(page)
    board.get_by_role("button", name="Settings of the chosen layer").tap()
    rows(page).nth(1).locator(".main").tap()
    expect(page.locator("li.row").nth(1)).to_have_class(re.compile("chosen"))
    fits(page)
    page.goto(phone.address + "/explain")
    page.wait_for_selector("h1")
    waits.idle(page)
    fits(page)
    healthy(page)


def fits(page: Page) -> None:
    wide, shown = page.evaluate(
        "() => (main => [main.scrollWidth, main.clientWidth])(document.querySelector('[data-testid=stMain]'))"
    )
    assert wide <= shown
