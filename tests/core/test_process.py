"""Whether a process lives, also where the clock was set meanwhile, and where its number was given to another."""

from __future__ import annotations

import os
import subprocess
import sys

import psutil
import pytest

from dlviz.core.process import alive, me, started


def test_this_process_lives() -> None:
    word = me()
    assert word["pid"] == os.getpid()
    assert alive(word["pid"], word["pid_started"])
    assert alive(os.getpid(), None)


def test_the_moment_stays_the_same_when_the_clock_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    word = me()
    create_time = psutil.Process.create_time
    monkeypatch.setattr(psutil.Process, "create_time", lambda self: create_time(self) + 3600)  # as psutil then tells
    assert alive(word["pid"], word["pid_started"])


def test_what_was_kept_as_a_moment_of_the_day_is_understood() -> None:
    assert alive(os.getpid(), psutil.Process().create_time())


def test_another_process_of_the_same_number_is_another() -> None:
    assert not alive(os.getpid(), (started(os.getpid()) or 0) - 1)
    assert not alive(os.getpid(), psutil.Process().create_time() - 60)


def test_who_has_ended_does_not_live() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    since = started(process.pid)
    psutil.Process(process.pid).status()
    while alive(process.pid, since):
        pass  # it ends, and is a zombie until it is waited for
    process.wait()
    assert not alive(process.pid, since)
    assert started(process.pid) is None


@pytest.mark.parametrize("pid", [None, "1", 0, -1, 2**40, 1.5])
def test_what_is_no_process(pid: object) -> None:
    assert not alive(pid, 1.0)
