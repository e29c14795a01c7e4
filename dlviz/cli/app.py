"""`dlviz app`: open the pages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from dlviz.core.problems import WrongInput


@click.command()
@click.option("--port", default=8501, show_default=True, type=click.IntRange(1, 65535), help="Where the app listens.")
@click.option("--address", default="localhost", show_default=True, help="0.0.0.0 serves a whole class.")
@click.option("--headless", is_flag=True, help="Do not open a browser.")
def app(port: int, address: str, headless: bool) -> None:
    """Open the app in the browser."""
    root = Path(__file__).resolve().parent.parent.parent
    if not (root / "app.py").exists():
        raise WrongInput(f"app.py must lie beside the package, in {root}. Run dlviz from its source folder.")
    command = [
        sys.executable, "-m", "streamlit", "run", str(root / "app.py"),
        "--server.port", str(port), "--server.address", address,
        "--server.headless", str(headless or not _has_screen()).lower(),
    ]  # fmt: skip
    os.chdir(root)  # streamlit reads .streamlit/config.toml of the folder it starts in
    os.execv(sys.executable, command)


def _has_screen() -> bool:
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
