"""The addresses of the living network.

    GET  /dlviz/living/<run>?turned=<path>,…   what is drawn (`view.py`)
    GET  /dlviz/living/<run>/points            the examples, for data of the plane (`points.py`)
    POST /dlviz/living/<run>/fork  {step, weight: {role, node, name, index, value}}
                                               a new run that goes on from `step` with this weight: {run}

A weight of a run that trains is changed by the command `weight` (`control_route.py`).
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.ui.board.routes import packed
from dlviz.ui.posted import Refused, posted

PATH = "/dlviz/living/{run}"
LONGEST_BODY = 5000
#: More blocks than this are not turned at once; a weight larger than this is a slip of the hand.
MOST_TURNED, LARGEST = 200, 1e6


def routes() -> list[Route]:
    """The routes of the living network."""
    return [
        Route(PATH, _view, methods=["GET"]),
        Route(PATH + "/points", _points, methods=["GET"]),
        Route(PATH + "/fork", _fork, methods=["POST"]),
    ]


async def _view(request: Request) -> Response:
    turned = tuple(name for name in request.query_params.get("turned", "").split(",") if name)
    if len(turned) > MOST_TURNED:
        return _json(request, {"error": f"At most {MOST_TURNED} blocks are turned at once."}, 400)

    def made() -> dict[str, Any]:
        from dlviz.ui import experiment
        from dlviz.ui.living.view import view

        document = _document(request.path_params["run"])
        return view(document, experiment.roles(document), experiment.fields(document), turned)

    return await _answered(request, made)


async def _points(request: Request) -> Response:
    def made() -> dict[str, Any]:
        from dlviz.training.fork import data_seed
        from dlviz.ui import state
        from dlviz.ui.living.points import points

        document = _document(request.path_params["run"])
        run = state.store().run(request.path_params["run"])
        return points(document["data"], data_seed(run, document.get("seed", 0)))

    return await _answered(request, made)


async def _fork(request: Request) -> Response:
    try:
        step, weight = wanted(await posted(request, "a change of a weight", LONGEST_BODY))
    except Refused as refused:
        return _json(request, {"error": str(refused)}, refused.status)
    except ClientDisconnect:
        return Response(status_code=400)
    return await _answered(request, lambda: {"run": fork(request.path_params["run"], step, weight)})


def wanted(found: Any) -> tuple[int, dict[str, Any]]:
    """(step, weight) of a posted change. Raises `Refused`."""
    if not isinstance(found, dict) or not isinstance(found.get("weight"), dict):
        raise Refused(400, "A change is an object with a `step` and a `weight`.")
    step, weight = found.get("step"), found["weight"]
    if not isinstance(step, int) or isinstance(step, bool) or not 0 <= step < 10**12:
        raise Refused(400, f"`step` must be a number of steps, from 0. Received: {str(step)[:40]}.")
    for name in ("role", "node", "name"):
        if not isinstance(weight.get(name), str) or not 0 < len(weight[name]) <= 200:
            raise Refused(400, f"A weight needs `{name}`, as text.")
    index = weight.get("index")
    sound = isinstance(index, list) and 0 < len(index) <= 8
    if not sound or not all(isinstance(each, int) and not isinstance(each, bool) and each >= 0 for each in index or ()):
        raise Refused(400, "A weight's `index` is a list of whole numbers from 0, one for each of its dimensions.")
    value = weight.get("value")
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not math.isfinite(value) or abs(value) > LARGEST:
        raise Refused(400, f"A weight's `value` is a number between -{LARGEST:,.0f} and {LARGEST:,.0f}.")
    return step, {name: weight[name] for name in ("role", "node", "name", "index", "value")}


def fork(id: str, step: int, weight: dict[str, Any]) -> str:
    """The id of a new run that goes on from `step` of the run `id` with one weight changed. Raises `WrongInput`."""
    from dlviz.training.commands import Command
    from dlviz.ui import state
    from dlviz.ui.living.weights import check

    store = state.store()
    run = store.run(id)
    document = run.spec_document()
    role = (document.get("networks") or {}).get(weight["role"])
    if role is None:
        raise WrongInput(f"There is no network `{weight['role'][:80]}` in this run.")
    check(run, weight)
    named, now = str(document.get("title") or id), run.state()
    changes: dict[str, Any] = {}
    if step >= (now.get("step") or 0):  # it had come to its end: it needs further epochs to go on at all
        changes["training.epochs"] = 2 * max(1, math.ceil(now.get("epoch") or now.get("epochs") or 1))
    child = store.fork(run, step, changes, title=f"{named}, one weight changed"[:120])
    state.queue().submit(child, Command("weight", weight))
    return str(child.id)


def _document(id: str) -> dict[str, Any]:
    from dlviz.ui import state

    document = state.store().run(id).spec_document()
    if not document:
        raise WrongInput("This run cannot be drawn: its spec.json is damaged or not yet written.")
    return _completed(json.dumps(document, sort_keys=True))


@lru_cache(maxsize=16)
def _completed(text: str) -> dict[str, Any]:
    from dlviz.ui import experiment

    return experiment.completed(json.loads(text))


async def _answered(request: Request, made: Callable[[], dict[str, Any]]) -> Response:
    def answer() -> Response:
        try:
            return _json(request, made())
        except Refused as refused:
            return _json(request, {"error": str(refused)}, refused.status)
        except WrongInput as error:
            return _json(request, {"error": str(error)}, 404)
        except OSError as error:
            return _json(request, {"error": f"This cannot be read or kept: {error.strerror}."}, 400)
        except Exception:
            logging.getLogger("dlviz").exception("the living network could not be drawn")
            sentence = "This could not be done. What went wrong is written in the server's log; nothing was changed."
            return _json(request, {"error": sentence}, 400)

    return await run_in_threadpool(answer)


def _json(request: Request, found: dict[str, Any], status: int = 200) -> Response:
    return packed(request, json.dumps(found, separators=(",", ":")).encode(), "application/json", status)
