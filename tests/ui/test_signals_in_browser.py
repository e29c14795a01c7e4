"""Inside the layers, in a real browser, over a run whose moments are written by hand: what is drawn can be counted."""

from __future__ import annotations

import re

import numpy as np
import pytest
from playwright.sync_api import expect

from dlviz.core.frames import Frame, pack
from dlviz.training.moments import EXAMPLES, Moments
from dlviz.training.signals import FILE, SignalLog
from tests.ui.access import grave

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SLOW = 180_000
NAMES = ["cat", "dog", "owl"]


def frames(step):
    """What four probes saw; the counts tell the step."""
    pictures = np.zeros((4, 1, 8, 8), np.uint8)
    pictures[:, :, 2:6, 2:6] = 255
    members = np.full((3, 3, 4), -1, np.int32)
    members[0, 1, :2] = [5, 6]
    counts = np.diag([step, 20, 30]).astype(np.int32)
    counts[0, 1] = 2
    target = np.array([0, 1, 2, 0], np.int32)
    index = np.array([5, 6, 7, 8], np.int32)
    return [
        Frame("confusion", step, step / 10, {"names": NAMES, "of": 52 + step}, {"counts": counts, "members": members}),
        Frame("hardest", step, step / 10, {"texts": [], "of": 60},
              {"index": index, "loss": np.array([3.0, 2, 1, 0.5]), "prediction": np.array([1, 1, 2, 0], np.int32),
               "sure": np.array([0.9, 0.8, 0.7, 0.6]), "target": target, "picture": pictures}),
        Frame("embedding", step, step / 10, {"share": 0.5, "width": 16},
              {"points": np.array([[0, 0], [1, 1], [-1, 1], [step / 10, -1]], np.float32), "index": index,
               "target": target}),
        Frame("histograms", step, step / 10, {"nodes": {"model.fc1": {"weight": [-1, 1], "activation": [0, 2]}}},
              {"model.fc1.weight": np.arange(32, dtype=np.int32), "model.fc1.activation": np.ones(32, np.int32)}),
    ]  # fmt: skip


@pytest.fixture
def looked_at(growing_run):
    """A run of 20 steps with moments at 10 and 20."""
    growing_run.add(20)
    moments, signals = Moments(growing_run.folder.path / "moments"), SignalLog(growing_run.folder.path / FILE)
    for step in (10, 20):
        moments.write(step, step / 10, frames(step), {}, {"umap": "UMAP is not installed."})
        signals.put(step, step / 10, {"update.model.fc1": step / 1e4, "dead.model.relu1": step / 100})
    signals.flush()
    pictures = np.full((2, 1, 8, 8), 200, np.uint8)
    example = Frame("examples", 0, 0.0, {"texts": []}, {"index": np.array([5, 6], np.int32), "picture": pictures})
    (growing_run.folder.path / "moments" / EXAMPLES).write_bytes(pack(example))
    return growing_run


def opened(tab, run, rest=""):
    page = tab.open(f"/train?run={run.id}&folds=signals{rest}")
    page.locator(".dlviz-signals .tabs").wait_for(timeout=SLOW)
    return page


def test_each_tab_shows_what_was_measured(tab, looked_at):
    page = opened(tab, looked_at)
    expect(page.locator(".dlviz-signals .lines li")).to_have_text(["model.fc10.002"], timeout=SLOW)
    page.locator(".dlviz-signals").get_by_role("button", name="Dead units").click()
    expect(page.locator(".dlviz-signals .lines li")).to_have_text(["model.relu120 %"])
    layers = page.get_by_role("tab", name="Layers")
    layers.press("ArrowRight")
    expect(page.get_by_role("tab", name="Distributions")).to_have_attribute("aria-selected", "true")
    drawn = page.locator(".dlviz-signals canvas[role=img]")
    said = (
        "Activations of 1 layer from step 10 to 20. model.fc1 at step 20: from 0 to 2, half of the numbers between "
        "0.469 and 1.47."
    )
    expect(drawn).to_have_attribute("aria-label", said, timeout=SLOW)
    page.get_by_role("tab", name="Embedding").click()
    expect(drawn).to_have_attribute("aria-label", "4 validation examples as points, at step 20.", timeout=SLOW)
    page.get_by_role("tab", name="Hardest examples").click()
    cards = page.locator(".dlviz-signals .cards li")
    expect(cards.first).to_have_text("says ✗ dog (90 %)is catloss 3", timeout=SLOW)
    expect(cards).to_have_count(4)
    assert page.locator(".dlviz-signals .cards li.wrong").count() == 1


