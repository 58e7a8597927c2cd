"""The feed: what has just happened, in a Redis stream that everyone may follow.

The database is what counts; the feed only saves its readers from asking it again and again.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from redis import Redis

STREAM = "feed"
KEPT_MESSAGES = 10_000
KEPT_SECONDS = 7 * 24 * 3600


class Feed:
    """Announce and follow; one message is a JSON object with a ``type``."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def announce(self, messages: Sequence[Mapping[str, Any]]) -> None:
        """Append the messages in their order; one round trip."""
        if not messages:
            return
        with self._redis.pipeline(transaction=False) as pipeline:
            for message in messages:
                body = json.dumps(message, ensure_ascii=False)
                pipeline.xadd(STREAM, {"json": body}, maxlen=KEPT_MESSAGES, approximate=True)
            pipeline.expire(STREAM, KEPT_SECONDS)
            pipeline.execute()

    def newest(self) -> str:
        """Return the stream id of the newest message: what to follow from now on after."""
        entries = cast("Any", self._redis.xrevrange(STREAM, count=1))
        return entries[0][0].decode() if entries else "0"

    def follow(self, after: str, *, wait_seconds: float = 1.0) -> Iterator[dict[str, Any]]:
        """Yield messages newer than the stream id ``after``, as they come.

        Yields an empty object each ``wait_seconds`` in which nothing came, so that the reader can
        do other things.
        """
        while True:
            wait_ms = max(1, round(wait_seconds * 1000))
            answer = cast("Any", self._redis.xread({STREAM: after}, count=100, block=wait_ms))
            entries = answer[0][1] if answer else []
            if not entries:
                yield {}
            for entry_id, fields in entries:
                after = entry_id
                yield json.loads(fields[b"json"])
