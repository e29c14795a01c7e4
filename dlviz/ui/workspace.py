"""Whose a run is: each browser is a workspace of its own, known by a cookie that holds chance and nothing else.

It is no account and keeps no secret: all see all runs. It only says in whose turn a piece of work is done.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

import streamlit as st
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.runtime.scriptrunner import get_script_run_ctx

COOKIE = "dlviz_workspace"
_YEAR = 365 * 24 * 3600
_NAME = re.compile(r"[0-9a-f]{16}")
_SENT = re.compile(rf"(?:^|;)\s*{COOKIE}=([0-9a-f]{{16}})\s*(?:;|$)")


class GiveWorkspace:
    """ASGI middleware: a browser that opens a page without the cookie is given one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or of(scope):
            await self.app(scope, receive, send)
            return

        async def sent(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=_headed(message))
                if headers.get("content-type", "").startswith("text/html"):
                    value = f"{COOKIE}={secrets.token_hex(8)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax"
                    headers.append("set-cookie", value)
            await send(message)

        await self.app(scope, receive, sent)


def of(scope: Scope) -> str:
    """The workspace that a request comes from; "" for one that has none yet."""
    found = _SENT.search(Headers(scope=scope).get("cookie", ""))
    return found.group(1) if found else ""


def current() -> str:
    """The workspace that this page is shown in; "" outside of a browser (a route, a thread, a test of one page)."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ""
    name = st.context.cookies.get(COOKIE, "")
    return name if isinstance(name, str) and _NAME.fullmatch(name) else ""


def _headed(message: Message) -> MutableMapping[str, Any]:
    message.setdefault("headers", [])
    return message
