"""`dlviz pause`, `resume`, `stop`, `step`, `set`: what the buttons of the Train page do."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from dlviz.core.problems import WrongInput
from dlviz.training.folder import ACTIVE, RunFolder


def find(run: str) -> RunFolder:
    """A run by its id, by its folder, or the newest one for `latest`."""
    from pathlib import Path

    from dlviz.runs.home import home
    from dlviz.runs.store import Store

    folder = Path(run)
    if (folder / "spec.json").exists():
        return RunFolder(folder.absolute())
    store = Store(home())
    if run == "latest":
        newest = store.runs()
        if not newest:
            raise WrongInput("There are no runs yet. Start one: dlviz train 01-digits")
        return newest[0]
    return store.run(run)


def _wait(run: RunFolder, until: Callable[[str], bool], seconds: float = 30.0) -> str:
    """The status once `until` holds for it, or after `seconds`. Whoever waits for a queued run sees to it that a host
    lives that will start it."""
    from dlviz.runs.home import home
    from dlviz.runs.queue import Queue

    end = time.monotonic() + seconds
    looked = time.monotonic()
    while not until(status := run.status()) and time.monotonic() < end:
        if status == "queued" and time.monotonic() - looked > 1:
            Queue(home()).warm()
            looked = time.monotonic()
        time.sleep(0.05)
    return status


def _must_be(run: RunFolder, allowed: tuple[str, ...], verb: str) -> None:
    status = run.status()
    if status not in allowed:
        raise WrongInput(f"Only a run that is {' or '.join(allowed)} can be {verb}. {run.id} is {status}.")


@click.command()
@click.argument("run")
def pause(run: str) -> None:
    """Halt RUN between two steps; `resume` goes on from there."""
    folder = find(run)
    _must_be(folder, ("running", "starting"), "paused")
    folder.command("pause")
    click.echo(_wait(folder, lambda status: status not in ("running", "starting")))


@click.command()
@click.argument("run")
def resume(run: str) -> None:
    """Go on with a paused RUN, or take up an interrupted, stopped or failed one from its last checkpoint."""
    from dlviz.runs.home import home
    from dlviz.runs.queue import Queue

    folder = find(run)
    _must_be(folder, ("paused", "interrupted", "stopped", "failed"), "resumed")
    if folder.status() == "paused":
        folder.command("resume")
    else:
        Queue(home()).resume(folder)
    click.echo(_wait(folder, lambda status: status not in ("paused", "interrupted", "stopped", "queued", "starting")))


@click.command()
@click.argument("run")
def stop(run: str) -> None:
    """End RUN after the step it is at; it keeps what it has learned, and `resume` can take it up again."""
    from dlviz.runs.home import home
    from dlviz.runs.queue import Queue

    folder = find(run)
    _must_be(folder, ("queued", "starting", "running", "paused"), "stopped")
    if not (folder.status() == "queued" and Queue(home()).withdraw(folder)):
        folder.command("stop")
    click.echo(_wait(folder, lambda status: status not in ("queued", "starting", "running", "paused")))


@click.command()
@click.argument("run")
@click.argument("steps", type=click.IntRange(1), default=1)
def step(run: str, steps: int) -> None:
    """Take STEPS steps (1) of RUN, then pause it."""
    folder = find(run)
    _must_be(folder, ("running", "paused"), "led step by step")
    before = folder.state().get("step") or 0
    folder.command("step", steps=steps)
    _wait(folder, lambda status: status != "running" and (folder.state().get("step") or 0) > before)
    state = folder.state()
    click.echo(f"{state['status']} at step {state.get('step')}")


@click.command("set")
@click.argument("run")
@click.argument("changes", nargs=-1, required=True, metavar="PLACE=VALUE...")
def set_settings(run: str, changes: tuple[str, ...]) -> None:
    """Change settings of RUN while it trains: optimization.optimizer.lr=0.01 training.batch_size=32."""
    from dlviz.cli.documents import settings

    folder = find(run)
    asked = settings(changes)
    _must_be(folder, ("starting", "running", "paused"), "changed in flight; fork it instead")
    known, now = len(folder.changes()), time.time()
    folder.command("set", changes=asked)

    def refused() -> str:
        told = folder.state().get("refused") or {}
        return str(told.get("why")) if told.get("time", 0) >= now else ""

    _wait(folder, lambda status: len(folder.changes()) > known or bool(refused()) or status not in ACTIVE, 10)
    if why := refused():
        raise WrongInput(why)
    for record in folder.changes()[known:]:
        click.echo(f"{record['what']}: {record['from']} → {record['to']} from step {record['step']} on")
