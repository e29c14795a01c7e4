"""The whole way of what comes in sequences, in a real browser: a text, a series and a sound, from the data to a try."""

from __future__ import annotations

import random
import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from dlviz.runs.drafts import Drafts
from tests.ui import waits
from tests.ui.test_journeys import drawn, healthy, trained

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 180_000


def messages() -> bytes:
    chance = random.Random(0)
    good, bad = (
        ("what a lovely film", "I liked it a lot", "great fun"),
        ("what a dull film", "I slept", "no fun at all"),
    )
    rows = [f"{chance.choice(good)},good\n{chance.choice(bad)},bad\n" for _ in range(60)]
    return ("text,label\n" + "".join(rows)).encode()


def visitors() -> bytes:
    chance = random.Random(0)
    first = date(2024, 1, 1)
    rows = [f"{first + timedelta(day)},{20 + 9 * (day % 7) + chance.random():.2f}" for day in range(330)]
    return ("day,visitors\n" + "\n".join(rows) + "\n").encode()


def learned(tab, card: str, file: str, content: bytes):
    """The page Train with a run of the starter network on an own table, from its upload to its end."""
    page = tab.open("/data")
    page.get_by_role("button", name=card, exact=True).click()
    page.set_input_files("input[type=file]", {"name": file, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name="Build a network").click(timeout=SLOW)
    drawn(page)
    page.get_by_role("button", name="Train", exact=True).click()
    trained(page)
    return page


def test_an_own_table_of_texts_until_one_types_a_text(tab):
    page = learned(tab, "Text table", "films.csv", messages())
    page.locator(".dlviz-try textarea").fill("what a lovely lovely film")
    said = page.locator(".dlviz-try .out:not([aria-busy])")
    expect(said).to_contain_text(re.compile(r"good"), timeout=SLOW)
    healthy(page)


def test_an_own_series_until_one_changes_its_past(tab):
    page = learned(tab, "Series in time", "visitors.csv", visitors())
    expect(page.get_by_text(re.compile("MASE", re.IGNORECASE)).first).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("figure", name=re.compile("What was expected"))).to_be_visible(timeout=SLOW)
    trying = page.locator(".dlviz-try")
    expect(trying.locator(".state")).to_contain_text("visitors:", timeout=SLOW)
    before = trying.locator(".state").inner_text()
    numbers = trying.locator("textarea")
    window = len(numbers.input_value().split())
    numbers.fill("1 2 three")
    expect(trying.locator(".state")).to_contain_text("“three” is none")
    numbers.fill("1 2 3")
    expect(trying.locator(".state")).to_contain_text(f"It sees {window} numbers; here are 3.")
    numbers.fill(" ".join(["500"] * window))
    expect(trying.locator(".legend")).to_contain_text("as you changed it", timeout=SLOW)
    expect(trying.locator(".state")).not_to_have_text(before)
    trying.get_by_role("button", name="As it was measured").click()
    expect(trying.locator(".state")).to_have_text(before, timeout=SLOW)
    trying.locator(".fan").scroll_into_view_if_needed()
    point = trying.locator(".hit").nth(window // 2).bounding_box()
    page.mouse.move(point["x"] + point["width"] / 2, point["y"] + point["height"] / 2)
    page.mouse.down()
    page.mouse.move(point["x"] + point["width"] / 2, point["y"] + 40, steps=4)
    page.mouse.up()
    expect(trying.locator(".legend")).to_contain_text("as you changed it", timeout=SLOW)
    assert len(numbers.input_value().split()) == window
    healthy(page)


def test_tones_until_one_is_heard(tab, served):
    draft = Drafts(served.home).new({"version": 1, "data": {"kind": "ToySounds"}, "training": {"epochs": 3}})
    page = tab.open(f"/train?draft={draft}")
    page.get_by_role("button", name="Start training").click(timeout=SLOW)
    trained(page)
    waits.idle(page)
    page.locator(".dlviz-try").get_by_role("button", name="Record").click()
    page.wait_for_timeout(700)  # so long it listens
    page.locator(".dlviz-try").get_by_role("button", name="Stop recording").click()
    expect(page.get_by_role("img", name=re.compile("What the network hears of it"))).to_be_visible(timeout=SLOW)
    healthy(page)
