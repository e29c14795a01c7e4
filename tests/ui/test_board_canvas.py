"""The drawing board in a browser: by mouse, by keyboard, by finger; what is done stands in the draft on disk."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from dlviz.runs.drafts import Drafts
from tests.ui import waits

if TYPE_CHECKING:
    from conftest import Served, Tab
    from playwright.sync_api import Browser, Locator, Page

pytestmark = pytest.mark.browser

CHAIN = [
    {"name": "image", "kind": "Input", "inputs": []},
    {"name": "conv1", "kind": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1, "inputs": ["image"]},
    {"name": "relu1", "kind": "ReLU", "inputs": ["conv1"]},
    {"name": "flatten", "kind": "Flatten", "inputs": ["relu1"]},
    {"name": "output", "kind": "Linear", "out_features": 10, "inputs": ["flatten"]},
]
BLOCK = {
    "name": "stage", "kind": "Block", "title": "Stage", "repeat": 2, "settings": {}, "open": False, "inputs": ["conv1"],
    "nodes": [
        {"name": "input", "kind": "Input", "inputs": []},
        {"name": "act", "kind": "ReLU", "inputs": ["input"]},
    ],
}  # fmt: skip
WITH_BLOCK = [*CHAIN[:2], BLOCK, {"name": "flatten", "kind": "Flatten", "inputs": ["stage"]}, CHAIN[4]]


class Drawing:
    """One draft on the canvas of one tab."""

    def __init__(self, page: Page, drafts: Drafts, draft: str) -> None:
        self.page, self.drafts, self.draft = page, drafts, draft

    def node(self, name: str) -> Locator:
        return self.page.locator(f'.drawing .node[data-path="model.{name}"]')

    def body(self, name: str) -> Locator:
        return self.node(name).locator("> .body")

    def middle(self, name: str, part: str = ".body") -> tuple[float, float]:
        """Where a part of a node is on the screen. Asked in one go: an answer of the server may just draw it anew."""
        found = self.node(name).evaluate(
            """(node, part) => {
              const { x, y, width, height } = node.querySelector(`:scope > ${part}`).getBoundingClientRect();
              return [x + width / 2, y + height / 2];
            }""",
            part,
        )
        return found[0], found[1]

    def port(self, name: str, side: str) -> tuple[float, float]:
        return self.middle(name, f".port.{side} > .dot")

    def edge(self, start: str, end: str) -> tuple[float, float]:
        """The middle of an edge on the screen."""
        found = self.page.locator(".drawing").evaluate(
            """(svg, [from, to]) => {
              const group = [...svg.querySelectorAll(".edge")].find(({ edge }) => edge.from === from && edge.to === to);
              const line = group.querySelector(".line");
              const { x, y } = line.getPointAtLength(line.getTotalLength() / 2).matrixTransform(line.getScreenCTM());
              return [x, y];
            }""",
            [f"model.{start}", f"model.{end}"],
        )
        return found[0], found[1]

    def ground(self) -> tuple[float, float]:
        """A place of the canvas on which nothing stands."""
        box = self.page.locator(".drawing").bounding_box()
        assert box is not None
        return box["x"] + 40, box["y"] + 60

    def press(self, at: tuple[float, float], to: tuple[float, float]) -> None:
        """Drag with the mouse."""
        self.page.mouse.move(*at)
        self.page.mouse.down()
        self.page.mouse.move((at[0] + to[0]) / 2, (at[1] + to[1]) / 2, steps=3)
        self.page.mouse.move(*to, steps=3)
        self.page.mouse.up()

    def entries(self) -> dict[str, dict[str, Any]]:
        """The network on disk, by name."""
        return {entry["name"]: entry for entry in self.drafts.read(self.draft)["networks"]["model"]}

    def reads(self) -> dict[str, list[str]]:
        return {name: entry["inputs"] for name, entry in self.entries().items()}

    def until(self, holds: Callable[[], bool], what: str) -> None:
        """Wait until the draft on disk, or the page, is as it should be. What is on disk may be there before the page
        has the answer; whoever goes on after this finds both."""
        told = f"{what}. The draft reads: {{}}; it is said: {{!r}}".format
        waits.until(self.page, holds, lambda: told(self.reads(), self.said()))
        waits.answered(self.board(), self.drafts, self.draft)

    def board(self) -> Locator:
        return self.page.locator(".board")

    def rest(self) -> None:
        """Wait until nothing moves any more: a place on the screen asked for now is right when the mouse is there."""
        waits.at_rest(self.board(), self.drafts, self.draft)

    def said(self) -> str:
        return self.page.locator(".board > .spoken").text_content() or ""

    def selected(self) -> set[str]:
        chosen = self.page.locator('.drawing .node[aria-selected="true"]').evaluate_all(
            "(all) => all.map((one) => one.dataset.path)"
        )
        return {path.removeprefix("model.") for path in chosen}

    def held(self) -> str:
        """What has the focus: a node's path, else the setting whose field it is, else nothing."""
        return self.page.evaluate(
            """() => {
              let at = document.activeElement;
              while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
              return at?.dataset?.path ?? at?.closest?.("[data-setting]")?.dataset.setting ?? "";
            }"""
        )

    def transform(self) -> list[float]:
        """x, y, zoom of the view."""
        text = self.page.locator(".drawing > .world").get_attribute("transform") or ""
        return [float(number) for number in re.findall(r"-?[\d.]+(?:e-?\d+)?", text)]


