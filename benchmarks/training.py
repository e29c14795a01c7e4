"""How fast dlviz trains, against a bare torch loop and the peers, by turns; the table goes to docs/BENCHMARKS.md.

    python benchmarks/training.py                      14 minutes at most; writes the table
    python benchmarks/training.py --only spiral --rounds 1 --seconds 5 --no-write
    python benchmarks/peers/install.py                 the peers' own environment; without it only torch is compared

Every measurement is a process of its own, one at a time. dlviz is the whole product: `worker.main` on a run folder,
with events, checkpoints, views, validation and whatever else a run does while it trains; timed from the moment the
loop is entered (the choice of how to compute is inside) to its end; what the host has loaded before it forks a worker
is loaded before, as the peers compile before. The others do nothing but train; none of them
measures validation. So the ratio is what a user gains, not what the arithmetic alone would gain. Rounds go over all
workloads; the bare loop is measured before and after each measurement of dlviz, and a ratio is to the mean of both, so
that a machine that becomes slower does so for all. dlviz is given as many epochs as a good machine of two cores takes
in the seconds asked for, and stopped, as a user stops a run, where it takes half as long again; of others that take
more than a minute the table says so.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

#: What others are started with, as their user would start them: taken before dlviz sets anything of its own.
AS_FOUND = dict(os.environ)

import numpy as np  # noqa: E402
import psutil  # noqa: E402

from dlviz.core.files import write_json  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
PEERS = ROOT / "benchmarks" / "peers"
PYTHON = PEERS / ".venv" / "bin" / "python"
TABLE = ROOT / "docs" / "BENCHMARKS.md"
LIMIT, WHOLE = 60.0, 180.0  # seconds for one measurement of a peer, and of dlviz with all it does after training
OTHERS_SECONDS = 4.0  # at most, of a peer or the bare loop: their steps are alike, and there is nothing to choose
STOPPED = 1.5  # dlviz is stopped after so many times the seconds asked for, and after `LONGEST` in any case
LONGEST = 60.0


def dense(*widths: int, activation: str) -> list[dict[str, Any]]:
    layers: list[dict[str, Any]] = [{"kind": "Input"}]
    for width in widths:
        layers += [{"kind": "Linear", "out_features": width}, {"kind": activation}]
    return [*layers, {"kind": "Linear", "out_features": "auto"}]


CNN = [
    {"kind": "Input"},
    {"kind": "Conv2d", "out_channels": 32, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Conv2d", "out_channels": 64, "kernel_size": 3, "padding": 1}, {"kind": "ReLU"},
    {"kind": "MaxPool2d", "kernel_size": 2},
    {"kind": "Flatten"},
    {"kind": "Linear", "out_features": 128}, {"kind": "ReLU"}, {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
LSTM = [
    {"kind": "Input"}, {"kind": "Reshape", "shape": [98, 8]},
    {"kind": "LSTM", "hidden_size": 128, "output": "last"}, {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
BLOCK = {
    "kind": "TransformerEncoderLayer", "nhead": 4, "dim_feedforward": 512, "dropout": 0.0, "activation": "gelu",
    "norm_first": True, "causal": True,
}  # fmt: skip
GPT = [
    {"kind": "Input"}, {"kind": "Reshape", "shape": [49, 16]}, {"kind": "Linear", "out_features": 128},
    {"kind": "PositionalEncoding", "dropout": 0.0}, BLOCK, BLOCK, BLOCK, BLOCK, {"kind": "LayerNorm"},
    {"kind": "PoolSteps", "mode": "last"}, {"kind": "Linear", "out_features": "auto"},
]  # fmt: skip
FASHION = {"kind": "FashionMnist"}
SPIRAL = {"kind": "Toy2d", "pattern": "spiral", "size": 1000}


@dataclass(frozen=True)
class Workload:
    """A network on its data; the peers know it by `network`. `goal`: the ratio that dlviz is to reach; `pace`: about
    how many examples a second it takes."""

    title: str
    network: str
    data: dict[str, Any]
    layers: list[dict[str, Any]]
    optimizer: str
    lr: float
    batch_size: int
    precision: str
    goal: float
    pace: float

    def document(self, epochs: int, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "version": 1,
            "data": data,
            "task": {"kind": "Classification"},
            "networks": {"model": self.layers},
            "optimization": {"optimizer": {"kind": self.optimizer, "lr": self.lr}},
            "training": {
                "epochs": epochs, "batch_size": self.batch_size, "device": "cpu", "precision": self.precision,
            },
        }  # fmt: skip


def workload(title: str, network: str, precision: str, goal: float) -> Workload:
    data, layers, optimizer, lr, size, pace = {
        "cnn": (FASHION, CNN, "Adam", 0.001, 128, 8e3),
        "lstm": (FASHION, LSTM, "Adam", 0.001, 64, 4e3),
        "gpt": (FASHION, GPT, "Adam", 0.0003, 12, 500),
        "table": ({"kind": "Table"}, dense(128, 128, 128, activation="ReLU"), "Adam", 0.001, 256, 4e5),
        "spiral": (SPIRAL, dense(8, 8, activation="Tanh"), "SGD", 0.03, 10, 2e6),
    }[network]
    return Workload(title, network, data, layers, optimizer, lr, size, precision, goal, pace)


WORKLOADS = {
    "cnn": workload("Fashion-MNIST, CNN of 2 convolutions, batch 128", "cnn", "auto", 3.0),
    "cnn-float32": workload("the same, `precision: float32`", "cnn", "float32", 1.8),
    "lstm": workload("LSTM of 128, 98 steps, batch 64", "lstm", "auto", 2.4),
    "lstm-float32": workload("the same, `precision: float32`", "lstm", "float32", 1.45),
    "table": workload("table of 20 columns, MLP 3 × 128, batch 256", "table", "auto", 2.0),
    "gpt": workload("4 causal blocks of 128, 49 steps, batch 12", "gpt", "auto", 1.1),
    "spiral": workload("spiral, MLP 2-8-8-2, batch 10, SGD", "spiral", "auto", 30.0),
}
#: Name → file; those above the line run on dlviz's own torch.
OTHERS = {"bare loop": "bare.py", "DataLoader loop": "dataloader.py"}
INSTALLED = {
    "Lightning": ("lightning_loop.py", "lightning"),
    "skorch": ("skorch_loop.py", "skorch"),
    "fastai": ("fastai_loop.py", "fastai"),
    "Keras on JAX": ("keras_jax.py", "keras"),
    "JAX scan": ("jax_scan.py", "jax"),
}


@dataclass
class Found:
    """What was measured of one (workload, way): examples a second by the clock and by the processors' time."""

    rates: list[float] = field(default_factory=list)
    cpu_rates: list[float] = field(default_factory=list)
    version: str = ""
    running_on: dict[str, Any] = field(default_factory=dict)
    error: str = ""
    #: Of each rate of dlviz: how many of the bare loop had been measured before it.
    places: list[int] = field(default_factory=list)

    def add(self, answer: dict[str, Any]) -> None:
        if "per_second" not in answer:
            self.error = str(answer.get("error", "gave no answer"))
            return
        self.rates.append(answer["per_second"])
        self.cpu_rates.append(answer["per_cpu_second"])
        self.version = answer.get("version", self.version)
        self.running_on = answer.get("running_on") or self.running_on


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=30.0, help="of one measurement of dlviz, about")
    parser.add_argument("--minutes", type=float, default=13.5, help="after which no further measurement begins")
    parser.add_argument("--only", nargs="*", choices=list(WORKLOADS))
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        print(json.dumps(product(json.loads(Path(arguments.inside).read_text()))))
        return
    with tempfile.TemporaryDirectory() as folder:
        results, notes = run(Path(folder), arguments)
    text = report(results, notes, arguments)
    print(text)
    if not arguments.no_write:
        TABLE.parent.mkdir(exist_ok=True)
        TABLE.write_text(text, encoding="utf-8")


