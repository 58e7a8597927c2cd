"""One connection of a stream, from its login to its end."""

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from app.brokers.errors import BrokerError, BrokerRefused, BrokerUnavailable, KeyInUse
from app.brokers.stream_dialect import Answered, BadFrame, Echo, Ended, Heard, StreamDialect, Ticks
from app.brokers.stream_socket import StreamSocket
from app.domain import Tick, Ticker

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Timeouts:
    """How long a connection may say nothing that can be read, and how long an answer may take."""

    silent_seconds: float = 90.0  # both brokers send a heartbeat more often; KIS leaves after 100 s
    answer_seconds: float = 10.0


class StreamSession:
    """Asks one thing at a time; the answers come by ``read``, which must run meanwhile."""

    def __init__(
        self,
        socket: StreamSocket,
        dialect: StreamDialect,
        credential: str,
        deliver: Callable[[Tick], None],
        timeouts: Timeouts,
    ) -> None:
        """Speak with ``credential``; every tick is handed to ``deliver``."""
        self.subscribed: set[Ticker] = set()
        self.proven = False  # the broker has taken our credential
        self.unreadable = 0
        self.ended = asyncio.Event()
        self._socket = socket
        self._dialect = dialect
        self._credential = credential
        self._deliver = deliver
        self._timeouts = timeouts
        self._answer: asyncio.Future[BrokerError | None] | None = None
        self._dropped: BrokerError | None = None
        self._over: BrokerError | None = None  # what the connection has ended with

    async def log_in(self) -> None:
        """Prove who we are, where the broker wants that first.

        Raises:
            TokenRefused: the credential is not taken.
            BrokerUnavailable: the connection has ended.
        """
        frame = self._dialect.login(self._credential)
        if frame is not None:
            await self._ask(frame)

    async def subscribe(self, tickers: Collection[Ticker]) -> None:
        """Ask for the prices of ``tickers``: all of them, or none.

        Raises:
            BrokerRefused: the broker said no; what it had taken of them is given back.
            BrokerUnavailable: the connection has ended.
        """
        new = sorted(set(tickers) - self.subscribed)
        if not new:
            return
        try:
            for frame in self._dialect.subscribe(new, self._credential):
                await self._ask(frame)
        except KeyInUse:
            raise  # there is nothing to give back
        except BrokerRefused:
            await self._give_back(new)
            raise
        self.subscribed.update(new)

    async def unsubscribe(self, tickers: Collection[Ticker]) -> None:
        """End the prices of ``tickers``; errors as of ``subscribe``."""
        old = sorted(self.subscribed & set(tickers))
        self.subscribed.difference_update(old)
        await self._give_back(old)

    async def read(self) -> NoReturn:
        """Take what comes until the connection ends; raise why."""
        loop = asyncio.get_running_loop()
        silent = self._timeouts.silent_seconds
        try:
            deadline = loop.time() + silent
            while True:
                try:
                    async with asyncio.timeout_at(deadline):
                        frame = await self._socket.receive()
                except TimeoutError:
                    raise self._lost(f"nothing that can be read came for {silent:g} s") from None
                if await self._take(frame):
                    deadline = loop.time() + silent
        except BrokerError as error:
            final = isinstance(error, BrokerRefused)  # what the broker ends it with for good
            self._over = error if final else self._dropped or error
            if self._answer and not self._answer.done():
                self._answer.set_result(self._over)
            raise self._over from None

    def drop(self, error: BrokerError) -> None:
        """End the connection at once; ``read`` raises ``error``, or what it has heard before."""
        self._dropped = error
        self._socket.abort()

    async def _take(self, frame: str | bytes) -> bool:
        """Act on a frame; say whether it could be read."""
        try:
            heard = self._dialect.read(_text(frame))
        except BadFrame as error:
            self.unreadable += 1
            level = logging.DEBUG if self.unreadable > 1 else logging.WARNING  # the first tells it
            log.log(level, "%s: stream: a frame cannot be read: %s", self._dialect.name, error)
            return False
        await self._act_on(heard)
        return True

    async def _act_on(self, heard: Heard) -> None:
        match heard:
            case Ticks(ticks):
                for tick in ticks:
                    self._deliver(tick)
            case Echo(frame):
                await self._send(frame)
            case Ended(error):
                raise error
            case Answered(error) if self._answer and not self._answer.done():
                self._answer.set_result(error)
            case Answered(error) if error:
                log.warning("%s: stream: unasked: %s", self._dialect.name, error)

    async def _give_back(self, tickers: list[Ticker]) -> None:
        for frame in self._dialect.unsubscribe(tickers, self._credential) if tickers else ():
            with suppress(BrokerRefused):  # it was not there
                await self._ask(frame)

    async def _ask(self, frame: str) -> None:
        """Send a request and wait for its answer; raise what it complains of."""
        if self._over:
            raise self._over
        self._answer = answer = asyncio.get_running_loop().create_future()
        late = self._lost(f"no answer within {self._timeouts.answer_seconds:g} s")
        try:
            await self._send(frame)
            async with asyncio.timeout(self._timeouts.answer_seconds):
                error = await answer
        except TimeoutError:
            raise late from None
        finally:
            self._answer = None
            if not answer.done() or answer.cancelled():  # late, or we were told to stop waiting
                self.drop(late)  # it could be taken for the answer to another request
        if error:
            raise error
        self.proven = True

    async def _send(self, frame: str) -> None:
        try:
            async with asyncio.timeout(self._timeouts.answer_seconds):
                await self._socket.send(frame)
        except TimeoutError:
            raise self._lost("the other side does not read") from None

    def _lost(self, why: str) -> BrokerUnavailable:
        return BrokerUnavailable(f"{self._dialect.name}: stream: {why}")


def _text(frame: str | bytes) -> str:
    if isinstance(frame, bytes):
        raise BadFrame("it is not text")
    return frame