def drawn(tab: Tab, served: Served, network: list[dict[str, Any]] | None = None) -> Drawing:
    drafts = Drafts(served.home)
    document = {"version": 1, "title": "Drawn", "data": {"kind": "Digits"}, "networks": {"model": network or CHAIN}}
    draft = drafts.new(document)
    page = tab.open(f"/build?draft={draft}")
    drawing = Drawing(page, drafts, draft)
    drawing.node("image").wait_for(timeout=180_000)
    drawing.rest()
    return drawing


@pytest.fixture
def drawing(tab: Tab, served: Served) -> Drawing:
    return drawn(tab, served)


def test_a_click_in_the_palette_adds_after_the_chosen_layer(drawing: Drawing) -> None:
    drawing.body("conv1").click()
    drawing.page.locator(".palette-panel").get_by_role("button", name="BatchNorm2d", exact=True).click()
    drawing.until(lambda: drawing.reads().get("relu1") == ["batchnorm2d"], "the new layer stands after conv1")
    assert drawing.reads()["batchnorm2d"] == ["conv1"]
    drawing.until(lambda: drawing.selected() == {"batchnorm2d"}, "the new layer is chosen")


def test_a_layer_dragged_onto_an_edge_goes_between(drawing: Drawing) -> None:
    chip = drawing.page.locator(".palette-panel").get_by_role("button", name="Dropout2d", exact=True)
    chip.scroll_into_view_if_needed()
    box = chip.bounding_box()
    assert box is not None
    at = drawing.edge("relu1", "flatten")
    drawing.page.mouse.move(box["x"] + 12, box["y"] + 12)
    drawing.page.mouse.down()
    drawing.page.mouse.move(*at, steps=6)
    drawing.page.locator(".edge.lit").wait_for(state="attached")
    drawing.page.mouse.up()
    drawing.until(lambda: drawing.reads().get("flatten") == ["dropout2d"], "it stands on the edge")
    assert drawing.reads()["dropout2d"] == ["relu1"]


def test_a_layer_is_added_by_typing(drawing: Drawing) -> None:
    drawing.body("relu1").click()
    drawing.page.keyboard.press("a")
    drawing.page.keyboard.type("maxpool2")
    drawing.page.keyboard.press("Enter")
    drawing.until(lambda: drawing.reads().get("flatten") == ["maxpool2d"], "typed and entered")
    drawing.until(lambda: "MaxPool2d" in drawing.said(), "it is spoken")


def test_a_dragged_node_snaps_stays_and_comes_back(drawing: Drawing) -> None:
    x, y = drawing.middle("relu1")
    drawing.press((x, y), (x + 10, y + 120))
    drawing.until(lambda: "at" in drawing.entries()["relu1"], "its place is in the draft")
    place = drawing.entries()["relu1"]["at"]
    assert place[1] > 60 and place[1] % 8 == 0, place
    drawing.page.keyboard.press("Control+z")
    drawing.until(lambda: "at" not in drawing.entries()["relu1"], "undone")
    drawing.until(lambda: abs(drawing.middle("relu1")[1] - y) < 2, "it is drawn where it was")


