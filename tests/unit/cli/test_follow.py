from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.cli.failure import NotReachable
from app.cli.follow import Follower, Pace
from app.cli.meter import Meter
from app.domain import Outcome, Status
from app.queues import ScanRequest
from app.signals.scans import Progress, ScanState
from tests.unit.cli.conftest import Hands

NOW = datetime(2025, 2, 28, 7, tzinfo=UTC)
HALF_WAY = Progress(
    id="a",
    name="manual",
    state=ScanState.RUNNING,
    reason="",
    as_of=None,
    strategies=("vcp",),
    priority=0,
    total=40,
    done=10,
    planned_calls=120,
    calls=30,
    refused=1,
    signals=2,
    by_status={Status.OK: 10},
    created_at=NOW,
    deadline=NOW + timedelta(minutes=3),
    closed_at=None,
)


class Time:
    """A clock that only goes on when somebody sleeps; then by as much as ``step``."""

    def __init__(self, step: float) -> None:
        self.now = 0.0
        self._step = step

    def clock(self) -> float:
        return self.now

    def sleep(self, _seconds: float) -> None:
        self.now += self._step


@pytest.fixture
def slow_time() -> Time:
    return Time(step=61.0)


def started(system: Hands, *tickers: str) -> str:
    system.services.runner.start(ScanRequest(id="a", tickers=list(tickers)))
    return "a"


def test_a_scan_that_no_worker_takes_is_given_up_after_a_minute(
    system: Hands, slow_time: Time
) -> None:
    follower = Follower(system.services, clock=slow_time.clock, sleep=slow_time.sleep)

    with pytest.raises(NotReachable, match="no worker has answered for 1 min: start the whole"):
        follower.recorded("a")

    assert slow_time.now == 61


def test_a_scan_is_given_up_when_nothing_moves_and_no_worker_answers(
    system: Hands, slow_time: Time
) -> None:
    scan_id = started(system, "005930", "000660")
    follower = Follower(system.services, clock=slow_time.clock, sleep=slow_time.sleep)

    with pytest.raises(NotReachable, match="scan a stands at 0 of 2, and goes on when one is"):
        list(follower.progress(scan_id))


def test_progress_is_told_until_the_scan_is_closed(system: Hands) -> None:
    scan_id = started(system, "005930", "000660")
    waiting: Iterator[str] = iter(("005930", "000660"))
    time = Time(step=0.3)

    def sleep(seconds: float) -> None:
        time.sleep(seconds)
        system.keep(Outcome(scan_id=scan_id, ticker=next(waiting), status=Status.OK))

    follower = Follower(system.services, clock=time.clock, sleep=sleep)
    told = [(each.done, each.state) for each in follower.progress(scan_id)]

    assert told == [(0, ScanState.RUNNING), (1, ScanState.RUNNING), (2, ScanState.DONE)]


def test_a_scan_that_nobody_closes_after_its_deadline_is_given_up(system: Hands) -> None:
    scan_id = started(system, "005930")
    time = Time(step=0.3)

    with (
        replace(system.services, clock=lambda: datetime.now(UTC) + timedelta(hours=1)) as late,
        pytest.raises(NotReachable, match="its deadline is over and nobody closes it"),
    ):
        list(Follower(late, clock=time.clock, sleep=time.sleep).progress(scan_id))


def test_the_pace_is_that_of_the_last_minute() -> None:
    pace = Pace()
    for second in range(0, 61, 10):
        pace.count(0, second)
    for second in range(70, 131, 10):
        pace.count(2 * (second - 60), second)

    assert pace.rate == pytest.approx(2.0)


def test_the_pace_is_not_known_in_the_first_seconds() -> None:
    pace = Pace()
    pace.count(0, 0)
    pace.count(9, 4.9)

    assert pace.rate is None


def test_time_left_is_open_calls_by_the_rate_measured() -> None:
    time = Time(step=15)
    meter = Meter(2.0, clock=time.clock)
    with meter:
        meter.show(replace(HALF_WAY, calls=0, done=0))
        time.sleep(0)
        meter.show(HALF_WAY)

    words = meter.words(HALF_WAY)

    assert words == "10/40 · 2.00 of 2 requests/s · 1 refused · 2 signals · 45 s left"


@pytest.mark.parametrize(
    ("planned", "calls", "left"),
    [
        (120, 30, 90),  # as planned
        (0, 30, 90),  # the plan knew nothing of these bars
        (120, 0, 90),  # somebody else has fetched some of them
    ],
)
def test_open_calls_follow_the_plan_or_what_the_scan_has_cost(
    planned: int, calls: int, left: float
) -> None:
    assert replace(HALF_WAY, planned_calls=planned, calls=calls).open_calls == pytest.approx(left)


def test_a_pipe_gets_a_line_of_progress_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    time = Time(step=4)
    with Meter(2.0, clock=time.clock) as meter:
        for _ in range(8):
            time.sleep(0)
            meter.show(HALF_WAY)

    written = capsys.readouterr()
    assert written.out == ""
    assert written.err.count("10/40 · ") == 2