def run(folder: Path, arguments: argparse.Namespace) -> tuple[dict[str, dict[str, Found]], dict[str, Any]]:
    """All measurements, by turns; a note on the machine while they were made."""
    chosen = {name: WORKLOADS[name] for name in arguments.only or WORKLOADS}
    results: dict[str, dict[str, Found]] = {name: {} for name in chosen}
    end = time.monotonic() + 60 * arguments.minutes
    loads, began = [os.getloadavg()[0]], time.time()
    peers = [] if arguments.no_peers else ["DataLoader loop"]
    peers += [] if arguments.no_peers else [name for name, (_, module) in INSTALLED.items() if there(module)]
    prepared = prepare(folder, chosen)
    others_seconds = min(OTHERS_SECONDS, arguments.seconds)
    for number, name, way in order(chosen, arguments.rounds, peers):
        if number and time.monotonic() > end:
            break
        wanted, found = chosen[name], results[name].setdefault(way, Found())
        data = prepared[wanted.network]
        if time.monotonic() > end:
            found.error = "not measured: the time was over"
        elif way == "dlviz":
            epochs = max(1, round(wanted.pace * arguments.seconds / data["size"]))
            before = len(results[network_of(chosen, wanted.network)]["bare loop"].rates)
            found.add(dlviz(folder, wanted, data, epochs, min(LONGEST, STOPPED * arguments.seconds)))
            found.places += [before] * (len(found.rates) - len(found.places))
        else:
            found.add(other(folder, wanted, data, way, others_seconds))
        tell(name, way, found)
        loads.append(os.getloadavg()[0])
    for name, wanted in chosen.items():  # one bare loop serves all precisions of a network
        bare = results[network_of(chosen, wanted.network)].get("bare loop")
        if bare is not None:
            results[name]["bare loop"] = bare
    return results, {"loads": loads, "minutes": (time.time() - began) / 60}