def test_a_node_dragged_onto_an_edge_leaves_its_chain(drawing: Drawing) -> None:
    drawing.press(drawing.middle("relu1"), drawing.edge("flatten", "output"))
    drawing.until(
        lambda: (
            drawing.reads()
            == {"image": [], "conv1": ["image"], "flatten": ["conv1"], "relu1": ["flatten"], "output": ["relu1"]}
        ),
        "relu1 stands between flatten and output",
    )


def test_ports_are_connected_by_dragging_and_a_circle_is_refused(drawing: Drawing) -> None:
    drawing.page.keyboard.press("Escape")
    drawing.body("relu1").click()
    drawing.page.keyboard.press("a")
    drawing.page.keyboard.type("add")
    drawing.page.keyboard.press("Enter")
    drawing.until(lambda: "add" in drawing.reads(), "an Add stands after relu1")
    drawing.rest()
    drawing.press(drawing.port("conv1", "out"), drawing.middle("add"))
    drawing.until(lambda: drawing.reads()["add"] == ["relu1", "conv1"], "a skip reaches the Add")
    drawing.rest()
    x, y = drawing.port("add", "out")
    drawing.page.mouse.move(x, y)
    drawing.page.mouse.down()
    drawing.page.mouse.move(*drawing.middle("conv1"), steps=4)
    expect(drawing.node("conv1")).to_have_class(re.compile("barred"))
    expect(drawing.page.locator(".drawing .hint")).to_contain_text("circle")
    drawing.page.mouse.up()
    drawing.until(lambda: "circle" in drawing.said(), "the reason is spoken")
    assert drawing.reads()["conv1"] == ["image"]


def test_an_edge_dropped_on_the_ground_asks_for_the_layer_that_shall_read(drawing: Drawing) -> None:
    x, y = drawing.port("conv1", "out")
    drawing.press((x, y), (x + 60, y + 130))
    drawing.page.keyboard.type("sigmoid")
    drawing.page.keyboard.press("Enter")
    drawing.until(lambda: drawing.reads().get("sigmoid") == ["conv1"], "a branch from conv1")
    assert drawing.reads()["relu1"] == ["conv1"], "the chain stays as it is"
    drawing.page.keyboard.press("Control+z")
    drawing.until(lambda: "sigmoid" not in drawing.reads(), "one step back takes all of it away")


def test_connecting_by_keyboard(drawing: Drawing) -> None:
    drawing.body("flatten").click()
    drawing.page.keyboard.press("Home")
    drawing.until(lambda: drawing.selected() == {"image"}, "Home goes to the first")
    drawing.page.keyboard.press("ArrowRight")
    drawing.until(lambda: drawing.selected() == {"conv1"}, "an arrow walks along the edge")
    drawing.page.keyboard.press("c")
    drawing.until(lambda: "Connect conv1 to" in drawing.said(), "a target is offered")
    for _ in range(6):
        if "Connect conv1 to flatten" in drawing.said():
            break
        drawing.page.keyboard.press("ArrowRight")
    drawing.page.keyboard.press("Enter")
    drawing.until(lambda: drawing.reads()["flatten"] == ["conv1"], "flatten now reads conv1: it takes one input")


def test_an_edge_is_chosen_removed_and_taken_elsewhere(drawing: Drawing) -> None:
    drawing.page.mouse.move(*drawing.edge("conv1", "relu1"))
    drawing.until(lambda: "8 × 8 × 8" in (drawing.page.locator(".flow").text_content() or ""), "it tells what flows")
    drawing.page.mouse.click(*drawing.edge("conv1", "relu1"))
    drawing.page.locator(".edge.selected").wait_for(state="attached")
    drawing.page.keyboard.press("Delete")
    drawing.until(lambda: drawing.reads()["relu1"] == [], "the edge is gone, the layers stay")
    drawing.page.keyboard.press("Control+z")
    drawing.until(lambda: drawing.reads()["relu1"] == ["conv1"], "undone")
    drawing.rest()
    drawing.press(drawing.port("relu1", "in"), drawing.middle("flatten"))
    drawing.until(
        lambda: drawing.reads()["flatten"] == ["conv1"] and drawing.reads()["relu1"] == [], "its end moved on"
    )


