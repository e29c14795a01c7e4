"""What one click costs the server in CPU time, with torch warmed, on each page and for a list of many runs.

python benchmarks/interaction.py [clicks]
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright
from served import served

MANY = 500


def cpu(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return used.user + used.system


def quiet(pid: int) -> None:
    """Wait until the server has nothing left to do (torch is warm)."""
    still = 0
    while still < 4:
        before = cpu(pid)
        time.sleep(0.5)
        still = still + 1 if cpu(pid) - before < 0.03 else 0


def cost(pid: int, page: Page, click: object, clicks: int) -> float:
    """Milliseconds of server CPU per click, what the quiet server uses taken off."""
    click()  # type: ignore[operator]
    quiet(pid)
    began, before = time.monotonic(), cpu(pid)
    time.sleep(2)
    idle = (cpu(pid) - before) / (time.monotonic() - began)
    began, before = time.monotonic(), cpu(pid)
    for _ in range(clicks):
        click()  # type: ignore[operator]
        page.wait_for_timeout(400)
    page.wait_for_timeout(500)
    return 1000 * (cpu(pid) - before - idle * (time.monotonic() - began)) / clicks


def make_runs(home: Path) -> None:
    from dlviz.runs.store import Store
    from dlviz.training.events import EventLog

    store = Store(home)
    for number in range(MANY):
        run = store.create({"version": 1, "title": f"Run {number}", "data": {"kind": "Digits"}, "seed": number})
        run.write_state({"status": "finished", "epoch": 10, "epochs": 10, "metrics": {"test": {"accuracy": 0.9}}})
        log = EventLog(run.events_file)
        for step in range(100):
            log.add("train", step, epoch=step / 10, loss=1 / (step + 1))
        log.flush()


def main(clicks: int) -> None:
    found: dict[str, float] = {}
    with served() as app:
        make_runs(app.home)
        with sync_playwright() as playwright:
            path = os.environ.get("DLVIZ_BROWSER") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(app.address)
            page.wait_for_selector("h1")
            page.wait_for_timeout(3000)
            quiet(app.pid)
            links = page.get_by_test_id("stTopNavLink")
            turns = iter(range(10_000))

            def menu() -> None:
                links.filter(has_text=("Home", "Train")[next(turns) % 2]).click()

            found["menu, Home to Train and back"] = cost(app.pid, page, menu, clicks)
            links.filter(has_text="Runs").click()
            page.get_by_placeholder("name, data or task").wait_for()
            page.wait_for_timeout(2000)
            pill = page.get_by_test_id("stButtonGroup").get_by_role("button").first
            found[f"filter of {MANY} runs"] = cost(app.pid, page, pill.click, clicks)
            browser.close()
    print(json.dumps({name: f"{value:.1f} ms" for name, value in found.items()}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
