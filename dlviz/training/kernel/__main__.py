"""Make the kernel's machine code and keep it on disk: `python -m dlviz.training.kernel`. One process at a time."""

from __future__ import annotations

import contextlib
import os
import sys

from dlviz.training.kernel import compiling


def main() -> int:
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)
    place = compiling.folder().parent
    try:
        place.mkdir(parents=True, exist_ok=True)
        with (place / "kernel.lock").open("w") as file:
            try:
                import fcntl

                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except ImportError:
                pass
            if compiling.status() == "absent":
                compiling.train()
    except OSError:  # another process is at it, or nothing can be written here
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
