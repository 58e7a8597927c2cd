"""throttled-py: GCRA in Redis; who is refused sleeps 0.2 to 0.5 s and tries again."""

from datetime import timedelta

from throttled import Throttled, rate_limiter, store


class _Throttled:
    def __init__(self, redis_url: str, key: str) -> None:
        self._throttled = Throttled(
            key=key,
            using="gcra",
            quota=rate_limiter.per_duration(timedelta(seconds=1), limit=2, burst=1),
            store=store.RedisStore(server=redis_url),
            timeout=3600,
        )

    def acquire(self) -> None:
        while self._throttled.limit().limited:
            pass  # it has waited

    def release(self, *, refused: bool) -> None:
        pass


def gcra(redis_url: str, key: str) -> _Throttled:
    return _Throttled(redis_url, key)
