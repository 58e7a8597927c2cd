"""krx-scanner's own limiter."""

from redis import Redis

from app.limiter import Limiter, Permit, Quota

QUOTA = Quota(calls=2, window_seconds=1.0)


class _Ours:
    def __init__(self, limiter: Limiter, key: str) -> None:
        self._limiter = limiter
        self._key = key
        self._permit: Permit

    def acquire(self) -> None:
        self._permit = self._limiter.permit(self._key, QUOTA, timeout=3600)
        self._permit.__enter__()
        self._permit.refresh()

    def release(self, *, refused: bool) -> None:
        self._permit.rejected = refused
        self._permit.__exit__(None, None, None)


def open_limiter(redis_url: str, key: str) -> _Ours:
    return _Ours(Limiter(Redis.from_url(redis_url)), key)
