"""Asks an ASGI app without a server: one request, one answer."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What came back; `wire` is the body as it travelled."""

    status: int
    headers: dict[str, str]
    wire: bytes

    @property
    def body(self) -> bytes:
        return gzip.decompress(self.wire) if self.headers.get("content-encoding") == "gzip" else self.wire

    def json(self) -> Any:
        return json.loads(self.body)


def ask(
    app: Any, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, method: str = ""
) -> Answer:
    """GET `path`, or POST where there is a body."""
    with ThreadPoolExecutor(1) as apart:  # this thread may hold a browser's event loop
        return apart.submit(asyncio.run, asked(app, path, body, headers, method)).result()


async def asked(
    app: Any, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None, method: str = ""
) -> Answer:
    """The same, inside a running loop."""
    place, _, query = path.partition("?")
    sent = {"host": "testserver", "accept-encoding": "gzip", **{k.lower(): v for k, v in (headers or {}).items()}}
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http", "path": place,
        "raw_path": place.encode(), "query_string": query.encode(), "root_path": "", "server": ("testserver", 80),
        "client": ("127.0.0.1", 1), "method": method or ("GET" if body is None else "POST"),
        "headers": [(key.encode(), value.encode()) for key, value in sent.items()],
    }  # fmt: skip
    waiting = [{"type": "http.request", "body": body or b"", "more_body": False}]
    came: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        came.append(dict(message))

    await app(scope, receive, send)
    start = next(message for message in came if message["type"] == "http.response.start")
    content = b"".join(message.get("body", b"") for message in came if message["type"] == "http.response.body")
    found = {key.decode().lower(): value.decode() for key, value in start["headers"]}
    return Answer(start["status"], found, content)
