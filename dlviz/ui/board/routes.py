"""The board's addresses: the browser's canvas fetches views and posts edits here, past Streamlit's reruns.

    GET  /dlviz/board/<draft>               {rev, can, view}
    POST /dlviz/board/<draft>  {rev, ops}   {rev, can, say, select, patch}, or with the whole view
    GET  /dlviz/board/<draft>/remedies      {rev, problems: {path or role: [{message, remedies}]}}
    GET  /dlviz/board/<draft>/code          {code}
    GET  /dlviz/board/<draft>/picture.svg   ?dark=1 &role= &width= &height= &download=1
    GET  /dlviz/board/<draft>/weights       ?node=<path>: {bins, counts, mean, std, number, init}

The first two take `?narrow=1`: drawn for the width of a telephone.
What cannot be done is answered with {error: sentence}, and nothing is changed.
"""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.ui.board.ops import MOST_OPS
from dlviz.ui.posted import Refused, posted

PATH = "/dlviz/board/{draft}"
#: More than any edit needs; what is pasted may be long.
LONGEST_BODY = 2_000_000
_SMALL = 600  # bytes; less than this fits a packet as it is


def routes() -> list[Route]:
    """The routes of the board."""
    return [
        Route(PATH, _whole, methods=["GET"]),
        Route(PATH, _edit, methods=["POST"]),
        Route(PATH + "/remedies", _remedies, methods=["GET"]),
        Route(PATH + "/code", _code, methods=["GET"]),
        Route(PATH + "/picture.svg", _picture, methods=["GET"]),
        Route(PATH + "/weights", _weights, methods=["GET"]),
    ]


async def _whole(request: Request) -> Response:
    return await _answered(request, lambda: _board(request).whole().document())


async def _edit(request: Request) -> Response:
    try:
        wanted = _wanted(await posted(request, "an edit", LONGEST_BODY))
    except Refused as refused:
        return _json(request, {"error": str(refused)}, refused.status)
    except ClientDisconnect:
        return Response(status_code=400)
    return await _answered(request, lambda: _board(request).edit(*wanted).document())


async def _remedies(request: Request) -> Response:
    return await _answered(request, lambda: _board(request).remedies())


async def _code(request: Request) -> Response:
    def made() -> dict[str, Any]:
        from dlviz.ui import networks
        from dlviz.ui.board import board

        document = _board(request).document()
        return {"code": networks.code(document["networks"], board.roles(document))}

    return await _answered(request, made)


async def _weights(request: Request) -> Response:
    def made() -> dict[str, Any]:
        from dlviz.ui.board import board
        from dlviz.ui.board.weights import weights

        document = _board(request).document()
        return weights(document, board.roles(document), request.query_params.get("node", ""))

    return await _answered(request, made)


async def _picture(request: Request) -> Response:
    def made() -> Response:
        from dlviz.ui.board.picture import picture

        asked = request.query_params
        view, role = _board(request).whole().view, asked.get("role", "")
        if role and role not in view["roles"]:
            raise Refused(404, f"There is no network `{role[:80]}`.")
        drawn = picture(view, asked.get("dark") == "1", role, _pixels(asked.get("width")), _pixels(asked.get("height")))
        answer = packed(request, drawn.encode(), "image/svg+xml")
        answer.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        if asked.get("download") == "1":
            answer.headers["Content-Disposition"] = f'attachment; filename="{role or "network"}.svg"'
        return answer

    return await _answered(request, made)


def _pixels(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else 0


def _board(request: Request) -> Any:
    """The board of the draft in the address."""
    from dlviz.ui import state  # the server is up before the store's modules are loaded
    from dlviz.ui.board.board import Board

    drafts, id = state.drafts(), request.path_params["draft"]
    try:
        drafts.at(id)
    except WrongInput as error:
        raise Refused(404, str(error)) from None
    return Board(drafts, id, narrow=request.query_params.get("narrow") == "1")


async def _answered(request: Request, made: Callable[[], dict[str, Any] | Response]) -> Response:
    """What `made` gives, worked out in a thread; what it raises as a sentence."""

    def answer() -> Response:
        from dlviz.ui.board.board import Outdated

        try:
            found = made()
            return found if isinstance(found, Response) else _json(request, found)
        except Refused as refused:
            return _json(request, {"error": str(refused)}, refused.status)
        except Outdated as error:
            return _json(request, {"error": str(error)}, 409)
        except WrongInput as error:
            return _json(request, {"error": str(error)}, 400)
        except OSError as error:
            logging.getLogger("dlviz").exception("the board cannot read or write a draft")
            return _json(
                request, {"error": f"The draft cannot be kept: {error.strerror}. Make room, then try again."}, 400
            )
        except Exception:
            logging.getLogger("dlviz").exception("an edit on the board failed")
            sentence = "This could not be done. What went wrong is written in the server's log; nothing was changed."
            return _json(request, {"error": sentence}, 400)

    return await run_in_threadpool(answer)


def _json(request: Request, document: dict[str, Any], status: int = 200) -> Response:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    # half a character that came in a request, and is told of in the answer, stays the escape that it was
    return packed(request, text.encode(errors="backslashreplace"), "application/json", status)


def packed(request: Request, content: bytes, kind: str, status: int = 200) -> Response:
    """`content`, made small on its way where the browser can open it."""
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Vary": "Accept-Encoding"}
    if len(content) > _SMALL and "gzip" in request.headers.get("accept-encoding", ""):
        content = gzip.compress(content, 6, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(content, status, headers, kind)


def _wanted(found: Any) -> tuple[int | None, list[dict[str, Any]]]:
    """(rev, ops) of what was posted."""
    edits = found.get("ops") if isinstance(found, dict) else None
    if not isinstance(edits, list) or not edits or not all(isinstance(op, dict) for op in edits):
        raise Refused(400, "An edit needs `ops`: a list of at least one op, each an object.")
    if len(edits) > MOST_OPS:
        raise Refused(400, f"At most {MOST_OPS} ops make one edit. Received: {len(edits)}.")
    rev = found.get("rev")
    return rev if isinstance(rev, int) and not isinstance(rev, bool) else None, edits
