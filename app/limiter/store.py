"""The limits in Redis: what a caller may do to them, each one round trip."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from app.limiter.errors import LimiterUnavailable
from app.limiter.quota import Quota
from app.limiter.scripts import Scripts
from app.limiter.state import LimiterState
from app.limiter.waiter import Waiter

US = 1_000_000


class Store:
    """Asks, gives back and cancels in Redis. A key is ``limiter:`` and the limit's name.

    ``now`` is in seconds of any clock, for tests; None is the server's, as everywhere else.
    Each method raises LimiterUnavailable when no answer comes; the script may have run all the
    same, and may be run again.
    """

    def __init__(self, redis: Redis, *, lease_seconds: float, credit: float) -> None:
        self._scripts = Scripts(redis, "ask", "give_back", "cancel", "state")
        self._lease_us = round(lease_seconds * US)
        self._credit = credit

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
        self._scripts.close()

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
            return self._scripts.run(
                script,
                [f"limiter:{name}" for name in limits],
                [round((now or 0) * US), *arguments, *quotas],
            )
        except RedisError as error:
            raise LimiterUnavailable(f"no permit of {' and '.join(limits)}: {error}") from error
