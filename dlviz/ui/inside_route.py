"""The routes by which the drawing board looks inside: one example sent through a draft's networks, fresh or trained.

    GET /dlviz/inside/<draft>?part=&index=&run=&dark=     {"status", …}; when done the figures and a picture a node
    GET /dlviz/inside/<draft>/node?path=…&(the same)      large pictures of one node
    GET /dlviz/inside/<draft>/runs                        the runs that trained just this drawing

A first request asks the queue and answers `queued`; the board asks again until it is `done` or `failed`. What failed is
tried once more only with `again=1`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.core.files import read_record
from dlviz.core.problems import WrongInput
from dlviz.core.values import Array, Audio, Image, Text, Value
from dlviz.datasets.spectrogram import spectrograms
from dlviz.ui import activity

PATH = "/dlviz/inside/{draft}"
#: What a run's networks may differ in from a drawing and still be the same: how it is drawn.
_DRAWN = ("at", "open")


def routes() -> list[Route]:
    """The routes of the look inside."""
    return [
        Route(PATH, _served(_look), methods=["GET"]),
        Route(PATH + "/node", _served(_node), methods=["GET"]),
        Route(PATH + "/runs", _served(_runs), methods=["GET"]),
    ]


def _served(answer: Callable[[str, Mapping[str, str]], dict[str, Any]]) -> Callable[[Request], Any]:
    async def serve(request: Request) -> Response:
        query = dict(request.query_params)
        try:
            found = await run_in_threadpool(answer, request.path_params["draft"], query)
        except WrongInput as error:
            return _json({"status": "failed", "error": str(error)}, 400)
        return _json(found, 200)

    return serve


def _json(found: dict[str, Any], status: int) -> Response:
    text = json.dumps(found, separators=(",", ":"), allow_nan=False)
    return Response(text, status, media_type="application/json", headers={"Cache-Control": "no-store"})


def _look(draft: str, query: Mapping[str, str]) -> dict[str, Any]:
    folder, state = _asked(draft, query)
    if state["status"] != "done":
        return {"status": state["status"], "error": state["error"]}
    dark = query.get("dark") == "1"
    found = read_record(folder / "found.json") or {}
    nodes = found.pop("nodes", {})
    for path, arrays in _arrays(str(folder)).items():
        facts = nodes.setdefault(path, {})
        facts |= {name: activity.picture(array, dark) for name, array in arrays.items()}
    shown = [_shown(folder / f"input_{number}", dark) for number in range(len(found.get("inputs", [])))]
    return {"status": "done", **found, "shown": shown, "nodes": nodes}


def _node(draft: str, query: Mapping[str, str]) -> dict[str, Any]:
    folder, state = _asked(draft, query)
    if state["status"] != "done":
        return {"status": state["status"], "error": state["error"]}  # the drawing has changed meanwhile
    arrays = _arrays(str(folder)).get(query.get("path", ""), {})
    dark = query.get("dark") == "1"
    pictures = {name: activity.picture(array, dark, large=True) for name, array in arrays.items()}
    return {"status": "done", "shape": list(arrays["out"].shape) if "out" in arrays else None, **pictures}


def _asked(draft: str, query: Mapping[str, str]) -> tuple[Path, dict[str, Any]]:
    """The folder of the look that a query asks for, and how far it is."""
    from dlviz.ui import experiment, state  # the server is up before the store's modules are loaded

    index = query.get("index", "0")
    if not index.isascii() or not index.isdigit() or len(index) > 9:
        raise WrongInput(f"`index` must be the number of an example, from 0. Received: {index[:40]!r}.")
    request: dict[str, Any] = {"part": query.get("part", "validation"), "index": int(index)}
    if query.get("run"):
        run = state.store().run(query["run"])
        request["run"], request["step"] = str(run.path.absolute()), run.state().get("step")
    else:
        document = experiment.problem_free(experiment.completed(state.drafts().read(draft)))
        request["spec"] = {**document, "networks": undrawn(document["networks"])}
    queue = state.queue()
    folder = queue.look(request, again=query.get("again") == "1")
    return folder, queue.answer_state(folder)


@lru_cache(maxsize=8)
def _arrays(folder: str) -> dict[str, dict[str, Array]]:
    """The arrays of a finished look: path → {"out", "grad", "att"}."""
    found: dict[str, dict[str, Array]] = {}
    with np.load(Path(folder) / "found.npz", allow_pickle=False) as arrays:
        for key in arrays.files:
            name, _, path = key.partition("|")
            found.setdefault(path, {})[name] = arrays[key]
    return found


def _shown(stem: Path, dark: bool) -> dict[str, str]:
    """An input as a person reads it: a picture or words."""
    value = Value.load(stem)
    if isinstance(value.kind, Image):
        return {"picture": activity.photo(value.data[0])}
    if isinstance(value.kind, Audio):
        return {"picture": activity.photo(spectrograms(value.data[:1], value.kind.rate)[0])}
    if isinstance(value.kind, Text):
        return {"words": str(value.data[0])[:2000]}
    row = np.asarray(value.data[0]).reshape(-1)
    if np.issubdtype(row.dtype, np.number):
        return {"picture": activity.picture(row, dark), "words": ", ".join(f"{float(x):.3g}" for x in row[:12])}
    return {"words": ", ".join(str(cell) for cell in row[:24])}


def _runs(draft: str, query: Mapping[str, str]) -> dict[str, Any]:
    """The newest runs that have learned with exactly this drawing and data, newest first."""
    from dlviz.ui import experiment, state

    document = experiment.completed(state.drafts().read(draft))
    wanted = (document["data"], undrawn(experiment.problem_free(document)["networks"]))
    found = []
    for run in state.store().runs()[:200]:
        spec = run.spec_document()
        if not spec or spec.get("data", {}).get("kind") != document["data"].get("kind"):
            continue
        try:
            own = experiment.problem_free(experiment.completed(spec))
        except (WrongInput, KeyError, TypeError):
            continue
        if (own["data"], undrawn(own["networks"])) == wanted and run.checkpoints.is_dir():
            now = run.state()
            found.append({"id": run.id, "title": str(spec.get("title") or run.id), "status": str(now.get("status"))})
        if len(found) == 12:
            break
    return {"status": "done", "runs": found}


def undrawn(networks: Any) -> Any:
    """Networks without how they are drawn: moving a node changes nothing of what it computes."""
    if isinstance(networks, dict):
        return {key: undrawn(value) for key, value in networks.items() if key not in _DRAWN}
    return [undrawn(value) for value in networks] if isinstance(networks, list) else networks