def test_a_cell_of_the_confusion_matrix_opens_its_examples(tab, looked_at):
    page = opened(tab, looked_at)
    page.get_by_role("tab", name="Confusions").click()
    cell = page.get_by_role("button", name="cat taken for dog: 2 of 22")
    expect(cell).to_have_text("2", timeout=SLOW)
    page.get_by_role("button", name="cat taken for cat").focus()
    page.keyboard.press("ArrowRight")
    expect(cell).to_be_focused()
    page.keyboard.press("Enter")
    sheet = page.get_by_role("dialog", name="cat, taken for dog")
    expect(sheet).to_contain_text("2 validation examples at step 20:")
    expect(sheet.get_by_role("img", name="example 5")).to_be_visible()
    expect(sheet.get_by_role("img", name="example 6")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_have_count(0)
    expect(cell).to_be_focused()


def test_the_slider_takes_the_signals_along(tab, looked_at):
    page = opened(tab, looked_at)
    page.get_by_role("tab", name="Confusions").click()
    corner = page.locator(".dlviz-signals [data-row='0'][data-column='0']")
    expect(corner).to_have_text("20", timeout=SLOW)
    page.evaluate(
        f"window.dispatchEvent(new CustomEvent('dlviz:time', {{ detail: {{ run: '{looked_at.id}', step: 12 }} }}))"
    )
    expect(corner).to_have_text("10")
    expect(page.locator(".dlviz-signals .when")).to_have_text("as of step 10")
    page.evaluate(
        f"window.dispatchEvent(new CustomEvent('dlviz:time', {{ detail: {{ run: '{looked_at.id}', step: null }} }}))"
    )
    expect(corner).to_have_text("20")


def chosen(page, name):
    """Choose a tab and wait until what it shows is there."""
    page.get_by_role("tab", name=name).click()
    expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    room = page.locator(".dlviz-signals")
    if name in ("Distributions", "Embedding"):
        expect(room.locator("canvas[role=img]")).to_have_attribute("aria-label", re.compile("step 20"), timeout=SLOW)
    elif name == "Confusions":
        expect(page.get_by_role("button", name="cat taken for dog")).to_have_text("2", timeout=SLOW)
    else:
        shown = room.locator(".cards li" if name == "Hardest examples" else ".lines li")
        expect(shown.first).to_be_visible(timeout=SLOW)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_in_the_training_room_keeps_anybody_out(tab, looked_at, scheme):
    tab.page.emulate_media(color_scheme=scheme)
    page = opened(tab, looked_at)
    for name in ("Layers", "Distributions", "Embedding", "Hardest examples", "Confusions"):
        chosen(page, name)
        assert grave(page) == [], name
    page.get_by_role("button", name="cat taken for dog").click()
    page.get_by_role("dialog", name="cat, taken for dog").wait_for()
    assert grave(page) == [], "a sheet"


def test_the_training_room_is_not_wider_than_a_phone(phone, looked_at):
    page = opened(phone, looked_at)
    for name in ("Layers", "Distributions", "Hardest examples", "Confusions"):
        chosen(page, name)
        assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0, name
        inside = "[...document.querySelectorAll('[data-testid=stMain]')].every((e) => e.scrollWidth <= e.clientWidth)"
        assert page.evaluate(inside), name
