"""What a page's script posts to the server: taken only from this app's own pages, only as JSON, only so long."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from dlviz.core.problems import WrongInput


class Refused(Exception):
    """An answer that says why not."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


async def answered(
    request: Request,
    what: str,
    longest: int,
    wanted: Callable[[Any], dict[str, Any]],
    asked: Callable[[str, dict[str, Any]], Mapping[str, Any]],
) -> Response:
    """The answer to a POST about the run that its path names: `asked(run, wanted(body))`, or why there is none."""
    try:
        body = wanted(await posted(request, what, longest))
        found = await run_in_threadpool(asked, request.path_params["run"], body)
    except Refused as refused:
        return JSONResponse({"status": "failed", "error": str(refused)}, refused.status)
    except WrongInput as error:
        return JSONResponse({"status": "failed", "error": str(error)}, 404)
    except OSError as error:
        return JSONResponse({"status": "failed", "error": f"It cannot be kept: {error.strerror}."}, 400)
    except ClientDisconnect:
        return Response(status_code=400)
    return JSONResponse(found, 200, headers={"Cache-Control": "no-store"})


async def posted(request: Request, what: str, longest: int) -> Any:
    """The JSON in a POST's body. Raises `Refused` with a sentence that calls it `what` ("an edit")."""
    _same_origin(request, what)
    _is_json(request, what)
    body = await _body(request, what, longest)
    try:
        return json.loads(body, parse_constant=_number, parse_float=_number)
    except (ValueError, RecursionError):
        raise Refused(400, f"{_begun(what)} is a JSON object. Received: something else.") from None


def _same_origin(request: Request, what: str) -> None:
    """Only pages of this app may: another site's page, open in the same browser, must not."""
    site = request.headers.get("sec-fetch-site")  # every browser of today says it, and no page can forge it
    if site is not None:
        same = site == "same-origin"
    else:
        origin = request.headers.get("origin")
        same = origin is None or urlsplit(origin).netloc == request.headers.get("host")
    if not same:
        raise Refused(403, f"{_begun(what)} comes from the app's own pages only.")


def _is_json(request: Request, what: str) -> None:
    """A form of another site can send texts and forms, but not this kind without being asked for leave first."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(400, f"{_begun(what)} is sent as application/json. Received: {kind[:80] or 'nothing'}.")


async def _body(request: Request, what: str, longest: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > longest:
            raise Refused(413, f"{_begun(what)} is at most {longest:,} bytes long.")
    return bytes(body)


def _begun(what: str) -> str:
    return what[:1].upper() + what[1:]


def _number(text: str) -> float:
    """A number that JSON can say again: no infinity, no NaN."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return value
