"""Who competes: our limiter and the peers, each told to let 2 calls a second pass.

A new peer is one file in ``peers/`` and one line here.
"""

import importlib
import importlib.metadata
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

OURS = "krx-scanner"


class Limiter(Protocol):
    """One process's handle of a limit that all processes share by its key."""

    def acquire(self) -> None:
        """Return as soon as one call may be made."""

    def release(self, *, refused: bool) -> None:
        """Take note that the answer is here; most limiters have no use for that."""


@dataclass(frozen=True)
class Contender:
    """A limiter to measure. ``opens`` is ``module:function``, of a Redis address and a key."""

    name: str
    opens: str
    package: str
    setting: str
    counted: bool = True  # its commands pass redis-py, where a caller can count them

    def open(self, redis_url: str, key: str) -> Limiter:
        """Return a limiter of this kind, connected."""
        module, function = self.opens.split(":")
        opened = getattr(importlib.import_module(f"bench.limiters.peers.{module}"), function)
        return cast("Callable[[str, str], Limiter]", opened)(redis_url, key)

    def load(self) -> bool:
        """Import the package ahead of the forks; say whether it is installed."""
        try:
            importlib.import_module(f"bench.limiters.peers.{self.opens.split(':')[0]}")
        except ModuleNotFoundError as error:
            print(f"{self.name} is left out: {error}; `make bench` installs it", file=sys.stderr)
            return False
        return True

    @property
    def version(self) -> str:
        """The installed version of its package."""
        return importlib.metadata.version(self.package)


CONTENDERS = {
    each.name: each
    for each in (
        Contender(OURS, "ours:open_limiter", "krx-scanner", "2 calls in 1 s"),
        Contender("throttled-py", "throttled_py:gcra", "throttled-py", "GCRA, 2 a second, burst 1"),
        Contender("limits", "limits_py:moving_window", "limits", "moving window, 2 in 1 s, polled"),
        Contender("pyrate-log", "pyrate:log", "pyrate-limiter", "RedisBucket, 2 in 1 s"),
        Contender("pyrate-gcra", "pyrate:gcra", "pyrate-limiter", "GCRA, 1 in 500 ms"),
        Contender(
            "requests-ratelimiter",
            "requests_rl:session",
            "requests-ratelimiter",
            "RedisBucket, 2 a second",
        ),
        Contender("steindamm", "steindamm_sync:exact", "steindamm", "1 in 500 ms, burst 1"),
        Contender("steindamm+60ms", "steindamm_sync:margin", "steindamm", "1 in 530 ms, burst 1"),
        Contender(
            "self-limiters",
            "self_limiters_rust:bucket",
            "self-limiters",
            "1 in 500 ms, burst 1",
            counted=False,
        ),
        Contender(
            "upstash-ratelimit",
            "upstash:token_bucket",
            "upstash-ratelimit",
            "token bucket, 1 in 500 ms",
        ),
        Contender("redis-lock", "redis_lock:serial", "redis", "Lock until 0.5 s after the answer"),
        Contender(
            "aiolimiter", "aiolimiter_local:bucket", "aiolimiter", "1 in 500 ms, per process"
        ),
    )
}
