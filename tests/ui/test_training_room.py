"""The training room in a real browser: steered, changed in flight, gone back in, forked; open to everybody."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dlviz.runs.drafts import Drafts
from dlviz.runs.store import Store
from tests.ui import waits

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

#: Long enough for a page of a busy machine.
SLOW = 180_000
LONG = {
    "version": 1, "title": "Moons", "data": {"kind": "Toy2d", "pattern": "moons"}, "seed": 1,
    "training": {"epochs": 900_000},
}  # fmt: skip


def press(page, name):
    page.get_by_role("group", name="Steer the training").get_by_role("button", name=name, exact=True).click()


def test_start_pause_step_change_go_back_and_fork(tab, served):
    """The whole way of somebody who wants to know what would have been."""
    store = Store(served.home)
    when = lambda holds: waits.until(page, holds)  # noqa: E731
    page = tab.open(f"/train?draft={Drafts(served.home).new(LONG)}")
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile("run="), timeout=SLOW)
    run = store.run(re.search(r"run=([^&]+)", page.url).group(1))
    row = page.get_by_role("group", name="Steer the training")
    expect(row.get_by_role("button", name="Step", exact=True)).to_be_enabled(timeout=180_000)
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace", timeout=SLOW)

    press(page, "Pause")
    expect(row.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=SLOW)
    assert run.status() == "paused"
    held = run.state()["step"]
    page.locator("body").press("s")
    when(lambda: run.state()["step"] == held + 1)
    expect(row.locator(".stands")).to_contain_text(f"Held after step {held + 1:,}", timeout=SLOW)
    press(page, "Epoch")
    when(lambda: run.state()["epoch"] % 1 == 0 and run.state()["step"] > held + 1)

    waits.idle(page)
    flight = page.get_by_role("button", name="In flight")
    flight.press("Enter")
    rate = page.get_by_role("slider", name="Learning rate")
    expect(rate).to_be_visible(timeout=SLOW)
    panel = page.get_by_role("dialog", name="In flight")
    expect(panel).to_be_focused(timeout=SLOW)  # the keyboard need not look for it
    page.keyboard.press("Shift+Tab")
    expect(flight).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel).to_be_focused()
    before = float(run.settings_at()["optimization"]["optimizer"]["lr"])
    rate.press("ArrowLeft")
    when(lambda: run.changes())
    (change,) = run.changes()
    assert change["what"] == "optimization.optimizer.lr" and change["from"] == before and change["to"] < before
    expect(page.get_by_text(re.compile(r"learning rate .* → ")).first).to_be_visible(timeout=SLOW)
    page.keyboard.press("Escape")
    expect(flight).to_be_focused()
    page.wait_for_function("document.querySelector('.dlviz-live').innerText.includes('learning rate')", timeout=SLOW)

    slider = page.locator(".dlviz-time [role=slider]")
    slider.press("ArrowLeft")
    slider.press("ArrowLeft")
    said = re.match(r"step ([\d,]+)", slider.get_attribute("aria-valuetext"))
    assert said is not None, slider.get_attribute("aria-valuetext")
    at = int(said.group(1).replace(",", ""))
    page.wait_for_url(re.compile(rf"at={at}(&|$)"), timeout=SLOW)  # the first of the two may have come to it before
    assert at < change["step"]

    page.locator(".dlviz-time").get_by_role("button", name="Fork from here").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"the moment you look at: step {at:,}")).to_be_visible(timeout=SLOW)
    batch = dialog.get_by_label("Batch size", exact=True)
    batch.fill("32")
    batch.press("Enter")
    expect(dialog.get_by_text("1 change:")).to_be_visible(timeout=SLOW)
    dialog.get_by_role("button", name="Fork and train").click()
    page.wait_for_function(f"!location.search.includes('{run.id}')", timeout=SLOW)
    child = store.run(re.search(r"run=([^&]+)", page.url).group(1))
    assert (child.state()["parent"], child.state()["parent_step"]) == (run.id, at)
    assert child.spec_document()["training"]["batch_size"] == 32
    expect(page.get_by_role("link", name=re.compile(f"Forked at step {at:,} of Moons"))).to_be_visible(timeout=SLOW)
    when(lambda: (child.state().get("step") or 0) > at)
    # its own curve begins where it was forked: what begins before that is its parent's
    drawn = f"document.querySelector('.dlviz-live .plot').data?.some((trace) => trace.customdata?.[0] < {at})"
    page.wait_for_function(drawn, timeout=SLOW)

    press(page, "Stop")
    when(lambda: child.status() == "stopped")
    # the page is drawn anew once the run has ended: a click on what stood there before would be lost
    expect(page.get_by_text("Stopped before its end")).to_be_visible(timeout=SLOW)
    expect(page.get_by_role("button", name="Explain its decisions")).to_be_visible(timeout=SLOW)
    waits.idle(page)
    page.goto(page.get_by_role("link", name=re.compile("Forked at step")).evaluate("(link) => link.href"))
    expect(page.get_by_role("link", name=re.compile(f"Fork at step {at:,}"))).to_be_visible(timeout=SLOW)
    press(page, "Stop")
    when(lambda: run.status() == "stopped")


def test_a_press_on_pause_is_obeyed_at_once(tab, growing_run):
    """The page's own part of the way: what stands in the run's folder, after the press."""
    growing_run.add(5)
    page = tab.open(f"/train?run={growing_run.id}")
    expect(page.get_by_role("button", name="Pause")).to_be_enabled(timeout=SLOW)
    waits.idle(page)
    asked = page.evaluate(
        "() => { const real = fetch, asked = [];"
        " window.fetch = (...all) => { asked.push(all[0]); return real(...all); };"
        " document.querySelector('.dlviz-controls .first').click(); return asked; }"
    )
    # it goes on its way within the same turn of the browser, with no rerun of the page before it
    assert len(asked) == 1 and asked[0].endswith(f"/{growing_run.id}/command")
    waits.until(page, lambda: growing_run.folder.asked("pause"))
