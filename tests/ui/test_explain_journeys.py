"""Explain in a real browser: a picture, a table's row, a sentence and a sound are asked why, and asked back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from pandas import DataFrame
from playwright.sync_api import Locator, Page, expect
from torch import Tensor

from dlviz.asking.load import Opened, load
from dlviz.core.files import read_record
from dlviz.core.values import Category, Value
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training.folder import RunFolder
from dlviz.ui import words
from tests.ui import waits
from tests.ui.test_journeys import SLOW, fits, healthy

pytestmark = [pytest.mark.browser, pytest.mark.slow]
Learned = Callable[..., RunFolder]
SPECS = {
    "row": {"data": {"kind": "BreastCancer"}, "training": {"epochs": 10}},
    "sentence": {"data": {"kind": "ToyText"}, "training": {"epochs": 6}},
    "sound": {"data": {"kind": "ToySounds"}, "training": {"epochs": 2}},
}


#: The samples of the sound as it is now, with which the player of a silenced sound plays.
SAMPLES = """async () => {
    const bytes = await (await fetch(document.querySelector(".dlviz-ask audio").src)).arrayBuffer();
    return [...new Int16Array(bytes.slice(44))];
}"""


@pytest.fixture(scope="module")
def learned(served) -> Learned:
    """Runs of small networks, trained once in the served app's home."""
    made: dict[str, RunFolder] = {}

    def run(name: str) -> RunFolder:
        if name not in made:
            made[name] = found = Store(served.home).create({"version": 1, "title": name, **SPECS[name]})
            Queue(served.home).submit(found)
            until = time.monotonic() + 240
            while found.status() in ("queued", "starting", "running") and time.monotonic() < until:
                time.sleep(0.1)
            assert found.status() == "finished", found.state()
        return made[name]

    return run


def opened(tab, run: RunFolder, see: str) -> Page:
    page = tab.open(f"/explain?run={run.id}&see={see}")
    expect(page.get_by_text(re.compile("^Why .*\\?$")).last).to_be_visible(timeout=SLOW)
    waits.idle(page)
    return page


def asked(page: Page, *kinds: str) -> None:
    """Ask these methods alone, and wait for their answers and what their trials say."""
    expect(page.get_by_role("button", name="Explain", exact=True)).to_be_visible(timeout=SLOW)  # below the methods
    waits.idle(page)
    for kind in ("GradCam", "Occlusion", "IntegratedGradients"):
        pill = page.get_by_role("button", name=words.method(kind), exact=True)
        if pill.count() and (pill.get_attribute("aria-pressed") == "true") != (kind in kinds):
            with waits.rerun(page):
                pill.click()
    page.get_by_role("button", name="Explain", exact=True).click()
    for kind in kinds:
        card = page.locator(f".st-key-answer-{kind}")
        expect(card.get_by_text(re.compile("Supported|Doubtful|Not supported|Not tried")).first).to_be_visible(
            timeout=SLOW
        )


def found(run: RunFolder, kind: str) -> tuple[Value, dict[str, Any]]:
    """What a method answered, as it lies on disk, with its summary."""
    for file in run.explanations.glob("*/summary.json"):
        summary = read_record(file) or {}
        if summary.get("method") == kind and not (read_record(file.parent / "request.json") or {}).get("passing"):
            return Value.load(file.parent / "answer"), summary
    raise AssertionError(f"{kind} left no answer")


def network_says(page: Page, run: RunFolder, change: Callable[[Opened, Tensor], Tensor]) -> tuple[str, float]:
    """What the network itself says to the shown example after a change: the likeliest class, and how sure it is."""
    opened = load(run)
    name = next(iter(opened.data.fields.inputs))
    index = int(re.search(r"example=(\d+)", page.url)[1])  # type: ignore[index]
    x = change(opened, opened.data.test.columns[name][index : index + 1].clone())
    with torch.no_grad():
        said = next(iter(opened.task.predict(opened.networks, {name: x}, opened.data.fields).values()))
    assert isinstance(said.kind, Category)
    best = int(said.data[0].argmax())
    return said.kind.names[best], 100 * float(said.data[0, best])


def agrees(page: Page, told: tuple[str, float], within: float) -> None:
    """What the page comes to say is what the network says, to so many points."""
    cells = says(page).locator("tr").first.locator("th, td")
    expect(cells.first).to_have_text(told[0], timeout=SLOW)
    waits.until(
        page, lambda: abs(float(cells.last.inner_text().removesuffix(" %")) - told[1]) <= within,
        lambda: f"the page says {cells.last.inner_text()}, the network {told[1]:.2f} %",
    )  # fmt: skip