def order(chosen: dict[str, Workload], rounds: int, peers: list[str]) -> Iterator[tuple[int, str, str]]:
    """What is measured, one after the other: (round, workload, way). Peers come once, after the first round."""
    networks = list(dict.fromkeys(wanted.network for wanted in chosen.values()))
    for number in range(rounds):
        for network in networks:
            names = [name for name, wanted in chosen.items() if wanted.network == network]
            yield number, names[0], "bare loop"
            for name in names if number % 2 == 0 else reversed(names):
                yield number, name, "dlviz"
                yield number, names[0], "bare loop"
        if number == 0:
            yield from ((0, network_of(chosen, network), way) for network in networks for way in peers)


def network_of(chosen: dict[str, Workload], network: str) -> str:
    """The first workload with this network: it keeps what is measured of others, who know of no precisions."""
    return next(name for name, wanted in chosen.items() if wanted.network == network)


def tell(name: str, way: str, found: Found) -> None:
    print(f"{name:14s} {way:16s} {found.rates[-1]:12,.0f} /s" if found.rates else f"{name} {way}: {found.error}",
          file=sys.stderr, flush=True)  # fmt: skip


def there(module: str) -> bool:
    """Whether a peer is installed."""
    code = f"import importlib.util as u, sys; sys.exit(u.find_spec({module!r}) is None)"
    return PYTHON.exists() and subprocess.call([str(PYTHON), "-c", code]) == 0


def prepare(folder: Path, chosen: dict[str, Workload]) -> dict[str, dict[str, Any]]:
    """The training part of each workload's data in a file that every peer can read."""
    from dlviz.training.spec import Spec

    prepared: dict[str, dict[str, Any]] = {}
    for wanted in chosen.values():
        if wanted.network in prepared:
            continue
        source = wanted.data if wanted.data["kind"] != "Table" else table(folder)
        data = Spec.parse({"version": 1, "data": source}).data.load(0)
        (name,), (target,) = data.fields.inputs, data.fields.targets
        file = folder / f"{wanted.network}.npz"
        columns = data.train.columns
        np.savez(file, inputs=columns[name].numpy(), targets=columns[target].numpy())
        prepared[wanted.network] = {"file": str(file), "data": source, "size": len(data.train)}
    return prepared


