"""One mock KIS server for the tests of planning and scanning, and services that use it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

import pytest
from redis import Redis

from app.bootstrap import Services
from app.domain import KOREA
from app.settings import load_settings
from tests.system import MockKis, running_broker

RATE = 100
FRIDAY_EVENING = datetime(2025, 2, 28, 20, 0, tzinfo=KOREA)

MakeServices: TypeAlias = Callable[..., Services]


@pytest.fixture(scope="session")
def market() -> Iterator[MockKis]:
    """Return a mock broker whose last session is Friday, 2025-02-28."""
    options = ("--tickers", "40", "--seed", "1", "--today", "2025-02-28", "--rate", str(RATE))
    with running_broker(MockKis, *options) as server:
        yield server


@pytest.fixture
def services(
    market: MockKis, redis_url: str, redis: Redis, sqlite_file: Path
) -> Iterator[MakeServices]:
    """Return what builds the services of a process: an empty database, a key of its own."""
    market.reset()
    given = {
        "redis_url": redis_url,
        "database_url": f"sqlite:///{sqlite_file}",
        "kis_base_url": market.url,
        "kis_app_key": uuid4().hex,
        "kis_app_secret": uuid4().hex,
        "rate_limit_rps": RATE,
    }

    with ExitStack() as built:

        def make(now: datetime = FRIDAY_EVENING, **settings: Any) -> Services:
            wanted = load_settings(**(given | settings))
            return built.enter_context(Services(wanted, clock=lambda: now))

        yield make
