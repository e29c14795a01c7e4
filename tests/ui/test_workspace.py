"""Each browser is a workspace: it is given a cookie once, and what it starts bears its name."""

from __future__ import annotations

import pytest

from dlviz.ui.workspace import COOKIE, GiveWorkspace, of

NAME = "0123456789abcdef"


def scope(cookie: str = "", kind: str = "http"):
    return {"type": kind, "headers": [(b"cookie", cookie.encode())] if cookie else []}


def answered(asked, content_type=b"text/html; charset=utf-8"):
    """The headers of an answer that passes through the middleware."""
    sent = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content_type)]})
        await send({"type": "http.response.body", "body": b"hello"})

    async def send(message):
        sent.append(message)

    # stepped by hand, for nothing in it waits: in this thread the browser's tests may have a loop of their own
    with pytest.raises(StopIteration):
        GiveWorkspace(app)(asked, None, send).send(None)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    return dict(sent[0]["headers"])


def test_a_new_browser_is_given_a_name_by_chance():
    first, second = (answered(scope())[b"set-cookie"].decode() for _ in range(2))
    assert first.startswith(f"{COOKIE}=") and "HttpOnly" in first and "SameSite=Lax" in first
    assert first != second
    assert of(scope(first.partition(";")[0]))


def test_who_has_one_keeps_it_and_only_pages_give_it():
    assert b"set-cookie" not in answered(scope(f"{COOKIE}={NAME}"))
    assert b"set-cookie" not in answered(scope(), b"text/event-stream")
    assert b"set-cookie" not in answered({**scope(), "type": "websocket"})


@pytest.mark.parametrize(("cookie", "name"), [
    (f"{COOKIE}={NAME}", NAME),
    (f"other=1; {COOKIE}={NAME}; more={{\"x\": 1}}", NAME),
    (f'weird="a,b" {{}}; {COOKIE}={NAME}', NAME),
    (f"{COOKIE}=../../etc", ""),
    (f"{COOKIE}={NAME}00", ""),
    (f"x{COOKIE}={NAME}", ""),
    ("", ""),
])  # fmt: skip
def test_only_a_name_of_ours_is_taken(cookie, name):
    assert of(scope(cookie)) == name


def test_a_run_is_of_the_browser_that_started_it(tab, served):
    from dlviz.runs.drafts import Drafts
    from dlviz.runs.store import Store

    before = {run.id for run in Store(served.home).runs()}
    draft = Drafts(served.home).new({"version": 1, "data": {"kind": "Digits"}, "training": {"epochs": 1}})
    page = tab.open(f"/train?draft={draft}")
    page.get_by_role("button", name="Start training").click()
    page.get_by_role("button", name="Stop").wait_for()
    page.wait_for_url("**/train?*run=*")
    (made,) = [run for run in Store(served.home).runs() if run.id not in before]
    names = {cookie["name"]: cookie["value"] for cookie in page.context.cookies()}
    assert made.state()["workspace"] == names[COOKIE]
    page.get_by_text("finished").first.wait_for(timeout=180_000)
