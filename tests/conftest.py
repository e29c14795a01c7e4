"""For all tests: a home of their own, quiet threads, repeatable chance."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# Before anything imports torch: two test processes on two cores must not fight over threads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Nobody's own runs are touched, whatever a test forgets to set.
_HOME = tempfile.mkdtemp(prefix="dlviz-tests-")
os.environ["DLVIZ_HOME"] = _HOME
# Nobody watches: what is trained for a test goes at full speed.
os.environ["DLVIZ_WATCH"] = "0"

settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session", autouse=True)
def _remove_the_home_afterwards() -> Iterator[None]:
    yield
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(autouse=True)
def _whole_arithmetic() -> Iterator[None]:
    """A worker run inside a test turns denormal numbers off for its process; the tests after it want them back."""
    yield
    if "torch" in sys.modules:
        sys.modules["torch"].set_flush_denormal(False)


@pytest.fixture
def dlviz_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty `$DLVIZ_HOME` for one test."""
    monkeypatch.setenv("DLVIZ_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets (`$DLVIZ_DATA`); tests that need it are skipped where it is not."""
    folder = os.environ.get("DLVIZ_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("set DLVIZ_DATA to a folder of data sets to run this")
    return Path(folder)
