"""The panels of the drawing board in a real browser: palette, settings, list, code, and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from dlviz.runs.drafts import Drafts
from tests.ui import waits
from tests.ui.access import grave

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SLOW = 180_000


class Desk:
    """The page Build in a tab, with a draft of its own."""

    def __init__(self, tab: Any, home: Any, **document: Any) -> None:
        self.drafts = Drafts(home)
        self.draft = self.drafts.new({"version": 1, "data": {"kind": "Digits"}, **document})
        self.page: Page = tab.open(f"/build?draft={self.draft}")
        expect(self.page.get_by_role("heading", name=re.compile("as a whole"))).to_be_visible(timeout=SLOW)

    def tab(self, name: str) -> None:
        self.page.get_by_role("tab", name=name, exact=True).click()

    def node(self, path: str) -> Locator:
        return self.page.locator(f".canvas [data-path='{path}']")

    def choose(self, name: str, role: str = "model") -> None:
        """Choose a layer in the list, and go to its settings."""
        self.tab("List")
        self.page.locator(f"li.row[data-path='{role}.{name}'] .main").click()
        self.tab("Layer")

    def entry(self, name: str, role: str = "model") -> dict[str, Any]:
        entries = self.drafts.read(self.draft)["networks"][role]
        return next((entry for entry in entries if entry["name"] == name), {})

    def saved(self, name: str, setting: str, value: object) -> None:
        """Wait until the draft on disk says so."""
        found = lambda: self.entry(name).get(setting)  # noqa: E731
        waits.until(self.page, lambda: found() == value, lambda: f"{setting} is {found()!r} on disk")

    def rest(self) -> None:
        """Wait until the board shows what is on disk, what stands around it tells of that, and nothing moves."""
        waits.at_rest(self.page.locator(".board"), self.drafts, self.draft)


@pytest.fixture
def desk(tab, served) -> Iterator[Desk]:
    yield Desk(tab, served.home)


def test_settings_follow_the_hand_and_keep_the_cursor(desk):
    page = desk.page
    desk.choose("conv1")
    field = page.get_by_label("Out channels", exact=True)
    field.fill("")
    field.press_sequentially("24", delay=250)  # the answer to 2 comes while 4 is typed
    expect(field).to_be_focused()
    expect(field).to_have_value("24")
    expect(page.locator(".facts .out")).to_have_text("24 × 8 × 8")
    desk.saved("conv1", "out_channels", 24)
    field.press("ArrowUp")
    expect(page.locator(".facts .out")).to_have_text("25 × 8 × 8")
    field.press("Shift+ArrowUp")
    expect(field).to_have_value("50")
    expect(page.locator(".facts .out")).to_have_text("50 × 8 × 8")
    # what breaks a rule is told and not sent
    field.fill("70000")
    expect(page.locator("[data-setting=out_channels] .wrong")).to_contain_text("at most 65,536")
    field.fill("many")
    expect(page.locator("[data-setting=out_channels] .wrong")).to_contain_text("a whole number or auto")
    assert desk.entry("conv1")["out_channels"] == 50
    # undo is shown in the field, too
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Stride", exact=True).focus()
    expect(page.locator(".facts .out")).to_have_text("25 × 8 × 8")
    expect(field).to_have_value("25")


def test_words_pairs_and_switches_are_settings_too(desk):
    page = desk.page
    desk.choose("conv1")
    padding = page.locator("[data-setting=padding]")
    padding.get_by_role("button", name="same", exact=True).click()
    expect(padding.get_by_role("button", name="same", exact=True)).to_have_attribute("aria-pressed", "true")
    desk.saved("conv1", "padding", "same")
    kernel = page.get_by_label("Kernel size", exact=True)
    kernel.fill("3x5")
    desk.saved("conv1", "kernel_size", [3, 5])
    kernel.press("Tab")
    expect(kernel).to_have_value("3 × 5")
    page.get_by_role("button", name="Kernel size: Back to 3").click()
    expect(kernel).to_have_value("3")
    page.locator(".form summary").click()
    page.get_by_role("switch", name="Bias").uncheck()
    desk.saved("conv1", "bias", False)
    page.get_by_role("combobox", name="Padding mode").select_option("reflect")
    desk.saved("conv1", "padding_mode", "reflect")
    page.get_by_text("Its weights before training").click()
    expect(page.get_by_role("img", name=re.compile(r"^288 weights from -0\.\d+ to 0\.\d+"))).to_be_visible()
    page.get_by_role("button", name="What is padding mode?").click()
    expect(page.locator("[data-setting=padding_mode] .help")).to_contain_text("What fills the rim")


def test_a_layer_is_renamed_rewired_and_exchanged(desk):
    page = desk.page
    desk.choose("relu1")
    name = page.get_by_label("Name of the layer")
    name.fill("bend")
    name.press("Enter")
    expect(desk.node("model.bend")).to_have_count(1)
    expect(name).to_be_focused()
    name = page.get_by_label("Name of the layer")
    name.fill("1st")
    name.press("Enter")
    expect(page.locator(".one header .wrong")).to_contain_text("starts with a letter")
    name.press("Escape")
    page.get_by_label("Put another kind of layer in its place").select_option("Tanh")
    expect(page.get_by_role("heading", name="Tanh", exact=True)).to_be_visible()
    desk.choose("conv2")
    reads = page.locator(".reads li")
    page.get_by_label("Connect an input").select_option("model.conv1")
    expect(reads.first).to_contain_text("conv1")
    assert "model.fc1" not in page.get_by_label("Connect an input").inner_html(), "no circle can be drawn"


def test_the_palette_finds_by_other_words_and_adds_after_the_chosen_layer(desk):
    page = desk.page
    desk.choose("relu1")
    search = page.get_by_label("Search layers and blocks")
    search.fill("batch")
    expect(page.locator(".where").first).to_contain_text("Goes after relu1, which gives 32 × 8 × 8")
    search.press("Enter")  # of three kinds the one that takes pictures
    expect(desk.node("model.batchnorm2d")).to_have_count(1)
    assert desk.entry("batchnorm2d")["inputs"] == ["relu1"]
    search.fill("dense")
    expect(page.locator(".chip:visible")).to_have_text(["Linear"])
    expect(page.locator(".chip:visible")).to_have_class(re.compile("unfit"))
    search.fill("zzz")
    expect(page.get_by_text("No layer or block answers to that.")).to_be_visible()
    search.fill("residual")
    page.locator(".chip:visible").first.hover()
    card = page.get_by_role("tooltip")
    expect(card).to_contain_text("He et al.")


def test_a_layer_is_dragged_out_of_the_palette(desk):
    page = desk.page
    desk.rest()
    before = page.locator(".canvas .node").count()
    page.get_by_label("Search layers and blocks").fill("dropout2d")
    chip = page.locator(".chip:visible")
    expect(chip).to_have_text(["Dropout2d"])
    place = chip.bounding_box()
    stage = page.locator(".stage").bounding_box()
    assert place and stage
    page.mouse.move(place["x"] + 10, place["y"] + 8)
    page.mouse.down()
    page.mouse.move(stage["x"] + 200, stage["y"] + 100, steps=8)
    expect(page.locator(".ghost")).to_be_visible()
    page.mouse.up()
    expect(page.locator(".ghost")).to_have_count(0)
    expect(page.locator(".canvas .node")).to_have_count(before + 1)
    assert desk.entry("dropout2d")["kind"] == "Dropout2d"


def test_list_and_canvas_choose_alike_and_blocks_open_in_both(desk):
    page = desk.page
    desk.tab("List")
    rows = page.locator("li.row")
    rows.nth(1).locator(".main").click()
    expect(desk.node("model.conv1")).to_have_attribute("aria-selected", "true")
    rows.nth(1).locator(".main").press("ArrowDown")
    expect(rows.nth(2).locator(".main")).to_be_focused()
    page.keyboard.press("Control+g")
    block = rows.nth(2)
    expect(block).to_have_attribute("data-path", re.compile("block"))
    block.locator(".main").focus()
    page.keyboard.press("ArrowRight")
    expect(block.locator("li.row")).to_have_count(2)
    path = block.get_attribute("data-path")
    desk.tab("Layer")
    title = page.get_by_label("Title (its class in the code)")
    title.fill("Bend")
    title.press("Enter")
    page.get_by_label("Copies in a row").fill("3")  # while the title is on its way
    page.get_by_label("Copies in a row").press("Enter")
    expect(page.get_by_role("heading", name="Bend", exact=True)).to_be_visible()
    name = str(path).rpartition(".")[2]
    desk.saved(name, "title", "Bend")
    desk.saved(name, "repeat", 3)
    page.get_by_role("button", name="Ungroup").click()
    expect(page.locator(f".canvas [data-path='{path}']")).to_have_count(0)


def test_a_block_brings_the_size_that_comes_in_and_shows_what_is_wrong_inside(desk):
    page = desk.page
    desk.choose("relu1")
    search = page.get_by_label("Search layers and blocks")
    search.fill("residual")
    search.press("Enter")
    expect(page.get_by_role("heading", name="What Residual is")).to_be_visible()
    desk.saved("residual", "settings", {"channels": 32})
    expect(page.locator(".problem:visible")).to_have_count(0)
    channels = page.get_by_label("Channels", exact=True)
    channels.fill("20")
    expect(page.locator(".side-layer .problem").first).to_be_visible()  # it stands at the sum inside the closed block
    desk.tab("List")
    desk.saved("residual", "settings", {"channels": 20})
    desk.rest()  # a row that is drawn anew between a press and its end hears no click
    row = page.locator("li.row[data-path='model.residual']")
    expect(row).to_have_class(re.compile("bad"))
    row.locator(".mend").first.click()
    expect(page.locator(".problem:visible")).to_have_count(0)


def test_a_setting_is_lifted_out_of_a_block_and_given_back(desk):
    page = desk.page
    desk.tab("List")
    page.locator("li.row[data-path='model.conv1'] .main").click()
    page.keyboard.press("Control+g")
    block = page.locator("li.row[data-path*=block]").first
    expect(block).to_be_visible()
    path = str(block.get_attribute("data-path"))
    block.locator(".main").first.focus()
    page.keyboard.press("ArrowRight")
    page.locator(f"li.row[data-path='{path}.conv1'] .main").click()
    desk.tab("Layer")
    page.get_by_role("button", name="Lift out: out channels").click()
    desk.tab("List")
    block.locator(".main").first.click()
    desk.tab("Layer")
    lifted = page.get_by_label("Out channels", exact=True)
    expect(lifted).to_have_value("32")
    lifted.fill("12")
    expect(page.locator(".facts .out")).to_have_text("12 × 8 × 8")
    lifted.fill("0")
    expect(page.locator("[data-setting=out_channels] .wrong")).to_contain_text("at least 1")


def test_the_code_follows_and_marks_the_chosen_layer(desk):
    page = desk.page
    desk.tab("Code")
    code = page.get_by_label("The drawing as PyTorch", exact=True)
    expect(code).to_contain_text("self.conv1 = nn.Conv2d(1, 32")
    desk.choose("conv1")
    page.get_by_label("Out channels", exact=True).fill("20")
    expect(page.locator(".facts .out")).to_have_text("20 × 8 × 8")
    desk.tab("Code")
    expect(code).to_contain_text("nn.Conv2d(1, 20")
    expect(page.locator(".line.marked").first).to_contain_text("conv1")
    with page.expect_download() as download:
        page.get_by_role("button", name="network.py").click()
    assert "nn.Conv2d(1, 20" in download.value.path().read_text(encoding="utf-8")
    with page.expect_download() as download:
        page.get_by_role("button", name="PNG").click()
    assert download.value.path().read_bytes().startswith(b"\x89PNG")
    with page.expect_download() as download:
        page.get_by_role("button", name="SVG").click()
    assert download.value.path().read_text(encoding="utf-8").startswith("<svg")


def test_a_link_brings_the_drawing_to_any_page(desk, tab):
    page = desk.page
    page.get_by_role("button", name="Share").click()
    field = page.get_by_label("The link")
    expect(field).to_have_value(re.compile(r"/build#draft=[\w-]{50,}$"))
    link = field.input_value()
    page.goto("about:blank")
    page.goto(link.replace("/build#", "/runs#"))
    page.wait_for_url(re.compile(r"/build\?draft=(?!" + desk.draft + ")"), timeout=SLOW)
    expect(page.locator(".canvas .node").first).to_be_visible(timeout=SLOW)
    page.goto("about:blank")
    page.goto(tab.address + "/runs#draft=rubbish")
    expect(page.get_by_role("dialog")).to_contain_text("Copy it again", timeout=SLOW)


def test_the_page_around_follows_and_leaves_the_board_as_it_is(desk):
    page = desk.page
    board = page.locator(".board")
    board.evaluate("board => (board.marked = true)")
    totals = page.locator(".st-key-action-bar")
    expect(totals).to_contain_text("85,066")
    desk.choose("conv1")
    page.get_by_label("Out channels", exact=True).fill("8")
    expect(totals).not_to_contain_text("85,066", timeout=SLOW)
    desk.rest()  # the folds around are drawn anew, too: pressed before that, one of them would shut again
    # an edit of the recipe is a version too: the board's undo takes it back, and the page shows it
    training = page.locator("summary").filter(has_text="examples a step")
    training.click()
    epochs = page.get_by_role("spinbutton", name="Epochs")
    before = epochs.input_value()
    epochs.fill("3")
    epochs.press("Enter")
    expect(training).to_contain_text("3 epochs", timeout=SLOW)
    expect(epochs).to_have_value("3")  # the fold stays open while its line tells of the edit
    page.get_by_role("button", name="Undo").click()
    expect(training).to_contain_text(f"{before} epochs", timeout=SLOW)
    expect(page.get_by_label("Out channels", exact=True)).to_have_value("8")
    assert board.evaluate("board => board.marked === true"), "the board was made anew"


def test_an_empty_board_leads_to_the_gallery(desk):
    page = desk.page
    page.get_by_role("button", name="Start from").click()
    page.get_by_role("button", name="Empty network").click()
    expect(page.locator(".canvas .node")).to_have_count(1, timeout=SLOW)
    page.locator(".canvas .node").click()
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Begin with a template").click()
    gallery = page.get_by_role("dialog")
    expect(gallery).to_contain_text("Made for this task and data.", timeout=SLOW)
    gallery.get_by_role("button", name="MLP", exact=True).click()
    expect(page.locator(".canvas .node").nth(2)).to_be_visible(timeout=SLOW)
    assert len(desk.drafts.read(desk.draft)["networks"]["model"]) > 3


def test_two_networks_stand_on_one_board(tab, served):
    desk = Desk(tab, served.home, task={"kind": "Gan"})
    expect(desk.page.locator(".canvas [data-path^='generator.']").first).to_be_visible()
    expect(desk.page.locator(".canvas [data-path^='discriminator.']").first).to_be_visible()
    desk.tab("List")
    expect(desk.page.get_by_role("list", name="Layers of the generator, in order")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_the_page_keeps_anybody_out(tab, served, scheme):
    tab.page.emulate_media(color_scheme=scheme)
    desk = Desk(tab, served.home)
    page = desk.page
    desk.rest()
    assert grave(page) == []
    for name in ("List", "Layer", "Code"):
        desk.choose("conv1")
        desk.tab(name)
        expect(page.get_by_role("tab", name=name, exact=True)).to_have_attribute("aria-selected", "true")
        assert grave(page) == [], name
    desk.tab("List")
    page.locator("li.row[data-path='model.flatten'] .main").press("Delete")
    expect(page.locator("li.row .problem").first).to_be_visible()
    assert grave(page) == [], "with a problem"
    page.locator("li.row .main").nth(1).press("a")
    expect(page.get_by_role("combobox", name="Add a layer or block")).to_be_visible()
    assert grave(page) == [], "while adding"
