"""How many requests a client may make: a burst, refilled at a steady rate."""

import time
from collections import OrderedDict
from collections.abc import Callable

MOST_CLIENTS = 10_000  # that are remembered; whoever was silent longest is forgotten


class Allowance:
    """``burst`` requests at once, and ``rate`` a second from then on, for each client."""

    def __init__(
        self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, client: str) -> float:
        """Take one request of ``client``; return 0, or after how many seconds there will be one."""
        now = self._clock()
        left, at = self._left.pop(client, (float(self._burst), now))
        left = min(float(self._burst), left + (now - at) * self._rate)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._left[client] = (left if wait else left - 1, now)
        if len(self._left) > MOST_CLIENTS:
            self._left.popitem(last=False)
        return wait
