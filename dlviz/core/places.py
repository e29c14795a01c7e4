"""Where dlviz keeps its files: one folder of the user's, and a folder of ready data sets where there is one."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of everything that dlviz keeps: `$DLVIZ_HOME`, else `~/.dlviz`. It need not exist yet."""
    given = os.environ.get("DLVIZ_HOME")
    return (Path(given) if given else Path.home() / ".dlviz").expanduser().absolute()


def downloads() -> Path:
    """Where fetched data sets are cached."""
    return home() / "data"


def ready_data() -> Path | None:
    """A folder of data sets that need no download, `$DLVIZ_DATA`; None where it is not set."""
    given = os.environ.get("DLVIZ_DATA")
    return Path(given).expanduser() if given else None
