"""Fixtures for pages: AppTest on one page, a served app of its own, a browser."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page, Response
    from streamlit.testing.v1 import AppTest

    from dlviz.training.folder import RunFolder

ROOT = Path(__file__).parents[2]


@pytest.fixture
def dlviz_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty place for runs and drafts, used by this process as by all that it starts."""
    monkeypatch.setenv("DLVIZ_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


class OnePage:
    """Makes an AppTest that stands on one page, through the real menu, so that links between pages work."""

    def __call__(self, name: str, **params: str) -> AppTest:
        from streamlit.testing.v1 import AppTest
        from streamlit.util import calc_hash

        from dlviz.ui import chrome

        test = AppTest.from_file(str(ROOT / "dlviz" / "ui" / "navigation.py"), default_timeout=240)
        first = chrome.pages()[0].name
        if name != first:
            test._page_hash = calc_hash(name)  # as the menu names it: by its address
        for key, value in params.items():
            test.query_params[key] = value
        return test


@pytest.fixture
def one_page(dlviz_home: Path) -> OnePage:
    """`one_page("train", run=…)`: an AppTest of that page; call `.run()` on it."""
    return OnePage()


@dataclass(frozen=True)
class Served:
    """A running app: its address and its home folder."""

    address: str
    home: Path
    pid: int


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole app, as a user starts it, on a free port and with a home of its own."""
    home = tmp_path_factory.mktemp("served-home")
    address, server = _started(home)
    try:
        yield Served(address, home, server.pid)
    finally:
        _ended(server)
        _end_host(home)


def _started(home: Path) -> tuple[str, subprocess.Popen[bytes]]:
    """The app on a free port: another process may take it before the app does, then on another one."""
    environment = {**os.environ, "DLVIZ_HOME": str(home), "OMP_NUM_THREADS": "1"}
    log = home / "server.log"
    for _ in range(4):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        with log.open("wb") as out:
            server = subprocess.Popen(
                [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port),
                 "--server.address", "127.0.0.1", "--server.headless", "true"],
                cwd=ROOT, env=environment, stdout=out, stderr=subprocess.STDOUT,
            )  # fmt: skip
        address = f"http://127.0.0.1:{port}"
        if _comes_up(address, server):
            return address, server
        _ended(server)
        if "already in use" not in log.read_text(errors="replace"):
            break
    raise RuntimeError(f"The app did not start:\n{log.read_text(errors='replace')}")


def _comes_up(address: str, server: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + 180
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5):
                return server.poll() is None
        except OSError:
            time.sleep(0.1)
    return False


def _ended(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=60)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _end_host(home: Path) -> None:
    """End the detached host of this home, and with it its workers: only processes started for `home`."""
    import psutil

    from dlviz.runs import queue

    for process in psutil.process_iter(["cmdline"]):
        if str(home) in (process.info["cmdline"] or []):
            for child in process.children(recursive=True):
                child.kill()
            process.kill()
    for started in queue._started:  # those that a test itself asked for
        if started.args[-1] == str(home):
            started.wait(timeout=120)


@pytest.fixture(scope="session")
def trained_digits(served: Served) -> RunFolder:
    """The first lesson, trained once in the served app's home: for tests that need a trained network, not to watch it
    learn."""
    import yaml

    from dlviz.runs.queue import Queue
    from dlviz.runs.store import Store

    document = yaml.safe_load((ROOT / "dlviz" / "lessons" / "01-digits.yaml").read_text(encoding="utf-8"))
    run = Store(served.home).create(document | {"title": "Digits, trained before", "training": {"epochs": 5}})
    Queue(served.home).submit(run)
    deadline = time.monotonic() + 240
    while run.status() in ("queued", "starting", "running") and time.monotonic() < deadline:
        time.sleep(0.1)
    assert run.status() == "finished", run.state()
    return run


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium: the one that `DLVIZ_BROWSER` names, else one on the PATH, else Playwright's own."""
    import shutil

    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=120_000)  # a busy machine is no fault; what waits in vain still fails
    path = os.environ.get("DLVIZ_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        listens = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]  # a microphone that beeps
        running = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", *listens])
        yield running
        running.close()


#: Opened below its first page, Streamlit asks for these two below that page first, and then at the right place.
_PROBE = re.compile(r"/[^/]+/_stcore/(health|host-config)$")


class Tab:
    """A browser tab that keeps what its console complained of, what the server refused, and every address outside
    this machine."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address
        self.complaints: list[str] = []
        self.refused: list[str] = []
        self.foreign: list[str] = []
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(error.stack or str(error)))
        page.on("request", lambda request: self._asked(request.url))
        page.on("response", self._answered)

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not self._is_probe(message.location.get("url", "")):
            self.complaints.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.foreign.append(url)

    def _answered(self, response: Response) -> None:
        if self._is_probe(response.url):
            return
        # what Streamlit does not know it answers with the app's page and status 200: a missing file looks like that
        page = response.headers.get("content-type", "").startswith("text/html")
        framed = "/media/" in response.url or response.request.resource_type in ("document", "iframe")
        if response.status >= 400 or (page and not framed):
            self.refused.append(f"{response.status} {response.url}")

    def _is_probe(self, url: str) -> bool:
        path = url.removeprefix(self.address).partition("?")[0]
        return path != url and _PROBE.fullmatch(path) is not None

    def open(self, path: str = "/") -> Page:
        """Go to a page of the app and wait for its title."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector("h1", timeout=180_000)  # the first page of all is the slowest
        return self.page

    def check(self) -> None:
        """Nothing was fetched from elsewhere, nothing was refused, nothing went wrong in the browser."""
        assert not self.foreign, f"Fetched from outside this machine: {self.foreign}"
        assert not self.refused, f"Not found or refused: {self.refused}"
        assert not self.complaints, f"The console says: {self.complaints}"


#: Fixtures that take a run away when they end. A page that still looks at it would ask for its stream again in vain.
_RUNS = ("growing_run", "living_run", "pair", "family")


class Visitor:
    """A browser's profile that is used again, test after test: what it has fetched and compiled it need not fetch and
    compile anew, which is half of what opening a page costs. All else it has forgotten before the next test."""

    def __init__(self, browser: Browser, address: str, **how: object) -> None:
        self.context = browser.new_context(**how)
        self.context.set_default_timeout(120_000)
        self.keeper = self.context.new_page()  # keeps alive what pages of the same site share
        self.keeper.goto(f"{address}/_stcore/health")

    def forget(self) -> None:
        for page in self.context.pages:
            if page != self.keeper:
                page.close()
        self.context.clear_cookies()
        self.context.clear_permissions()
        self.keeper.evaluate("localStorage.clear()")


@pytest.fixture(scope="session")
def desktop_visitor(browser: Browser, served: Served) -> Iterator[Visitor]:
    visitor = Visitor(browser, served.address, viewport={"width": 1280, "height": 900})
    yield visitor
    visitor.context.close()


@pytest.fixture(scope="session")
def phone_visitor(browser: Browser, served: Served) -> Iterator[Visitor]:
    size = {"width": 390, "height": 844}
    visitor = Visitor(browser, served.address, viewport=size, has_touch=True, is_mobile=True)
    yield visitor
    visitor.context.close()


def _opened(visitor: Visitor, served: Served, request: pytest.FixtureRequest) -> Iterator[Tab]:
    for name in _RUNS:
        if name in request.fixturenames:
            request.getfixturevalue(name)  # set up before the tab, so taken away after it is closed
    tab = Tab(visitor.context.new_page(), served.address)
    try:
        yield tab
    finally:
        visitor.forget()
    tab.check()


@pytest.fixture
def tab(desktop_visitor: Visitor, served: Served, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A fresh tab of 1280 by 900 on the served app; the test fails if anything in it went wrong (`Tab.check`)."""
    yield from _opened(desktop_visitor, served, request)


@pytest.fixture
def phone(phone_visitor: Visitor, served: Served, request: pytest.FixtureRequest) -> Iterator[Tab]:
    """A tab as wide as a phone, with touch; checked as `tab` is."""
    yield from _opened(phone_visitor, served, request)


class GrowingRun:
    """A run that this test writes by hand, as a worker would: this process stands for the worker."""

    def __init__(self, home: Path) -> None:
        import psutil

        from dlviz.runs.store import Store

        self.folder = Store(home).create({"version": 1, "title": "By hand", "data": {"kind": "Digits"}})
        self.id = self.folder.id
        self.step = 0
        me = psutil.Process()
        self._state = {"pid": me.pid, "pid_started": me.create_time(), "epochs": 10, "steps": 100, "epoch": 0}
        self.state(status="running", error=None)

    def state(self, **values: object) -> None:
        self._state |= values
        self.folder.write_state(self._state | {"step": self.step})

    def write(self, record: dict[str, object]) -> None:
        """Append one record to the events."""
        from dlviz.training.events import EventLog

        log = EventLog(self.folder.events_file)
        rest = {key: value for key, value in record.items() if key not in ("type", "step")}
        log.add(str(record["type"]), int(str(record["step"])), **rest)
        log.flush()

    def add(self, many: int) -> None:
        """`many` more steps."""
        for _ in range(many):
            self.step += 1
            self.write({"type": "train", "step": self.step, "epoch": self.step / 10, "loss": 10 / self.step})


@pytest.fixture
def growing_run(served: Served) -> Iterator[GrowingRun]:
    """A run in the served app's home that the test writes itself; gone afterwards."""
    import shutil

    run = GrowingRun(served.home)
    yield run
    shutil.rmtree(run.folder.path)
