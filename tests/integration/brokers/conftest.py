"""One mock server of each broker for all of these tests, and an app key of its own for each."""

from collections.abc import Iterator

import pytest
from redis import Redis

from app.brokers.kis import Kis
from app.brokers.kiwoom import Kiwoom
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import RATE, TODAY, Rig
from tests.system import MockKis, MockKiwoom, running_broker

MARKET = ("--rate", str(RATE), "--today", TODAY.isoformat(), "--sessions", "700")


@pytest.fixture(scope="session")
def mock() -> Iterator[MockKis]:
    """Return the server."""
    with running_broker(MockKis, *MARKET) as server:
        yield server


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


@pytest.fixture(scope="session")
def mock_kiwoom() -> Iterator[MockKiwoom]:
    """Return the server."""
    with running_broker(MockKiwoom, *MARKET, "--env", "live") as server:
        yield server


@pytest.fixture
def kiwoom_rig(mock_kiwoom: MockKiwoom, redis_url: str) -> Iterator[KiwoomRig]:
    """Return an app key at the server, reset."""
    rig = KiwoomRig(mock_kiwoom, Redis.from_url(redis_url))
    yield rig
    rig.close()


@pytest.fixture
def kiwoom(kiwoom_rig: KiwoomRig) -> Kiwoom:
    """Return a live account."""
    return kiwoom_rig.open()