def says(page: Page) -> Locator:
    """What the network says to the changed example."""
    return page.locator(".dlviz-ask .says:not([aria-busy])")


def test_a_picture_is_asked_why_and_painted_over(tab, trained_digits):
    page = opened(tab, trained_digits, "why")
    asked(page, "GradCam", "Occlusion")
    card = page.locator(".st-key-answer-Occlusion")
    answer, summary = found(trained_digits, "Occlusion")
    assert (
        np.ptp(answer.data) > 0 and summary["target_name"] in page.get_by_text(re.compile("^Why .*")).last.inner_text()
    )
    expect(card.get_by_text(f"score {words.number(summary['score'])}")).to_be_visible()
    card.get_by_text("How it was tried").click()
    expect(card.get_by_text("Does what it highlights matter?")).to_be_visible(timeout=SLOW)
    expect(card.locator(".js-plotly-plot")).to_have_count(2)  # its map, and the curves of what was removed and shown
    page.get_by_role("radio", name=re.compile("Ask back")).click()
    expect(says(page).locator("tr").first).to_be_visible(timeout=SLOW)
    before = says(page).inner_text()
    expect(page.locator(".dlviz-ask .map")).to_be_visible(timeout=SLOW)
    # a black brush as wide as half the picture, by keyboard alone
    page.get_by_role("radio", name="Black").press("Enter")
    page.get_by_role("slider", name="Width of the brush in pixels").press("End")
    canvas = page.locator(".dlviz-ask .frame canvas")
    canvas.focus()
    canvas.press("Space")
    expect(says(page)).not_to_have_text(before, timeout=SLOW, use_inner_text=True)

    def blackened(opened: Opened, x: Tensor) -> Tensor:
        x[..., 3:7, 3:7] = opened.data.train.columns["image"].min()  # the brush is four wide, about the middle
        return x

    agrees(page, network_says(page, trained_digits, blackened), 1)
    canvas.press("Control+z")
    expect(page.locator(".dlviz-ask .state").first).to_contain_text("Still", timeout=SLOW)
    # a muted layer costs something, and is taken back
    page.get_by_role("button", name="Mute", exact=True).click()
    page.get_by_role("button", name="Measure what it costs each class").click()
    expect(page.locator(".dlviz-ask .cost tbody tr")).to_have_count(11, timeout=SLOW)
    page.get_by_role("button", name=re.compile("speak again")).click()
    expect(page.locator(".dlviz-ask .muted li")).to_have_count(0)
    expect(page.locator(".dlviz-ask .state").first).to_contain_text("Still", timeout=SLOW)
    healthy(page)


def test_methods_are_held_side_by_side(tab, trained_digits):
    page = opened(tab, trained_digits, "compare")
    page.get_by_role("button", name="Compare", exact=True).click()
    expect(page.get_by_text("Do they order the parts alike?")).to_be_visible(timeout=SLOW)
    expect(page.locator("ol li").first).to_contain_text(re.compile("Supported|Doubtful|Not supported"))
    healthy(page)


def test_a_row_is_asked_why_and_its_cells_are_moved(tab, learned):
    page = opened(tab, learned("row"), "why")
    asked(page, "IntegratedGradients")
    answer, summary = found(learned("row"), "IntegratedGradients")
    assert abs(summary["gap"]) < 0.05 * abs(float(answer.data.sum()))
    shown = f"completeness gap {words.number(abs(summary['gap']))} (sum {words.number(float(answer.data.sum()))})"
    expect(page.get_by_text(shown)).to_be_visible()
    page.get_by_role("radio", name=re.compile("Ask back")).click()
    expect(says(page).locator("tr")).to_have_count(2, timeout=SLOW)
    before = says(page).inner_text()
    for cell in range(30):  # everything as large as it ever was
        page.locator(".dlviz-ask .cell input").nth(cell).press("End")
    expect(says(page)).not_to_have_text(before, timeout=SLOW, use_inner_text=True)
    expect(page.locator(".dlviz-ask .cell.changed")).to_have_count(30)
    sizes = [float(cell.input_value()) for cell in page.locator(".dlviz-ask .cell input").all()]

    def enlarged(opened: Opened, x: Tensor) -> Tensor:
        encoder = opened.data.encoders[next(iter(opened.data.fields.inputs))]
        names = next(iter(opened.data.fields.inputs.values())).names  # type: ignore[attr-defined]
        return encoder.encode(DataFrame([sizes], columns=list(names))).to(x)

    agrees(page, network_says(page, learned("row"), enlarged), 0.5)
    page.get_by_role("button", name="As it was").click()
    expect(page.locator(".dlviz-ask .cell.changed")).to_have_count(0)
    expect(page.locator(".dlviz-ask .state").first).to_contain_text("Still", timeout=SLOW)
    healthy(page)


