"""Nothing is lost: what has no outcome is sent again, closed at its deadline, told in the end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from redis import Redis

from app.bootstrap import Services
from app.domain import Outcome, Status
from app.keeper import MOST_ROUNDS
from app.signals.scans import NoSuchScan, Plan, Progress, ScanState
from tests.integration.conftest import MakeServices
from tests.unit.signals.test_store import NOW, SCAN, a_signal, an_outcome

LATER = NOW + timedelta(seconds=31)
TICKERS = ["005930", "000660"]


@pytest.fixture
def later(services: MakeServices) -> Services:
    """Return services 31 seconds after a scan of two tickers was recorded."""
    built = services(LATER)
    built.scans.record(Plan(SCAN, TICKERS, 6), now=NOW)
    return built


def progress(services: Services) -> Progress:
    found = services.scans.progress("s1")
    assert found is not None
    return found


def test_a_ticker_with_neither_outcome_nor_message_is_sent_again(later: Services) -> None:
    later.keeper.keep(an_outcome("005930"))

    later.keeper.sweep()

    assert later.queues.open_tickers("s1") == {"000660"}


def test_a_ticker_that_waits_is_not_sent_again(later: Services) -> None:
    later.queues.send_tickers(SCAN, TICKERS)

    later.keeper.sweep()

    assert later.queues.lengths()["broker"] == 2


def test_a_scan_that_is_just_being_sent_is_left_alone(services: MakeServices) -> None:
    built = services(NOW + timedelta(seconds=5))
    built.scans.record(Plan(SCAN, TICKERS, 6), now=NOW)

    built.keeper.sweep()

    assert built.queues.lengths()["broker"] == 0


def test_a_ticker_that_is_lost_again_and_again_is_recorded_as_failed(
    later: Services, redis: Redis
) -> None:
    for _ in range(MOST_ROUNDS + 1):
        redis.delete("broker")
        later.keeper.sweep()

    assert progress(later).state is ScanState.OVERDUE
    assert progress(later).by_status == {Status.FAILED: 2}
    assert "sent 4 times" in later.scans.outcomes("s1")[0].reason


def test_past_its_deadline_a_scan_is_closed_and_says_what_was_not_reached(
    services: MakeServices,
) -> None:
    built = services(SCAN.deadline + timedelta(seconds=1))
    built.scans.record(Plan(SCAN, TICKERS, 6), now=NOW)
    built.keeper.keep(an_outcome("005930"))

    built.queues.note_trouble("kis:main: no access token")

    built.keeper.sweep()

    assert progress(built).by_status == {Status.OK: 1, Status.NOT_REACHED: 1}
    assert "deadline passed; lately: kis:main: no access token" in progress(built).reason


def test_a_new_signal_is_announced_once(later: Services) -> None:
    for _ in range(2):
        later.keeper.keep(an_outcome("005930", a_signal()))
    later.keeper.keep(an_outcome("000660"))
    later.keeper.sweep()

    told = [message for message in first_messages(later) if message]
    assert [message["type"] for message in told] == ["signal", "scan"]
    assert told[0]["signal"]["ticker"] == "005930"


def test_a_signal_kept_by_a_worker_that_died_is_announced_by_the_sweep(later: Services) -> None:
    later.signals.keep(an_outcome("005930", a_signal()), now=NOW)

    later.keeper.sweep()

    (told,) = first_messages(later)
    assert told["kind"] == "new"
    assert later.signals.unannounced(before=LATER + timedelta(hours=1)) == []


def test_an_outcome_for_a_scan_that_nobody_recorded_is_an_error_not_a_row(later: Services) -> None:
    orphan = Outcome(scan_id="gone", ticker="005930", status=Status.OK)

    with pytest.raises(NoSuchScan, match="no scan gone"):
        later.keeper.keep(orphan)


def test_a_second_scan_keeps_its_own_count(later: Services) -> None:
    later.scans.record(Plan(replace(SCAN, id="s2"), ["005930"], 3), now=NOW)

    later.keeper.keep(an_outcome("005930", scan_id="s2"))

    assert progress(later).done == 0


def first_messages(services: Services) -> list[dict[str, Any]]:
    """Return what the feed holds."""
    found: list[dict[str, Any]] = []
    for message in services.feed.follow("0", wait_seconds=0.01):
        if not message:
            return found
        found.append(message)
    return found
