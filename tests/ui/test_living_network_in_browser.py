"""The living network in a real browser: surfaces, weights that are changed, the past, the keyboard, cards."""

from __future__ import annotations

import json
import shutil

import numpy as np
import psutil
import pytest
from playwright.sync_api import expect

from dlviz.core.frames import Frame, pack, quantized
from dlviz.runs.store import Store
from dlviz.training.moments import Moments
from tests.ui import waits

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

SPEC = {
    "version": 1,
    "title": "Spiral by hand",
    "data": {"kind": "Toy2d", "pattern": "spiral", "size": 60},
    "networks": {
        "model": [
            {"name": "input", "kind": "Input"},
            {"name": "fc1", "kind": "Linear", "out_features": 3},
            {"name": "tanh", "kind": "Tanh"},
            {"name": "output", "kind": "Linear", "out_features": 2},
        ]
    },
}
SIDE = 16
#: The colours of a unit's square: how many different ones, and the first pixel.
PIXELS = """(key) => {
  const canvas = document.querySelector(`[data-unit="${key}"] canvas`);
  const all = new Uint32Array(canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  return [new Set(all).size, all[0]];
}"""


class LivingRun:
    """A run whose moments this test writes, as a worker would."""

    def __init__(self, home, spec):
        me = psutil.Process()
        self.folder = Store(home).create(spec)
        self.id = self.folder.id
        self.moments = Moments(self.folder.path / "moments")
        self.me = {"pid": me.pid, "pid_started": me.create_time(), "epochs": 10, "steps": 100}
        self.folder.events_file.write_text(json.dumps({"type": "train", "step": 1, "epoch": 0.1, "loss": 1.0}) + "\n")
        self.stands("running", 1)

    def stands(self, status, step):
        self.folder.write_state({**self.me, "status": status, "error": None, "epoch": step / 10, "step": step})

    def moment(self, step, sign=1.0):
        """All that is drawn of a network on the plane: each unit rises to the right (or falls, with -1)."""
        across = np.tile(np.linspace(-1, 1, SIDE) * sign, (SIDE, 1))
        surfaces = {"model.input": 2, "model.fc1": 3, "model.tanh": 3, "model.output": 2}
        arrays = {path: quantized(np.stack([across] * units), -1, 1) for path, units in surfaces.items()}
        nodes = {path: {"low": -1.0, "high": 1.0, "of": units} for path, units in surfaces.items()}
        arrays["output"] = quantized(np.stack([0.5 + across / 2, 0.5 - across / 2]), 0, 1)
        nodes["output"] = {"low": 0.0, "high": 1.0, "of": 2}
        meta = {"nodes": nodes, "x": [-3.0, 3.0], "y": [-3.0, 3.0], "side": SIDE}
        weights = {
            "model.fc1.weight": np.array([[2.0, -1.0], [0.5, 0.25], [-3.0, 0.1]], np.float32) * sign,
            "model.fc1.bias": np.array([0.125, 0.0, -1.0], np.float32),
            "model.output.weight": np.array([[1.0, -1.0, 0.5], [-1.0, 1.0, -0.5]], np.float32),
            "model.output.bias": np.zeros(2, np.float32),
        }
        epoch = step / 10
        frames = [Frame("neurons", step, epoch, meta, arrays), Frame("weights", step, epoch, {"nodes": {}}, weights)]
        self.moments.write(step, epoch, frames, {}, {})


@pytest.fixture
def living_run(served):
    run = LivingRun(served.home, SPEC)
    run.moment(10)
    yield run
    shutil.rmtree(run.folder.path)


def opened(tab, run):
    page = tab.open(f"/train?run={run.id}")
    page.wait_for_selector(".dlviz-living .unit", timeout=180_000)
    page.locator("[data-unit='1.0']").scroll_into_view_if_needed()  # out of sight nothing is fetched
    page.wait_for_selector(".dlviz-living .unit.drawn")
    waits.idle(page)
    return page


def test_surfaces_follow_the_run_and_the_past(tab, living_run):
    page = opened(tab, living_run)
    colors, first = page.evaluate(PIXELS, "1.0")
    assert colors > 8
    assert page.evaluate(PIXELS, "2.1")[0] > 8
    living_run.moment(20, sign=-1.0)
    page.wait_for_function(f"({PIXELS})('1.0')[1] !== {first}")
    expect(page.locator(".dlviz-living .when")).to_contain_text("Step 20")
    travel = "([run, step]) => window.dispatchEvent(new CustomEvent('dlviz:time', {detail: {run, step}}))"
    page.evaluate(travel, [living_run.id, 11])
    page.wait_for_function(f"({PIXELS})('1.0')[1] === {first}")
    expect(page.locator(".dlviz-living .when")).to_contain_text("Step 10")
    page.evaluate(travel, [living_run.id, None])
    page.wait_for_function(f"({PIXELS})('1.0')[1] !== {first}")


