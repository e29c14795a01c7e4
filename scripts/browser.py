"""Print the path of a Chromium for the tests, installing one where there is none.

In this order: `$DLVIZ_BROWSER`; a Chromium or Chrome on the PATH; Playwright's own; the distribution's package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def on_path() -> str | None:
    """A browser of the Chromium family on the PATH."""
    named = os.environ.get("DLVIZ_BROWSER")
    if named:
        return named
    found = (shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "chrome"))
    return next((path for path in found if path), None)


def playwrights_own(install: bool) -> str | None:
    """Playwright's own Chromium; with `install`, fetched first."""
    if install:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        try:
            code = subprocess.call([sys.executable, "-m", "playwright", "install", "chromium"], timeout=300, **quiet)
        except subprocess.TimeoutExpired:
            return None
        if code:
            return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def distributions() -> str | None:
    """The distribution's package, where apt is there and may install."""
    apt = shutil.which("apt-get")
    if apt is None:
        return None
    sudo = [] if os.geteuid() == 0 else ["sudo", "-n"]
    for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        code = subprocess.call([*sudo, apt, *words], stdout=sys.stderr)
        if code:
            return None
    return on_path()


def main() -> None:
    """Print one path, or say what to do."""
    path = on_path() or playwrights_own(install=False) or playwrights_own(install=True) or distributions()
    if path is None:
        sys.exit(
            "The browser tests need Chromium. Install it (on Debian: apt install chromium) or name one: DLVIZ_BROWSER"
        )
    print(path)


if __name__ == "__main__":
    main()
