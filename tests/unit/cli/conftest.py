"""A folder of its own for each command, its settings, and hands that do what workers would do."""

import base64
import json
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from app.bootstrap import Services, connect
from app.cli import run
from app.domain import KOREA, Outcome, Signal, Status, Terms
from app.queues import CONTROL, ScanRequest
from app.settings import Settings, load_settings
from app.strategies.base import grade_of
from tests.conftest import RedisServer, wait_until

UNIVERSE = """ticker,name,market
005930,삼성전자,KOSPI
000660,SK하이닉스,KOSPI
293490,카카오게임즈,KOSDAQ
"""


@pytest.fixture
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without any setting."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


@pytest.fixture
def system(
    empty_folder: Path,
    sqlite_file: Path,  # in that folder
    monkeypatch: pytest.MonkeyPatch,
    redis: Redis,
    redis_url: str,
) -> Iterator["Hands"]:
    """Set up an empty database, an empty Redis and a list of three tickers."""
    _set_up(empty_folder, monkeypatch, redis_url)
    with connect(load_settings()) as services, ThreadPoolExecutor() as pool:
        yield Hands(services, pool)


@pytest.fixture
def mortal_system(
    empty_folder: Path, monkeypatch: pytest.MonkeyPatch, redis_server: RedisServer
) -> Iterator["Hands"]:
    """Set up the same with a Redis that the test may kill."""
    _set_up(empty_folder, monkeypatch, redis_server.url)
    with connect(load_settings()) as services, ThreadPoolExecutor() as pool:
        yield Hands(services, pool)


def _set_up(folder: Path, monkeypatch: pytest.MonkeyPatch, redis_url: str) -> None:
    (folder / "universe.csv").write_text(UNIVERSE, encoding="utf-8")
    for name, value in {
        "REDIS_URL": redis_url,
        "DATABASE_URL": "sqlite:///scanner.db",
        "UNIVERSE_CSV": "universe.csv",
        "KIS_BASE_URL": "http://127.0.0.1:1",
        "KIS_APP_KEY": "an-app-key",
        "KIS_APP_SECRET": "an-app-secret",
    }.items():
        monkeypatch.setenv(name, value)


def signal_of(scan_id: str, ticker: str = "005930", score: float = 86.1, **more: Any) -> Signal:
    """Return a signal as a scan finds it."""
    found: dict[str, Any] = {
        "name": "삼성전자",
        "strategy": "vcp",
        "pattern": date(2025, 2, 14),
        "as_of": datetime(2025, 2, 28, 15, 30, tzinfo=KOREA),
        "last_bar": date(2025, 2, 28),
        "bars_used": 280,
        "state": "SETUP",
        "grade": grade_of(score),
        "price": 71_200.0,
        "change": 0.0123,
        "entry": 72_600,
        "target": 83_200,
        "stop": 67_300,
        "terms": Terms(waits=20, holds=60),
        "reason": "pull-backs went 18.6% → 7.0%",
    }
    return Signal(scan_id=scan_id, ticker=ticker, score=score, **found | more)


class Hands:
    """Takes messages from the queues and keeps outcomes, one step at a time."""

    def __init__(self, services: Services, pool: ThreadPoolExecutor) -> None:
        self.services = services
        self._pool = pool

    def call(self, *arguments: str) -> Future[int]:
        """Carry out a command beside the test."""
        return self._pool.submit(run, arguments)

    def beside(self, work: Callable[[], None]) -> Future[None]:
        """Do something beside the test."""
        return self._pool.submit(work)

    def take_request(self) -> ScanRequest:
        """Take the scan that a command has asked for."""
        redis = self.services.redis
        wait_until(lambda: redis.llen(CONTROL) > 0)
        message = redis.lpop(CONTROL)
        assert isinstance(message, bytes)
        [request] = json.loads(base64.b64decode(json.loads(message)["body"]))[0]
        return ScanRequest.model_validate(request)

    def start(self) -> ScanRequest:
        """Start the scan that a command has asked for."""
        request = self.take_request()
        self.services.runner.start(request)
        return request

    def find(self, *signals: Signal) -> None:
        """Keep what a scan of its own found; they are all of the scan's tickers."""
        scan_id = uuid.uuid4().hex
        tickers = list(dict.fromkeys(signal.ticker for signal in signals))
        self.services.runner.start(ScanRequest(id=scan_id, tickers=tickers))
        for ticker in tickers:
            found = [
                s.model_copy(update={"scan_id": scan_id}) for s in signals if s.ticker == ticker
            ]
            self.keep(Outcome(scan_id=scan_id, ticker=ticker, status=Status.OK, signals=found))

    def keep(self, *outcomes: Outcome) -> None:
        """Keep what became of tickers."""
        for outcome in outcomes:
            self.services.keeper.keep(outcome)