def test_a_weight_is_changed_by_its_line_and_a_bias_by_the_keyboard(tab, living_run):
    page = opened(tab, living_run)
    start = page.locator("[data-unit='0.0']").bounding_box()
    end = page.locator("[data-unit='1.0']").bounding_box()
    # close to where it begins, a line runs level
    page.mouse.click(start["x"] + start["width"] + 4, start["y"] + start["height"] / 2)
    editor = page.locator(".dlviz-living .editor")
    editor.wait_for()
    # what the change does is seen: the window lies below the outputs, not on them
    box, last = editor.bounding_box(), page.locator("[data-unit='2.1']").bounding_box()
    assert box["y"] >= last["y"] + last["height"]
    assert end["x"] > start["x"] and "from input x to hidden layer 1" in editor.inner_text().lower()
    number = editor.locator("input[type=number]")
    number.fill("-1.5")
    number.press("Enter")
    page.wait_for_function("document.querySelector('.dlviz-living .said').textContent.startsWith('On its way')")
    (command,) = living_run.folder.commands()
    assert command.name == "weight"
    place = dict(command.payload)
    assert (place.pop("value"), place["index"].pop()) == (-1.5, 0)
    assert place | {"index": []} == {"role": "model", "node": "fc1", "name": "weight", "index": []}
    page.keyboard.press("Escape")
    expect(editor).to_be_hidden()

    # the same by the keyboard alone: units, then their bias and weights
    label = "document.activeElement.getAttribute('aria-label')"
    page.locator("[data-unit='1.0']").focus()
    assert page.evaluate(label) == "hidden layer 1, unit 1, bias 0.125"
    for key, said in [("ArrowDown", "unit 2"), ("ArrowDown", "unit 3"), ("ArrowDown", "unit 3"), ("ArrowRight", "out"),
                      ("ArrowLeft", "hidden layer 1"), ("ArrowLeft", "input")]:  # fmt: skip
        page.keyboard.press(key)
        assert said in page.evaluate(label), key
    page.locator("[data-unit='1.2']").focus()
    page.keyboard.press("Enter")
    assert page.evaluate(label) == "bias of hidden layer 1, unit 3: −1. Change it"
    page.keyboard.press("Enter")
    page.locator(".dlviz-living .editor").wait_for()
    page.keyboard.press("ArrowRight")  # the slider
    page.wait_for_function("document.querySelector('.dlviz-living .said').textContent.startsWith('On its way')")
    (command,) = living_run.folder.commands()
    assert (command.payload["name"], command.payload["index"]) == ("bias", [2])
    assert command.payload["value"] > -1
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.wait_for_function(f"{label}?.includes('hidden layer 1, unit 3')")


def test_a_run_that_has_ended_offers_a_fork_and_says_why_not(tab, living_run):
    living_run.stands("stopped", 10)
    page = opened(tab, living_run)
    page.locator("[data-unit='1.0']").click()
    page.locator(".dlviz-living .weight").first.click()
    editor = page.locator(".dlviz-living .editor")
    editor.get_by_role("button", name="Fork with this weight").wait_for()
    assert "has ended" in editor.inner_text()
    editor.locator("input[type=number]").fill("2")
    editor.locator("input[type=number]").press("Enter")
    assert living_run.folder.commands() == []


def test_a_phone_scrolls_the_network_and_not_the_page(phone, living_run):
    page = opened(phone, living_run)
    assert page.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert page.evaluate(
        "(() => { const e = document.querySelector('.dlviz-living .scroll'); return e.scrollWidth >= e.clientWidth })()"
    )
    page.locator("[data-unit='2.1']").tap()
    assert "output B" in page.locator(".dlviz-living .large .title").inner_text().replace("Output", "output")


def test_frames_are_read_as_python_packed_them(tab):
    page = tab.open("/")
    arrays = {
        "a": np.arange(5, dtype=np.uint8),
        "b": np.array([[1.5, -2.0], [0.25, 1e-9]], np.float32),
        "c": np.array([[-7]], np.int32),
    }
    frame = Frame("weights", 12, 0.5, {"nodes": {"é": 1}}, arrays)
    decode = """async (bytes) => {
      const { decode } = await import("/_stcore/bidi-components/dlviz.shared/frames.js");
      const found = decode(Uint8Array.from(bytes).buffer);
      return found && {...found, arrays: [...found.arrays].map(([name, {data, shape}]) => [name, [...data], shape])};
    }"""
    content = pack(frame)
    found = page.evaluate(decode, list(content))
    assert (found["probe"], found["step"], found["epoch"], found["meta"]) == ("weights", 12, 0.5, {"nodes": {"é": 1}})
    assert found["arrays"] == [[name, array.ravel().tolist(), list(array.shape)] for name, array in arrays.items()]
    for damaged in (b"", b"DLV", content[:40], b"X" + content[1:], content[:-9]):
        assert page.evaluate(decode, list(damaged)) is None
