"""The page Runs in a real browser: tick, compare, delete, bring back, clone; and it keeps itself up to date."""

from __future__ import annotations

import re
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from dlviz.runs.drafts import Drafts
from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from tests.ui import waits
from tests.ui.conftest import GrowingRun

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

ROWS, DIFFERENCES = "canvas[data-testid=data-grid-canvas] >> nth=0", ".st-key-differences"
GRID = ".dvn-scroller >> nth=0"  # lies over the canvas and takes the clicks


def finished(store, title, lr):
    """A run that was trained, as its worker left it."""
    run = store.create(
        {"version": 1, "title": title, "data": {"kind": "Digits"}, "optimization": {"optimizer": {"lr": lr}}}
    )
    run.write_state({"status": "finished", "epoch": 3, "epochs": 3, "metrics": {"test": {"accuracy": 1 - lr}}})
    log = EventLog(run.events_file)
    for step in range(1, 31):
        log.add("train", step, epoch=step / 10, loss=1 / step)
    log.flush()
    return run


@pytest.fixture
def pair(served):
    """Two runs that differ in one setting; gone afterwards."""
    store = Store(served.home)
    runs = [finished(store, "Twin slow", 0.001)]
    while True:  # a run's id tells its second, and chance the order within it
        runs.append(finished(store, "Twin fast", 0.1))
        if runs[-1].id > runs[0].id:
            break
        shutil.rmtree(runs.pop().path)
    yield runs
    for run in runs:
        shutil.rmtree(run.path, ignore_errors=True)


def tick(page, row):
    """Click the box of a row; the first is row 0."""
    waits.idle(page)
    page.locator(GRID).click(position={"x": 16, "y": 52 + 35 * row})


def ticked(page):
    """The ids that the address names."""
    return parse_qs(urlsplit(page.url).query).get("runs", [""])[0].split(",")


def nudged(page):
    """Scroll the table a little: it tells assistive software what it shows when touched, not when its data change. It
    does so once it has been left alone for a fifth of a second, so it is touched once a second at most."""
    page.evaluate("""() => {
      const table = document.querySelector(".dvn-scroller");
      if (Date.now() - (window.__nudged ?? 0) < 1000) return;
      window.__nudged = Date.now();
      table.scrollTop = table.scrollTop === 72 ? 71 : 72;
    }""")
    return True


def search(page, words):
    field = page.get_by_placeholder("name, data or task")
    with waits.rerun(page):  # the table of the rows that are found is another one: a click on the old one is lost
        field.fill(words)
        field.press("Enter")


def test_tick_compare_delete_undo_clone(tab, served, pair):
    slow, fast = pair
    page = tab.open("/runs")
    search(page, "twin")
    cells = page.locator(ROWS).locator("[role=gridcell]")
    expect(cells.filter(has_text="Twin")).to_have_count(2)
    tick(page, 0)
    expect(page).to_have_url(re.compile(f"runs={fast.id}"))
    tick(page, 1)
    expect(page).to_have_url(re.compile(f"{fast.id}.*{slow.id}"))
    key = page.locator(".dlviz-live .key")
    expect(key).to_contain_text("Twin slow")
    expect(key).to_contain_text("Twin fast")
    traces = "[...new Set(document.querySelector('.dlviz-live .plot').data.map((each) => each.name.split(' · ')[0]))]"
    assert sorted(page.evaluate(traces)) == ["Twin fast", "Twin slow"]
    expect(page.get_by_role("heading", name="Settings that differ")).to_be_visible()
    differing = page.locator(DIFFERENCES).locator("td")
    expect(differing).to_have_text(["Optimizer · learning rate", "0.1", "0.001"])

    # a refresh keeps the choice
    page.reload()
    expect(page.locator(".dlviz-live .key")).to_contain_text("Twin slow", timeout=180_000)
    assert ticked(page) == [fast.id, slow.id]
    search(page, "twin")
    expect(cells.filter(has_text="Twin")).to_have_count(2)

    # delete one of the two and bring it back
    tick(page, 1)
    expect(page).not_to_have_url(re.compile(slow.id))
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("1 run deleted.")).to_be_visible()
    expect(cells.filter(has_text="Twin")).to_have_count(1)
    assert not fast.path.exists()
    page.get_by_role("button", name="Undo").click()
    expect(cells.filter(has_text="Twin")).to_have_count(2)
    assert fast.path.exists()

    # and begin a new experiment from it
    expect(page.get_by_role("button", name="Clone into Build")).to_be_disabled()
    tick(page, 0)
    page.get_by_role("button", name="Clone into Build").click()
    page.wait_for_url(re.compile(r"/build\?.*draft="), timeout=180_000)
    draft = parse_qs(urlsplit(page.url).query)["draft"][0]
    assert Drafts(served.home).read(draft)["optimization"]["optimizer"]["lr"] == 0.1


def test_a_running_run_refreshes_by_itself(tab, served):
    store = Store(served.home)
    # newest first, and only rows in sight are told: six stand above it, the rest below
    others = [finished(store, f"Filler {number}", 0.01) for number in range(8)]
    growing_run = GrowingRun(served.home)
    others += [growing_run.folder, *(finished(store, f"Filler {number}", 0.01) for number in range(8, 14))]
    growing_run.add(20)
    growing_run.state(epoch=1)
    try:
        page = tab.open(f"/runs?runs={growing_run.id}")
        row = page.locator(ROWS).locator("[role=row]", has_text="By hand")
        expect(page.locator(".dlviz-live .key")).to_contain_text("train", timeout=180_000)
        page.evaluate("document.querySelector('.dvn-scroller').scrollTop = 70")
        expect(row).to_contain_text("training")
        page.evaluate("window.same = true")
        growing_run.state(epoch=7)
        for _ in range(2):  # the first may have read the run before that
            with waits.rerun(page):
                pass
        assert page.evaluate("document.querySelector('.dvn-scroller').scrollTop") == 70
        epochs = row.locator("[role=gridcell]").nth(6)
        waits.until(page, lambda: nudged(page) and epochs.text_content() == "7", epochs.text_content)
        assert ticked(page) == [growing_run.id]
        expect(page.get_by_role("button", name="Open")).to_be_enabled()
        growing_run.state(status="stopped")
        waits.until(page, lambda: nudged(page) and "stopped" in (row.text_content() or ""), row.text_content)
        expect(page.get_by_test_id("stButtonGroup").get_by_text("stopped")).to_be_visible()
        assert ticked(page) == [growing_run.id]
        assert page.evaluate("window.same"), "the page was loaded anew"
    finally:
        page.goto("about:blank")  # or it asks in vain for the stream of a run that is gone
        for run in others:
            shutil.rmtree(run.path)
