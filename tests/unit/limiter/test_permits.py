"""A permit: lent once, kept until its answer, free again a window later."""

import pytest

from app.limiter import Limiter, Quota
from tests.unit.limiter.conftest import QUOTA, T0

ONE = Quota(calls=1, window_seconds=1.0)


def test_a_permit_is_free_again_one_window_after_its_answer(limiter: Limiter) -> None:
    quota = Quota(calls=1, window_seconds=1.0)
    granted = limiter.ask("kis:main", quota, now=T0)

    limiter.give_back(granted, now=T0 + 0.3)

    assert limiter.ask("kis:main", quota, now=T0 + 0.4).delay_seconds == pytest.approx(0.9)


def test_as_many_calls_as_the_quota_has_may_be_on_their_way_and_not_one_more(
    limiter: Limiter,
) -> None:
    answers = [limiter.ask("kis:main", QUOTA, now=T0) for _ in range(3)]

    assert [each.granted for each in answers] == [True, True, False]
    assert [each.delay_seconds for each in answers] == [0, 0, pytest.approx(1.0)]


def test_a_call_on_its_way_keeps_its_permit_however_long_the_answer_takes(
    limiter: Limiter,
) -> None:
    limiter.ask("kis:main", ONE, now=T0)
    waiter = limiter.ask("kis:main", ONE, now=T0)

    for second in range(1, 14):
        waiter = limiter.ask_again(waiter, now=T0 + second)
        assert not waiter.granted
        assert waiter.delay_seconds == pytest.approx(min(1.0, 15 - second))


def test_a_permit_is_granted_just_before_it_is_free_and_its_holder_waits_the_rest(
    limiter: Limiter,
) -> None:
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)

    waiter = limiter.ask("kis:main", ONE, now=T0 + 0.8)
    again = limiter.ask_again(waiter, now=T0 + 0.8 + waiter.ask_again_seconds)

    assert (waiter.granted, again.granted) == (False, True)
    assert 0.8 + waiter.ask_again_seconds + again.delay_seconds == pytest.approx(1.0)


def test_a_permit_granted_ahead_is_not_counted_twice(limiter: Limiter) -> None:
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)

    limiter.ask("kis:main", ONE, now=T0 + 0.95)

    state = limiter.state("kis:main", now=T0 + 0.95)
    assert (state.in_flight, state.cooling) == (1, 0)


def test_a_permit_granted_ahead_cools_down_from_its_answer_like_any_other(
    limiter: Limiter,
) -> None:
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)
    ahead = limiter.ask("kis:main", ONE, now=T0 + 0.95)

    limiter.give_back(ahead, now=T0 + 1.2)

    assert limiter.ask("kis:main", ONE, now=T0 + 1.3).delay_seconds == pytest.approx(0.9)


def test_the_permit_of_a_holder_that_died_is_free_when_its_lease_ends(limiter: Limiter) -> None:
    limiter.ask("kis:main", ONE, now=T0)
    waiter = limiter.ask("kis:main", ONE, now=T0 + 14.9)

    assert waiter.ask_again_seconds == pytest.approx(0.1)
    assert limiter.ask_again(waiter, now=T0 + 15.0).granted
    assert limiter.state("kis:main", now=T0 + 15.0).lapsed == 1


def test_a_call_without_an_answer_keeps_its_permit_until_the_lease_ends(limiter: Limiter) -> None:
    timed_out = limiter.ask("kis:main", ONE, now=T0)

    limiter.give_back(timed_out, unanswered=True, now=T0 + 13)

    assert limiter.ask("kis:main", ONE, now=T0 + 13).delay_seconds == pytest.approx(2.0)
    state = limiter.state("kis:main", now=T0 + 16)
    assert (state.unanswered, state.lapsed) == (1, 0)


def test_a_call_without_an_answer_cools_down_even_when_its_lease_is_about_to_end(
    limiter: Limiter,
) -> None:
    timed_out = limiter.ask("kis:main", ONE, now=T0)

    limiter.give_back(timed_out, unanswered=True, now=T0 + 14.9)

    assert limiter.ask("kis:main", ONE, now=T0 + 14.9).delay_seconds == pytest.approx(1.0)


def test_an_ask_whose_answer_got_lost_is_repeated_without_a_second_permit(
    limiter: Limiter,
) -> None:
    granted = limiter.ask("kis:main", QUOTA, now=T0)

    repeated = limiter.ask_again(granted, now=T0 + 1.0)

    assert (repeated.granted, repeated.delay_seconds) == (True, 0)
    assert limiter.state("kis:main", now=T0 + 1.0).in_flight == 1


def test_a_grant_whose_answer_got_lost_has_its_lease_from_the_repeated_ask_on(
    limiter: Limiter,
) -> None:
    lost = limiter.ask("kis:main", ONE, now=T0)
    limiter.ask_again(lost, now=T0 + 10)

    assert not limiter.ask("kis:main", ONE, now=T0 + 24.8).granted
    assert limiter.ask("kis:main", ONE, now=T0 + 25.5).granted


def test_a_stray_ask_after_the_permit_was_given_back_takes_nothing(limiter: Limiter) -> None:
    granted = limiter.ask("kis:main", QUOTA, now=T0)
    limiter.give_back(granted, now=T0 + 0.1)

    stray = limiter.ask_again(granted, now=T0 + 0.2)

    assert not stray.granted
    state = limiter.state("kis:main", now=T0 + 0.2)
    assert (state.in_flight, state.cooling, state.waiting) == (0, 1, {})


def test_giving_back_twice_changes_nothing(limiter: Limiter) -> None:
    granted = limiter.ask("kis:main", ONE, now=T0)
    limiter.give_back(granted, rejected=True, now=T0 + 0.1)
    before = limiter.ask("kis:main", ONE, now=T0 + 0.5)

    limiter.give_back(granted, rejected=True, now=T0 + 0.5)

    assert limiter.ask_again(before, now=T0 + 0.5).delay_seconds == before.delay_seconds
    assert limiter.state("kis:main", now=T0 + 0.5).refusals == 1


def test_an_answer_seen_after_the_lease_still_holds_the_next_call_back(limiter: Limiter) -> None:
    slow = limiter.ask("kis:main", ONE, now=T0)

    limiter.give_back(slow, now=T0 + 20)

    assert limiter.ask("kis:main", ONE, now=T0 + 20).delay_seconds == pytest.approx(1.0)


def test_a_permit_returned_unused_is_free_at_once(limiter: Limiter) -> None:
    granted = limiter.ask("kis:main", ONE, now=T0)

    limiter.cancel(granted, now=T0 + 0.1)

    next_one = limiter.ask("kis:main", ONE, now=T0 + 0.1)
    assert (next_one.granted, next_one.delay_seconds) == (True, 0)
    assert limiter.state("kis:main", now=T0 + 0.1).grants == 1


def test_a_permit_returned_unused_before_it_was_free_is_free_when_it_would_have_been(
    limiter: Limiter,
) -> None:
    limiter.give_back(limiter.ask("kis:main", ONE, now=T0), now=T0)
    ahead = limiter.ask("kis:main", ONE, now=T0 + 0.92)

    limiter.cancel(ahead, now=T0 + 0.93)

    assert limiter.ask("kis:main", ONE, now=T0 + 0.94).delay_seconds == pytest.approx(0.06)


def test_limits_do_not_know_of_each_other(limiter: Limiter) -> None:
    limiter.ask("kis:main", ONE, now=T0)
    limiter.cancel(limiter.ask("kis:other", ONE, now=T0 - 60), now=T0 - 60)

    assert limiter.ask("kis:other", ONE, now=T0).granted