def test_a_layer_is_added_on_the_chosen_edge(drawing: Drawing) -> None:
    drawing.page.mouse.click(*drawing.edge("relu1", "flatten"))
    drawing.page.locator(".palette-panel").get_by_role("button", name="Dropout2d", exact=True).click()
    drawing.until(lambda: drawing.reads().get("flatten") == ["dropout2d"], "it stands on the edge")


def test_a_box_selects_and_what_is_selected_goes_together(drawing: Drawing) -> None:
    left, right = drawing.middle("conv1"), drawing.middle("relu1")
    drawing.page.keyboard.down("Shift")
    drawing.press((left[0], left[1] - 90), (right[0], right[1] + 60))
    drawing.page.keyboard.up("Shift")
    drawing.until(lambda: drawing.selected() == {"conv1", "relu1"}, "both are chosen")
    drawing.press(drawing.middle("conv1"), (left[0], left[1] + 100))
    drawing.until(lambda: {"at"} <= set(drawing.entries()["conv1"]) & set(drawing.entries()["relu1"]), "both moved")
    one, other = drawing.entries()["conv1"]["at"], drawing.entries()["relu1"]["at"]
    assert abs(one[1] - other[1]) <= 8
    drawing.page.keyboard.press("Delete")
    drawing.until(
        lambda: drawing.reads() == {"image": [], "flatten": ["image"], "output": ["flatten"]}, "both are gone"
    )


def test_copies_travel_to_another_tab_as_text(drawing: Drawing, tab: Tab, served: Served) -> None:
    page = drawing.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawing.body("conv1").click()
    page.keyboard.down("Shift")
    drawing.body("relu1").click()
    page.keyboard.up("Shift")
    page.keyboard.press("Control+c")
    drawing.until(lambda: drawing.said().strip() == "2 layers copied.", "copying is spoken")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    assert copied["dlviz"] == "nodes" and [node["kind"] for node in copied["nodes"]] == ["Conv2d", "ReLU"]

    other = Drawing(page.context.new_page(), drawing.drafts, drawing.drafts.new(drawing.drafts.read(drawing.draft)))
    other.page.goto(f"{tab.address}/build?draft={other.draft}")
    other.node("relu1").wait_for(timeout=180_000)
    other.rest()
    other.body("relu1").click()
    other.page.keyboard.press("Control+v")
    other.until(
        lambda: other.reads().get("flatten") == ["relu"] or other.reads().get("flatten") == ["relu1_2"],
        "pasted after relu1",
    )
    assert len(other.entries()) == len(CHAIN) + 2
    other.until(lambda: "2 layers added" in other.said(), "pasting is spoken")

    other.page.evaluate("navigator.clipboard.writeText('no layers at all')")
    other.page.keyboard.press("Control+v")
    other.until(lambda: "The clipboard holds no layers" in other.said(), "rubbish gets a sentence")
    other.page.close()


def test_undo_survives_a_refresh(drawing: Drawing) -> None:
    drawing.body("relu1").click()
    drawing.page.keyboard.press("Control+d")
    drawing.until(lambda: len(drawing.entries()) == len(CHAIN) + 1, "duplicated")
    drawing.page.reload()
    drawing.node("relu1").wait_for(timeout=180_000)
    drawing.rest()
    drawing.page.get_by_role("button", name="Undo", exact=True).click()
    drawing.until(
        lambda: drawing.reads() == {entry["name"]: entry["inputs"] for entry in CHAIN}, "undone after the refresh"
    )
    drawing.page.keyboard.press("Control+y")
    drawing.until(lambda: len(drawing.entries()) == len(CHAIN) + 1, "and done again")


