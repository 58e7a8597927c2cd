"""The page in a real Chromium, over a real gateway, workers, Redis and a mock broker."""

import shutil
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize, expect, sync_playwright

from app.bootstrap import Services
from app.domain import Grade, Outcome, Scan, Signal, Status
from app.settings import load_settings
from app.signals.scans import Plan
from tests.conftest import PATIENCE_SECONDS, free_port, is_alive, wait_until
from tests.processes import Child
from tests.system import System, running_system

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
# Few shares, quickly scanned; the patterns that the mock plants stand among the first ten.
MARKET = ["--tickers", "12", "--seed", "1", "--rate", "20"]
WIDE: ViewportSize = {"width": 1440, "height": 900}
PATIENCE_MS = 1000 * PATIENCE_SECONDS


class Site:
    """A whole system with a gateway that can be stopped and started again."""

    def __init__(self, system: System, **settings: str) -> None:
        self.system = system
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = {"GATEWAY_PORT": str(self.port), **settings}
        self._found = count()
        self._process: Child | None = None

    def start(self) -> None:
        """Start the gateway and wait until it answers."""
        with (self.system.folder / f"gateway-{self.port}.log").open("ab") as log:
            self._process = Child(
                [sys.executable, "-m", "app.gateway"],
                cwd=self.system.folder,
                env=self.system.environment | self._settings,
                stdout=log,
                stderr=log,
            )
        wait_until(self._answers)

    def stop(self) -> None:
        """Stop the gateway: whoever follows is cut off."""
        if self._process:
            self._process.terminate()
            self._process.wait(PATIENCE_SECONDS)
            self._process = None

    def services(self) -> Services:
        """Return what a worker of this system works with."""
        environment = self.system.environment
        settings = load_settings(
            redis_url=environment["REDIS_URL"], database_url=environment["DATABASE_URL"]
        )
        return Services(settings)

    def find(self, ticker: str, name: str, *, before: Callable[[], None] = lambda: None) -> str:
        """Keep a signal of another ticker, as a worker does; return the key of its row.

        It is a VCP that the market has, under another name. ``before`` is done just before that.
        """
        answer = httpx.get(
            f"{self.url}/api/signals",
            params={"strategy": "vcp", "limit": 1},
            timeout=PATIENCE_SECONDS,
        )
        known = answer.json()["signals"][0]
        pattern = Signal.model_validate({name: known[name] for name in Signal.model_fields})
        before()
        scan_id = uuid.uuid4().hex
        with self.services() as services:
            now = services.clock()
            scan = Scan(
                id=scan_id,
                name="test",
                as_of=None,
                strategies=("vcp",),
                priority=0,
                deadline=now + timedelta(minutes=5),
                created_at=now,
            )
            services.scans.record(Plan(scan, [ticker], 1), now=now)
            found = pattern.model_copy(
                update={
                    "ticker": ticker,
                    "name": name,
                    "scan_id": scan_id,
                    "grade": Grade.S,
                    "score": 99 + next(self._found) / 100,  # within a minute the best is on top
                }
            )
            outcome = Outcome(
                scan_id=scan_id,
                ticker=ticker,
                status=Status.OK,
                last_bar=found.last_bar,
                signals=[found],
            )
            services.keeper.keep(outcome)
        return f"{ticker}|vcp"

    def _answers(self) -> bool:
        assert self._process
        assert self._process.poll() is None, "the gateway has ended"
        return is_alive(self.url)


@contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    """Run a system whose market nobody has scanned yet, with one gateway."""
    with running_system(folder, mock=MARKET, RATE_LIMIT_RPS="20") as system:
        system.start_workers(1)
        site = Site(system)
        try:
            site.start()
            yield site
        finally:
            site.stop()


@pytest.fixture(scope="module")  # while it is there, no other test can run an event loop
def browser() -> Iterator[Browser]:
    """Return a Chromium without a window."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    with sync_playwright() as playwright:
        path = found or playwright.chromium.executable_path
        if not Path(path).exists():
            pytest.skip(f"no Chromium: none of {', '.join(CHROMIUMS)} is on the path")
        launched = playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=PATIENCE_MS)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Return a site whose market has been scanned once."""
    with running_site(tmp_path_factory.mktemp("site")) as running:
        running.system.scan("--market", "all")
        yield running


@pytest.fixture
def new_site(tmp_path: Path) -> Iterator[Site]:
    """Return a site of the test's own, that nothing was scanned on."""
    with running_site(tmp_path) as running:
        yield running


@contextmanager
def open_tab(browser: Browser) -> Iterator[Page]:
    """Open an empty tab, dark and wide; what its scripts complain of fails the test."""
    context = browser.new_context(viewport=WIDE, color_scheme="dark", locale="ko-KR")
    expect.set_options(timeout=PATIENCE_MS)
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # The browser itself says that a server is away or refuses something. What is meant here are
        # mistakes: a script's, or something that the page's own policy has to forbid.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    tab.on("console", hear)
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    yield tab
    context.close()
    assert [each for each in complaints if "WebSocket connection" not in each] == []


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Return a tab that no other test has used."""
    with open_tab(browser) as tab:
        yield tab
