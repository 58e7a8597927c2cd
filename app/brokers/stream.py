"""Prices as they run: one account's stream, kept up for as long as patience lasts.

    async with services.open_stream() as stream:
        await stream.subscribe(["005930", "000660"])
        async for tick in stream:
            ...

It connects with the first subscription, and takes a REST permit only for what it proves itself
by. Who reads slowly gets the newest price of each ticker: older ones are dropped and counted, so
nothing grows. Use one in one event loop; reading ends with the error that has ended the stream.
"""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Iterable
from typing import NoReturn, Self

from app.brokers.errors import (
    BrokerUnavailable,
    KeyInUse,
    RateRefused,
    StreamLost,
    TokenRefused,
    TooManyTickers,
)
from app.brokers.stream_dialect import StreamDialect
from app.brokers.stream_latest import Latest
from app.brokers.stream_patience import Absence, Patience
from app.brokers.stream_session import StreamSession, Timeouts
from app.brokers.stream_socket import open_socket
from app.domain import Tick, Ticker, parse_ticker
from app.limiter import LimiterError

log = logging.getLogger(__name__)


class Stream:
    """The prices of what is subscribed, for one reader."""

    def __init__(
        self,
        dialect: StreamDialect,
        *,
        patience: Patience | None = None,
        timeouts: Timeouts | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        random: Callable[[], float] = random.random,
    ) -> None:
        """Open it by ``async with``; ``clock`` in seconds, ``random`` from 0 to 1."""
        self.connections = 0  # that came up, subscriptions and all
        self._dialect = dialect
        self._timeouts = timeouts or Timeouts()
        self._absence = Absence(patience or Patience(), clock=clock, random=random)
        self._clock = clock
        self._sleep = sleep
        self._latest = Latest()
        self._wanted: set[Ticker] = set()  # what the broker has taken
        self._asked: set[Ticker] = set()  # what it is just being asked for
        self._wish = asyncio.Event()  # something was wanted
        self._news = asyncio.Event()  # a session is up, or the stream has ended
        self._changing = asyncio.Lock()
        self._session: StreamSession | None = None
        self._up_since: float | None = None
        self._credential = ""
        self._refused = ""  # a credential that was not taken, and is to be changed
        self._renewed = False  # since one was taken: once is enough
        self._unreadable = 0
        self._running: asyncio.Task[NoReturn] | None = None

    @property
    def tickers(self) -> frozenset[Ticker]:
        """Return what is subscribed."""
        return frozenset(self._wanted)

    @property
    def dropped(self) -> int:
        """Return how many ticks were replaced by newer ones before anybody read them."""
        return self._latest.dropped

    @property
    def unreadable(self) -> int:
        """Return how many frames could not be read."""
        return self._unreadable + (self._session.unreadable if self._session else 0)

    async def __aenter__(self) -> Self:
        self._running = asyncio.create_task(self._run())
        self._running.add_done_callback(self._end)
        return self

    async def __aexit__(self, *_error: object) -> None:
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait([self._running])
        await asyncio.to_thread(self._dialect.close)

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Tick:
        return await self._latest.take()

    async def subscribe(self, tickers: Iterable[str]) -> None:
        """Return when the broker has taken all of ``tickers``; a lost connection is waited for.

        Raises:
            BadTicker: one of them is none.
            TooManyTickers: with those there are it would be more than the broker carries.
            BrokerRefused: the broker said no; none of the new ones is subscribed.
            BrokerError: what the stream has ended with.
        """
        asked = {parse_ticker(ticker) for ticker in tickers}
        async with self._changing:
            new = asked - self._wanted
            if not new:
                return
            self._check_room(len(new))
            self._wish.set()
            self._asked = new
            try:
                await self._ask(new)
            finally:
                self._asked = set()

    async def unsubscribe(self, tickers: Iterable[str]) -> None:
        """End the prices of ``tickers``; those that are not subscribed are left out.

        Raises:
            BadTicker: one of them is none.
        """
        asked = {parse_ticker(ticker) for ticker in tickers}
        async with self._changing:
            self._wanted -= asked
            self._latest.forget(asked)
            if session := self._session:
                try:
                    await session.unsubscribe(asked)
                except BrokerUnavailable as error:
                    session.drop(error)  # the next connection begins without them

    def _check_room(self, more: int) -> None:
        there, most = len(self._wanted), self._dialect.most
        if there + more > most:
            raise TooManyTickers(
                f"{self._dialect.name}: stream: {there} tickers and {more} more are above the "
                f"{most} that it carries at once; none of the new ones was subscribed"
            )

    async def _ask(self, new: set[Ticker]) -> None:
        """See ``new`` taken, on this connection or on a later one."""
        while not new <= self._wanted:
            session = await self._next_session()
            try:
                await session.subscribe(new)
                self._wanted |= new
            except (BrokerUnavailable, KeyInUse) as error:
                session.drop(error)
                await session.ended.wait()

    async def _next_session(self) -> StreamSession:
        while self._session is None:
            if self._running is None or self._running.cancelled():
                raise BrokerUnavailable(f"{self._dialect.name}: stream: it is not open")
            if self._running.done():
                self._running.result()  # raises what the stream has ended with
            self._news.clear()
            await self._news.wait()
        return self._session

    async def _run(self) -> NoReturn:
        """Keep a connection up; raise what ends the stream."""
        await self._wish.wait()
        while True:
            self._up_since = None
            try:
                await self._hold_connection()
            except TokenRefused:
                if self._renewed:
                    raise
                self._renewed, self._refused = True, self._credential
            except (BrokerUnavailable, RateRefused, LimiterError) as error:
                await self._pause(error)

    async def _hold_connection(self) -> NoReturn:
        """Connect, subscribe what is wanted, and raise what has ended the connection."""
        dialect = self._dialect
        self._credential = await asyncio.to_thread(self._fetch_credential)
        async with open_socket(dialect.name, dialect.url) as socket:
            session = StreamSession(
                socket, dialect, self._credential, self._deliver, self._timeouts
            )
            reading = asyncio.create_task(session.read())
            try:
                await self._come_up(session)
                await reading
            except BrokerUnavailable as error:
                session.drop(error)
                await reading  # it may have heard why: that this key is in use elsewhere
            finally:
                self._session = None
                self._renewed &= not session.proven
                self._unreadable += session.unreadable
                session.ended.set()
                reading.cancel()
                await asyncio.gather(reading, return_exceptions=True)

    def _fetch_credential(self) -> str:
        if self._refused:
            self._dialect.refuse_credential(self._refused)
            self._refused = ""
        return self._dialect.fetch_credential()

    async def _come_up(self, session: StreamSession) -> None:
        """Log in and subscribe what is wanted, which may change meanwhile."""
        await session.log_in()
        while session.subscribed != self._wanted:
            await session.subscribe(self._wanted - session.subscribed)
            await session.unsubscribe(session.subscribed - self._wanted)
        self._session = session
        self._up_since = self._clock()
        self.connections += 1
        self._news.set()
        log.info("%s: stream: up with %d tickers", self._dialect.name, len(self._wanted))

    async def _pause(self, error: Exception) -> None:
        """Wait before the next try; raise StreamLost when there have been enough."""
        held_seconds = 0.0 if self._up_since is None else self._clock() - self._up_since
        pause = self._absence.pause_after(held_seconds)
        if pause is None:
            raise StreamLost(
                f"{self._dialect.name}: stream: given up after {self._absence.failures} tries "
                f"in {self._absence.seconds:.0f} s; the last: {error}"
            ) from error
        log.warning("%s; the next try in %.1f s", error, pause)
        await self._sleep(pause)

    def _end(self, running: "asyncio.Task[NoReturn]") -> None:
        self._latest.end(None if running.cancelled() else running.exception())
        self._news.set()

    def _deliver(self, tick: Tick) -> None:
        if tick.ticker in self._wanted or tick.ticker in self._asked:  # else it was ended
            self._latest.put(tick)