def test_the_view_moves_zooms_fits_and_is_kept(drawing: Drawing) -> None:
    page = drawing.page
    stage = page.locator(".canvas").bounding_box()
    assert stage is not None
    for name in ("image", "output"):
        x, y = drawing.middle(name)
        assert stage["x"] < x < stage["x"] + stage["width"] and stage["y"] < y < stage["y"] + stage["height"], name
    before = drawing.transform()
    ground = drawing.ground()
    drawing.press(ground, (ground[0] + 50, ground[1] + 40))
    drawing.until(lambda: drawing.transform()[:2] == pytest.approx([before[0] + 50, before[1] + 40], abs=2), "dragged")
    page.mouse.move(*drawing.middle("conv1"))
    still = drawing.middle("conv1")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    drawing.until(lambda: drawing.transform()[2] > before[2] * 1.1, "zoomed in")
    assert drawing.middle("conv1") == pytest.approx(still, abs=6), "what is under the pointer stays there"
    page.keyboard.press("1")
    drawing.until(lambda: drawing.transform()[2] == pytest.approx(1), "at 100 %")
    page.get_by_role("button", name="Zoom in").click()
    drawing.until(lambda: drawing.transform()[2] == pytest.approx(1.25), "a step nearer")
    drawing.body("conv1").click()
    page.keyboard.press("Control+d")
    drawing.until(lambda: len(drawing.entries()) == len(CHAIN) + 1, "an edit")
    drawing.rest()
    assert drawing.transform()[2] == pytest.approx(1.25), "an edit leaves the zoom alone"
    # the tab keeps the view a moment after it rests
    kept = f"JSON.parse(sessionStorage.getItem('dlviz.board.{drawing.draft}'))?.view?.[2].toFixed(6) === '1.250000'"
    page.wait_for_function(kept)
    page.reload()
    drawing.node("conv1").wait_for(timeout=180_000)
    drawing.until(lambda: drawing.transform()[2] == pytest.approx(1.25), "kept over a refresh")
    drawing.rest()
    drawing.body("conv1").click()
    page.keyboard.press("f")
    drawing.until(lambda: drawing.transform()[2] < 1.1, "everything is shown")


def test_the_small_map_leads_the_view(drawing: Drawing) -> None:
    page = drawing.page
    drawing.body("image").click()
    page.keyboard.press("1")
    drawing.rest()
    for _ in range(3):
        page.keyboard.press("+")
        drawing.rest()
    page.keyboard.press("Home")
    drawing.rest()
    before = drawing.transform()
    box = page.locator(".minimap").bounding_box()
    assert box is not None and "needless" not in (page.locator(".minimap").get_attribute("class") or "")
    drawing.press((box["x"] + 40, box["y"] + 52), (box["x"] + 150, box["y"] + 52))
    drawing.until(lambda: drawing.transform()[0] < before[0] - 100, "the view went to the end of the network")


def test_the_wheel_belongs_to_the_page_until_the_canvas_has_the_focus(drawing: Drawing) -> None:
    page = drawing.page
    page.mouse.move(*drawing.ground())
    before = drawing.transform()
    page.mouse.wheel(0, 120)
    page.locator(".wheel-hint").wait_for()
    drawing.rest()
    assert drawing.transform() == before
    page.mouse.click(*drawing.ground())
    page.mouse.wheel(0, 10)
    drawing.until(lambda: drawing.transform()[1] != before[1], "now it moves the drawing")


def test_blocks_open_close_and_come_apart(tab: Tab, served: Served) -> None:
    drawing = drawn(tab, served, WITH_BLOCK)
    assert drawing.node("stage.act").count() == 0
    drawing.body("stage").click()
    drawing.page.keyboard.press("Enter")
    drawing.node("stage.act").wait_for()
    drawing.until(lambda: drawing.entries()["stage"].get("open") is True, "its being open is kept")
    assert "Stage" in (drawing.node("stage").get_attribute("aria-label") or "")
    drawing.rest()
    x, y = drawing.middle("stage", ".header")
    drawing.press((x, y), (x + 8, y + 90))
    drawing.until(lambda: "at" in drawing.entries()["stage"], "its header moves the block and what is in it")
    assert "at" not in drawing.entries()["stage"]["nodes"][1]
    drawing.rest()
    drawing.node("stage").locator("> .fold").click()
    drawing.until(lambda: drawing.node("stage.act").count() == 0, "closed by its button")
    drawing.page.keyboard.press("Control+Shift+g")
    drawing.until(lambda: "stage" not in drawing.entries(), "taken apart")
    drawing.body("conv1").click()
    drawing.page.keyboard.press("Control+g")
    drawing.until(lambda: any(entry["kind"] == "Block" for entry in drawing.entries().values()), "and made anew")


