"""What waits for the reader of a stream: the newest price of each ticker, and no more."""

import asyncio
from collections.abc import Iterable

from app.domain import Tick, Ticker


class Latest:
    """At most one tick a ticker; a newer one takes the place of one that nobody has read."""

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: dict[Ticker, Tick] = {}
        self._news = asyncio.Event()
        self._ended = False
        self._error: BaseException | None = None

    def put(self, tick: Tick) -> None:
        """Keep ``tick``; it stands where the older one of its ticker stood in the line."""
        self.dropped += tick.ticker in self._waiting
        self._waiting[tick.ticker] = tick
        self._news.set()

    def forget(self, tickers: Iterable[Ticker]) -> None:
        """Throw away what waits of ``tickers``."""
        for ticker in tickers:
            self._waiting.pop(ticker, None)

    def end(self, error: BaseException | None) -> None:
        """Let nothing more come; ``error``: why, if it is not at our own wish."""
        self._ended = True
        self._error = error
        self._news.set()

    async def take(self) -> Tick:
        """Return the tick that has waited longest; wait for one if there is none.

        Raises:
            BrokerError: the stream has ended with this, and everything is read.
            StopAsyncIteration: it was closed.
        """
        while not self._waiting:
            if self._ended:
                raise self._error or StopAsyncIteration
            self._news.clear()
            await self._news.wait()
        return self._waiting.pop(next(iter(self._waiting)))
