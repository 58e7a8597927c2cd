"""The global limiter: one quota for every process on every host that shares a Redis.

A permit is free again one window after the *answer* to its last call was seen. The answer proves
that the call had arrived, so no two calls with one permit arrive within a window, and no window
sees more calls than there are permits, however long each was on its way.
"""

import time
from collections.abc import Callable, Mapping

from redis import Redis

from app.limiter.permit import Permit
from app.limiter.quota import Quota
from app.limiter.state import LimiterState
from app.limiter.store import Store
from app.limiter.waiter import Waiter


class Limiter:
    """Gives permits of limits that are known by name; threads and forks may share it.

    ``lease_seconds`` is after how long a permit that nobody gave back is free again: at least the
    caller's connect and read timeouts and one window, and a second to spare. ``credit`` is the
    share (0-1) of the least round trip of the last 200 calls that is taken off the cool-down:
    0 is always safe, more only where every call is known to take at least so long.
    """

    def __init__(
        self,
        redis: Redis,
        *,
        lease_seconds: float = 15.0,
        credit: float = 0.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if not 0 <= credit <= 1:
            raise ValueError(f"credit is {credit!r}: it is a share, from 0 to 1")
        self._lease_seconds = lease_seconds
        self._store = Store(redis, lease_seconds=lease_seconds, credit=credit)
        self._sleep = sleep
        self._clock = clock

    def permit(
        self,
        limits: str | Mapping[str, Quota],
        quota: Quota | None = None,
        *,
        priority: int = 6,
        timeout: float = 60.0,
    ) -> Permit:
        """Return a permit to enter: ``with limiter.permit("kis:main", quota) as permit:``.

        Several limits, ``{"kis:main": quota, "kis:main:token": other}``, are taken all or none.
        Callers of one priority (0 first, 9 last) are served in the order in which they asked.

        Entering it raises:
            PermitTimeout: none will be free within ``timeout`` seconds; said at once.
            LimiterUnavailable: Redis did not answer for as long.
        """
        waiter = self._waiter(limits, quota, priority)
        return Permit(self._store, waiter, timeout=timeout, sleep=self._sleep, clock=self._clock)

    def ask(
        self,
        limits: str | Mapping[str, Quota],
        quota: Quota | None = None,
        *,
        priority: int = 6,
        now: float | None = None,
    ) -> Waiter:
        """Ask once, without waiting: one round trip. ``now`` in seconds, None: the server's clock.

        Raises:
            LimiterUnavailable: Redis does not answer.
        """
        return self._store.ask(self._waiter(limits, quota, priority), now)

    def ask_again(self, waiter: Waiter, *, now: float | None = None) -> Waiter:
        """Ask again from the same place in the queue; a granted waiter is told so again."""
        return self._store.ask(waiter, now)

    def give_back(
        self,
        waiter: Waiter,
        *,
        rejected: bool = False,
        unanswered: bool = False,
        now: float | None = None,
    ) -> None:
        """Give a permit back; the same flags as a Permit has."""
        self._store.give_back(waiter, rejected=rejected, unanswered=unanswered, now=now)

    def cancel(self, waiter: Waiter, *, now: float | None = None) -> None:
        """Leave the queue, or return a permit that was not used: it is free at once."""
        self._store.cancel(waiter, now=now)

    def state(self, name: str, *, now: float | None = None) -> LimiterState:
        """Return one limit as people read it.

        Raises:
            LimiterUnavailable: Redis does not answer.
        """
        return self._store.state(name, now)

    def close(self) -> None:
        """Close the limiter's connections to Redis."""
        self._store.close()

    def _waiter(
        self, limits: str | Mapping[str, Quota], quota: Quota | None, priority: int
    ) -> Waiter:
        if isinstance(limits, str):
            limits = {limits: quota or Quota()}
        if not limits:
            raise ValueError("no limit is named: a permit is of one at least")
        for name, each in limits.items():
            if each.window_seconds >= self._lease_seconds:
                raise ValueError(
                    f"{name}: lease_seconds is {self._lease_seconds:g}; it must be longer than"
                    f" the window of {each.window_seconds:g} s"
                )
        if not 0 <= priority <= 9:
            raise ValueError(f"priority is {priority}: it runs from 0, first, to 9, last")
        return Waiter(limits, priority)
