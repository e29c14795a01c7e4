"""`dlviz train`: train a spec and wait for the result."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from dlviz.cli.control import find
from dlviz.cli.documents import checked, spec_document
from dlviz.cli.runs import figures
from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.core.process import alive
from dlviz.training.folder import ACTIVE, RunFolder


@click.command()
@click.argument("spec")
@click.option("--set", "changes", multiple=True, metavar="PLACE=VALUE", help="Change a setting: training.epochs=3")
@click.option("--run-dir", type=click.Path(path_type=Path), help="Keep the run in this folder (new or empty).")
@click.option("--from", "begin", metavar="RUN", help="Begin with the weights of RUN (an id, or `latest`).")
@click.option("--seeds", type=click.IntRange(2, 1000), help="Train so many times, each with another seed.")
@click.option("--json", "as_json", is_flag=True, help="No progress bar; the last line is one JSON record.")
@click.pass_context
def train(
    ctx: click.Context, spec: str, changes: tuple[str, ...], run_dir: Path | None, begin: str | None, seeds: int | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Train SPEC (a file, or the name of a lesson: 01-digits) and tell how well it does.

    It trains at once, without waiting in the app's queue; the app shows the run all the same (unless --run-dir puts it
    elsewhere). Ctrl-C stops it after the step it is at.
    """
    document = spec_document(spec, changes)
    if begin is not None:
        document["start"] = {"run": find(begin).id}
    complete = checked(document)
    if seeds is not None:
        if run_dir is not None:
            raise WrongInput("--run-dir keeps one run, --seeds makes several. Leave one of them out.")
        repeat(ctx, complete.document(), seeds, as_json)
        return
    run = _folder(complete.document(), run_dir)
    work(run, quiet=as_json)
    finish(ctx, run, as_json)


def work(run: RunFolder, quiet: bool) -> None:
    """Train a run here and now."""
    with _worker(run):
        _follow(run, quiet)


def repeat(ctx: click.Context, document: dict[str, Any], seeds: int, as_json: bool) -> None:
    """Train once for each seed, one after the other; tell mean and spread."""
    from dlviz.runs.home import home
    from dlviz.runs.store import Store
    from dlviz.training.repeats import summary

    first = int(document.get("seed", 0))
    runs = Store(home()).repeat(document, range(first, first + seeds))
    for number, run in enumerate(runs):
        work(run, quiet=as_json)
        state = run.state()
        click.echo(
            f"seed {first + number}: {run.id} {state['status']}. {figures(state.get('metrics', {}))}", err=as_json
        )
        if state["status"] not in ("finished", "stopped"):
            click.echo(f"dlviz: {state.get('error') or 'it did not finish'}", err=True)
            ctx.exit(1)
        if state["status"] == "stopped":  # by Ctrl-C: the others wait in vain
            for rest in runs[number + 1 :]:
                rest.write_state({**rest.state(), "status": "stopped"})
            break
    found = summary(runs)
    if as_json:
        told = {name: {"mean": mean, "deviation": spread, "runs": many} for name, (mean, spread, many) in found.items()}
        click.echo(json.dumps({"runs": [run.id for run in runs], "test": told}))
    for name, (mean, spread, many) in found.items():
        if not as_json:
            click.echo(f"Test {name}: {mean:.4g} ± {spread:.2g} (mean and standard deviation of {many} runs)")


def finish(ctx: click.Context, run: RunFolder, as_json: bool) -> None:
    """Tell how a run ended; exit code 1 where it failed."""
    state = run.state()
    if run.spec_document().get("start"):
        for note in state.get("notes") or []:
            click.echo(f"Note: {note}", err=as_json)
    warnings = (read_record(run.path / "data.json") or {}).get("warnings") or []
    metrics = {part: state.get("metrics", {}).get(part, {}) for part in ("train", "validation", "test")}
    if as_json:
        record = {
            "run": run.id, "folder": str(run.path), "status": state["status"], "error": state.get("error"),
            "metrics": metrics, "seconds": round(time.time() - state.get("started", 0), 3), "warnings": warnings,
        }  # fmt: skip
        click.echo(json.dumps(record))
    else:
        click.echo(f"{run.id} {state['status']} after {state.get('seconds', 0):.1f} s. {figures(metrics)}".rstrip())
        result = state.get("result")
        if result:
            click.echo(
                f"Test {result['name']} {result['value']:.4g}, "
                f"95 % confidence {result['low']:.4g} to {result['high']:.4g}; "
                f"{result['baseline_name']}: {result['baseline']:.4g}."
            )
        for warning in warnings:  # a leak makes the best figures worthless
            click.echo(f"Note on the data: {warning}")
    if state["status"] not in ("finished", "stopped"):
        if state.get("error"):
            click.echo(f"dlviz: {state['error']}", err=True)
        ctx.exit(1)


def _folder(document: dict[str, Any], run_dir: Path | None) -> RunFolder:
    from dlviz.core.files import write_json
    from dlviz.training import start

    if run_dir is None:
        from dlviz.runs.home import home
        from dlviz.runs.store import Store

        return Store(home()).create(document)
    if run_dir.exists() and (not run_dir.is_dir() or any(run_dir.iterdir())):
        raise WrongInput(
            f"--run-dir must be a new or an empty folder, so that no run is overwritten. Received: {run_dir}."
        )
    run = RunFolder(run_dir.absolute())
    try:
        if document.get("start"):
            start.take_over(document["start"]["run"], run.path)
        write_json(run.spec_file, document, indent=1)
    except OSError as error:
        raise WrongInput(f"--run-dir {run_dir} cannot be written: {error.strerror}.") from None
    run.write_state({"status": "queued", "created": time.time()})
    return run


@contextmanager
def _worker(run: RunFolder) -> Iterator[None]:
    """The worker's process, begun on entering; Ctrl-C inside asks the run to stop."""
    from dlviz.runs import spawn

    entry = run.path / "starting"  # the worker takes it away once it has left word of itself
    entry.touch()
    pid = spawn.start(spawn.training(run, resume=False), run.log_file, entry)
    try:
        while entry.exists():
            if not alive(pid, None) and entry.exists():
                raise WrongInput(f"The training process ended before it began. What it said stands in {run.log_file}.")
            time.sleep(0.01)
    except BaseException:  # Ctrl-C, perhaps: it waits for room on a full disk
        spawn.end(pid, None)
        run.leave_word({**run.state(), "status": "stopped"})
        raise
    try:
        yield
    except KeyboardInterrupt:
        run.command("stop")
        while run.status() in ACTIVE:
            time.sleep(0.05)


def _follow(run: RunFolder, quiet: bool) -> None:
    """Wait for the end of a run, with a progress bar."""
    from tqdm import tqdm

    with tqdm(
        unit=" steps", disable=quiet, bar_format="{l_bar}{bar}| {n_fmt}/{total_fmt} [{remaining}{postfix}]"
    ) as bar:
        while True:
            state = run.state()
            bar.total = state.get("steps") or bar.total
            bar.update(max(0, (state.get("step") or 0) - bar.n))
            losses = {
                f"{part[:5]} loss": f"{values['loss']:.4g}"
                for part, values in state.get("metrics", {}).items()
                if "loss" in values
            }
            bar.set_postfix(losses)
            bar.set_description((state.get("error") or "") if state["status"] == "paused" else "")  # a full disk
            if state["status"] not in ("queued", *ACTIVE):
                return
            time.sleep(0.1)