def test_the_keys_stay_where_something_is_done(tab: Tab, served: Served) -> None:
    placed = {**BLOCK, "at": [300, 40], "nodes": [BLOCK["nodes"][0], {**BLOCK["nodes"][1], "at": [120, 72]}]}
    drawing = drawn(tab, served, [*WITH_BLOCK[:2], placed, *WITH_BLOCK[3:]])
    page = drawing.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    drawing.body("stage").click()
    page.keyboard.press("Control+c")
    drawing.until(lambda: drawing.said().strip() == "stage copied.", "a closed block is copied")
    (copied,) = json.loads(page.evaluate("navigator.clipboard.readText()"))["nodes"]
    assert copied["nodes"][1]["at"] == [120, 72], "its inside as the document has it"

    # a block made, opened, taken apart, and made again by undo: the keys are on it, or on what came of it
    drawing.body("conv1").click()
    page.keyboard.press("Control+g")
    drawing.until(lambda: drawing.held() == "model.block1", "on the new block")
    page.keyboard.press("Enter")
    drawing.node("block1.conv1").wait_for()
    drawing.node("block1.conv1").locator("> .body").click()
    page.get_by_role("button", name="Lift out: out channels").press("Enter")
    drawing.until(lambda: drawing.entries()["block1"].get("settings") == {"out_channels": 8}, "lifted")
    drawing.until(lambda: drawing.held() == "out_channels", "on the setting, which is the block's now")

    # what is refused is asked for once, and does not stay
    title = page.get_by_label("Title (its class in the code)")
    title.fill("no name")
    title.press("Enter")
    told = page.locator(".told")
    drawing.until(lambda: "like Residual:" in (told.text_content() or ""), "why, without marks of code")
    title.press("Tab")
    drawing.until(lambda: title.input_value() == "Block1", "it has its title again")
    drawing.until(lambda: len(tab.refused) == len(tab.complaints) == 1, "the refusal, and no other")
    tab.refused.clear()
    tab.complaints.clear()

    drawing.node("block1").locator("> .header").click()
    page.keyboard.press("Control+Shift+g")
    drawing.until(lambda: drawing.held() == "model.conv1", "on the layer that was in it")
    page.keyboard.press("Control+z")
    drawing.until(lambda: "block1" in drawing.entries(), "undone")
    page.keyboard.press("Home")
    drawing.until(lambda: drawing.selected() == {"image"}, "the keys still reach the drawing")

    # from the search over the palette to the drawing: past one layer, not past all of them
    page.get_by_label("Search layers and blocks").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    drawing.until(lambda: drawing.held() == "model.image", "on the layer that is chosen")


def test_what_is_dropped_into_an_open_block_lands_in_it(tab: Tab, served: Served) -> None:
    drawing = drawn(tab, served, [*WITH_BLOCK[:2], {**BLOCK, "open": True}, *WITH_BLOCK[3:]])
    chip = drawing.page.locator(".palette-panel").get_by_role("button", name="Dropout2d", exact=True)
    chip.scroll_into_view_if_needed()
    box = chip.bounding_box()
    assert box is not None
    drawing.press((box["x"] + 12, box["y"] + 12), drawing.edge("stage.input", "stage.act"))
    drawing.until(lambda: len(drawing.entries()["stage"]["nodes"]) == 3, "it stands in the block")
    inner = {entry["name"]: entry["inputs"] for entry in drawing.entries()["stage"]["nodes"]}
    assert inner["act"] == ["dropout2d"] and inner["dropout2d"] == ["input"]


def test_a_draft_changed_elsewhere_is_drawn_anew(drawing: Drawing, tab: Tab) -> None:
    document = drawing.drafts.read(drawing.draft)
    document["networks"]["model"] = [CHAIN[0], {**CHAIN[3], "inputs": ["image"]}, CHAIN[4]]
    drawing.body("conv1").click()
    drawing.drafts.write(drawing.draft, document)
    drawing.page.keyboard.press("Control+d")  # of a layer that is no more
    drawing.until(lambda: drawing.node("conv1").count() == 0, "the newer network is shown")
    assert drawing.node("flatten").count() == 1
    drawing.until(lambda: [refused[:4] for refused in tab.refused] == ["409 "], "that edit was refused, in words")
    drawing.page.locator(".told").wait_for()
    drawing.until(lambda: len(tab.complaints) == 1, "the browser tells of it")
    tab.refused.clear()
    tab.complaints.clear()


