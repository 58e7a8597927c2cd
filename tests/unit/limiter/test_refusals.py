"""The broker counted one call too many: all pause for a window and keep a wider distance."""

import pytest

from app.limiter import Limiter, Quota
from tests.unit.limiter.conftest import QUOTA, T0

ONE = Quota(calls=1, window_seconds=1.0)


def refuse(limiter: Limiter, quota: Quota, now: float) -> None:
    limiter.give_back(limiter.ask("kis:main", quota, now=now), rejected=True, now=now)


def test_a_refusal_pauses_every_permit_for_one_window(limiter: Limiter) -> None:
    refuse(limiter, QUOTA, T0)

    idle_permit = limiter.ask("kis:main", QUOTA, now=T0 + 0.1)

    assert not idle_permit.granted
    assert idle_permit.delay_seconds == pytest.approx(0.9)
    assert limiter.state("kis:main", now=T0 + 0.1).pause_seconds == pytest.approx(0.9)
    assert limiter.ask_again(idle_permit, now=T0 + 1.0).granted


def test_a_refusal_widens_the_distance_between_calls(limiter: Limiter) -> None:
    refuse(limiter, ONE, T0)

    assert limiter.ask("kis:main", ONE, now=T0).delay_seconds == pytest.approx(1.02)


def test_the_distance_recovers_by_itself_with_the_calls_that_pass(limiter: Limiter) -> None:
    refuse(limiter, QUOTA, T0)
    guards = []

    for number in range(1, 52):
        at = T0 + 2 * number
        limiter.give_back(limiter.ask("kis:main", QUOTA, now=at), now=at)
        guards.append(limiter.state("kis:main", now=at).guard_seconds)

    assert guards[0] == pytest.approx(0.0196)
    assert guards[24] == pytest.approx(0.01)
    assert guards[49:] == [0, 0]


def test_a_broker_that_refuses_everything_is_called_every_other_window_at_the_least(
    limiter: Limiter,
) -> None:
    for number in range(60):
        refuse(limiter, ONE, T0 + 3 * number)

    state = limiter.state("kis:main", now=T0 + 177)
    assert state.refusals == 60
    assert state.guard_seconds == 1.0
    assert limiter.ask("kis:main", ONE, now=T0 + 177).delay_seconds == pytest.approx(2.0)
