"""A call that counts against several limits takes a permit of each, or waits with none."""

import pytest

from app.limiter import Limiter, Quota
from tests.unit.limiter.conftest import T0, warm

ACCOUNT = Quota(calls=2, window_seconds=1.0)
ISSUE = Quota(calls=1, window_seconds=1.0)
BOTH = {"kis:main": ACCOUNT, "kis:main:token": ISSUE}


@pytest.fixture
def limiter(limiter: Limiter) -> Limiter:
    warm(limiter, "kis:main:token", quota=ISSUE)
    return limiter


either_order = pytest.mark.parametrize(
    "order", [list(BOTH), list(reversed(BOTH))], ids=["last", "first"]
)


def in_flight(limiter: Limiter, now: float) -> list[int]:
    return [limiter.state(name, now=now).in_flight for name in BOTH]


def test_one_grant_takes_a_permit_of_each(limiter: Limiter) -> None:
    granted = limiter.ask(BOTH, now=T0)
    assert in_flight(limiter, T0) == [1, 1]

    limiter.give_back(granted, now=T0 + 0.1)

    assert in_flight(limiter, T0 + 0.1) == [0, 0]
    assert limiter.ask("kis:main:token", ISSUE, now=T0 + 0.1).delay_seconds == pytest.approx(1.0)


@either_order
def test_who_must_wait_for_one_takes_nothing_of_the_other(
    limiter: Limiter, order: list[str]
) -> None:
    issued = limiter.ask("kis:main:token", ISSUE, now=T0)
    waiter = limiter.ask({name: BOTH[name] for name in order}, now=T0)
    assert not waiter.granted
    assert waiter.delay_seconds == pytest.approx(1.0)

    limiter.give_back(issued, now=T0)
    waiter = limiter.ask_again(waiter, now=T0)

    assert not waiter.granted
    assert in_flight(limiter, T0) == [0, 0]
    again = limiter.ask_again(waiter, now=T0 + waiter.ask_again_seconds)
    assert again.granted
    assert waiter.ask_again_seconds + again.delay_seconds == pytest.approx(1.0)


@either_order
def test_a_lease_about_to_end_is_not_relied_upon(limiter: Limiter, order: list[str]) -> None:
    slow = limiter.ask("kis:main:token", ISSUE, now=T0)

    waiter = limiter.ask({name: BOTH[name] for name in order}, now=T0 + 14.95)
    limiter.give_back(slow, now=T0 + 14.99)

    assert not waiter.granted
    assert limiter.ask_again(waiter, now=T0 + 15).delay_seconds == pytest.approx(0.99)


def test_who_waits_elsewhere_does_not_hold_up_those_behind(limiter: Limiter) -> None:
    limiter.ask("kis:main:token", ISSUE, now=T0)  # an answer that takes long
    for _ in range(3):
        limiter.ask(BOTH, now=T0)

    assert limiter.ask("kis:main", ACCOUNT, now=T0).granted


def test_who_waits_elsewhere_is_not_passed_over_when_its_time_is_near(limiter: Limiter) -> None:
    one = Quota(calls=1, window_seconds=1.0)
    limiter.give_back(limiter.ask("kis:main:token", ISSUE, now=T0), now=T0)
    both = limiter.ask({"kis:main": one, "kis:main:token": ISSUE}, now=T0 + 0.5)

    assert not limiter.ask("kis:main", one, now=T0 + 0.5).granted
    assert limiter.ask_again(both, now=T0 + 0.95).granted


def test_two_crowds_that_share_a_limit_are_both_served(limiter: Limiter) -> None:
    """Neither those who need both nor those who need one may starve, whoever asks oftener."""
    served = {"both": 0, "account": 0, "token": 0}
    wants = {"both": BOTH, "account": {"kis:main": ACCOUNT}, "token": {"kis:main:token": ISSUE}}
    waiting = {name: limiter.ask(limits, now=T0) for name, limits in wants.items()}
    due = dict.fromkeys(wants, T0)

    while (now := min(due.values())) < T0 + 30:
        name = min(due, key=lambda each: due[each])
        waiter = limiter.ask_again(waiting[name], now=now)
        if waiter.granted:
            served[name] += 1
            now += waiter.delay_seconds + 0.04
            limiter.give_back(waiter, now=now)
            waiting[name] = limiter.ask(wants[name], now=now)
            due[name] = now + 0.001
        else:
            waiting[name] = waiter
            due[name] = now + waiter.ask_again_seconds

    assert served["both"] >= 12
    assert served["token"] >= 12
    assert served["account"] >= 27
