"""Real processes, one limit, and a referee that counts with its own code."""

import time

from redis import Redis

from app.limiter import Limiter, Quota
from tests.integration.limiter_rig import calling, running_referee

QUOTA = Quota(calls=2, window_seconds=0.1)  # 20 calls a second: time is short in tests
BRISK = {"calls": QUOTA.calls, "window_seconds": QUOTA.window_seconds}


def test_processes_that_start_together_keep_one_limit(redis: Redis, redis_url: str) -> None:
    with running_referee(jitter_seconds=0.01) as referee, calling(redis_url, referee, 4, **BRISK):
        referee.wait_for(40)

    assert referee.violations(2, 0.1) == 0
    assert len(referee.calls_of()) == 4


def test_a_person_gets_the_next_permit_while_all_workers_wait(redis: Redis, redis_url: str) -> None:
    """Without the priority, each of the crowd would call before: it asked first."""
    limiter = Limiter(redis)
    crowd, one_at_a_time = 6, Quota(calls=1, window_seconds=0.25)
    calls_before = []
    with (
        running_referee() as referee,
        calling(redis_url, referee, crowd, calls=1, window_seconds=0.25),
    ):
        for _ in range(8):
            referee.wait_for(1)
            asked = len(referee.stamps())
            with limiter.permit("trial", one_at_a_time, priority=0):
                calls_before.append(len(referee.stamps()) - asked)

    limiter.close()
    assert min(calls_before) <= 2 < crowd - 1  # who comes 0.1 s late is passed over: not each time


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
    quota, now = Quota(3, 10.0), time.time()
    limiter.cancel(limiter.ask("trial", quota, now=now - 60), now=now - 60)

    asked = [limiter.ask("trial", quota) for _ in range(4)]

    assert [each.granted for each in asked] == [True, True, True, False]
    limiter.close()
