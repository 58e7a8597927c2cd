"""A gateway on a port of this machine: real HTTP, a real Redis, a database of its own."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from redis import Redis
from websockets.sync.client import ClientConnection, connect

from app.bootstrap import Services
from app.domain import KOREA, Listing, Market, Outcome, Scan, Signal, Status
from app.gateway.server import server
from app.settings import load_settings
from app.signals.scans import Plan
from tests.conftest import PATIENCE_SECONDS, free_port, http_client, wait_until

FRIDAY_EVENING = datetime(2025, 2, 28, 20, 0, tzinfo=KOREA).astimezone(UTC)
SHARES = (
    Listing("005930", "삼성전자", Market.KOSPI),
    Listing("009150", "삼성전기", Market.KOSPI),
    Listing("000660", "SK하이닉스", Market.KOSPI),
    Listing("293490", "카카오게임즈", Market.KOSDAQ),
    Listing("005935", "삼성전자우", Market.KOSPI, excluded="preferred share"),
)


class Gateway:
    """A running gateway, and hands that do what workers would do."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.place = f"{services.settings.gateway_host}:{services.settings.gateway_port}"
        self.url = f"http://{self.place}"
        self.http = http_client(self.url)

    def get(self, path: str, **query: Any) -> Any:
        """Return the JSON answer of a path."""
        answer = self.http.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @contextmanager
    def socket(self, query: str = "", **options: Any) -> Iterator["Socket"]:
        """Open a WebSocket for the length of the block; its greeting has been read."""
        with socket_of(self.place, query, **options) as open_socket:
            yield open_socket

    def find(self, *signals: Signal) -> str:
        """Keep what a scan of its own has found, and announce it; return the scan's id."""
        scan_id = self.begin(*{signal.ticker for signal in signals})
        for ticker in {signal.ticker for signal in signals}:
            found = [
                each.model_copy(update={"scan_id": scan_id})
                for each in signals
                if each.ticker == ticker
            ]
            last = found[0].last_bar
            self.keep(scan_id, ticker, Status.OK, signals=found, last_bar=last)
        return scan_id

    def begin(self, *tickers: str, **more: Any) -> str:
        """Record a scan of ``tickers``, as a worker does before it sends them."""
        scan_id = uuid.uuid4().hex
        now = self.services.clock()
        scan = Scan(
            id=scan_id,
            name="test",
            as_of=None,
            strategies=("vcp",),
            priority=more.pop("priority", 0),
            deadline=now,
            created_at=now,
        )
        plan = Plan(scan, tickers, more.pop("calls", len(tickers)), **more)
        self.services.scans.record(plan, now=now)
        return scan_id

    def keep(self, scan_id: str, ticker: str, status: Status, **more: Any) -> None:
        """Keep what became of a ticker."""
        outcome = Outcome(scan_id=scan_id, ticker=ticker, status=status, **more)
        self.services.keeper.keep(outcome)

    def list_shares(self) -> None:
        """Keep a universe, as the first scan of a session does."""
        session = self.services.calendar.session_at(self.services.clock())
        self.services.universe.save(session, SHARES)


class Socket:
    """An open WebSocket of a test."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.greeting = self.next("connected")

    def say(self, **message: Any) -> None:
        """Send a message."""
        self.connection.send(json.dumps(message))

    def next(self, *kinds: str) -> Any:
        """Return the next message of one of these kinds, passing over others."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            left = deadline - time.monotonic()
            message = json.loads(self.connection.recv(timeout=max(0.0, left)))
            if message["type"] in kinds:
                return message

    def ask(self, **message: Any) -> Any:
        """Send a message, and return its answer."""
        self.say(**message)
        return self.next("subscribed", "unsubscribed", "pong", "error")


@contextmanager
def socket_of(place: str, query: str = "", **options: Any) -> Iterator[Socket]:
    """Open a WebSocket to the gateway at a place for the length of the block."""
    plain: dict[str, Any] = {"proxy": None, "compression": None, "ping_interval": None}
    plain["open_timeout"] = PATIENCE_SECONDS
    with connect(f"ws://{place}/ws{query}", close_timeout=1, **(plain | options)) as connection:
        yield Socket(connection)


MakeGateway: TypeAlias = Callable[..., Gateway]


@pytest.fixture
def make_gateway(
    redis_url: str, redis: Redis, sqlite_file: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeGateway]:
    """Return what starts a gateway with these settings."""
    monkeypatch.chdir(sqlite_file.parent)
    given = {
        "redis_url": redis_url,
        "database_url": f"sqlite:///{sqlite_file}",
        "kis_base_url": "http://127.0.0.1:1",
        "kis_app_key": "an-app-key",
        "kis_app_secret": "an-app-secret",
    }
    with ExitStack() as stack:

        def make(clock: Callable[[], datetime] = lambda: FRIDAY_EVENING, **more: Any) -> Gateway:
            settings = load_settings(**(given | {"gateway_port": free_port()} | more))
            services = stack.enter_context(Services(settings, clock=clock))
            gateway = Gateway(services)
            stack.enter_context(gateway.http)
            stack.enter_context(serving(services))
            return gateway

        yield make


@pytest.fixture
def gateway(make_gateway: MakeGateway) -> Gateway:
    """Return a running gateway."""
    return make_gateway()


@contextmanager
def serving(services: Services) -> Iterator[None]:
    """Serve in a thread for the length of the block."""
    running = server(services)
    thread = threading.Thread(target=running.run)
    thread.start()
    try:
        wait_until(lambda: running.started)
        yield
    finally:
        running.should_exit = True
        thread.join(PATIENCE_SECONDS)
        assert not thread.is_alive(), "the gateway does not stop"
