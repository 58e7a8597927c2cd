"""Whether each part of the system is there; a part that is away is an answer, not an error."""

import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from redis import Redis
from redis.exceptions import NoPermissionError, RedisError
from sqlalchemy import text

from app.bootstrap import Services
from app.database import DatabaseUnavailable, reading
from app.gateway.coming import coming
from app.gateway.directory import Directory
from app.gateway.kept import Kept
from app.market.universe import ALL, select
from app.queues import BROKER, CONTROL, SIGNALS, QueuesUnavailable, beat_is_alive
from app.schedule import Entry
from app.strategies.registry import find
from app.view import view_of

REDIS_SECONDS = 3.0  # whoever asks whether we are ready does not wait for long
WORKERS_SECONDS = 5.0  # a look takes a second
SCHEDULE_SECONDS = 60.0
FLOWER_SECONDS = 10.0
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
# What workers of each kind take: without the one no ticker is scanned, without the other no scan
# starts and nothing is kept.
KINDS = {"scan_workers": (BROKER,), "signal_workers": (CONTROL, SIGNALS)}


@dataclass(frozen=True)
class Part:
    """One part that the system needs, and how it is, in words.

    ``version``: of Redis and the database, what answers; ``count``: of workers, how many.
    """

    name: str
    ready: bool
    detail: str
    version: str = ""
    count: int | None = None


@dataclass(frozen=True)
class Coming:
    """A scan of the schedule, and what it will cost; None where nothing is known yet."""

    at: datetime
    entry: Entry
    tickers: int | None
    calls: int | None


class Probes:
    """Looks at the parts; what takes long is kept for some seconds."""

    def __init__(self, services: Services, names: Directory) -> None:
        self._services = services
        self._names = names
        self._workers = Kept(self._look_for_workers, WORKERS_SECONDS)
        self._schedule = Kept(self._look_ahead, SCHEDULE_SECONDS)
        self._flower = Kept(self._look_for_flower, FLOWER_SECONDS)

    def parts(self) -> list[Part]:
        """Return Redis, database, workers of each kind and beat; of all but two Redis knows."""
        redis, database = self._redis(), self._database()
        if not redis.ready:
            unseen = [Part(name, False, "not seen: Redis is away") for name in (*KINDS, "beat")]
            return [redis, database, *unseen]
        return [redis, database, *map(self._kind, KINDS), self._beat()]

    def workers(self) -> dict[str, list[str]]:
        """Return the workers that have lately answered, with their queues; none without Redis."""
        return self._workers.get()

    def workers_of(self, kind: str) -> list[str]:
        """Return the names of the workers that have lately answered and are of this kind."""
        return [name for name, queues in self.workers().items() if {*queues} & {*KINDS[kind]}]

    def beat(self) -> tuple[bool, datetime | None]:
        """Say whether beat has lately had the sweep run, and when it did so last."""
        try:
            return beat_is_alive(self._services.queues, self._services.clock())
        except QueuesUnavailable:
            return False, None

    def queues(self) -> dict[str, int] | None:
        """Return how many messages wait in each queue; None when Redis is away."""
        try:
            return self._services.queues.lengths()
        except QueuesUnavailable:
            return None

    def schedule(self) -> list[Coming]:
        """Return the scans that come next."""
        now = self._services.clock()
        return [each for each in self._schedule.get() if each.at > now]

    def flower(self) -> str | None:
        """Return where Flower is, without its password; None when it is not there."""
        given = self._services.settings.flower_url
        return given or self._flower.get()

    def _redis(self) -> Part:
        url = self._services.settings.redis_url.get_secret_value()
        limits = {"socket_connect_timeout": REDIS_SECONDS, "socket_timeout": REDIS_SECONDS}
        try:
            with Redis.from_url(url, **limits) as redis:
                redis.ping()
                version = ""
                with suppress(NoPermissionError):  # it may keep that to itself
                    version = str(redis.info("server")["redis_version"])
        except RedisError:
            return Part("redis", False, "does not answer")
        return Part("redis", True, "answers", version)

    def _database(self) -> Part:
        try:
            with reading(self._services.engine) as connection:
                connection.execute(text("SELECT 1"))
                dialect = connection.dialect
        except DatabaseUnavailable as error:
            return Part("database", False, str(error))
        numbers = ".".join(map(str, dialect.server_version_info or ()))
        return Part("database", True, "answers", f"{DATABASES[dialect.name]} {numbers}".rstrip())

    def _kind(self, kind: str) -> Part:
        names = self.workers_of(kind)
        untaken = sorted({*KINDS[kind]}.difference(*self.workers().values()))
        nobody = f"nobody takes from the queue {' and '.join(untaken)}"
        return Part(kind, not untaken, nobody if untaken else ", ".join(names), count=len(names))

    def _beat(self) -> Part:
        alive, swept = self.beat()
        seen = f"last seen at {swept.isoformat(timespec='seconds')}" if swept else "not seen"
        return Part("beat", alive, seen)

    def _look_for_workers(self) -> dict[str, list[str]]:
        try:
            return self._services.queues.workers()
        except QueuesUnavailable:
            return {}

    def _look_for_flower(self) -> str | None:
        address = ("127.0.0.1", self._services.settings.flower_port)
        try:
            socket.create_connection(address, timeout=0.5).close()
        except OSError:
            return None
        return f"http://{address[0]}:{address[1]}"

    def _look_ahead(self) -> list[Coming]:
        return list(self._coming())

    def _coming(self) -> Iterator[Coming]:
        """Yield what comes, with the calls that it will take by what is stored now."""
        services = self._services
        tickers = [each.ticker for each in select(self._names.listings().values(), ALL)]
        costs: dict[str, int] = {}
        for at, entry in coming(services.calendar, services.clock()):
            if entry.name not in costs and tickers:
                view = view_of(services.calendar, None, at)
                chosen = [services.strategies[each.name] for each in find(entry.strategies)]
                calls = sum(services.costs.calls(tickers, chosen, view).values())
                costs[entry.name] = calls + len(services.costs.batches(tickers, view))
            yield Coming(at, entry, len(tickers) or None, costs.get(entry.name))
