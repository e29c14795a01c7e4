"""What a browser test waits for: causes that the page tells of, never a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from dlviz.runs.drafts import Drafts

#: Seconds after which what is waited for has not come: many times what it takes on a busy machine.
LONG = 120.0

_IDLE = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  return app?.dataset.testScriptState === "notRunning" && app.dataset.testConnectionState === "CONNECTED";
}"""

_WATCH = """() => {
  const app = document.querySelector("[data-testid=stApp]");
  if (window.__watched === app) return;
  [window.__watched, window.__began] = [app, 0];
  new MutationObserver(() => {
    if (app.dataset.testScriptState === "running") window.__began += 1;
  }).observe(app, { attributeFilter: ["data-test-script-state"] });
}"""
# What is over between two pictures is not seen to begin: then a rest of some seconds tells as much.
_RAN = """(before) => {
  const running = document.querySelector("[data-testid=stApp]").dataset.testScriptState !== "notRunning";
  if (running || window.__before !== before) [window.__before, window.__rests] = [before, Date.now()];
  return !running && (window.__began > before || Date.now() - window.__rests > 3000);
}"""

# Two pictures after the last answer the focus has moved to where it belongs.
_SHOWN = """async (board) => {
  const frame = () => new Promise(requestAnimationFrame);
  await frame();
  await frame();
  return [board.dataset.rev ?? "", board.dataset.waiting ?? "0", board.dataset.page ?? ""];
}"""

# Nodes glide to new places, the view glides, and what stands above may push the canvas down.
_STILL = """async (board) => {
  const frame = () => new Promise(requestAnimationFrame);
  const now = () => {
    const { x, y, width, height } = board.querySelector(".canvas").getBoundingClientRect();
    const places = [...board.querySelectorAll(".world, .node")].map((each) => each.getAttribute("transform"));
    return [x, y, width, height, ...places].join();
  };
  for (let before = "", same = 0, seen; same < 4; before = seen) {
    await frame();
    seen = now();
    same = seen === before ? same + 1 : 0;
  }
}"""


def until(page: Page, holds: Callable[[], Any], what: str | Callable[[], str] = "it did not come to it") -> None:
    """Wait until `holds()`; `what` says what was waited for."""
    deadline = time.monotonic() + LONG
    while not holds():
        if time.monotonic() > deadline:
            raise AssertionError(what if isinstance(what, str) else what())
        page.wait_for_timeout(40)


def idle(page: Page) -> None:
    """Wait until the page's script has run to its end. What has just been pressed may not have begun yet: wait for what
    comes of it first."""
    page.wait_for_function(_IDLE, timeout=LONG * 1000)


@contextmanager
def rerun(page: Page) -> Iterator[None]:
    """Do something to a page of Streamlit; goes on when its script has run because of it, and to its end."""
    page.evaluate(_WATCH)
    before = page.evaluate("window.__began")
    yield
    page.wait_for_function(_RAN, arg=before, timeout=LONG * 1000)
    idle(page)


def answered(board: Locator, drafts: Drafts, draft: str, around: bool = False) -> None:
    """Wait until the drawing board shows the version on disk and none of its edits is on its way; with `around`, until
    what stands around the board tells of that version, too."""
    seen: list[str] = []

    def shown() -> bool:
        seen[:] = board.evaluate(_SHOWN)
        rev = str(drafts.at(draft))
        return seen[:2] == [rev, "0"] and (not around or seen[2] == rev)

    until(board.page, shown, lambda: f"the board shows (version, edits, page's version) {seen}")


def at_rest(board: Locator, drafts: Drafts, draft: str) -> None:
    """Wait until nothing on the page Build moves any more: all is answered, drawn, and in its place."""
    answered(board, drafts, draft, around=True)
    idle(board.page)
    board.evaluate(_STILL)
