"""upstash-ratelimit: its token bucket, spoken over RESP instead of Upstash's HTTP.

Its scripts carry a flag that only Upstash's server knows, so their first line is dropped.
"""

from typing import Any

from redis import Redis
from upstash_ratelimit import Ratelimit, TokenBucket
from upstash_redis import Redis as UpstashRedis


class _OverResp(UpstashRedis):
    def __init__(self, redis_url: str) -> None:
        self._run: Any = Redis.from_url(redis_url, decode_responses=True).execute_command

    def execute(self, command: list[Any]) -> Any:
        script = command[1]
        if isinstance(script, str) and script.startswith("#!"):
            script = script.partition("\n")[2]
        return self._run(command[0], script, *command[2:])


class _Upstash:
    def __init__(self, redis_url: str, key: str) -> None:
        bucket = TokenBucket(max_tokens=1, refill_rate=1, interval=500, unit="ms")
        self._limit = Ratelimit(redis=_OverResp(redis_url), limiter=bucket)
        self._key = key

    def acquire(self) -> None:
        while not self._limit.block_until_ready(self._key, timeout=3600).allowed:
            pass  # it has waited

    def release(self, *, refused: bool) -> None:
        pass


def token_bucket(redis_url: str, key: str) -> _Upstash:
    return _Upstash(redis_url, key)
