"""Redis may forget everything and its clock may be set: no call too many, and no stall."""

import pytest
from redis import Redis

from app.limiter import Limiter, Quota
from tests.unit.limiter.conftest import QUOTA, T0

ONE = Quota(calls=1, window_seconds=1.0)


def test_who_knows_nothing_assumes_that_the_last_window_was_full(cold_limiter: Limiter) -> None:
    first = cold_limiter.ask("kis:main", QUOTA, now=T0)

    assert not first.granted
    assert first.delay_seconds == pytest.approx(1.5)
    assert cold_limiter.ask_again(first, now=T0 + 1.5).granted


def test_after_the_loss_of_all_memory_no_permit_is_given_for_a_window(
    limiter: Limiter, redis: Redis
) -> None:
    limiter.give_back(limiter.ask("kis:main", QUOTA, now=T0), now=T0)

    redis.flushall()

    assert limiter.ask("kis:main", QUOTA, now=T0 + 0.1).delay_seconds == pytest.approx(1.5)


def test_an_answer_seen_after_the_loss_holds_the_next_call_back(
    limiter: Limiter, redis: Redis
) -> None:
    on_its_way = limiter.ask("kis:main", ONE, now=T0)
    redis.flushall()
    limiter.ask("kis:main", ONE, now=T0 + 0.1)

    limiter.give_back(on_its_way, now=T0 + 1.4)

    newcomer = limiter.ask("kis:main", ONE, now=T0 + 1.5)
    assert newcomer.delay_seconds == pytest.approx(0.9 + 1.0)  # the one who asked is first


def test_scripts_that_redis_forgot_are_loaded_again(limiter: Limiter, redis: Redis) -> None:
    granted = limiter.ask("kis:main", QUOTA, now=T0)
    redis.script_flush()
    limiter.give_back(granted, now=T0)
    redis.script_flush()

    assert limiter.state("kis:main", now=T0).cooling == 1


@pytest.mark.parametrize("step", [0.001, 0.5, 5.0, 3600.0])
def test_a_clock_that_is_set_back_neither_frees_a_permit_nor_stalls_the_queue(
    limiter: Limiter, step: float
) -> None:
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)
    waiter = limiter.ask("kis:main", ONE, now=T0 + 0.4)

    waiter = limiter.ask_again(waiter, now=T0 + 0.4 - step)

    assert waiter.delay_seconds == pytest.approx(0.6)
    assert limiter.ask_again(waiter, now=T0 + 1.0 - step).granted
    assert limiter.state("kis:main", now=T0 + 1.0 - step).rebases == 1


def test_a_clock_that_is_set_back_takes_leases_and_pauses_along(limiter: Limiter) -> None:
    refused = limiter.ask("kis:main", QUOTA, now=T0)
    limiter.ask("kis:main", QUOTA, now=T0)  # its holder dies
    limiter.give_back(refused, rejected=True, now=T0)

    waiter = limiter.ask("kis:main", QUOTA, now=T0 - 3600)
    assert waiter.delay_seconds == pytest.approx(1.02)
    both = [limiter.ask("kis:main", QUOTA, now=T0 - 3600 + 15) for _ in range(2)]

    assert [each.granted for each in both] == [True, True]


def test_nobody_waits_for_one_who_died_before_the_clock_was_set_back(limiter: Limiter) -> None:
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)
    limiter.ask("kis:main", ONE, now=T0 + 0.1)  # never comes back
    waiter = limiter.ask("kis:main", ONE, now=T0 + 0.2)

    waiter = limiter.ask_again(waiter, now=T0 + 0.3 - 3600)

    assert limiter.ask_again(waiter, now=T0 + 1.2 - 3600).granted


def test_a_state_never_expires(limiter: Limiter, redis: Redis) -> None:
    limiter.give_back(limiter.ask("kis:main", QUOTA, now=T0), now=T0)

    assert redis.keys() == [b"limiter:kis:main"]
    assert redis.ttl("limiter:kis:main") == -1


def test_those_who_never_came_back_leave_nothing_behind(limiter: Limiter, redis: Redis) -> None:
    for _ in range(100):
        limiter.ask("kis:main", ONE, now=T0)

    limiter.ask("kis:main", ONE, now=T0 + 200)

    assert redis.strlen("limiter:kis:main") < 400


def test_calls_of_long_ago_leave_nothing_behind(limiter: Limiter, redis: Redis) -> None:
    for number in range(100):
        at = T0 + 5 * number
        limiter.give_back(limiter.ask("kis:main", ONE, now=at), now=at)

    assert redis.strlen("limiter:kis:main") < 400