def table(folder: Path) -> dict[str, Any]:
    """20,000 rows of 20 numbers; the class is a bent sum of them."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(20_000, 20))
    classes = np.where(np.tanh(rows[:, :10]).sum(1) + rows[:, 10] * rows[:, 11] > 0, "yes", "no")
    lines = [",".join([*(f"c{number}" for number in range(20)), "class"])]
    lines += [",".join([*(f"{value:.5f}" for value in row), label]) for row, label in zip(rows, classes, strict=True)]
    path = folder / "table.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return {"kind": "Table", "path": str(path), "target": "class"}


def dlviz(folder: Path, wanted: Workload, prepared: dict[str, Any], epochs: int, stop_after: float) -> dict[str, Any]:
    """One run of the product in a process of its own; it is stopped after so many seconds."""
    job = {"document": wanted.document(epochs, prepared["data"]), "stop_after": stop_after}
    file = folder / "job.json"
    file.write_text(json.dumps(job), encoding="utf-8")
    environment = {**os.environ, "DLVIZ_HOME": str(folder / "home")}
    if "DLVIZ_HOME" in os.environ or (Path.home() / ".dlviz" / "data").is_dir():  # fetched data stays where it is
        environment["DLVIZ_HOME"] = os.environ.get("DLVIZ_HOME", str(Path.home() / ".dlviz"))
    return answer([sys.executable, str(Path(__file__)), "--inside", str(file)], environment, WHOLE)


def other(folder: Path, wanted: Workload, prepared: dict[str, Any], way: str, seconds: float) -> dict[str, Any]:
    """One measurement of a peer in a process of its own, as its user would start it: no settings of the machine."""
    job = {
        "network": wanted.network, "data": prepared["file"], "batch_size": wanted.batch_size,
        "optimizer": wanted.optimizer, "lr": wanted.lr, "seconds": seconds,
    }  # fmt: skip
    file = folder / "job.json"
    file.write_text(json.dumps(job), encoding="utf-8")
    python, script = (sys.executable, OTHERS[way]) if way in OTHERS else (str(PYTHON), INSTALLED[way][0])
    return answer([python, str(PEERS / script), str(file)], AS_FOUND)


def answer(command: list[str], environment: dict[str, str], limit: float = LIMIT) -> dict[str, Any]:
    """The last line of what a process prints, as JSON; `error` where there is none."""
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=environment, check=False,
            cwd=tempfile.gettempdir(),
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"error": f"took longer than {limit:.0f} s"}
    try:
        found: dict[str, Any] = json.loads(ended.stdout.strip().splitlines()[-1])
        return found
    except (ValueError, IndexError):
        return {"error": (ended.stderr.strip().splitlines() or ["no answer"])[-1][:200]}


def product(job: dict[str, Any]) -> dict[str, Any]:
    """Inside the product's process: one run as a worker does it, its loop timed."""
    import threading

    from dlviz.training import worker
    from dlviz.training.folder import RunFolder
    from dlviz.training.kernel import compiling, pooling_code
    from dlviz.training.loop import Loop

    pooling_code.warm()
    compiling.warm()  # as the host does, from which a worker is forked
    train, found = Loop.train, {}

    def timed(self: Loop) -> None:
        began, cpu, first = time.perf_counter(), time.process_time(), self.step
        clock = threading.Timer(job["stop_after"], lambda: run.command("stop"))
        clock.daemon = True
        clock.start()
        try:
            train(self)
        finally:
            clock.cancel()
            seconds, cpu_seconds = time.perf_counter() - began, time.process_time() - cpu
            # steps end with an epoch's last batch, which may be smaller
            examples = (self.step - first) * self.batches.used / self.steps_per_epoch
            found.update(per_second=examples / seconds, per_cpu_second=examples / cpu_seconds, seconds=seconds)

    Loop.train = timed  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as place:
        run = RunFolder(Path(place))
        write_json(run.spec_file, job["document"])
        status = worker.main(place)
        state = run.state()
    if status not in ("finished", "stopped"):
        return {"error": state.get("error") or status}
    return {**found, "version": "dlviz", "running_on": state.get("running_on")}


