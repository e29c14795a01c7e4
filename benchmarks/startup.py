"""How long until the title is on the screen, from `streamlit run`: dlviz against an empty Streamlit app, by turns.

python benchmarks/startup.py [rounds]
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
EMPTY = 'import streamlit as st\n\nst.title("Empty")\n'


def title_after(browser: Browser, folder: Path, script: str, home: str) -> tuple[float, float]:
    """Seconds from the start of the command to the title, and CPU seconds of the server until then."""
    import psutil

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.perf_counter()
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port), "--server.headless", "true",
         "--browser.gatherUsageStats", "false"],
        cwd=folder, env={**os.environ, "DLVIZ_HOME": home}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    context = browser.new_context()
    try:
        page = context.new_page()
        while True:
            try:
                page.goto(f"http://localhost:{port}/", timeout=1000)
                break
            except Exception:
                time.sleep(0.02)
        page.wait_for_selector("h1", timeout=120_000)
        took = time.perf_counter() - began
        used = psutil.Process(server.pid).cpu_times()
        return took, used.user + used.system
    finally:
        context.close()
        server.terminate()
        server.wait()
        _end_host(home)


def _end_host(home: str) -> None:
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if home in (process.info["cmdline"] or []):
            process.kill()


def main(rounds: int) -> None:
    empty, home = tempfile.mkdtemp(), tempfile.mkdtemp()
    (Path(empty) / "empty.py").write_text(EMPTY)
    path = os.environ.get("DLVIZ_BROWSER") or shutil.which("chromium")
    times: dict[str, list[tuple[float, float]]] = {"empty": [], "dlviz": []}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for number in range(rounds + 1):
            one = title_after(browser, Path(empty), "empty.py", home)
            other = title_after(browser, ROOT, "app.py", home)
            if number:  # the first round warms the disk
                times["empty"].append(one)
                times["dlviz"].append(other)
        browser.close()
    shutil.rmtree(empty)
    shutil.rmtree(home, ignore_errors=True)
    middle = {
        name: [round(statistics.median(each), 2) for each in zip(*all_, strict=True)] for name, all_ in times.items()
    }
    ratio = [round(ours / theirs, 2) for ours, theirs in zip(middle["dlviz"], middle["empty"], strict=True)]
    print(json.dumps({"seconds, CPU seconds": middle, "ratio": ratio, "rounds": rounds}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
