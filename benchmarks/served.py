"""The app, started for a benchmark on a free port, with a home of its own; both are gone afterwards."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
#: Seconds until the app answers.
PATIENCE = 60.0


@dataclass(frozen=True)
class Served:
    """Where the app is reached, its process, and where it keeps its runs."""

    port: int
    pid: int
    home: Path

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def served(**environment: str) -> Iterator[Served]:
    """The app, once it answers; `environment` is added to this process's own."""
    home, port = Path(tempfile.mkdtemp()), free_port()
    server = subprocess.Popen(command(port), cwd=ROOT, env={**os.environ, "DLVIZ_HOME": str(home), **environment},
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        _wait(port)
        yield Served(port, server.pid, home)
    finally:
        server.terminate()
        server.wait(timeout=30)
        for process in psutil.process_iter(["cmdline"]):  # its host, known by the home
            if str(home) in (process.info["cmdline"] or []):
                process.kill()
        shutil.rmtree(home, ignore_errors=True)


def command(port: int) -> list[str]:
    return [
        sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.address",
        "127.0.0.1", "--server.headless", "true",
    ]  # fmt: skip


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait(port: int) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise TimeoutError(f"the app did not answer within {PATIENCE:g} s")
