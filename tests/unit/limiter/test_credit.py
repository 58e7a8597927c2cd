"""The optional credit: a call cannot arrive sooner than the fastest ever did."""

from collections.abc import Iterator

import pytest
from redis import Redis

from app.limiter import Limiter, Quota
from tests.unit.limiter.conftest import T0, warm

ONE = Quota(calls=1, window_seconds=1.0)
LATER = T0 + 1000


@pytest.fixture
def limiter(redis: Redis) -> Iterator[Limiter]:
    """Return a limiter that credits half of the least round trip."""
    limiter = Limiter(redis, credit=0.5)
    warm(limiter, "kis:main")
    yield limiter
    limiter.close()


def call(limiter: Limiter, number: int, seconds: float, *, rejected: bool = False) -> None:
    """Let a call of ``seconds`` be made, each in a window of its own."""
    at = T0 + 3 * number
    limiter.give_back(limiter.ask("kis:main", ONE, now=at), rejected=rejected, now=at + seconds)


def cool_down(limiter: Limiter, *, after: float = 0.2) -> float:
    """Return how long a permit cools down whose call took ``after`` seconds."""
    limiter.give_back(limiter.ask("kis:main", ONE, now=LATER), now=LATER + after)
    return limiter.ask("kis:main", ONE, now=LATER + after).delay_seconds


def test_nothing_is_credited_before_two_hundred_calls_are_known(limiter: Limiter) -> None:
    for number in range(198):
        call(limiter, number, 0.1)

    assert cool_down(limiter) == pytest.approx(1.0)


def test_half_of_the_least_is_credited_once_it_is_known(limiter: Limiter) -> None:
    for number in range(200):
        call(limiter, number, 0.06 if number == 77 else 0.1)

    assert cool_down(limiter) == pytest.approx(0.97)
    state = limiter.state("kis:main", now=LATER)
    assert state.least_round_trip_seconds == pytest.approx(0.06)


def test_a_faster_call_counts_at_once(limiter: Limiter) -> None:
    for number in range(201):
        call(limiter, number, 0.02 if number == 200 else 0.1)

    assert cool_down(limiter) == pytest.approx(0.99)


def test_a_refusal_ends_the_credit_until_it_is_learnt_anew(limiter: Limiter) -> None:
    for number in range(201):
        call(limiter, number, 0.1, rejected=number == 200)

    assert cool_down(limiter) > 1.0


def test_an_answer_seen_after_its_lease_tells_nothing_of_the_round_trip(limiter: Limiter) -> None:
    for number in range(201):
        call(limiter, number, 20 if number == 200 else 0.1)

    assert cool_down(limiter) == pytest.approx(0.95)


def test_no_more_than_half_a_window_is_ever_credited(limiter: Limiter) -> None:
    for number in range(200):
        call(limiter, number, 1.9)

    assert cool_down(limiter, after=1.9) == pytest.approx(0.5)


def test_all_processes_share_what_is_known(limiter: Limiter, redis: Redis) -> None:
    for number in range(200):
        call(limiter, number, 0.1)
    other = Limiter(redis, credit=0.5)

    assert cool_down(other) == pytest.approx(0.95)
    other.close()


def test_without_being_asked_for_it_nothing_is_credited(limiter: Limiter, redis: Redis) -> None:
    for number in range(200):
        call(limiter, number, 0.1)
    careful = Limiter(redis)

    assert cool_down(careful) == pytest.approx(1.0)
    careful.close()
