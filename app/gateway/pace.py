"""How fast the account is used: the limiter, looked at once a second, for the last minute."""

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.limiter import LimiterState

KEPT = timedelta(seconds=60)


@dataclass(frozen=True)
class Second:
    """What was granted and refused since the look before, about a second ago."""

    at: datetime
    grants: int
    refusals: int


class Pace:
    """The looks of the last minute; empty while nobody watches. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: tuple[datetime, LimiterState] | None = None
        self._seconds: deque[Second] = deque()

    def note(self, state: LimiterState, at: datetime) -> Second:
        """Note a look at the limiter; return what has happened since the one before."""
        with self._lock:
            before = self._last
            self._last = at, state
            fresh = before is not None and at - before[0] <= timedelta(seconds=5)
            known = before[1] if before and fresh else state
            # A Redis that lost its memory counts from 0 again.
            second = Second(
                at,
                max(0, state.grants - known.grants),
                max(0, state.refusals - known.refusals),
            )
            if not fresh:
                self._seconds.clear()
            else:
                self._seconds.append(second)
            while self._seconds and at - self._seconds[0].at > KEPT:
                self._seconds.popleft()
            return second

    def seconds(self, now: datetime) -> list[Second]:
        """Return the last minute as far as it was watched, oldest first."""
        with self._lock:
            return [each for each in self._seconds if now - each.at <= KEPT]
