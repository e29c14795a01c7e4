"""What one click costs the server in CPU time, with torch warmed, on each page and for a list of many runs.

python benchmarks/interaction.py [clicks]
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
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
    home = Path(tempfile.mkdtemp())
    make_runs(home)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"],
        cwd=ROOT, env={**os.environ, "DLVIZ_HOME": str(home)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    found: dict[str, float] = {}
    try:
        address = f"http://localhost:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        with sync_playwright() as playwright:
            path = os.environ.get("DLVIZ_BROWSER") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            page.goto(address)
            page.wait_for_selector("h1")
            page.wait_for_timeout(3000)
            quiet(server.pid)
            links = page.get_by_test_id("stTopNavLink")
            turns = iter(range(10_000))

            def menu() -> None:
                links.filter(has_text=("Home", "Train")[next(turns) % 2]).click()

            found["menu, Home to Train and back"] = cost(server.pid, page, menu, clicks)
            links.filter(has_text="Runs").click()
            page.get_by_placeholder("name, data or task").wait_for()
            page.wait_for_timeout(2000)
            pill = page.get_by_test_id("stButtonGroup").get_by_role("button").first
            found[f"filter of {MANY} runs"] = cost(server.pid, page, pill.click, clicks)
            browser.close()
    finally:
        server.terminate()
        server.wait()
        for process in psutil.process_iter(["cmdline"]):
            if str(home) in (process.info["cmdline"] or []):
                process.kill()
        shutil.rmtree(home, ignore_errors=True)
    print(json.dumps({name: f"{value:.1f} ms" for name, value in found.items()}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
