"""One mock KIS server for all of these tests, and an app key of its own for each."""

from collections.abc import Iterator

import pytest
from redis import Redis

from app.brokers.kis import Kis
from tests.integration.brokers.rig import RATE, TODAY, Rig
from tests.system import MockKis


@pytest.fixture(scope="session")
def mock() -> Iterator[MockKis]:
    """Return the server."""
    server = MockKis("--rate", str(RATE), "--today", TODAY.isoformat())
    yield server
    server.stop()


@pytest.fixture
def rig(mock: MockKis, redis_url: str) -> Iterator[Rig]:
    """Return an app key at the server, reset."""
    rig = Rig(mock, Redis.from_url(redis_url))
    yield rig
    rig.close()


@pytest.fixture
def kis(rig: Rig) -> Kis:
    """Return a paper account."""
    return rig.open()
