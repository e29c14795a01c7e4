"""The route by which a page steers a run: what is pressed there reaches the worker without a rerun of the page.

    POST /dlviz/runs/<run>/command  {"name": "pause" | "resume" | "step" | "epoch" | "pace" | "set" | "weight" | "stop",
                                     "payload": {…}}     → {"status", "step", "epoch"}

The answer tells how the run stands once it has obeyed, or after a moment in which it has not; of a weight also whether
it is set: {…, "taken": bool}. What cannot be done, or what the worker refuses, is answered with {"error": sentence}.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.training.folder import ACTIVE, RunFolder
from dlviz.ui.posted import Refused, posted

PATH = "/dlviz/runs/{run}/command"
LONGEST_BODY = 20_000
#: Seconds an answer waits for the worker to have obeyed, and between two looks.
PATIENCE, LOOK = 0.4, 0.01
MOST_STEPS, FASTEST = 1_000_000, 10_000
#: What the status shall be once a command is obeyed; others are answered at once.
_THEN = {"pause": ("paused",), "resume": ("running",), "stop": ("stopped", "finished", "failed")}
_DOES = {"step": "take a step", "epoch": "take an epoch", "pace": "change its pace", "set": "change its settings",
         "weight": "change a weight", "stop": "be stopped"}  # fmt: skip
_WHOLE = {"step": ("steps",), "weight": ("role", "node", "name", "index", "value"), "set": ("changes",)}


def routes() -> list[Route]:
    """The route that takes commands."""
    return [Route(PATH, _command, methods=["POST"])]


async def _command(request: Request) -> Response:
    try:
        name, payload = wanted(await posted(request, "a command", LONGEST_BODY))
        found = await run_in_threadpool(send, request.path_params["run"], name, payload)
    except Refused as refused:
        return _json({"error": str(refused)}, refused.status)
    except WrongInput as error:
        return _json({"error": str(error)}, 404)
    except OSError as error:
        return _json({"error": f"The command cannot be kept: {error.strerror}. Make room, then try again."}, 400)
    except ClientDisconnect:
        return Response(status_code=400)
    return _json(found, 200)


def wanted(found: Any) -> tuple[str, dict[str, Any]]:
    """(name, payload) of a posted command. Raises `Refused` where it is none that a run knows."""
    if not isinstance(found, dict) or not isinstance(found.get("payload", {}), dict):
        raise Refused(400, "A command is an object with a `name` and, where it needs one, a `payload`.")
    name, payload = found.get("name"), dict(found.get("payload") or {})
    if name not in ("pause", "resume", "step", "epoch", "pace", "set", "weight", "stop"):
        raise Refused(400, f"There is no such command: {str(name)[:40]!r}.")
    if name == "step":
        payload.setdefault("steps", 1)
        if not _int(payload["steps"], 1, MOST_STEPS):
            raise Refused(400, f"`steps` must be a number from 1 to {MOST_STEPS:,}.")
    if name == "pace" and not (_pace(payload.get("steps_per_second")) and _pace(payload.get("seconds"))):
        raise Refused(
            400,
            f"`steps_per_second` must be more than 0 and at most {FASTEST:,}, or null for full speed.",
        )
    if name == "set" and not (isinstance(payload.get("changes"), dict) and 0 < len(payload["changes"]) <= 50):
        raise Refused(400, "`changes` must be an object: the place of a setting → its new value.")
    missing = [key for key in _WHOLE.get(name, ()) if key not in payload]
    if missing:
        raise Refused(400, f"`{name}` needs {', '.join(f'`{key}`' for key in missing)}.")
    return name, payload


def send(id: str, name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Hand a command to the run called `id`, and wait a moment for it to be obeyed."""
    from dlviz.ui import state  # the server is up before the store's modules are loaded

    run = state.store().run(id)
    status = run.status()
    if status == "queued" and name == "stop" and state.queue().withdraw(run):
        return _stands(run.state())
    if status not in ACTIVE and not (status == "queued" and name == "stop"):
        raise Refused(409, f"The run is {status}: only a run that trains can {_DOES.get(name, name)}.")
    before, seen = run.state(), _size(run)
    run.command(name, **payload)
    deadline = time.monotonic() + PATIENCE
    if name == "weight":
        while not (taken := _weighed(run, seen)) and time.monotonic() < deadline:
            time.sleep(LOOK)
        return {**_stands(run.state()), "taken": taken}
    while not _obeyed(name, before, now := run.state()) and time.monotonic() < deadline:
        time.sleep(LOOK)
    return _stands(now)


def _obeyed(name: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether the run's state shows that it has done what was asked; of what shows elsewhere, True."""
    if name == "step" and before["status"] == "paused":
        return now["status"] not in ACTIVE or (now["status"] == "paused" and now.get("step") != before.get("step"))
    return name not in _THEN or before["status"] in _THEN[name] or now["status"] in _THEN[name]


def _weighed(run: RunFolder, seen: int) -> bool:
    """Whether the events after the first `seen` bytes tell of a changed weight. Raises `Refused` where they tell that
    the worker would not have it."""
    try:
        with run.events_file.open("rb") as file:
            file.seek(seen)
            lines = file.read().splitlines()
    except FileNotFoundError:
        return False
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue  # half a line that is just being written
        if not isinstance(record, dict):
            continue
        if record.get("type") == "change" and record.get("what") == "weight":
            return True
        if record.get("type") == "mark" and str(record.get("text")).startswith("refused: "):
            raise Refused(409, str(record["text"]).removeprefix("refused: "))
    return False


def _size(run: RunFolder) -> int:
    try:
        return run.events_file.stat().st_size
    except FileNotFoundError:
        return 0


def _stands(state: Mapping[str, Any]) -> dict[str, Any]:
    return {name: state.get(name) for name in ("status", "step", "epoch")}


def _json(found: dict[str, Any], status: int) -> Response:
    return JSONResponse(found, status, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


def _int(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _pace(value: Any) -> bool:
    return value is None or (isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= FASTEST)
