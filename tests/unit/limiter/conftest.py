"""A limiter whose cold start is over at T0, the time that these tests pass in."""

from collections.abc import Iterator

import pytest
from redis import Redis

from app.limiter import Limiter, Quota, scripts
from tests.conftest import PATIENCE_SECONDS

T0 = 1_800_000_000.0  # any time; seconds
QUOTA = Quota(calls=2, window_seconds=1.0)


def warm(limiter: Limiter, name: str, now: float = T0, quota: Quota = QUOTA) -> None:
    """Let ``limiter`` have known the limit ``name`` for a minute."""
    limiter.cancel(limiter.ask(name, quota, now=now - 60), now=now - 60)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a Redis that is slow for a moment not count as away."""
    monkeypatch.setattr(scripts, "ANSWER_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def cold_limiter(redis: Redis) -> Iterator[Limiter]:
    """Return a limiter that knows nothing yet."""
    limiter = Limiter(redis)
    yield limiter
    limiter.close()


@pytest.fixture
def limiter(cold_limiter: Limiter) -> Limiter:
    """Return a limiter that has known ``kis:main`` for a minute."""
    warm(cold_limiter, "kis:main")
    return cold_limiter
