"""What people are told of a limit."""

import pytest
from redis import Redis

from app.limiter import Limiter, Quota
from app.limiter.state import LimiterState
from tests.unit.limiter.conftest import QUOTA, T0


def test_a_limit_that_nobody_asked_for_is_empty_and_stays_so(
    cold_limiter: Limiter, redis: Redis
) -> None:
    assert cold_limiter.state("kis:main") == LimiterState("kis:main")
    assert redis.keys() == []


def test_it_tells_what_is_on_its_way_what_cools_down_and_who_waits(limiter: Limiter) -> None:
    limiter.give_back(limiter.ask("kis:main", QUOTA, now=T0), now=T0 + 0.1)
    limiter.ask("kis:main", QUOTA, now=T0)
    for priority in (6, 6, 0):
        limiter.ask("kis:main", QUOTA, priority=priority, now=T0 + 0.2)

    state = limiter.state("kis:main", now=T0 + 0.2)

    assert state.quota == QUOTA
    assert (state.in_flight, state.cooling) == (1, 1)
    assert state.waiting == {0: 1, 6: 2}


def test_looking_changes_nothing(limiter: Limiter, redis: Redis) -> None:
    limiter.ask("kis:main", QUOTA, now=T0)
    before = redis.get("limiter:kis:main")

    limiter.state("kis:main", now=T0 + 5)

    assert redis.get("limiter:kis:main") == before


def test_a_waiter_that_never_came_back_is_no_longer_counted(limiter: Limiter) -> None:
    for _ in range(3):
        limiter.ask("kis:main", QUOTA, now=T0)

    assert limiter.state("kis:main", now=T0 + 10).waiting == {}


def test_it_tells_how_much_of_the_rate_was_used_in_the_last_minute(limiter: Limiter) -> None:
    for call in range(200):
        at = T0 + 0.5 * call
        limiter.give_back(limiter.ask("kis:main", Quota(9, 1.0), now=at), now=at)

    assert limiter.state("kis:main", now=T0 + 99.9).used_last_minute == pytest.approx(120, abs=1)
    assert limiter.state("kis:main", now=T0 + 129.9).used_last_minute == pytest.approx(60, abs=1)
    assert limiter.state("kis:main", now=T0 + 165).used_last_minute == 0
