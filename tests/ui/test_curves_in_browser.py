"""The curves in a real browser: smoothed, over time, looked at closer, with forks, groups and marks."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import expect

from dlviz.runs.store import Store
from dlviz.training.events import EventLog

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

PLOT = "document.querySelector('.dlviz-live .plot')"
NAMES = f"({PLOT}?.data ?? []).map((trace) => trace.name)"


def line(page, name, column="y", at=0):
    """A column of the line called `name` (the `at`th of them)."""
    return page.evaluate(f"{PLOT}.data.filter((trace) => trace.name === '{name}')[{at}]?.{column}")


def written(store, title, losses, start=0, **state):
    """A finished run with an epoch every ten steps, whose validation loss is given by epoch."""
    run = store.create({"version": 1, "title": title, "data": {"kind": "Digits"}})
    log = EventLog(run.events_file)
    if start:
        log.add("fork", start, epoch=start / 10, parent=state["parent"])
    for epoch, loss in enumerate(losses, start=start // 10 + 1):
        log.add("train", 10 * epoch, epoch=epoch, loss=loss)
        log.add("epoch", 10 * epoch, epoch=epoch, seconds=2.0 * epoch, **{"validation.loss": loss, "train.loss": loss})
    log.flush()
    run.write_state({"status": "finished", "epoch": 5, "epochs": 5, "step": 50, "steps": 50, "seconds": 10.0, **state})
    return run


@pytest.fixture
def family(served):
    """A run, a fork of it at step 20, and three runs that differ in their seed; gone afterwards."""
    store = Store(served.home)
    parent = written(store, "Stem", [5.0, 4.0, 3.0, 2.0, 1.0])
    child = written(store, "Branch", [2.5, 1.5, 0.5], start=20, parent=parent.id, parent_step=20)
    seeds = [written(store, "Seeds", [5.0 + n, 4.0 + n, 3.0 + n], group="one") for n in (0, 1, 2)]
    yield parent, child, seeds
    for run in (parent, child, *seeds):
        shutil.rmtree(run.path, ignore_errors=True)


def test_a_fork_begins_on_its_parents_curve(tab, family):
    parent, child, _ = family
    page = tab.open(f"/train?run={child.id}")
    page.wait_for_function(f"{NAMES}.includes('validation')")
    assert line(page, "validation", "customdata") == [20, 30, 40, 50]
    assert line(page, "validation") == [4.0, 2.5, 1.5, 0.5]
    assert line(page, "parent: Stem · validation") == [5.0, 4.0], "the parent is drawn up to the fork"
    page.get_by_role("button", name="Show parent").click()
    page.wait_for_function(f"!{NAMES}.some((name) => name.startsWith('parent'))")
    assert line(page, "validation") == [2.5, 1.5, 0.5]
    expect(page.locator(".dlviz-live .happened")).to_contain_text("forked here")

    page = tab.open(f"/train?run={parent.id}")
    page.wait_for_function(f"{NAMES}.includes('fork: Branch · validation')")
    assert line(page, "fork: Branch · validation") == [4.0, 2.5, 1.5, 0.5]
    assert line(page, "validation") == [5.0, 4.0, 3.0, 2.0, 1.0]


def test_seeds_are_drawn_as_mean_and_band_and_hidden_by_key(tab, family):
    page = tab.open(f"/runs?runs={','.join(run.id for run in family[2])}")
    page.wait_for_function(f"{NAMES}.includes('Seeds · validation')")
    assert line(page, "Seeds · validation") == [6.0, 5.0, 4.0]
    band = line(page, "Seeds · band")
    assert band == pytest.approx([7, 6, 5, 3, 4, 5])  # 1 is the standard deviation of n, n + 1, n + 2
    page.get_by_label("What the band shows").select_option("range")
    page.get_by_label("What the x-axis counts").select_option("time")
    page.wait_for_function(f"{PLOT}.layout.xaxis.title.text === 'training time, seconds'")
    assert line(page, "Seeds · validation", "x") == pytest.approx([2, 4, 6])
    entry = page.get_by_role("switch", name="Seeds (3 runs)")
    entry.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"!{NAMES}.includes('Seeds · validation')")
    expect(entry).to_have_attribute("aria-checked", "false")
    page.keyboard.press("Enter")
    page.wait_for_function(f"{NAMES}.includes('Seeds · validation')")
    expect(page.locator(".dlviz-live .beyond")).to_be_hidden()
    assert "mean of Seeds validation loss fell from 6 to 4" in page.locator(".dlviz-live .plot").get_attribute(
        "aria-label"
    )


def test_smoothing_marks_and_a_closer_look(tab, growing_run):
    lines = [
        f'{{"type":"train","step":{step},"epoch":{step / 1000},"loss":{1 + step % 2 if step > 1 else 600}}}\n'
        for step in range(1, 20_001)
    ]
    growing_run.folder.events_file.write_text("".join(lines))
    growing_run.write({"type": "mark", "step": 5000, "text": "paused"})
    growing_run.write(
        {"type": "change", "step": 15_000, "epoch": 15, "what": "optimization.optimizer.lr", "from": 0.1, "to": 0.01}
    )
    page = tab.open(f"/train?run={growing_run.id}")
    page.wait_for_function(f"{NAMES}.length === 2")
    few = "train, step by step"
    assert len(line(page, few)) < 3000

    # one value far beyond the others does not flatten them: it is marked at the edge, and one click shows it
    beyond = page.locator(".dlviz-live .beyond")
    expect(beyond).to_contain_text("One value (600) lies beyond this axis.")
    assert line(page, few)[0] is None and line(page, "beyond") == [2]
    assert page.evaluate(f"{PLOT}._fullLayout.yaxis.range[1]") < 3
    beyond.get_by_role("button", name="Show all").click()
    page.wait_for_function(f"{NAMES}.length === 1 && {PLOT}.data[0].y[0] === 600")
    beyond.get_by_role("button", name="Usual range").click()
    page.wait_for_function(f"{NAMES}.length === 2")

    # where one zooms to, all points are drawn
    page.evaluate(f"window.Plotly.relayout({PLOT}, {{'xaxis.range': [7, 7.2]}})")
    inside = f"{PLOT}.data[0].customdata.filter((step) => step >= 7000 && step <= 7200).length"
    page.wait_for_function(f"({inside}) === 201")
    assert page.evaluate(f"{PLOT}.layout.xaxis.range") == [7, 7.2]
    page.get_by_role("button", name="Whole curve").click()

    # smoothed over all points, not over the extremes that were sent
    page.get_by_label("Smoothing").fill("0.9")
    page.wait_for_function(f"{PLOT}.data.length === 3 && Math.abs({PLOT}.data[1].y.at(-1) - 1.5) < 0.06")
    assert page.evaluate(f"{PLOT}.data[0].opacity") < 0.4

    # what happened, in words, by hover and by keyboard
    said = page.locator(".dlviz-live .happened li")
    expect(said).to_have_text(["‖ paused step 5,000", "Δ learning rate 0.1 → 0.01 step 15,000"])
    cursor = page.locator(".dlviz-live .of-mark")
    expect(cursor).to_be_hidden()
    said.nth(1).focus()
    expect(cursor).to_be_visible()
    along = page.evaluate(f"{PLOT}._fullLayout.xaxis.p2l(new DOMMatrix(getComputedStyle("
                          "document.querySelector('.of-mark')).transform).m41 - "
                          f"{PLOT}._fullLayout.xaxis._offset)")  # fmt: skip
    assert along == pytest.approx(15, abs=0.01)
    page.get_by_label("What the x-axis counts").select_option("step")
    page.wait_for_function(f"{PLOT}.layout.xaxis.title.text === 'step'")
    expect(page.locator(".dlviz-live .plot")).to_have_text(re.compile("‖ paused.*Δ learning rate 0.1 → 0.01", re.S))
