"""The page Train in a real browser: the curves grow, zoom survives, the run ends in a test result."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from tests.ui import waits

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

POINTS = "document.querySelector('.dlviz-live .plot')?.data?.reduce((sum, trace) => sum + trace.x.length, 0) ?? 0"
RANGE = "JSON.stringify(document.querySelector('.dlviz-live .plot').layout.xaxis.range)"


def slowly(page, served, press):
    """Do what makes a run, which then takes 20 steps a second from its first step on: it must not be over before a slow
    page shows it."""
    before = {run.id for run in Store(served.home).runs()}
    press()
    found = []

    def made():
        found[:] = [run for run in Store(served.home).runs() if run.id not in before]
        return found

    waits.until(page, made, "no run was made")
    found[0].command("pace", steps_per_second=20)
    return found[0]


def test_from_home_to_a_test_result(tab, served):
    page = tab.open("/")
    slowly(page, served, page.get_by_role("button", name="Train your first network").click)
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace", timeout=180_000)
    expect(page.get_by_label("Slow motion")).to_have_value("20", timeout=180_000)
    first = page.evaluate(POINTS)
    page.wait_for_function(f"({POINTS}) > {first}", timeout=180_000)
    waits.idle(page)

    # zoom by the mouse, then let more points come
    box = page.locator(".dlviz-live .plot .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 80)
    page.mouse.down()
    page.mouse.move(box["x"] + 260, box["y"] + 200, steps=6)
    page.mouse.up()
    page.wait_for_function("document.querySelector('.dlviz-live .plot').layout.xaxis.autorange === false")
    zoomed = page.evaluate(RANGE)
    before = page.evaluate(POINTS)
    page.wait_for_function(f"({POINTS}) > {before}", timeout=180_000)
    assert page.evaluate(RANGE) == zoomed

    page.get_by_label("Slow motion").select_option("full speed")
    page.get_by_test_id("stMetricValue").wait_for(timeout=180_000)
    waits.idle(page)
    assert page.evaluate(RANGE) == zoomed, "zoom was lost when the page ran anew at the end"
    expect(page.get_by_test_id("stMetricValue")).to_have_text(re.compile("%$"))
    expect(page.get_by_test_id("stMain")).to_contain_text("better than always saying")
    expect(page.get_by_text("Confusion matrix").first).to_be_visible()
    assert "run=" in page.url
    expect(page.get_by_role("button", name="Explain").first).to_be_visible()

    # all of it stands again after a refresh
    page.reload()
    page.get_by_test_id("stMetricValue").wait_for(timeout=180_000)
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace", timeout=180_000)


def test_hover_survives_new_points(tab, growing_run):
    page = tab.open(f"/train?run={growing_run.id}")
    growing_run.add(20)
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace")
    waits.idle(page)
    box = page.locator(".dlviz-live .plot .nsewdrag").first.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".dlviz-live .hoverlayer .legend, .dlviz-live .hoverlayer .hovertext")
    before = page.evaluate(POINTS)
    growing_run.add(10)
    page.wait_for_function(f"({POINTS}) > {before}")
    page.wait_for_selector(".dlviz-live .hoverlayer .legend, .dlviz-live .hoverlayer .hovertext")


def test_a_resumed_run_takes_back_what_it_overtakes(tab, growing_run):
    growing_run.add(40)
    page = tab.open(f"/train?run={growing_run.id}")
    page.wait_for_function(f"({POINTS}) === 40")
    growing_run.write({"type": "resume", "step": 25})
    page.wait_for_function(f"({POINTS}) === 25")
    expect(page.locator(".dlviz-live .plot")).to_contain_text("resumed")


def test_log_scale_metric_and_keys(tab, growing_run):
    growing_run.add(30)
    growing_run.write({"type": "epoch", "step": 30, "epoch": 3, "train.loss": 1.0, "validation.accuracy": 0.5})
    page = tab.open(f"/train?run={growing_run.id}")
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace")
    scale = "document.querySelector('.dlviz-live .plot').layout.yaxis.type"
    log = page.get_by_role("button", name="Log scale")
    log.focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"{scale} === 'log'")
    expect(log).to_have_attribute("aria-pressed", "true")
    page.locator(".dlviz-live .plot").focus()
    page.keyboard.press("+")
    page.wait_for_function("document.querySelector('.dlviz-live .plot').layout.xaxis.autorange === false")
    page.keyboard.press("0")
    page.wait_for_function("document.querySelector('.dlviz-live .plot').layout.xaxis.autorange === true")
    page.get_by_role("button", name="accuracy").click()
    page.wait_for_function("document.querySelector('.dlviz-live .plot').data[0].name === 'validation'")
    assert page.evaluate("document.querySelector('.dlviz-live .plot').data[0].line.dash") != "solid"
    expect(page.locator(".dlviz-live .plot")).to_have_attribute("aria-label", re.compile("validation accuracy"))


def test_the_page_follows_a_change_of_status(tab, growing_run):
    growing_run.add(5)
    page = tab.open(f"/train?run={growing_run.id}")
    page.get_by_role("button", name="Pause").wait_for()
    growing_run.state(status="failed", error="The loss became NaN in layer fc1.")
    page.get_by_text("The loss became NaN in layer fc1.").wait_for()
    expect(page.get_by_role("button", name="Change the settings")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_enabled()


def test_one_stream_that_closes_when_the_page_is_left(tab, growing_run):
    growing_run.add(5)
    tab.page.add_init_script(
        "window.opened = []; window.EventSource = class extends EventSource {"
        " constructor(...all) { super(...all); window.opened.push(this); } };"
    )
    page = tab.open("/")
    page.get_by_role("button", name="Open").first.wait_for()
    page.get_by_test_id("stTopNavLink").filter(has_text="Runs").click()
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace")
    page.wait_for_function("window.opened.filter((each) => each.readyState !== 2).length === 1")
    page.get_by_test_id("stTopNavLink").filter(has_text="Home").click()
    page.wait_for_function("window.opened.every((each) => each.readyState === 2)")


def test_no_page_is_wider_than_a_phone(phone, growing_run, trained_digits):
    growing_run.add(30)
    for path in ("/", f"/train?run={growing_run.id}", f"/train?run={trained_digits.id}", "/runs"):
        page = phone.open(path)
        if "run=" in path:
            page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace")
        elif path == "/runs":
            page.wait_for_selector("canvas[data-testid=data-grid-canvas]")
        waits.idle(page)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, path
        inside = "[...document.querySelectorAll('[data-testid=stMain]')].every((e) => e.scrollWidth <= e.clientWidth)"
        assert page.evaluate(inside), path


def tab_to(page, name):
    """Press Tab until the button called `name` has the focus; it must be seen to have it."""
    expect(page.get_by_role("button", name=name).first).to_be_enabled(timeout=180_000)
    waits.idle(page)
    for _ in range(80):
        page.keyboard.press("Tab")
        if name in page.evaluate("document.activeElement.matches('button') ? document.activeElement.innerText : ''"):
            break
    else:
        raise AssertionError(f"Tab never came to {name}")
    ring = page.evaluate(
        "(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle + s.boxShadow })()"
    )
    assert ring != "nonenone", f"{name} does not show that it has the focus"


def test_from_home_to_a_trained_network_by_keyboard_alone(tab, served):
    """With a warm host, as a user who has read the page meets it. How soon it learns is measured by the benchmarks."""
    page = tab.open("/")
    queue = Queue(served.home)
    queue.warm()
    waits.until(page, lambda: queue.host().get("ready"), "no host came up")
    tab_to(page, "Train your first network")
    slowly(page, served, lambda: page.keyboard.press("Enter"))
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace", timeout=180_000)
    tab_to(page, "Stop")
    page.keyboard.press("Enter")
    page.get_by_text("stopped").first.wait_for(timeout=180_000)
    page.get_by_test_id("stMetricValue").wait_for(timeout=180_000)  # what it had learned by then is measured
    tab_to(page, "Resume")
    tab_to(page, "Explain its decisions")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Explain", exact=True).wait_for()


def test_a_theme_that_changes_repaints_the_chart(tab, growing_run):
    growing_run.add(20)
    page = tab.open(f"/train?run={growing_run.id}")
    page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace")
    ink = "document.querySelector('.dlviz-live .plot').layout.font.color"
    light = page.evaluate(ink)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"{ink} !== '{light}'")


def test_shortcuts_are_listed_under_their_key(tab, growing_run):
    growing_run.add(5)
    page = tab.open(f"/train?run={growing_run.id}")
    page.get_by_role("button", name="Pause").wait_for()
    page.get_by_role("button", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for(state="hidden")
    page.keyboard.press("p")
    commands = []
    waits.until(page, lambda: commands.extend(growing_run.folder.commands()) or commands, "no command came")
    assert [command.name for command in commands] == ["pause"]
