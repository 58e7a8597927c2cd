"""requests-ratelimiter: a requests session that waits in ``send``, by pyrate-limiter's log.

Its ``send`` runs here above one that sends nothing, since every caller calls the referee alike.
"""

from typing import Any

from pyrate_limiter import RedisBucket
from redis import Redis
from requests import PreparedRequest, Response
from requests_ratelimiter import LimiterMixin


class _Silent:
    def send(self, request: PreparedRequest, **_: Any) -> Response:
        return Response()


class _Session(LimiterMixin, _Silent):
    def __init__(self, redis_url: str, key: str) -> None:
        super().__init__(
            per_second=2,
            bucket_class=RedisBucket,
            bucket_kwargs={"redis": Redis.from_url(redis_url), "bucket_key": key},
            bucket_name=key,
            per_host=False,
            limit_statuses=(),
        )
        self._request = PreparedRequest()

    def acquire(self) -> None:
        self.send(self._request)

    def release(self, *, refused: bool) -> None:
        if refused:
            self._fill_bucket(self._request)  # what its `send` does with a status of refusal


def session(redis_url: str, key: str) -> _Session:
    return _Session(redis_url, key)
