"""Who is next: the more urgent, then the longer waiting; and nobody waits for the dead."""

import pytest
from redis import Redis

from app.limiter import Limiter, Quota, Waiter
from tests.unit.limiter.conftest import T0

ONE = Quota(calls=1, window_seconds=1.0)


@pytest.fixture
def busy(limiter: Limiter) -> Limiter:
    """Return a limiter whose one permit is free again at T0 + 1."""
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)
    return limiter


def told(waiter: Waiter, asked: float) -> float:
    """Return when ``waiter`` was told to come back, given when it asked."""
    return asked + waiter.ask_again_seconds


def test_who_asked_first_is_served_first_even_when_the_other_comes_sooner(busy: Limiter) -> None:
    first = busy.ask("kis:main", ONE, now=T0 + 0.1)
    second = busy.ask("kis:main", ONE, now=T0 + 0.2)

    assert not busy.ask_again(second, now=T0 + 0.93).granted
    assert busy.ask_again(first, now=T0 + 0.95).granted


def test_each_is_told_its_own_turn(busy: Limiter) -> None:
    waiters = [busy.ask("kis:main", ONE, now=T0) for _ in range(3)]

    assert [each.delay_seconds for each in waiters] == pytest.approx([1.0, 2.0, 3.0])


def test_the_more_urgent_goes_before_all_that_wait_already(busy: Limiter) -> None:
    waiting = [busy.ask("kis:main", ONE, priority=6, now=T0 + 0.1) for _ in range(8)]
    person = busy.ask("kis:main", ONE, priority=0, now=T0 + 0.2)

    assert person.delay_seconds == pytest.approx(0.8)
    assert not busy.ask_again(waiting[0], now=T0 + 0.95).granted
    assert busy.ask_again(person, now=T0 + 0.96).granted


def test_asking_again_early_changes_nothing(busy: Limiter) -> None:
    waiters = [busy.ask("kis:main", ONE, now=T0) for _ in range(2)]

    again = [busy.ask_again(each, now=T0 + 0.4) for each in waiters]

    assert [each.delay_seconds for each in again] == pytest.approx([0.6, 1.6])


def test_a_waiter_that_does_not_come_loses_the_permit_but_not_its_place(busy: Limiter) -> None:
    late = busy.ask("kis:main", ONE, now=T0)
    behind = busy.ask("kis:main", ONE, now=T0)
    third = busy.ask("kis:main", ONE, now=T0)

    assert told(behind, T0) < T0 + 1.1  # a fraction of its own second goes by, no permit
    taken = busy.ask_again(behind, now=told(behind, T0))
    late = busy.ask_again(late, now=T0 + 1.15)
    third = busy.ask_again(third, now=T0 + 1.15)

    assert taken.granted
    assert (late.granted, third.granted) == (False, False)
    assert late.delay_seconds < third.delay_seconds


def test_a_waiter_that_a_busy_machine_wakes_late_is_not_passed_over(busy: Limiter) -> None:
    late = busy.ask("kis:main", ONE, now=T0)
    behind = busy.ask("kis:main", ONE, now=T0)

    behind = busy.ask_again(behind, now=told(late, T0) + 0.09)

    assert not behind.granted
    assert busy.ask_again(late, now=told(late, T0) + 0.1).granted


def test_a_waiter_that_was_forgotten_comes_back_into_its_place(busy: Limiter) -> None:
    forgotten = busy.ask("kis:main", ONE, now=T0)
    in_time = busy.ask("kis:main", ONE, now=T0 + 1.4)
    assert in_time.granted

    newcomer = busy.ask("kis:main", ONE, now=T0 + 2.0)
    forgotten = busy.ask_again(forgotten, now=T0 + 2.1)

    assert forgotten.delay_seconds < busy.ask_again(newcomer, now=T0 + 2.1).delay_seconds


def test_who_gives_up_frees_the_place_for_those_behind(busy: Limiter) -> None:
    first, second, third = (busy.ask("kis:main", ONE, now=T0) for _ in range(3))

    busy.cancel(first, now=T0 + 0.5)

    assert busy.ask_again(second, now=T0 + 0.5).delay_seconds == pytest.approx(0.5)
    assert busy.ask_again(third, now=T0 + 0.5).delay_seconds == pytest.approx(1.5)


def test_the_order_outlives_the_loss_of_all_memory(busy: Limiter, redis: Redis) -> None:
    first, second = (busy.ask("kis:main", ONE, now=T0) for _ in range(2))

    redis.flushall()
    newcomer = busy.ask("kis:main", ONE, now=T0 + 0.5)
    second = busy.ask_again(second, now=T0 + 0.6)
    first = busy.ask_again(first, now=T0 + 0.7)
    second = busy.ask_again(second, now=T0 + 0.8)
    newcomer = busy.ask_again(newcomer, now=T0 + 0.8)

    assert first.delay_seconds < second.delay_seconds < newcomer.delay_seconds
