"""Processes and Redis killed and frozen: not one call too many, and work goes on by itself."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from app.limiter import Limiter
from tests.conftest import RedisServer, running_redis, wait_until
from tests.integration.limiter_rig import Caller, Referee, calling, let_pass, running_referee

CALLS, WINDOW_SECONDS = 2, 0.2  # 10 calls a second: time is short in tests
QUOTA = {"calls": CALLS, "window_seconds": WINDOW_SECONDS}
LONG_LEASE = {"lease_seconds": 60.0}  # longer than a busy machine holds all calls up
SHORT_LEASE = {"lease_seconds": 6.0}  # a busy machine may hold a call up for seconds

pytestmark = pytest.mark.chaos


@pytest.fixture
def referee() -> Iterator[Referee]:
    """Return a referee that in the end has seen no call too many."""
    with running_referee(jitter_seconds=0.02) as referee:
        yield referee
    assert referee.violations(CALLS, WINDOW_SECONDS) == 0


@pytest.mark.parametrize("append_only", [False, True], ids=["empty", "with its file"])
def test_redis_killed_and_restarted(tmp_path: Path, referee: Referee, append_only: bool) -> None:
    with (
        running_redis(tmp_path, append_only=append_only) as server,
        calling(server.url, referee, 4, **LONG_LEASE, **QUOTA),
    ):
        for _ in range(2):
            server.kill()
            server.start()
            referee.wait_for(8)

    assert referee.longest_gap() < LONG_LEASE["lease_seconds"]  # nobody waited for one to end


def test_redis_frozen_for_longer_than_anyone_waits_for_an_answer(
    redis_server: RedisServer, referee: Referee
) -> None:
    assert redis_server.process is not None
    with calling(redis_server.url, referee, 4, **QUOTA):
        redis_server.process.send_signal(signal.SIGSTOP)
        arrived = len(referee.stamps())
        let_pass(3)
        assert len(referee.stamps()) <= arrived + CALLS  # who had a permit has called
        redis_server.process.send_signal(signal.SIGCONT)
        referee.wait_for(9)


def test_redis_gone_for_a_while(redis_server: RedisServer, referee: Referee) -> None:
    with calling(redis_server.url, referee, 4, **QUOTA):
        redis_server.kill()
        arrived = len(referee.stamps())
        let_pass(2)
        assert len(referee.stamps()) <= arrived + CALLS
        redis_server.start()
        referee.wait_for(9)


def test_workers_killed_while_they_wait_and_while_they_call(
    redis: Redis, redis_url: str, referee: Referee
) -> None:
    with calling(redis_url, referee, 6, **SHORT_LEASE, **QUOTA) as callers:
        for victim in callers[:4]:
            calls = victim.calls()
            referee.wait_for(2)
            victim.kill()
            assert victim.calls() >= calls
        referee.wait_for(20)

    limiter = Limiter(redis)
    assert limiter.state("trial").lapsed <= 4
    limiter.close()


def test_a_worker_frozen_with_a_permit_in_its_hand(
    redis: Redis, redis_url: str, referee: Referee
) -> None:
    """It stops between grant and socket for longer than its lease; the others go on."""
    limiter = Limiter(redis)
    freezing = {"freezes_before_its_call": 3, **SHORT_LEASE, **QUOTA}
    with (
        calling(redis_url, referee, 2, **SHORT_LEASE, **QUOTA),
        calling(redis_url, referee, 1, **freezing) as (frozen,),
    ):
        wait_until(lambda: limiter.state("trial").lapsed > 0)
        assert frozen.calls() == 2
        frozen.thaw()
        wait_until(lambda: frozen.calls() > 2)
        referee.wait_for(8)
    limiter.close()


def test_workers_and_redis_frozen_again_and_again(
    redis_server: RedisServer, referee: Referee
) -> None:
    chance = random.Random(20250228)
    assert redis_server.process is not None
    with calling(redis_server.url, referee, 4, **QUOTA) as callers:
        for _ in range(40):
            victim = chance.choice([redis_server.process, *(each.process for each in callers)])
            victim.send_signal(signal.SIGSTOP)
            let_pass(chance.uniform(0.005, 0.12))
            victim.send_signal(signal.SIGCONT)
            let_pass(chance.uniform(0, 0.05))
        wait_until(lambda: all(caller.calls() > 3 for caller in callers))


def test_eight_workers_that_come_and_go(redis: Redis, redis_url: str, referee: Referee) -> None:
    with calling(redis_url, referee, 4, **QUOTA) as stayers:
        for _ in range(2):
            with calling(redis_url, referee, 4, **QUOTA) as guests:
                referee.wait_for(10)
                stop_together(guests)
        before = referee.calls_of()
        wait_until(lambda: all(each.calls() > before[each.name] + 2 for each in stayers))


def stop_together(callers: list[Caller]) -> None:
    for caller in callers:
        caller.process.terminate()
