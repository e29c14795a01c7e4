"""Many browsers watching runs: what it costs the server, and how soon they see what was written.

    python benchmarks/stream.py [--clients 30] [--runs 30] [--rate 2] [--seconds 20]

Starts the app with a home of its own, opens real SSE connections (asyncio streams), writes `rate` records and states a
second to each run as a worker does, and prints a line of JSON: CPU time of the server as per cent of one core (less
what it takes with nobody there) and the times from written to received. A chart draws at most 0.25 s after that.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

import psutil
from served import served

from dlviz.runs.store import Store
from dlviz.training.events import EventLog
from dlviz.training.folder import RunFolder

#: A chart gathers what comes for so long before it draws.
DRAW_EVERY = 0.25  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=30)
    parser.add_argument("--runs", type=int, default=30)
    parser.add_argument("--rate", type=float, default=2.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    wanted = parser.parse_args()
    with served() as app:
        runs = [made(Store(app.home)) for _ in range(wanted.runs)]
        found = asyncio.run(measured(app.pid, app.port, runs, wanted))
    print(json.dumps(found))


def made(store: Store) -> RunFolder:
    """A run that this process writes, as its worker would, with a past of a thousand points."""
    run = store.create({"version": 1, "title": "Load", "data": {"kind": "Digits"}})
    log = EventLog(run.events_file)
    for step in range(1, 1001):
        log.add("train", step, epoch=step / 100, loss=1 / step, lr=0.01)
    log.flush()
    state(run, 1000)
    return run


def state(run: RunFolder, step: int) -> None:
    me = psutil.Process()
    run.write_state({
        "status": "running", "pid": me.pid, "pid_started": me.create_time(), "step": step, "epoch": step / 100,
        "steps": 100_000, "epochs": 1000, "seconds": step / 100, "seconds_left": 10.0, "examples_per_second": 1e4,
        "metrics": {"train": {"loss": 0.1}},
    })  # fmt: skip


async def measured(pid: int, port: int, runs: list[RunFolder], wanted: argparse.Namespace) -> dict[str, Any]:
    await healthy(port)
    server = psutil.Process(pid)
    await asyncio.sleep(3)  # what it does after its start
    idle = await share(server, 5)
    written: dict[tuple[str, int], float] = {}
    waits: list[float] = []
    clients = [asyncio.create_task(client(port, runs[n % len(runs)].id, written, waits)) for n in range(wanted.clients)]
    await asyncio.sleep(2)
    waits.clear()
    writers = [asyncio.create_task(writer(run, n / len(runs), wanted, written)) for n, run in enumerate(runs)]
    used = await share(server, wanted.seconds)
    await asyncio.gather(*writers)
    await asyncio.sleep(1)
    for each in clients:
        each.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    waits.sort()
    expected = int(wanted.rate * wanted.seconds) * wanted.clients
    return {
        "clients": wanted.clients, "runs": wanted.runs, "updates_per_second": wanted.rate,
        "server_percent_of_a_core": round(100 * used, 2), "of_that_idle_percent": round(100 * idle, 2),
        "received": len(waits), "of": expected,
        "written_to_received_p50_s": round(waits[len(waits) // 2], 3),
        "written_to_received_p95_s": round(waits[int(len(waits) * 0.95)], 3),
        "written_to_drawn_p95_s_at_most": round(waits[int(len(waits) * 0.95)] + DRAW_EVERY, 3),
        "threads": server.num_threads(),
    }  # fmt: skip


async def healthy(port: int) -> None:
    for _ in range(300):
        try:
            _, out = await asyncio.open_connection("127.0.0.1", port)
            out.close()
            return
        except OSError:
            await asyncio.sleep(0.2)
    raise SystemExit("The app did not start.")


async def share(server: psutil.Process, seconds: float) -> float:
    """CPU seconds a second over the next `seconds`."""
    before, began = sum(server.cpu_times()[:2]), time.monotonic()
    await asyncio.sleep(seconds)
    return float((sum(server.cpu_times()[:2]) - before) / (time.monotonic() - began))


async def writer(
    run: RunFolder, phase: float, wanted: argparse.Namespace, written: dict[tuple[str, int], float]
) -> None:
    log, step = EventLog(run.events_file), 1000
    await asyncio.sleep(phase / wanted.rate)
    for _ in range(int(wanted.rate * wanted.seconds)):
        step += 1
        log.add("train", step, epoch=step / 100, loss=1 / step, lr=0.01)
        log.flush()
        written[run.id, step] = time.monotonic()
        state(run, step)
        await asyncio.sleep(1 / wanted.rate)


async def client(port: int, run: str, written: dict[tuple[str, int], float], waits: list[float]) -> None:
    read, out = await asyncio.open_connection("127.0.0.1", port, limit=2**24)
    out.write(
        f"GET /dlviz/stream?runs={run} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAccept: text/event-stream\r\n\r\n".encode()
    )
    kind = b""
    while line := await read.readline():
        if line.startswith(b"event: "):
            kind = line[7:].strip()
        elif line.startswith(b"data: ") and kind == b"points":
            for step in json.loads(line[6:])["curves"]["step.loss"]["step"]:
                if (run, step) in written:
                    waits.append(time.monotonic() - written[run, step])


if __name__ == "__main__":
    main()
