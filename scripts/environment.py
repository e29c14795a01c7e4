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
    files = [ROOT / name for name in ("requirements.txt", "pyproject.toml", *(["requirements-dev.txt"] if dev else []))]
    wanted = hashlib.sha256(b"".join(file.read_bytes() for file in files) + str(ROOT).encode()).hexdigest()
    stamp = VENV / (".installed-dev" if dev else ".installed")
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
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
    stamp.write_text(wanted)


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
