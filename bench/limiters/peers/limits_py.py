"""limits: has no waiting acquire; its own window statistics say when to try again."""

import time

from limits import RateLimitItemPerSecond
from limits.storage import RedisStorage
from limits.strategies import MovingWindowRateLimiter


class _Limits:
    def __init__(self, redis_url: str, key: str) -> None:
        self._item = RateLimitItemPerSecond(2)
        self._strategy = MovingWindowRateLimiter(RedisStorage(redis_url))
        self._key = key

    def acquire(self) -> None:
        while not self._strategy.hit(self._item, self._key):
            reset = self._strategy.get_window_stats(self._item, self._key).reset_time
            time.sleep(max(0.001, reset - time.time()))

    def release(self, *, refused: bool) -> None:
        pass


def moving_window(redis_url: str, key: str) -> _Limits:
    return _Limits(redis_url, key)
