"""Real processes, one limit, and a referee that counts with its own code."""

import time
from statistics import median

from redis import Redis

from app.limiter import Limiter, Quota
from tests.integration.limiter_rig import calling, running_referee

QUOTA = Quota(calls=2, window_seconds=0.1)  # 20 calls a second: time is short in tests
BRISK = {"calls": QUOTA.calls, "window_seconds": QUOTA.window_seconds}


def test_processes_that_start_together_keep_one_limit(redis: Redis, redis_url: str) -> None:
    with running_referee(jitter_seconds=0.01) as referee, calling(redis_url, referee, 4, **BRISK):
        referee.wait_for(40)

    assert referee.violations(2, 0.1) == 0
    assert referee.use(2, 0.1) >= 0.6  # 0.91 on a machine with time for nothing else
    assert len(referee.calls_of()) == 4


def test_a_person_gets_the_next_permit_while_all_workers_wait(redis: Redis, redis_url: str) -> None:
    limiter = Limiter(redis)
    waits = []
    with running_referee() as referee, calling(redis_url, referee, 4, **BRISK):
        for _ in range(5):
            referee.wait_for(2)
            with limiter.permit("trial", QUOTA, priority=0) as permit:
                waits.append(permit.waited_seconds)

    limiter.close()
    assert median(waits) < 0.15  # the crowd waits 0.2 s each time


def test_a_redis_that_answers_late_costs_little_and_breaks_nothing(
    redis: Redis, redis_url: str
) -> None:
    """CLIENT PAUSE holds every answer back, as a slow disk or a busy neighbour does."""
    with running_referee() as referee, calling(redis_url, referee, 4, **BRISK):
        for _ in range(8):
            redis.client_pause(40)
            referee.wait_for(2)

    assert referee.violations(2, 0.1) == 0


def test_an_idle_limit_lets_a_burst_of_its_size_go_at_once(redis: Redis) -> None:
    limiter = Limiter(redis)
    now = time.time()
    limiter.cancel(limiter.ask("trial", Quota(3, 1.0), now=now - 60), now=now - 60)

    with (
        limiter.permit("trial", Quota(3, 1.0)) as first,
        limiter.permit("trial", Quota(3, 1.0)) as second,
        limiter.permit("trial", Quota(3, 1.0)) as third,
    ):
        assert max(each.waited_seconds for each in (first, second, third)) < 0.5
        assert limiter.state("trial").in_flight == 3
    limiter.close()