def test_an_empty_canvas_offers_the_input(drawing: Drawing) -> None:
    drawing.body("relu1").click()
    drawing.page.keyboard.press("Control+a")
    drawing.page.keyboard.press("Delete")
    drawing.until(lambda: not drawing.entries(), "all is gone")
    drawing.page.get_by_role("button", name="Begin with a template").wait_for()
    drawing.page.get_by_role("button", name="Add the Input").click()
    drawing.until(lambda: [entry["kind"] for entry in drawing.entries().values()] == ["Input"], "the way in")
    drawing.page.keyboard.press("Control+z")
    drawing.page.keyboard.press("Control+z")  # while the first is on its way
    drawing.until(lambda: len(drawing.entries()) == len(CHAIN), "and all comes back")


def test_what_a_screen_reader_finds(drawing: Drawing) -> None:
    page = drawing.page
    box = page.get_by_role("listbox", name="The network, 5 layers")
    assert box.count() == 1
    label = drawing.node("conv1").get_attribute("aria-label") or ""
    assert label.startswith("conv1, Conv2d, 8 filters") and "gives 8 × 8 × 8" in label and "reads image" in label, label
    drawing.body("output").click()
    page.keyboard.press("Control+d")
    drawing.until(lambda: "output_2" in drawing.entries(), "two Linear layers")
    assert page.locator('.drawing .node[tabindex="0"]').count() == 1, "Tab comes to one node; arrows go on from there"
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keys of the drawing board").wait_for()
    page.keyboard.press("Escape")


def test_a_server_that_is_away_is_told_and_edits_wait_for_it(drawing: Drawing, tab: Tab) -> None:
    page = drawing.page
    page.route("**/dlviz/board/**", lambda route: route.abort())
    drawing.body("relu1").click()
    page.keyboard.press("Control+d")
    page.get_by_text("The server does not answer. One edit waits for it").wait_for()
    assert len(drawing.entries()) == len(CHAIN)
    page.unroute("**/dlviz/board/**")
    drawing.until(lambda: len(drawing.entries()) == len(CHAIN) + 1, "sent when the server is back")
    page.get_by_text("The server does not answer.").wait_for(state="hidden")
    assert tab.complaints, "the browser itself tells of the failed request"
    tab.complaints.clear()


@pytest.fixture
def touched(phone: Tab, served: Served) -> Iterator[Drawing]:
    yield drawn(phone, served)


def test_fingers_select_move_and_open_the_menu(touched: Drawing, browser: Browser) -> None:
    page = touched.page
    assert touched.transform()[2] >= 0.66, "what stands on a card can be read"
    x, y = touched.middle("conv1")
    page.touchscreen.tap(x, y)
    touched.until(lambda: touched.selected() == {"conv1"}, "a tap selects")
    touch = page.context.new_cdp_session(page)

    def at(*points: tuple[float, float]) -> list[dict[str, float]]:
        return [{"x": px, "y": py, "id": number} for number, (px, py) in enumerate(points)]

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at(*points)})

    send("touchStart", (x, y))
    for step in range(1, 8):
        send("touchMove", (x, y + 12 * step))
    send("touchEnd")
    touched.until(lambda: "at" in touched.entries()["conv1"], "a finger moves it")

    touched.rest()
    before = touched.transform()
    gx, gy = touched.ground()
    send("touchStart", (gx, gy), (gx + 60, gy))
    for step in range(1, 6):
        send("touchMove", (gx - 5 * step, gy), (gx + 60 + 10 * step, gy))
    send("touchEnd")
    touched.until(lambda: touched.transform()[2] > before[2] * 1.2, "two fingers zoom")

    page.get_by_role("button", name="Show everything").tap()
    touched.rest()
    x, y = touched.middle("relu1")
    send("touchStart", (x, y))
    page.get_by_role("menuitem", name="Remove").wait_for()
    send("touchEnd")
    page.get_by_role("menuitem", name="Remove").tap()
    touched.until(lambda: "relu1" not in touched.entries(), "the menu of a long press removes")


def test_two_taps_connect(touched: Drawing) -> None:
    page = touched.page
    page.locator(".percent").tap()
    touched.rest()
    for _ in range(2):
        page.get_by_role("button", name="Zoom out").tap()
        touched.rest()
    page.touchscreen.tap(*touched.port("conv1", "out"))
    touched.until(lambda: "Connecting conv1" in touched.said(), "the first tap begins")
    page.touchscreen.tap(*touched.middle("flatten"))
    touched.until(lambda: touched.reads()["flatten"] == ["conv1"], "the second connects")
