"""Make the peers' own environment, `benchmarks/peers/.venv`: python benchmarks/peers/install.py

Each is installed by itself, so that one that cannot be had does not keep the others away. About 2 GB; nothing
of it touches the environment of dlviz.
"""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
PYTHON = HERE / ".venv" / "bin" / "python"


def main() -> None:
    if not PYTHON.exists():
        venv.create(HERE / ".venv", with_pip=True)
    lines = (HERE / "requirements.txt").read_text().splitlines()
    for wanted in (line for line in lines if line and not line.startswith("#")):
        # torch stays as it was: another build would compare builds, not frameworks, and may bring gigabytes of CUDA
        command = [str(PYTHON), "-m", "pip", "install", "--quiet", "torch==2.13.0", *wanted.split()]
        code = subprocess.call(command, stdout=sys.stderr)
        print(f"{wanted}: {'installed' if code == 0 else 'could not be installed'}", flush=True)


if __name__ == "__main__":
    main()
