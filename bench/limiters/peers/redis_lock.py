"""What many write by hand: redis-py's Lock, which runs out half a second after the answer."""

from redis import Redis

APART_SECONDS = 0.5


class _Serial:
    def __init__(self, redis_url: str, key: str) -> None:
        self._lock = Redis.from_url(redis_url).lock(key, timeout=30)

    def acquire(self) -> None:
        self._lock.acquire()

    def release(self, *, refused: bool) -> None:
        self._lock.extend(APART_SECONDS, replace_ttl=True)


def serial(redis_url: str, key: str) -> _Serial:
    return _Serial(redis_url, key)
