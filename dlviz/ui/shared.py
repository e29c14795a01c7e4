"""Sharing a draft as a link: all of it stands in the address behind the `#`, which no server ever gets to see.

    GET /dlviz/share/<draft>   {"fragment": "draft=…", "note": a sentence about what the link cannot hold}

Whoever opens such an address, on whatever machine, gets a draft of her own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dlviz.core.problems import WrongInput
from dlviz.ui import chrome, experiment, state

PATH = "/dlviz/share/{draft}"


def routes() -> list[Route]:
    """The route that makes a link."""
    return [Route(PATH, _packed, methods=["GET"])]


async def _packed(request: Request) -> Response:
    try:
        found = await run_in_threadpool(link, request.path_params["draft"])
    except WrongInput as error:
        return JSONResponse({"error": str(error)}, 404, headers={"Cache-Control": "no-store"})
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


def link(draft: str) -> dict[str, str]:
    """What stands behind the `#` of a link to this draft as it is now. Raises `WrongInput`."""
    from dlviz.runs.share import packed

    document = state.drafts().read(draft)
    own = bool(document.get("data", {}).get("path"))
    note = "Your data itself is not in it: whoever opens the link needs the same file." if own else ""
    return {"fragment": f"draft={packed(document)}", "note": note}


def opened(text: str) -> str:
    """The id of a new draft out of a link's text. Raises `WrongInput` where the text is no draft."""
    from dlviz.runs.share import unpacked

    document: Mapping[str, Any] = unpacked(text)
    return state.drafts().new(experiment.opened(json.dumps(document)))


def opener() -> None:
    """Look for a draft in the address of any page, and lead to the drawing board with it."""
    result = _component()(key="opener", data={}, height=1, on_opened_change=_nothing)
    if not result.opened:
        return
    try:
        draft = opened(str(result.opened))
    except WrongInput as error:
        _refused(str(error))
        return
    state.remember(draft=draft)
    chrome.go("build", {"draft": draft})


@st.dialog("This link cannot be opened", icon=":material/link_off:")
def _refused(sentence: str) -> None:
    st.markdown(sentence)


def _nothing() -> None:
    """A trigger exists only where a callback is named."""


@cache
def _component() -> Any:
    return st.components.v2.component("dlviz.opener", html="<span></span>", js="opener.js")
