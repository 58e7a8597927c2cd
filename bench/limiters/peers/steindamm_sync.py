"""steindamm: reserves the next slot in one round trip and sleeps until then."""

from redis import Redis
from steindamm import SyncTokenBucket


class _Steindamm:
    def __init__(self, redis_url: str, key: str, *, every_seconds: float) -> None:
        self._bucket = SyncTokenBucket.create(
            connection=Redis.from_url(redis_url),
            name=key,
            capacity=1,
            refill_frequency=every_seconds,
            max_sleep=3600,
        )

    def acquire(self) -> None:
        self._bucket.__enter__()

    def release(self, *, refused: bool) -> None:
        self._bucket.__exit__(None, None, None)


def exact(redis_url: str, key: str) -> _Steindamm:
    return _Steindamm(redis_url, key, every_seconds=0.5)


def margin(redis_url: str, key: str) -> _Steindamm:
    """Space for 60 ms of jitter: two slots are 1.06 s apart."""
    return _Steindamm(redis_url, key, every_seconds=0.53)
