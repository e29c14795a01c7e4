"""Make the virtual environment `.venv` and install what dlviz needs into it. Quick when nothing has changed.

    python scripts/environment.py          what the app needs
    python scripts/environment.py --dev    also what the tests need

Uses the standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import urllib.request
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
#: PyTorch's own list of builds without CUDA: some 200 MB in place of several gigabytes.
CPU_BUILDS = "https://download.pytorch.org/whl/cpu"


def main() -> None:
    """Install, unless the stamp says that these very files were installed before."""
    if sys.version_info < (3, 11):  # noqa: UP036 - an older Python may well start this script
        sys.exit(
            f"dlviz needs Python 3.11 or newer. This is {sys.version.split()[0]} ({sys.executable}).\n"
            "Name another one: make run PYTHON=python3.12"
        )
    dev = "--dev" in sys.argv[1:]
    if PYTHON.exists() and installed(*stamps(dev)[-1]):
        return
    if not PYTHON.exists():
        print("Making .venv", flush=True)
        venv.create(VENV, with_pip=True)
    print("Installing (a few minutes the first time)", flush=True)
    # torch comes first and exactly: asked for by another package it may bring gigabytes of CUDA
    pip("torch==2.13.0", *cpu_builds())
    pip("-r", str(ROOT / ("requirements-dev.txt" if dev else "requirements.txt")))
    # the package itself, editable: streamlit finds its components through the installed project
    pip("--no-deps", "--editable", str(ROOT))
    # machine code for small networks: made here, no training has to wait for it
    subprocess.call([str(PYTHON), "-m", "dlviz.training.kernel"], cwd=ROOT)
    for stamp, wanted in stamps(dev):
        stamp.write_text(wanted)


def stamps(dev: bool) -> list[tuple[Path, str]]:
    """(file, what must stand in it) for what the app needs and, with `dev`, for what the tests need as well: whoever
    has the second has the first."""
    names = ["requirements.txt", "pyproject.toml"]
    found = [(VENV / ".installed", fingerprint(names))]
    return [*found, (VENV / ".installed-dev", fingerprint([*names, "requirements-dev.txt"]))] if dev else found


def installed(stamp: Path, wanted: str) -> bool:
    """Whether the stamp says that this very state is installed."""
    return stamp.exists() and stamp.read_text() == wanted


def fingerprint(names: list[str]) -> str:
    """A hash over files of the project and the folder in which it lies."""
    content = b"".join((ROOT / name).read_bytes() for name in names)
    return hashlib.sha256(content + str(ROOT).encode()).hexdigest()


def pip(*arguments: str) -> None:
    """Run pip inside the environment; its own message explains a failure."""
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
    code = subprocess.call(command, cwd=ROOT)
    if code:
        sys.exit(f"pip could not install {' '.join(arguments)}. Its message stands above; run make again to retry.")


def cpu_builds() -> list[str]:
    """Where a build without CUDA is to be had, for a machine without an NVIDIA card; nothing when out of reach.

    A build that pip finds by itself (a wheel folder in its settings, say) needs no index.
    """
    if shutil.which("nvidia-smi") or sys.platform != "linux":
        return []
    try:
        with urllib.request.urlopen(f"{CPU_BUILDS}/torch/", timeout=4):
            return ["--extra-index-url", CPU_BUILDS]
    except OSError:
        return []


if __name__ == "__main__":
    main()
