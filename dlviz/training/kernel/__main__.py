"""Make the kernel's machine code and keep it on disk: `python -m dlviz.training.kernel`. One process at a time."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from dlviz.training.kernel import compiling, pooling_code


def main() -> int:
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    for place in compiling.folders():
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with (place.parent / "kernel.lock").open("w") as file:
                return make(file)
        except OSError:
            continue
    return 1


def make(file: TextIO) -> int:
    """Compile, unless another process holds the lock."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:
        pass
    except BlockingIOError:
        return 0
    if compiling.status() == "absent":
        compiling.train()
    if pooling_code.status() == "absent":
        pooling_code.code()
    return 0


if __name__ == "__main__":
    sys.exit(main())
