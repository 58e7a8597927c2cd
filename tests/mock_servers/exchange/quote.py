"""A ticker's state at the end of the last session: quote and order book."""

import math
import random
from dataclasses import dataclass
from typing import NamedTuple, Self

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.issue import Issue

LEVELS = 10


@dataclass(frozen=True)
class Quote:
    """Prices and value in won, volumes in shares. Without a trade: open, high, low, volume 0."""

    price: int
    base: int  # the close before
    open: int
    high: int
    low: int
    volume: int
    value: int
    volume_before: int
    sign: str
    halted: bool

    @classmethod
    def of(cls, issue: Issue, session: str) -> Self:
        """Return the quote of ``issue`` in ``session``, its last bar's if that is of the day."""
        bars = issue.bars
        last = len(bars) - 1
        before = max(last - 1, 0)
        if bars.sessions[last] != session:
            close = int(bars.close[last])
            return cls(close, close, 0, 0, 0, 0, 0, int(bars.volume[last]), "3", halted=False)
        return cls(
            price=int(bars.close[last]),
            base=int(bars.close[before]),
            open=int(bars.open[last]),
            high=int(bars.high[last]),
            low=int(bars.low[last]),
            volume=int(bars.volume[last]),
            value=int(bars.value[last]),
            volume_before=int(bars.volume[before]),
            sign=bars.sign(last),
            halted=bool(bars.volume[last] == 0),
        )

    @property
    def change(self) -> int:
        """Return the price less its base."""
        return self.price - self.base

    @property
    def rate(self) -> float:
        """Return the change in percent of the base."""
        return 100 * self.change / self.base if self.base else 0.0

    @property
    def upper(self) -> int:
        """Return the highest price of the session."""
        return ticks.upper_limit(self.base)

    @property
    def lower(self) -> int:
        """Return the lowest price of the session."""
        return ticks.lower_limit(self.base)

    @property
    def tick(self) -> int:
        """Return the step of the price."""
        return ticks.tick(self.price)


class Level(NamedTuple):
    """One level of an order book: won, shares; both 0 beyond the day's limits."""

    price: int
    size: int


NO_LEVEL = Level(0, 0)


def order_book(issue: Issue, quote: Quote) -> tuple[list[Level], list[Level]]:
    """Return ten asks and ten bids on ticks, best first; the best bid is the last price."""
    rng = random.Random(f"{issue.listing.ticker} {quote.value}")
    typical = math.log(max(quote.volume, 1000) / 400)
    upper, lower = quote.upper, quote.lower
    ask = bid = quote.price // quote.tick * quote.tick
    asks, bids = [], []
    for _ in range(LEVELS):
        sizes = [1 + int(rng.lognormvariate(typical, 0.6)) for _ in "ab"]
        ask += ticks.tick(ask)
        asks.append(Level(ask, sizes[0]) if ask <= upper else NO_LEVEL)
        bids.append(Level(bid, sizes[1]) if bid >= lower else NO_LEVEL)
        bid -= ticks.tick(bid - 1)
    return asks, bids
