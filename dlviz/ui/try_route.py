"""The route by which a page tries a trained network on a typed text, a sound or the past of a series.

    POST /dlviz/try/<run>  {"text": …, "many", "temperature", "top_k", "top_p", "seed", "beam"}
                           {"recording": a sound file in base64, "spoken": whether it was recorded just now}
                           {"sound": its name, as the answer to a recording tells it, "spoken"}
                           {"moment": a window of the test part, "series": whose past is changed, "values": that past}
                           → {"status": queued | running | done | failed, "error", …the answer when it is done}

The first time the queue is asked; the page asks again with the same until it is done.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.core.files import read_record
from dlviz.ui import try_sounds
from dlviz.ui.posted import Refused, answered

PATH = "/dlviz/try/{run}"
LONGEST_BODY, LONGEST_TEXT = try_sounds.LONGEST_FILE * 4 // 3 + 1000, 20_000
LONGEST_WINDOW = 10_000
_KNOWN = ("text", "many", "temperature", "top_k", "top_p", "seed", "beam")


def routes() -> list[Route]:
    """The route that takes texts, sounds and series."""
    return [Route(PATH, _try, methods=["POST"])]


async def _try(request: Request) -> Response:
    return await answered(request, "a try", LONGEST_BODY, _wanted, asked)


def _wanted(found: Any) -> dict[str, Any]:
    if isinstance(found, dict) and ("recording" in found or "sound" in found):
        return try_sounds.wanted(found)
    if isinstance(found, dict) and "moment" in found:
        return _moment(found)
    if not isinstance(found, dict) or not isinstance(found.get("text"), str) or not set(found) <= set(_KNOWN):
        raise Refused(400, "A try is a JSON object with a `text`. Received: something else.")
    if len(found["text"]) > LONGEST_TEXT:
        raise Refused(413, f"A text to try has at most {LONGEST_TEXT:,} characters. Received: {len(found['text']):,}.")
    return found


def _moment(found: dict[str, Any]) -> dict[str, Any]:
    values = found.get("values", [])
    whole = all(type(found.get(name, 0)) is int for name in ("moment", "series"))
    if not set(found) <= {"moment", "series", "values"} or not whole or not isinstance(values, list):
        raise Refused(400, "A try is a JSON object with a whole number `moment`. Received: something else.")
    if len(values) > LONGEST_WINDOW:
        raise Refused(413, f"A past to try has at most {LONGEST_WINDOW:,} steps. Received: {len(values):,}.")
    return found


def asked(run_id: str, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """How far the answer is; it is asked for where it was not yet."""
    from dlviz.ui import state  # the server is up before the store's modules are loaded

    run = state.store().run(run_id)
    queue = state.queue()
    sounds = queue.home / "sounds"
    if "content" in wanted:
        name = try_sounds.keep(wanted["content"], sounds)
        wanted = {"sound": name, "spoken": wanted["spoken"]}
    told = {"sound": wanted["sound"]} if "sound" in wanted else {}
    if told:
        wanted = {**wanted, "sound": str((sounds / told["sound"]).absolute())}
    folder = queue.attempt({"run": str(run.path.absolute()), "step": run.weights(), **wanted})
    now = queue.answer_state(folder)
    if now["status"] != "done":
        return {"status": now["status"], "error": now["error"], **told}
    return {"status": "done", **told, **(read_record(folder / "answer.json") or {})}
