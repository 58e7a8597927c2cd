"""The block of a permit: what it waits for, what it hands over, what it leaves behind."""

import copy
import time
from collections.abc import Callable, Iterator

import pytest
from redis import Redis

from app.limiter import Limiter, LimiterUnavailable, PermitTimeout, Quota
from tests.conftest import free_port
from tests.unit.limiter.conftest import warm

HOUR = 3600.0
ONE = Quota(calls=1, window_seconds=HOUR)  # so long that nothing becomes free while a test runs
LEASE = 2 * HOUR
QUICK = Quota(calls=1, window_seconds=0.05)


class Clock:
    """A clock that stands, of a process that may be paused: for 2 s each time it looks at it."""

    def __init__(self) -> None:
        self.skipped = 0.0
        self.pauses = 0

    def __call__(self) -> float:
        if self.pauses:
            self.pauses -= 1
            self.skipped += 2.0
        return self.skipped


def scripts_run(redis: Redis) -> int:
    number: int = redis.info("commandstats")["cmdstat_evalsha"]["calls"]
    return number


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def limiter(redis: Redis, clock: Clock) -> Iterator[Limiter]:
    """Return a limiter on the server's clock, its cold start over."""
    limiter = Limiter(redis, lease_seconds=LEASE, clock=clock)
    warm(limiter, "kis:main", now=time.time() - LEASE)
    yield limiter
    limiter.close()


def test_the_block_holds_a_permit_and_gives_it_back_at_its_end(limiter: Limiter) -> None:
    with limiter.permit("kis:main", ONE, priority=6, timeout=60) as permit:
        assert limiter.state("kis:main").in_flight == 1

    state = limiter.state("kis:main")
    assert (state.in_flight, state.cooling, state.refusals) == (0, 1, 0)
    assert permit.waited_seconds == 0


def test_a_call_that_fails_gives_its_permit_back(limiter: Limiter) -> None:
    with pytest.raises(OSError, match="refused"), limiter.permit("kis:main", ONE):
        raise OSError("connection refused")

    assert limiter.state("kis:main").cooling == 1


def test_a_refusal_said_inside_the_block_reaches_everyone(limiter: Limiter) -> None:
    with limiter.permit("kis:main", ONE) as permit:
        permit.rejected = True

    state = limiter.state("kis:main")
    assert state.refusals == 1
    assert state.pause_seconds == pytest.approx(HOUR, rel=0.1)


def test_a_call_that_timed_out_keeps_its_permit(limiter: Limiter) -> None:
    with limiter.permit("kis:main", ONE) as permit:
        permit.unanswered = True

    assert limiter.state("kis:main").unanswered == 1
    assert limiter.ask("kis:main", ONE).delay_seconds > HOUR


def test_a_call_that_is_interrupted_keeps_its_permit(limiter: Limiter) -> None:
    with pytest.raises(KeyboardInterrupt), limiter.permit("kis:main", ONE):
        raise KeyboardInterrupt

    assert limiter.state("kis:main").unanswered == 1


def test_the_next_block_waits_until_the_permit_is_free(redis: Redis) -> None:
    limiter = Limiter(redis)
    warm(limiter, "kis:quick", now=time.time(), quota=QUICK)
    with limiter.permit("kis:quick", QUICK):
        held = time.monotonic()

    with limiter.permit("kis:quick", QUICK):
        assert time.monotonic() - held >= 0.045
    limiter.close()


def test_one_block_may_take_several_limits(limiter: Limiter) -> None:
    warm(limiter, "kis:main:token", now=time.time() - LEASE, quota=ONE)

    with limiter.permit({"kis:main": ONE, "kis:main:token": ONE}):
        assert limiter.state("kis:main").in_flight == 1
        assert limiter.state("kis:main:token").in_flight == 1


def test_a_permit_that_cannot_come_in_time_is_not_waited_for(limiter: Limiter) -> None:
    with limiter.permit("kis:main", ONE) as permit:
        permit.unanswered = True

    with (
        pytest.raises(PermitTimeout, match=r"of kis:main within 5 s: the next is 7\d{3}\."),
        limiter.permit("kis:main", ONE, timeout=5),
    ):
        pass

    state = limiter.state("kis:main")
    assert (state.waiting, state.timeouts) == ({}, 1)


def test_who_is_interrupted_while_waiting_leaves_the_queue(redis: Redis) -> None:
    def interrupt(_seconds: float) -> None:
        raise KeyboardInterrupt

    limiter = Limiter(redis, lease_seconds=LEASE, sleep=interrupt)
    warm(limiter, "kis:main", now=time.time() - LEASE)
    limiter.ask("kis:main", ONE)

    with pytest.raises(KeyboardInterrupt), limiter.permit("kis:main", ONE, timeout=LEASE):
        pass

    assert limiter.state("kis:main").waiting == {}
    limiter.close()


def test_a_permit_that_grew_old_before_its_call_is_changed_for_a_new_one(
    limiter: Limiter, clock: Clock
) -> None:
    with limiter.permit("kis:main", ONE) as permit:
        clock.skipped += 1.1
        permit.refresh()

        state = limiter.state("kis:main")
        assert (state.in_flight, state.grants) == (1, 1)
        assert limiter.ask("kis:main", ONE).delay_seconds > 0.9 * HOUR
    assert limiter.state("kis:main").cooling == 1


def test_a_young_permit_costs_no_question(limiter: Limiter, redis: Redis, clock: Clock) -> None:
    with limiter.permit("kis:main", ONE) as permit:
        clock.skipped += 0.9
        before = scripts_run(redis)
        permit.refresh()
        assert scripts_run(redis) == before


def test_a_process_paused_between_grant_and_use_asks_anew(
    limiter: Limiter, redis: Redis, clock: Clock
) -> None:
    before = scripts_run(redis)
    clock.pauses = 3  # before the wait, before the ask, and before the permit is handed over

    with limiter.permit("kis:main", ONE):
        assert scripts_run(redis) - before == 3  # granted, returned unused, granted
        assert limiter.state("kis:main").in_flight == 1


def test_without_redis_no_permit_is_given_and_the_wait_ends_in_time() -> None:
    nobody = Redis(port=free_port())
    limiter = Limiter(nobody)
    began = time.monotonic()

    with (
        pytest.raises(LimiterUnavailable, match=r"no permit of kis:main: .*refused"),
        limiter.permit("kis:main", QUICK, timeout=0.3),
    ):
        pytest.fail("a call was let through")

    assert time.monotonic() - began >= 0.3
    limiter.close()
    nobody.close()


@pytest.mark.parametrize("error", [LimiterUnavailable("away"), PermitTimeout("too late")])
def test_errors_cross_a_queue(error: Exception) -> None:
    assert str(copy.copy(error)) == str(error)  # rebuilt as pickle does it


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda limiter: limiter.permit("kis:main", ONE, priority=10), "priority is 10"),
        (lambda limiter: limiter.permit("kis:main", Quota(1, LEASE)), "lease_seconds is 7200"),
        (lambda limiter: limiter.permit({}), "no limit"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_name(
    limiter: Limiter, ask: Callable[[Limiter], object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        ask(limiter)


def test_a_credit_is_a_share(redis: Redis) -> None:
    with pytest.raises(ValueError, match=r"credit is 1\.5"):
        Limiter(redis, credit=1.5)
