"""Which trouble costs a ticker one of its tries, and which does not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from celery import Task
from celery.exceptions import Reject, Retry
from redis import Redis
from redis.exceptions import RedisError

from app.brokers.errors import (
    BrokerRefused,
    BrokerUnavailable,
    KeyRefused,
    RateRefused,
    TokenUnavailable,
)
from app.database import DatabaseUnavailable
from app.limiter import LimiterUnavailable, PermitTimeout
from app.queues import QueuesUnavailable
from app.settings import SettingsError
from app.signals.scans import ScanState
from workers import troubles
from workers.scan_tasks import scan_ticker, start_scan
from workers.services import services


@pytest.fixture(autouse=True)
def _services_of_this_test(
    redis_url: str, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setattr(troubles, "PAUSE_SECONDS", 0.0)
    services.cache_clear()
    yield
    services().close()
    services.cache_clear()


@pytest.mark.parametrize(
    "error",
    [
        DatabaseUnavailable("away"),
        LimiterUnavailable("away"),
        PermitTimeout("away"),
        QueuesUnavailable("away"),
        RateRefused("away"),
        RedisError("away"),
        TokenUnavailable("away"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_away_costs_the_ticker_no_try_and_leaves_word(error: Exception) -> None:
    with pytest.raises(Reject) as rejected, troubles.handled(scan_ticker):
        raise error

    assert vars(rejected.value)["requeue"]
    assert services().queues.trouble() == "away"


class CountedTask(Task[Any, None]):
    """Asked to try again, it says so instead of sending itself."""

    def retry(self, *args: Any, **kwargs: Any) -> Retry:
        assert kwargs["countdown"] == 0  # a countdown would be held by the worker
        return Retry(exc=kwargs["exc"])


def test_an_answer_that_did_not_come_costs_one_try_at_once() -> None:
    with pytest.raises(Retry), troubles.handled(CountedTask()):
        raise BrokerUnavailable("no answer")


@pytest.mark.parametrize("error", [BrokerRefused("no"), KeyRefused("no"), ZeroDivisionError()])
def test_what_would_end_the_same_way_again_ends_the_task(error: Exception) -> None:
    with pytest.raises(type(error)), troubles.handled(scan_ticker):
        raise error


@pytest.mark.parametrize("error", [BrokerUnavailable("no answer"), TokenUnavailable("away")])
def test_a_scan_whose_message_is_void_fails_with_the_reason_instead_of_vanishing(
    error: Exception,
) -> None:
    start_scan.push_request(expires=datetime.now(UTC).isoformat(), called_directly=False)
    try:
        with pytest.raises(type(error)), troubles.handled(start_scan, fails_when_void=True):
            raise error
    finally:
        start_scan.pop_request()


@pytest.mark.parametrize(
    ("args", "kwargs"), [([], {}), (["59"], {}), (["005930", "gone"], {}), ([], {"ticker": "1"})]
)
def test_a_message_that_nobody_can_read_makes_no_outcome(
    args: list[str], kwargs: dict[str, str]
) -> None:
    scan_ticker.on_failure(ValueError("bad"), "a-task", args, kwargs, None)

    assert services().queues.lengths()["signals"] == 0


def test_a_scan_that_fails_for_want_of_a_key_is_recorded_with_that_reason() -> None:
    start_scan.on_failure(SettingsError("KIS_APP_KEY: got nothing"), "s1", [{}], {}, None)

    recorded = services().scans.progress("s1")
    assert recorded is not None
    assert (recorded.state, recorded.reason) == (ScanState.FAILED, "KIS_APP_KEY: got nothing")
