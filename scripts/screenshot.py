"""Makes the README's picture anew: trains the first lesson in the real app and photographs the page Train.

python scripts/screenshot.py
"""

from __future__ import annotations

import io
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
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "assets" / "screenshot.png"


def main() -> None:
    home = tempfile.mkdtemp()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"],
        cwd=ROOT, env={**os.environ, "DLVIZ_HOME": home}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait(f"http://localhost:{port}/_stcore/health")
        with sync_playwright() as playwright:
            path = os.environ.get("DLVIZ_BROWSER") or shutil.which("chromium")
            browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1.5)
            page.goto(f"http://localhost:{port}")
            page.get_by_role("button", name="Train", exact=False).first.wait_for()
            page.locator(".st-key-train-02-spiral").get_by_role("button").click()
            page.get_by_test_id("stMetricValue").wait_for(timeout=180_000)
            page.get_by_text("Decision surface", exact=True).wait_for()
            page.set_viewport_size({"width": 1280, "height": 1910})
            page.wait_for_timeout(2500)
            _keep(page.screenshot())
            browser.close()
    finally:
        server.terminate()
        server.wait()
        for process in psutil.process_iter(["cmdline"]):
            if home in (process.info["cmdline"] or []):
                process.kill()
        shutil.rmtree(home, ignore_errors=True)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size:,} bytes")


def _keep(shot: bytes) -> None:
    """Write the picture with 256 colours: a third of the bytes, and no eye sees the difference."""
    Image.open(io.BytesIO(shot)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(PICTURE, optimize=True)


def _wait(address: str) -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=1)
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The app did not start.")


if __name__ == "__main__":
    main()
