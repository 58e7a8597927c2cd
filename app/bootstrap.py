"""Settings in, connected services out: the only place that builds things."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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
from app.brokers.stream import Stream
from app.brokers.streams import open_stream
from app.brokers.transport import lease_seconds, limits_of
from app.costs import Costs
from app.intake import Intake
from app.keeper import Keeper
from app.limiter import Limiter, Quota
from app.market.bars import BarStore, Span
from app.market.calendar import Calendar
from app.market.flows import FlowStore
from app.market.quotes import QuoteStore
from app.market.strength import StrengthStore
from app.market.universe import Universe
from app.plan import Planner
from app.queues import Queues
from app.replay.ticker import Stores
from app.runner import Runner
from app.scan import Scanner
from app.settings import VAR, Settings, SettingsError, load_settings
from app.signals.feed import Feed
from app.signals.listing import SignalList
from app.signals.messages import MessageStore
from app.signals.notify import Messenger
from app.signals.receivers import BadReceiver, Receiver, receivers_of
from app.signals.scans import ScanStore
from app.signals.store import SignalStore
from app.signals.words import LANGUAGES
from app.stored import Stored
from app.strategies.base import Strategy
from app.strategies.parameters import BadParameters, read
from app.strategies.registry import STRATEGIES
from app.whole_market import WholeMarket


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
        try:
            database.upgrade(engine)
        except database.DatabaseUnavailable:
            engine.dispose()  # nobody else knows it
            raise
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

    def open_stream(self) -> Stream:
        """Return the account's stream of prices; whoever opens it closes it (``async with``)."""
        return open_stream(self.settings, self.redis, self.limiter, now=self.clock)

    @cached_property
    def calendar(self) -> Calendar:
        """Return the exchange's calendar with the overrides of ``CALENDAR_FILE``."""
        return Calendar(self.settings.calendar_file)

    @cached_property
    def universe(self) -> Universe:
        """Return today's list of what may be scanned."""
        source = urlsplit(self.settings.listings_url).netloc
        return Universe(self.redis, source, csv=self.settings.universe_csv)

    @cached_property
    def strategies(self) -> Mapping[str, Strategy]:
        """Return the strategies by name, with the parameters of ``STRATEGY_FILE``.

        Raises:
            SettingsError: the file cannot be used.
        """
        file = self.settings.strategy_file
        if file is None:
            return STRATEGIES
        try:
            return read(file)
        except BadParameters as error:
            raise SettingsError(f"STRATEGY_FILE: {error}") from error

    @cached_property
    def bars(self) -> BarStore:
        """Return the stored daily bars."""
        return BarStore(self.engine)

    @cached_property
    def flows(self) -> FlowStore:
        """Return the stored investor flows."""
        return FlowStore(self.engine)

    @cached_property
    def strength(self) -> StrengthStore:
        """Return the ranks of the whole market."""
        return StrengthStore(self.engine)

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
        return SignalStore(self.engine, lambda ticker, *span: self.bars.load(ticker, Span(*span)))

    @cached_property
    def listing(self) -> SignalList:
        """Return the kept signals, to be looked through."""
        return SignalList(self.engine)

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
    def intake(self) -> Intake:
        """Return what brings a ticker's bars and flows."""
        return Intake(
            broker=self.broker,
            bars=self.bars,
            flows=self.flows,
            quotes=self.quotes,
            calendar=self.calendar,
        )

    @cached_property
    def scanner(self) -> Scanner:
        """Return what scans one ticker."""
        return Scanner(
            broker=self.broker,
            intake=self.intake,
            universe=self.universe,
            strength=self.strength,
            calendar=self.calendar,
            strategies=self.strategies,
            clock=self.clock,
        )

    @cached_property
    def stored(self) -> Stored:
        """Return what looks at a ticker by what is stored of it."""
        return Stored(
            bars=self.bars,
            flows=self.flows,
            quotes=self.quotes,
            strength=self.strength,
            calendar=self.calendar,
            strategies=self.strategies,
            clock=self.clock,
        )

    @cached_property
    def whole_market(self) -> WholeMarket:
        """Return what ranks the market and tells its regime."""
        return WholeMarket(broker=self.broker, bars=self.bars, strength=self.strength)

    @cached_property
    def costs(self) -> Costs:
        """Return what works out the calls of a scan."""
        return Costs(bars=self.bars, flows=self.flows, profile=self.settings.profile)

    @cached_property
    def planner(self) -> Planner:
        """Return what plans scans."""
        return Planner(
            scanner=self.scanner,
            scans=self.scans,
            costs=self.costs,
            market=self.whole_market,
            calendar=self.calendar,
            strategies=self.strategies,
            rate=self.settings.scan_rate,
        )

    @cached_property
    def runner(self) -> Runner:
        """Return what carries out the scan tasks."""
        return Runner(
            broker=self.broker,
            planner=self.planner,
            scanner=self.scanner,
            market=self.whole_market,
            scans=self.scans,
            signals=self.signals,
            queues=self.queues,
            feed=self.feed,
            clock=self.clock,
        )

    @cached_property
    def receivers(self) -> Sequence[Receiver]:
        """Return who gets messages."""
        return receivers_of(self.settings.notify_urls, store=VAR / "messages")

    @cached_property
    def messages(self) -> MessageStore:
        """Return what was told to whom."""
        return MessageStore(self.engine, least=self.settings.notify_grade)

    @cached_property
    def messenger(self) -> Messenger:
        """Return what tells people by message."""
        return Messenger(
            self.receivers,
            self.messages,
            LANGUAGES[self.settings.ui_lang],
            invented=not self.settings.official,
            clock=self.clock,
        )

    def check_receivers(self) -> None:
        """Make sure that messages can go to every address of ``NOTIFY_URLS``; none is sent.

        Raises:
            SettingsError: an address cannot be used.
        """
        for receiver in self.receivers:
            try:
                receiver.check()
            except BadReceiver as error:
                raise SettingsError(f"NOTIFY_URLS: {error}") from error

    @cached_property
    def keeper(self) -> Keeper:
        """Return what keeps outcomes and sweeps."""
        return Keeper(
            scans=self.scans,
            signals=self.signals,
            queues=self.queues,
            feed=self.feed,
            messenger=self.messenger,
            clock=self.clock,
        )


def connect(settings: Settings | None = None, *, patient: bool = False) -> Services:
    """Return the services of this process; nothing is connected before it is used.

    Raises:
        SettingsError: a setting is bad or missing, or the strategy file cannot be used.
    """
    services = Services(settings or load_settings(), patient=patient)
    _ = services.strategies  # read now: what is wrong in its file is said before anything starts
    return services


@contextmanager
def replay_stores(settings: Settings) -> Iterator[Stores]:
    """Hand out what a replay reads; each of its processes calls this for itself."""
    with connect(settings) as services:
        yield Stores(services.bars, services.flows)
