"""self-limiters: the same reservation, written in Rust, for asyncio."""

import asyncio

from self_limiters import TokenBucket


class _SelfLimiters:
    def __init__(self, redis_url: str, key: str) -> None:
        self._loop = asyncio.new_event_loop()
        self._bucket = TokenBucket(key, 1, 0.5, 1, redis_url, 3600.0, 1)

    def acquire(self) -> None:
        self._loop.run_until_complete(self._enter())

    async def _enter(self) -> None:
        await self._bucket.__aenter__()

    def release(self, *, refused: bool) -> None:
        pass


def bucket(redis_url: str, key: str) -> _SelfLimiters:
    return _SelfLimiters(redis_url, key)
