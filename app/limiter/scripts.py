"""The scripts on a Redis: one command and one answer, never repeated by itself.

They speak on connections of their own. Client and pool repeat, count and look up callbacks around
every command, which costs more time than the round trip.
"""

import hashlib
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from importlib import resources
from typing import Any

from redis import Redis, exceptions
from redis.backoff import NoBackoff
from redis.retry import Retry

ANSWER_SECONDS = 1.0  # a Redis that needs longer is away
_POOLS_OWN = ("maint_notifications_", "maintenance_", "orig_", "himport_", "event_dispatcher")


class Scripts:
    """What stands in the ``.lua`` files beside this one; threads and forks may share it."""

    def __init__(self, redis: Redis, *names: str) -> None:
        pool = redis.connection_pool
        self._connect = partial(pool.connection_class, **_once(pool.connection_kwargs))
        self._idle: list[Any] = []  # connections; redis-py leaves their methods untyped
        self._pid = os.getpid()
        head = _source("head")
        self._sources = {name: head + _source(name) for name in names}
        self._digests = {name: _digest(source) for name, source in self._sources.items()}

    def run(self, name: str, keys: Sequence[str], arguments: Sequence[str | float]) -> Any:
        """Return the script's answer. Redis may run it twice, when a connection breaks.

        Raises:
            RedisError: none came; the script may have run all the same.
        """
        command = (len(keys), *keys, *arguments)
        if connection := self._kept():
            with suppress(exceptions.ConnectionError):  # Redis has closed it meanwhile
                return self._run(connection, name, command)
        return self._run(self._connect(), name, command)

    def close(self) -> None:
        """Close the connections."""
        while connection := self._kept():
            connection.disconnect()

    def _kept(self) -> Any | None:
        if self._pid != os.getpid():  # forked: these are the parent's
            self._idle, self._pid = [], os.getpid()
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _run(self, connection: Any, name: str, command: Sequence[str | float]) -> Any:
        try:
            answer = self._answer(connection, name, command)
        except BaseException:
            connection.disconnect()  # or the next one would read the answer that comes too late
            raise
        self._idle.append(connection)
        return answer

    def _answer(self, connection: Any, name: str, command: Sequence[str | float]) -> Any:
        try:
            connection.send_command("EVALSHA", self._digests[name], *command)
            return connection.read_response()
        except exceptions.NoScriptError:  # it has just been started
            connection.send_command("EVAL", self._sources[name], *command)
            return connection.read_response()


def _source(name: str) -> str:
    return resources.files(__package__).joinpath(f"{name}.lua").read_text("utf-8")


def _digest(source: str) -> str:
    return hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()  # as Redis names it


def _once(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of a connection that does not wait long and sends a command once.

    redis-py repeats up to ten times by itself; the limiter repeats by its own deadline.
    """
    kept = {name: value for name, value in settings.items() if not name.startswith(_POOLS_OWN)}
    return kept | {
        "retry": Retry(NoBackoff(), 0),
        "retry_on_error": [],
        "retry_on_timeout": False,
        "socket_timeout": ANSWER_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
        "decode_responses": False,
    }
