"""What the limit has seen, second by second."""

from datetime import UTC, datetime, timedelta

from app.gateway.pace import Pace
from app.limiter import LimiterState

T0 = datetime(2025, 2, 28, 5, tzinfo=UTC)


def state(grants: int, refusals: int = 0) -> LimiterState:
    return LimiterState("kis:main", grants=grants, refusals=refusals)


def seen(pace: Pace, seconds: float) -> list[tuple[int, int]]:
    now = T0 + timedelta(seconds=seconds)
    return [(each.grants, each.refusals) for each in pace.seconds(now)]


def test_a_second_holds_what_has_come_since_the_look_before() -> None:
    pace = Pace()

    pace.note(state(100, 3), T0)
    pace.note(state(102, 3), T0 + timedelta(seconds=1))
    pace.note(state(103, 4), T0 + timedelta(seconds=2))

    assert seen(pace, 2) == [(2, 0), (1, 1)]


def test_a_minute_is_kept() -> None:
    pace = Pace()

    for second in range(100):
        pace.note(state(second), T0 + timedelta(seconds=second))

    assert len(seen(pace, 99)) == 61
    assert seen(pace, 500) == []


def test_what_nobody_watched_is_not_one_great_second() -> None:
    pace = Pace()

    pace.note(state(100), T0)
    pace.note(state(900), T0 + timedelta(seconds=60))
    pace.note(state(902), T0 + timedelta(seconds=61))

    assert seen(pace, 61) == [(2, 0)]


def test_a_redis_that_lost_its_memory_takes_nothing_away() -> None:
    pace = Pace()

    pace.note(state(100, 5), T0)
    pace.note(state(1, 0), T0 + timedelta(seconds=1))

    assert seen(pace, 1) == [(0, 0)]
