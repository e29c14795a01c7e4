"""Time travel in a real browser: by key, by touch, by address; what stands on the page hears of it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dlviz.training.moments import Moments
from tests.ui import waits
from tests.ui.conftest import GrowingRun

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

HEARD = "window.heard = []; window.addEventListener('dlviz:time', ({ detail }) => window.heard.push(detail.step));"


def keep(run: GrowingRun, step: int) -> None:
    """A moment without pictures."""
    Moments(run.folder.path / "moments").write(step, step / 10, [], {}, {})


@pytest.fixture
def kept(growing_run):
    """A run of 60 steps with a moment at every second one."""
    growing_run.add(60)
    growing_run.state(epoch=6)
    for step in range(0, 61, 2):
        keep(growing_run, step)
    return growing_run


def slider(page):
    found = page.get_by_role("slider", name="Time travel")
    found.wait_for()
    waits.idle(page)
    return found


def test_by_key_through_the_past(tab, kept):
    tab.page.add_init_script(HEARD)
    page = tab.open(f"/train?run={kept.id}")
    time = slider(page)
    expect(time).to_have_attribute("aria-valuetext", re.compile("now, step 60, epoch 6"))
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace")
    cursor = page.locator(".dlviz-live .of-time")
    expect(cursor).to_be_hidden()

    time.focus()
    page.keyboard.press("ArrowLeft")
    expect(time).to_have_attribute("aria-valuetext", "step 60, epoch 6.0")
    page.keyboard.press("PageDown")
    expect(time).to_have_attribute("aria-valuetext", "step 40, epoch 4.0")
    expect(cursor).to_be_visible()
    expect(page.locator(".dlviz-live .key")).to_contain_text("0.25")  # 10 / 40, the loss of that step
    expect(page).to_have_url(re.compile("at=40"))
    waits.until(page, lambda: page.evaluate("window.heard") == [60, 40], lambda: page.evaluate("window.heard"))
    page.keyboard.press("Home")
    expect(page).to_have_url(re.compile(r"at=0(&|$)"))

    # what comes meanwhile does not carry one away from the past
    kept.add(2)
    keep(kept, 62)
    expect(time).to_have_attribute("aria-valuemax", "32")
    expect(time).to_have_attribute("aria-valuetext", "step 0, epoch 0.0")
    page.keyboard.press("End")
    expect(page).not_to_have_url(re.compile("at="))
    expect(cursor).to_be_hidden()
    kept.add(2)
    kept.state(epoch=6.4)
    keep(kept, 64)
    expect(time).to_have_attribute("aria-valuetext", re.compile("now, step 64"))
    waits.until(page, lambda: page.evaluate("window.heard.at(-1)") is None)


def test_an_address_names_a_moment_and_play_goes_on_from_it(tab, kept):
    page = tab.open(f"/train?run={kept.id}&at=51")
    time = slider(page)
    expect(time).to_have_attribute("aria-valuetext", "step 50, epoch 5.0")
    page.get_by_label("How fast to play").select_option("very fast")
    page.get_by_role("button", name="Play through the past").click()
    expect(page.get_by_role("button", name="Now", exact=True)).to_have_attribute("aria-pressed", "true")
    expect(time).to_have_attribute("aria-valuetext", re.compile("now"))
    expect(page).not_to_have_url(re.compile("at="))


def test_by_touch_on_a_phone(phone, kept):
    page = phone.open(f"/train?run={kept.id}")
    time = slider(page)
    time.scroll_into_view_if_needed()
    box = page.locator(".dlviz-time .rail").bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.5, box["y"] + 3)
    expect(time).to_have_attribute("aria-valuetext", re.compile("^step 3[0-4], epoch 3"))
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
