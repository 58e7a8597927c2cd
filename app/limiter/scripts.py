"""The scripts on a Redis: one command and one answer, never repeated by itself.

They speak on a connection themselves. The client above it repeats, measures and looks up callbacks
around every command, which costs as much time as the round trip.
"""

import hashlib
from collections.abc import Sequence
from importlib import resources
from typing import Any

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError
from redis.retry import Retry

ANSWER_SECONDS = 1.0  # a Redis that needs longer is away
_POOLS_OWN = ("maint_notifications_", "maintenance_", "orig_", "himport_", "event_dispatcher")


class Scripts:
    """What stands in the ``.lua`` files beside this one; threads and forks may share it."""

    def __init__(self, redis: Redis, *names: str) -> None:
        self._pool = _pool_without_repeats(redis)
        head = _source("head")
        self._sources = {name: head + _source(name) for name in names}
        self._digests = {name: _digest(source) for name, source in self._sources.items()}

    def run(self, name: str, keys: Sequence[str], arguments: Sequence[str | float]) -> Any:
        """Return the script's answer.

        Raises:
            RedisError: none came; the script may have run all the same.
        """
        connection: Any = self._pool.get_connection()  # its methods bear no types
        try:
            return self._run(connection, name, (len(keys), *keys, *arguments))
        except BaseException:
            connection.disconnect()  # or the next one would read the answer that comes too late
            raise
        finally:
            self._pool.release(connection)

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def _run(self, connection: Any, name: str, arguments: Sequence[str | float]) -> Any:
        try:
            connection.send_command("EVALSHA", self._digests[name], *arguments)
            return connection.read_response()
        except NoScriptError:  # it has just been started
            connection.send_command("EVAL", self._sources[name], *arguments)
            return connection.read_response()


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.lua").read_text("utf-8")


def _digest(source: str) -> str:
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()  # as Redis names it


def _pool_without_repeats(redis: Redis) -> ConnectionPool:
    """Return connections to the same server that do not wait long; the limiter repeats itself."""
    pool = redis.connection_pool
    settings = {
        name: value
        for name, value in pool.connection_kwargs.items()
        if not name.startswith(_POOLS_OWN)
    }
    settings |= {
        "retry": Retry(NoBackoff(), 0),
        "retry_on_error": [],
        "retry_on_timeout": False,
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "decode_responses": False,
    }
    return ConnectionPool(connection_class=pool.connection_class, **settings)