def report(results: dict[str, dict[str, Found]], notes: dict[str, Any], arguments: argparse.Namespace) -> str:
    """The tables in Markdown."""
    names = [name for name in ("DataLoader loop", *INSTALLED) if any(name in row for row in results.values())]
    lines = [
        "# Benchmarks", "",
        "Made by `python benchmarks/training.py`; what is compared, and how, stands in that file. Examples a second, "
        "divided by those of the bare torch loop in the same run: 2.0 is twice as fast. The median of the rounds, and "
        "from the least to the largest.", "",
        "| work | bare loop, examples/s | dlviz, examples/s | **dlviz** | by CPU time | goal | "
        + " | ".join(names) + " |",
        "| --- " * (6 + len(names)) + "|",
    ]  # fmt: skip
    for name, row in results.items():
        wanted, mine, bare = WORKLOADS[name], row.get("dlviz", Found()), row.get("bare loop", Found())
        others = [
            next((ratios(each[way], each["bare loop"]) for key, each in results.items()
                  if way in each and WORKLOADS[key].network == wanted.network and "bare loop" in each), "–")
            for way in names
        ]  # fmt: skip
        cells = [
            wanted.title, many(bare), many(mine), f"**{ratios(mine, bare)}**", ratios(mine, bare, cpu=True),
            f"{wanted.goal:g}", *others,
        ]  # fmt: skip
        lines.append("| " + " | ".join(cells) + " |")
    lines += ["", "## What dlviz ran on", ""]
    for name, row in results.items():
        on = row.get("dlviz", Found()).running_on
        said = " ".join([*on.get("because", []), *on.get("declined", [])])
        lines.append(f"- {WORKLOADS[name].title}: {on.get('title', 'not told')}. {said}".rstrip())
    lines += ["", "## The machine", "", f"- {machine()}", *versions(results)]
    low, high = min(notes["loads"]), max(notes["loads"])
    lines += [
        f"- {arguments.rounds} rounds at most, of about {arguments.seconds:g} s of dlviz and "
        f"{min(OTHERS_SECONDS, arguments.seconds):g} s of the others, peers once; "
        f"{notes['minutes']:.0f} minutes in all; {datetime.date.today().isoformat()}",
        f"- load average from {low:.1f} to {high:.1f}: one measurement alone gives about as many as it uses threads; "
        "more means that other work was going on, and then the ratios by CPU time say more.",
        "",
    ]
    return "\n".join(lines)


def many(found: Found) -> str:
    return f"{statistics.median(found.rates):,.0f}" if found.rates else found.error or "–"


def ratios(mine: Found, bare: Found, cpu: bool = False) -> str:
    """The median of the ratios, and their range: of dlviz to the bare loops before and after, of a peer, which is
    measured once, to the median of all."""
    one, two = (mine.cpu_rates, bare.cpu_rates) if cpu else (mine.rates, bare.rates)
    if not one or not two:
        return mine.error or "–"
    beside = [two[max(0, place - 1) : place + 1] for place in mine.places] or [[statistics.median(two)]]
    found = [rate / statistics.mean(around) for rate, around in zip(one, beside, strict=False)]
    middle = f"{statistics.median(found):.3g}"
    return middle if len(found) == 1 else f"{middle} ({min(found):.3g}–{max(found):.3g})"


def machine() -> str:
    """The processor as the system names it, and what it has."""
    name = platform.processor() or platform.machine()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), name)
        flags = next((line for line in lines if line.startswith("flags")), "")
        known = [flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if flag in flags.split()]
        name = f"{name} ({', '.join(known)})" if known else name
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{name}, {os.cpu_count()} processors, {memory:.0f} GiB; {platform.system()}, Python {sys.version.split()[0]}"
    )


def versions(results: dict[str, dict[str, Found]]) -> list[str]:
    told = {way: found.version for row in results.values() for way, found in row.items() if found.version}
    told.pop("dlviz", None)
    return [f"- {way}: {version}" for way, version in told.items()]


if __name__ == "__main__":
    main()
