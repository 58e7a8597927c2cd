"""More of what happens to processes and Redis: clocks set wrong, a crowd, a freeze of 10 s."""

import json
import signal
import sys
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from app.limiter import Limiter, LimiterUnavailable, Quota
from tests.conftest import RedisServer, wait_until
from tests.integration.limiter_rig import Referee, calling, let_pass, running_referee
from tests.processes import Child

CALLS, WINDOW_SECONDS = 2, 0.2  # 10 calls a second: time is short in tests
QUOTA = {"calls": CALLS, "window_seconds": WINDOW_SECONDS}
HOUR_SECONDS = 3600
SKEWED = """
import json, sys, time, time_machine
from tests.integration.limiter_caller import main
with time_machine.travel(time.time() + float(sys.argv[1])):
    main(**json.loads(sys.argv[2]))
"""

pytestmark = pytest.mark.chaos


@pytest.fixture
def referee() -> Iterator[Referee]:
    """Return a referee that in the end has seen no call too many."""
    with running_referee(jitter_seconds=0.02) as referee:
        yield referee
    assert referee.violations(CALLS, WINDOW_SECONDS) == 0


@pytest.mark.parametrize("skew", [HOUR_SECONDS, -HOUR_SECONDS], ids=["ahead", "behind"])
def test_a_worker_whose_clock_is_wrong_by_an_hour_gets_its_share(
    redis_server: RedisServer, referee: Referee, skew: int
) -> None:
    task = json.dumps({"redis_url": redis_server.url, "port": referee.port, **QUOTA})
    with calling(redis_server.url, referee, 3, **QUOTA) as others:
        skewed = Child([sys.executable, "-c", SKEWED, str(skew), task])
        names = [str(skewed.pid), *(each.name for each in others)]
        try:
            wait_until(lambda: referee.calls_of()[names[0]] > 0)
            before = referee.calls_of()
            wait_until(lambda: all(referee.calls_of()[n] >= before[n] + 8 for n in names))
        finally:
            skewed.kill()
            skewed.wait()


def test_eight_workers_that_start_together_on_an_empty_redis(
    redis_server: RedisServer, referee: Referee
) -> None:
    with calling(redis_server.url, referee, 8, **QUOTA) as callers:
        wait_until(lambda: all(caller.calls() > 3 for caller in callers))


def test_redis_frozen_for_ten_seconds(redis_server: RedisServer, referee: Referee) -> None:
    """Nobody calls meanwhile, who waits hears so, and work goes on by itself."""
    assert redis_server.process is not None
    limiter = Limiter(Redis.from_url(redis_server.url))
    with calling(redis_server.url, referee, 4, **QUOTA):
        redis_server.process.send_signal(signal.SIGSTOP)
        frozen = time.monotonic()
        arrived = len(referee.stamps())
        with (
            pytest.raises(LimiterUnavailable),
            limiter.permit("trial", Quota(CALLS, WINDOW_SECONDS), timeout=2),
        ):
            pass
        let_pass(frozen + 10 - time.monotonic())
        assert len(referee.stamps()) <= arrived + CALLS  # who had a permit has called
        redis_server.process.send_signal(signal.SIGCONT)
        referee.wait_for(9)
    limiter.close()
