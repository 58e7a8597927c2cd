"""Settings in, connected services out: the only place that builds things."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Self
from urllib.parse import urlsplit

from redis import Redis
from sqlalchemy import Engine

from app import database
from app.brokers.base import Broker
from app.brokers.registry import open_broker
from app.brokers.transport import lease_seconds, limits_of
from app.keeper import Keeper
from app.limiter import Limiter, Quota
from app.market.bars import BarStore
from app.market.calendar import Calendar
from app.market.quotes import QuoteStore
from app.market.universe import Universe
from app.plan import Planner
from app.queues import Queues
from app.runner import Runner
from app.scan import Scanner
from app.settings import Settings, load_settings
from app.signals.feed import Feed
from app.signals.scans import ScanStore
from app.signals.store import SignalStore
from app.strategies.registry import STRATEGIES


def now() -> datetime:
    """Return the time, in UTC: the clock of every process."""
    return datetime.now(UTC)  # noqa: TID251 - the one clock; everyone else is handed it


@dataclass(frozen=True)
class Services:
    """Everything a process may need, each part built when it is first asked for.

    ``patient``: a worker waits for a token and for Redis; a command says at once what is away.
    """

    settings: Settings
    patient: bool = False
    clock: Callable[[], datetime] = now

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every connection that was opened."""
        built = vars(self)  # the parts that were asked for
        for name in ("broker", "limiter", "queues", "redis"):
            if name in built:
                built[name].close()
        if "engine" in built:
            self.engine.dispose()

    @cached_property
    def redis(self) -> Redis:
        """Return a client whose every call ends: 5 s to connect, 10 s to answer."""
        return Redis.from_url(
            self.settings.redis_url.get_secret_value(),
            socket_connect_timeout=5,
            socket_timeout=10,
            health_check_interval=10,
        )

    @cached_property
    def engine(self) -> Engine:
        """Return the database, its tables brought up to date."""
        engine = database.connect(self.settings.database_url.get_secret_value())
        database.upgrade(engine)
        return engine

    @cached_property
    def limiter(self) -> Limiter:
        """Return the one limiter of every process and host."""
        return Limiter(self.redis, lease_seconds=lease_seconds(self.settings.rate))

    @property
    def quota(self) -> Quota:
        """Return what the account may send: 2.5 a second is 5 calls in 2 s."""
        return limits_of(self.settings.credential, self.settings.rate)[self.settings.credential]

    @cached_property
    def broker(self) -> Broker:
        """Return the account's client."""
        return open_broker(self.settings, self.redis, self.limiter, wait_for_token=self.patient)

    @cached_property
    def calendar(self) -> Calendar:
        """Return the exchange's calendar with the overrides of ``CALENDAR_FILE``."""
        return Calendar(self.settings.calendar_file)

    @cached_property
    def universe(self) -> Universe:
        """Return today's list of what may be scanned."""
        source = urlsplit(self.settings.kis_master_url or self.settings.base_url).netloc
        return Universe(self.redis, source, csv=self.settings.universe_csv)

    @cached_property
    def bars(self) -> BarStore:
        """Return the stored daily bars."""
        return BarStore(self.engine)

    @cached_property
    def quotes(self) -> QuoteStore:
        """Return the running bars of the last ten minutes."""
        return QuoteStore(self.redis)

    @cached_property
    def scans(self) -> ScanStore:
        """Return the scans."""
        return ScanStore(self.engine)

    @cached_property
    def signals(self) -> SignalStore:
        """Return the outcomes and signals."""
        return SignalStore(self.engine)

    @cached_property
    def feed(self) -> Feed:
        """Return the feed of what just happened."""
        return Feed(self.redis)

    @cached_property
    def queues(self) -> Queues:
        """Return the queues."""
        return Queues(
            self.settings.redis_url.get_secret_value(),
            self.redis,
            visibility_timeout=self.settings.visibility_timeout,
            patient=self.patient,
        )

    @cached_property
    def scanner(self) -> Scanner:
        """Return what scans one ticker."""
        return Scanner(
            broker=self.broker,
            bars=self.bars,
            quotes=self.quotes,
            universe=self.universe,
            calendar=self.calendar,
            strategies=STRATEGIES,
            clock=self.clock,
        )

    @cached_property
    def planner(self) -> Planner:
        """Return what plans scans."""
        return Planner(
            scanner=self.scanner,
            scans=self.scans,
            bars=self.bars,
            calendar=self.calendar,
            profile=self.settings.profile,
            rate=self.settings.rate,
        )

    @cached_property
    def runner(self) -> Runner:
        """Return what carries out the scan tasks."""
        return Runner(
            broker=self.broker,
            planner=self.planner,
            scanner=self.scanner,
            scans=self.scans,
            signals=self.signals,
            queues=self.queues,
            feed=self.feed,
            clock=self.clock,
        )

    @cached_property
    def keeper(self) -> Keeper:
        """Return what keeps outcomes and sweeps."""
        return Keeper(
            scans=self.scans,
            signals=self.signals,
            queues=self.queues,
            feed=self.feed,
            clock=self.clock,
        )


def connect(settings: Settings | None = None, *, patient: bool = False) -> Services:
    """Return the services of this process; nothing is connected before it is used.

    Raises:
        SettingsError: a setting is bad or missing.
    """
    return Services(settings or load_settings(), patient=patient)
