"""A curve of a hundred thousand points in a real browser: how long a frame takes while one zooms, pans and hovers, and
while new points arrive.

    python benchmarks/chart.py [--points 100000] [--seconds 5]

Starts the app with a home of its own and Chromium (`DLVIZ_BROWSER`), and prints a line of JSON for each of: nobody
touches it; points arrive; zooming and panning by keys while they do; a mouse moves over it. Times are from one frame to
the next in milliseconds: 16.7 is the best a screen can do. `drawing_ms` is what one whole drawing takes.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import threading
import time
from typing import Any

import psutil
from served import served

from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.training.folder import RunFolder

FRAMES = """(seconds) => new Promise((done) => {
  const frames = []; let before = performance.now(); const end = before + 1000 * seconds;
  const next = (now) => {
    frames.push(now - before); before = now;
    now < end ? requestAnimationFrame(next) : done(frames);
  };
  requestAnimationFrame(next);
})"""
DRAWING = """() => {
  const plot = document.querySelector('.dlviz-live .plot'), began = performance.now();
  window.Plotly.react(plot, plot.data.map((trace) => ({ ...trace, y: trace.y.slice() })), plot.layout);
  return performance.now() - began;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    wanted = parser.parse_args()
    with served() as app:
        run = made(Store(app.home), wanted.points)
        measure(f"{app.address}/train?run={run.id}", run, wanted)


def made(store: Store, points: int) -> RunFolder:
    run = store.create({"version": 1, "title": "Long", "data": {"kind": "Digits"}})
    chance = random.Random(0)
    with run.events_file.open("w") as file:
        for step in range(1, points + 1):
            loss = round(2 * 0.5 ** (step / points * 6) + 0.2 + 0.1 * chance.gauss(0, 1), 5)
            file.write(f'{{"type":"train","step":{step},"epoch":{step / 1000},"loss":{loss},"lr":0.01}}\n')
    me = psutil.Process()
    state = {
        "status": "running",
        "pid": me.pid,
        "pid_started": me.create_time(),
        "step": points,
        "epoch": points / 1000,
    }
    run.write_state(state | {"epochs": 1000, "steps": 1_000_000})
    return run


def measure(address: str, run: RunFolder, wanted: argparse.Namespace) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("DLVIZ_BROWSER") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        wait_for(address.partition("/train")[0])
        opened = time.monotonic()
        page.goto(address)
        page.wait_for_selector(".dlviz-live .plot .scatterlayer .trace", timeout=60_000)
        print(json.dumps({"what": "first drawing", "seconds": round(time.monotonic() - opened, 2)}))
        page.wait_for_timeout(3000)
        drawings = sorted(page.evaluate(DRAWING) for _ in range(9))
        shown = page.evaluate("document.querySelector('.dlviz-live .plot').data.map((trace) => trace.x.length)")
        print(json.dumps({"what": "drawing", "points_shown": shown, "drawing_ms": round(drawings[4], 1)}))
        tell("nobody touches it", page.evaluate(FRAMES, wanted.seconds))
        stop = threading.Event()
        writer = threading.Thread(target=write, args=(run, wanted.points, stop))
        writer.start()
        tell("points arrive", page.evaluate(FRAMES, wanted.seconds))
        page.locator(".dlviz-live .plot").focus()
        page.evaluate(f"window.frames_told = ({FRAMES})({wanted.seconds})")
        end = time.monotonic() + wanted.seconds
        while time.monotonic() < end:
            for key in ("+", "+", "+", "ArrowRight", "ArrowRight", "ArrowLeft", "-", "-", "-"):
                page.keyboard.press(key)
                page.wait_for_timeout(100)
        tell("zooming and panning while points arrive", page.evaluate("window.frames_told"))
        page.keyboard.press("0")
        box = page.locator(".dlviz-live .plot .nsewdrag").first.bounding_box()
        assert box is not None
        page.evaluate(f"window.frames_told = ({FRAMES})({wanted.seconds})")
        end, at = time.monotonic() + wanted.seconds, 0
        while time.monotonic() < end:
            at = (at + 7) % int(box["width"])
            page.mouse.move(box["x"] + at, box["y"] + 100)
            page.wait_for_timeout(15)
        tell("a mouse moves over it while points arrive", page.evaluate("window.frames_told"))
        stop.set()
        writer.join()
        browser.close()


def wait_for(address: str) -> None:
    import urllib.request

    for _ in range(300):
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("The app did not start.")


def write(run: RunFolder, step: int, stop: threading.Event) -> None:
    """Two updates a second, fifty points each."""
    log = EventLog(run.events_file)
    while not stop.wait(0.5):
        for _ in range(50):
            step += 1
            log.add("train", step, epoch=step / 1000, loss=0.3 + step % 7 / 50, lr=0.01)
        log.flush()


def tell(what: str, frames: list[float]) -> None:
    frames.sort()
    found: dict[str, Any] = {"what": what, "frames": len(frames)}
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        found[name] = round(frames[int(len(frames) * share)], 1)
    print(json.dumps(found | {"longest": round(frames[-1], 1), "over_50_ms": sum(frame > 50 for frame in frames)}))


if __name__ == "__main__":
    main()
