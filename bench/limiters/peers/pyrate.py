"""pyrate-limiter: a log in a sorted set, and GCRA in a hash; both wait by themselves."""

from pyrate_limiter import (
    GCRA,
    Limiter,
    Rate,
    RedisBucket,
    RedisStateStore,
    SlidingWindowLog,
    StateBucket,
)
from redis import Redis


class _Pyrate:
    def __init__(self, limiter: Limiter, key: str) -> None:
        self._limiter = limiter
        self._key = key

    def acquire(self) -> None:
        self._limiter.try_acquire(self._key, blocking=True, timeout=-1)

    def release(self, *, refused: bool) -> None:
        pass


def log(redis_url: str, key: str) -> _Pyrate:
    redis = Redis.from_url(redis_url)
    bucket = RedisBucket.init([Rate(2, 1000)], redis, key, SlidingWindowLog())
    return _Pyrate(Limiter(bucket), key)


def gcra(redis_url: str, key: str) -> _Pyrate:
    store = RedisStateStore(Redis.from_url(redis_url), key)
    return _Pyrate(Limiter(StateBucket([Rate(1, 500)], GCRA(), store)), key)
