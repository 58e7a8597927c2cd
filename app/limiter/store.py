"""The limits in Redis: four scripts, each one round trip that is never repeated by itself."""

from collections.abc import Mapping
from dataclasses import replace
from importlib import resources
from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.limiter.errors import LimiterUnavailable
from app.limiter.quota import Quota
from app.limiter.state import LimiterState
from app.limiter.waiter import Waiter

ANSWER_SECONDS = 1.0  # a Redis that needs longer is away
US = 1_000_000
_POOLS_OWN = ("maint_notifications_", "maintenance_", "orig_", "himport_", "event_dispatcher")


class Store:
    """Asks, gives back and cancels in Redis. A key is ``limiter:`` and the limit's name.

    ``now`` is in seconds of any clock, for tests; None is the server's, as everywhere else.
    Each method raises LimiterUnavailable when no answer comes; the script may have run all the
    same, and may be run again.
    """

    def __init__(self, redis: Redis, *, lease_seconds: float, credit: float) -> None:
        self._redis = _without_repeats(redis)
        self._lease_us = round(lease_seconds * US)
        self._credit = credit
        head = _source("head")
        self._scripts = {
            name: self._redis.register_script(head + _source(name))
            for name in ("ask", "give_back", "cancel", "state")
        }

    def ask(self, waiter: Waiter, now: float | None = None) -> Waiter:
        """Return ``waiter`` with what the limiter says to it: granted, or when to ask again."""
        granted, delay_us, again_us, place = self._run(
            "ask",
            waiter.limits,
            (waiter.id, self._credit, waiter.place, waiter.priority, self._lease_us),
            now,
        )
        return replace(
            waiter,
            granted=granted == 1,
            delay_seconds=delay_us / US,
            ask_again_seconds=again_us / US,
            place=place,
        )

    def give_back(
        self,
        waiter: Waiter,
        *,
        rejected: bool,
        unanswered: bool,
        now: float | None = None,
    ) -> None:
        """Let the permit cool down from now on; without an answer, to the end of its lease."""
        outcome = "rejected" if rejected else "unanswered" if unanswered else "answered"
        self._run("give_back", waiter.limits, (waiter.id, self._credit, outcome), now)

    def cancel(self, waiter: Waiter, *, timed_out: bool = False, now: float | None = None) -> None:
        """Leave the queue, or return a permit that was not used."""
        self._run("cancel", waiter.limits, (waiter.id, "timeout" if timed_out else ""), now)

    def state(self, name: str, now: float | None = None) -> LimiterState:
        """Return one limit as people read it."""
        text = self._run("state", {name: None}, (), now)
        return LimiterState.read(name, text) if text else LimiterState(name)

    def close(self) -> None:
        """Close the connections to Redis."""
        self._redis.close()

    def _run(
        self,
        script: str,
        limits: Mapping[str, Quota | None],
        arguments: tuple[str | float, ...],
        now: float | None,
    ) -> Any:
        quotas = [
            number
            for quota in limits.values()
            if quota is not None
            for number in (quota.calls, round(quota.window_seconds * US))
        ]
        try:
            return self._scripts[script](
                keys=[f"limiter:{name}" for name in limits],
                args=[round((now or 0) * US), *arguments, *quotas],
            )
        except RedisError as error:
            raise LimiterUnavailable(f"no permit of {' and '.join(limits)}: {error}") from error


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.lua").read_text("utf-8")


def _without_repeats(redis: Redis) -> Redis:
    """Return a client of the same server that sends a command once and does not wait long.

    redis-py repeats up to ten times by itself; the limiter repeats by its own deadline.
    """
    pool = redis.connection_pool
    settings = {
        name: value
        for name, value in pool.connection_kwargs.items()
        if not name.startswith(_POOLS_OWN)
    }
    settings |= {
        "retry": Retry(NoBackoff(), 0),
        "retry_on_error": [],
        "retry_on_timeout": False,
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "decode_responses": False,
    }
    return Redis.from_pool(ConnectionPool(connection_class=pool.connection_class, **settings))