def test_a_sentence_is_asked_why_and_rewritten_on_a_phone(phone, learned):
    page = opened(phone, learned("sentence"), "why")
    asked(page, "Occlusion")
    fits(page)
    page.get_by_role("radio", name=re.compile("Ask back")).click()
    expect(says(page).locator("tr").first).to_be_visible(timeout=SLOW)
    before = says(page).inner_text()
    box = page.locator(".dlviz-ask textarea")
    text = f"not {box.input_value()} at all not"
    box.fill(text)
    expect(says(page)).not_to_have_text(before, timeout=SLOW, use_inner_text=True)
    agrees(
        page,
        network_says(page, learned("sentence"), lambda opened, x: opened.data.encoders["text"].encode([text])),
        0.06,
    )
    expect(page.locator(".dlviz-ask .words span").first).to_be_visible(timeout=SLOW)
    fits(page)
    box.fill("")
    expect(page.locator(".dlviz-ask .state.wrong")).to_contain_text("Type at least one word", timeout=SLOW)
    healthy(page)


def test_a_sound_is_asked_why_heard_and_silenced(tab, learned):
    page = opened(tab, learned("sound"), "why")
    asked(page, "Occlusion")
    heard = page.get_by_label("Listen to the part that mattered").first
    expect(heard).to_have_attribute("src", re.compile("^data:audio/wav"), timeout=SLOW)
    page.get_by_role("radio", name=re.compile("Ask back")).click()
    expect(says(page).locator("tr").first).to_be_visible(timeout=SLOW)
    before = says(page).inner_text()
    strip = page.locator(".dlviz-ask svg.strip")
    box = strip.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 4, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 0.7 * box["width"], box["y"] + 20, steps=4)
    page.mouse.up()
    expect(says(page)).not_to_have_text(before, timeout=SLOW, use_inner_text=True)

    def silenced(opened: Opened, x: Tensor) -> Tensor:
        x[..., round(4 / box["width"] * x.shape[-1]) : round(0.7 * x.shape[-1])] = 0
        return x

    agrees(page, network_says(page, learned("sound"), silenced), 1)
    samples = page.evaluate(SAMPLES)  # what one hears is what the network was asked about
    assert not any(samples[len(samples) // 10 : len(samples) * 6 // 10]) and any(samples[-len(samples) // 5 :])
    healthy(page)


def test_the_whole_network_is_asked_and_its_card_written(tab, learned):
    page = tab.open(f"/explain?run={learned('row').id}&about=network")
    page.get_by_role("button", name="Write it").click(timeout=SLOW)
    expect(page.get_by_role("button", name="Markdown")).to_be_visible(timeout=SLOW)
    card = page.frame_locator("iframe").first
    expect(card.get_by_role("heading").first).to_be_visible(timeout=SLOW)
    page.get_by_role("button", name="Permutation importance", exact=True).click()
    study = page.locator(".st-key-study-PermutationImportance")
    study.get_by_role("button", name="Ask", exact=True).click()
    expect(study.locator(".js-plotly-plot").first).to_be_visible(timeout=SLOW)
    healthy(page)


def test_a_concept_is_shown_by_examples_that_one_clicks(tab, trained_digits):
    page = tab.open(f"/explain?run={trained_digits.id}&about=network")
    page.get_by_role("button", name="TCAV", exact=True).click(timeout=SLOW)
    card = page.locator(".st-key-study-Tcav")
    ask, examples = card.get_by_role("button", name="Ask", exact=True), card.get_by_role("option")
    expect(ask).to_be_disabled(timeout=SLOW)
    with waits.rerun(page):
        examples.nth(0).click()
    with waits.rerun(page):
        examples.nth(3).click(modifiers=["Shift"])  # all from the one before to here
    expect(card.get_by_text("4 examples.")).to_be_visible(timeout=SLOW)
    examples.nth(3).press("ArrowRight")
    with waits.rerun(page):
        page.keyboard.press("Space")
    expect(card.get_by_text("5 examples.")).to_be_visible(timeout=SLOW)
    ask.click()
    expect(card.locator(".js-plotly-plot").first).to_be_visible(timeout=SLOW)
    healthy(page)
