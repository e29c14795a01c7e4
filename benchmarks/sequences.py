"""What networks for sequences reach, each row as anybody would train it; the table goes to docs/SEQUENCES.md.

    python benchmarks/sequences.py [--only digits …] [--seeds 1] [--print]

Each row is `dlviz train LESSON --json` with a few settings changed, in a process and a home of its own, one after the
other; where its lesson asks a question, its answer must be what was measured. Data that are fetched lie in DLVIZ_DATA
or come from their home. Figures are those of the test part, which no recipe was chosen on, but where a row names
another. A row that was not run this time keeps the line it had.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

DOCUMENT = Path(__file__).parents[1] / "docs" / "SEQUENCES.md"
HEAD = """# Sequences

Made by `python benchmarks/sequences.py`: each row is a lesson, trained from the command line; the figure is that of the
test part, where no other is named.

| row | what | command | figure | asked for | reached | seconds |
| --- | --- | --- | --- | --- | --- | --- |
"""


class Row(NamedTuple):
    """What it shows, the lesson with its changed settings, the figure, and what was asked of it, in words and as a
    bound. The figure `result` is the task's own, which stands beside a baseline that it must beat."""

    what: str
    lesson: str
    figure: str
    asked: str
    least: float | None = None
    most: float | None = None
    changes: tuple[str, ...] = ()
    begin: str | None = None  # another row whose weights it begins with
    part: str = "test"  # of which the figure is

    def command(self) -> str:
        return " ".join(["dlviz train", self.lesson, *(f"--set {shlex.quote(change)}" for change in self.changes)])


class Found(NamedTuple):
    """What one run of a row reached, in how many seconds with all that belongs to it."""

    run: str
    value: float
    baseline: float | None
    good: bool
    seconds: float
    answered: bool = True  # whether the answer that the lesson's question gives came true


def found(row: Row, seed: int, home: Path, begin: str | None) -> Found:
    """Train a row with a seed."""
    command = [sys.executable, "-m", "dlviz", "train", row.lesson, "--json", "--set", f"seed={seed}"]
    for change in row.changes:
        command += ["--set", change]
    if begin is not None:
        command += ["--from", begin]
    began = time.monotonic()
    done = subprocess.run(
        command, env={**os.environ, "DLVIZ_HOME": str(home)}, capture_output=True, text=True, check=False
    )
    seconds = time.monotonic() - began
    if done.returncode:
        sys.exit(f"{row.command()}: {done.stderr[-2000:]}")
    record = json.loads(done.stdout.strip().splitlines()[-1])
    answered = bool(row.changes or row.begin) or true_answer(Path(record["folder"]))
    if row.figure != "result":
        value = float(record["metrics"][row.part][row.figure])
        good = (row.least is None or value >= row.least) and (row.most is None or value <= row.most)
        return Found(record["run"], value, None, good, seconds, answered)
    result = json.loads((Path(record["folder"]) / "state.json").read_text())["result"]
    value, baseline = float(result["value"]), float(result["baseline"])
    good = value > baseline if result.get("higher_is_better", True) else value < baseline
    return Found(record["run"], value, baseline, good and (row.most is None or value <= row.most), seconds, answered)


def true_answer(folder: Path) -> bool:
    """Whether the question of a run's lesson is answered as it says; true where it asks none."""
    from dlviz.training.folder import RunFolder
    from dlviz.training.question import measured
    from dlviz.training.spec import Spec

    run = RunFolder(folder)
    question = Spec.parse(run.spec_document()).question
    number = measured(question, run) if question is not None else None
    return question is None or (number is not None and question.right(question.answer, number))


def line(name: str, row: Row, runs: Sequence[Found]) -> str:
    """A row of the table."""
    values, many = [each.value for each in runs], len(runs)
    told = f"{sum(values) / many:.3f}"
    if many > 1:
        told += f" ({min(values):.3f} … {max(values):.3f}, {many} seeds)"
    if runs[0].baseline is not None:
        told += f", baseline {runs[0].baseline:.3f}"
    figure = "" if row.figure == "result" else f"{row.figure} "
    figure = figure if row.part == "test" else f"{row.part} {figure}"
    good = sum(each.good for each in runs)
    reached = "yes" if good == many else f"**{'no' if not good else f'{good} of {many}'}**"
    if not all(each.answered for each in runs):
        reached += "; **its question is answered otherwise**"
    command = row.command() + (f" --from RUN` ({row.begin})" if row.begin else "`")
    return (
        f"| {name} | {row.what} | `{command} | {figure}{told} | {row.asked} | {reached} | "
        f"{sum(each.seconds for each in runs) / many:.0f} |"
    )


def kept() -> dict[str, str]:
    """The lines that the document has, by the name of their row."""
    if not DOCUMENT.exists():
        return {}
    lines = [each for each in DOCUMENT.read_text().splitlines() if each.startswith("| ")]
    return {each.split("|")[1].strip(): each for each in lines[1:] if not each.startswith("| ---")}


def main() -> None:
    from sequence_rows import ROWS

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(ROWS), default=list(ROWS))
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--print", action="store_true", help="only print the table")
    asked = parser.parse_args()
    lines = kept()
    with tempfile.TemporaryDirectory() as home:
        runs: dict[str, list[Found]] = {}
        for name in asked.only:
            row = ROWS[name]
            for seed in range(asked.seeds):
                begin = runs[row.begin][seed].run if row.begin else None
                runs.setdefault(name, []).append(found(row, seed, Path(home), begin))
            lines[name] = line(name, row, runs[name])
            print(lines[name], flush=True)
            if not asked.print:
                DOCUMENT.write_text(HEAD + "\n".join(lines[each] for each in ROWS if each in lines) + "\n")


if __name__ == "__main__":
    main()
