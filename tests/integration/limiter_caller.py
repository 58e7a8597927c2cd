"""A process that calls a referee as often as the limiter lets it; it ends at SIGTERM."""

import http.client
import json
import os
import signal
import sys
from types import FrameType

from redis import Redis

from app.limiter import Limiter, LimiterUnavailable, Quota


def main(
    redis_url: str,
    port: int,
    *,
    calls: int,
    window_seconds: float,
    lease_seconds: float = 15.0,
    freezes_before_its_call: int = 0,
) -> None:
    """Call ``http://127.0.0.1:port/<pid>`` for ever, each time with a permit of ``trial``.

    Before the call of this number it stops itself, its permit in hand, until it is continued.
    """
    limiter = Limiter(Redis.from_url(redis_url), lease_seconds=lease_seconds)
    quota = Quota(calls, window_seconds)
    broker = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    broker.connect()
    number = 0
    while True:
        try:
            with limiter.permit("trial", quota) as permit:
                number += 1
                if number == freezes_before_its_call:
                    os.kill(os.getpid(), signal.SIGSTOP)
                permit.refresh()
                broker.request("GET", f"/{os.getpid()}")
                broker.getresponse().read()
        except LimiterUnavailable:
            continue


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    main(**json.loads(sys.argv[1]))
