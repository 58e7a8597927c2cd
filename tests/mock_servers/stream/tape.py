"""Trades as they run: each price wanders around its last bar, one step a tick.

A trade is a pure function of seed, today, ticker and the tick's number. A tape keeps where each
course stands only so that it need not be walked again from its beginning.
"""

from dataclasses import dataclass, replace
from random import Random

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import Quote

WANDER = 0.01  # of the last close, up and down; what ±500 is of 50,000 won
SECOND_TRADE = 0.2  # share of the ticks that have one
TICKS_OF_A_SESSION = 11_700  # of 2 s in 6.5 h: how the last session's volume is spread


@dataclass(frozen=True)
class Trade:
    """One trade, and the session with it: ``quote`` after it, ``size`` in shares, minus sold.

    ``bought`` and ``sold``: shares since the first tick, by who took the initiative.
    """

    ticker: str
    quote: Quote
    size: int
    bought: int
    sold: int

    @property
    def strength(self) -> float:
        """Return shares bought in percent of shares sold."""
        return 100 * self.bought / self.sold if self.sold else 100.0


class Course:
    """The trades of one ticker, or of an index, from the first tick on."""

    def __init__(self, name: str, ticker: str, start: Quote, *, step: int) -> None:
        """Wander from ``start`` in steps of ``step``; ``name`` is what the draws depend on."""
        self._name = name
        self._step = step
        middle = start.price // step * step
        reach = max(int(start.price * WANDER) // step, 1) * step
        self._highest = min(middle + reach, start.upper // step * step)
        self._lowest = max(middle - reach, -(-start.lower // step) * step, step)
        self._start = Trade(ticker, replace(start, price=middle), 0, 0, 0)
        self._stands = start.halted or start.volume == 0
        self._tick = 0
        self._trades = [self._start]

    def trades(self, tick: int) -> list[Trade]:
        """Return the trades of ``tick``, oldest first; none while trading is halted."""
        if self._stands:
            return []
        if tick < self._tick:
            self._tick, self._trades = 0, [self._start]
        while self._tick < tick:
            self._tick += 1
            self._trades = self._next(self._trades[-1])
        return self._trades

    def last(self, tick: int) -> Trade:
        """Return how things stand after ``tick``, traded or not."""
        return (self.trades(tick) or [self._start])[-1]

    def _next(self, before: Trade) -> list[Trade]:
        draw = Random(f"{self._name} {self._tick}")
        trades = [self._after(before, draw)]
        if draw.random() < SECOND_TRADE:
            trades.append(self._after(trades[0], draw))
        return trades

    def _after(self, before: Trade, draw: Random) -> Trade:
        old = before.quote
        moved = old.price + draw.choice((-1, 0, 0, 1)) * self._step
        price = min(max(moved, self._lowest), self._highest)
        typical = max(self._start.quote.volume / TICKS_OF_A_SESSION, 1)
        size = 1 + int(typical * draw.expovariate(1))
        buys = draw.random() < 0.5
        quote = replace(
            old,
            price=price,
            high=max(old.high, price),
            low=min(old.low, price),
            volume=old.volume + size,
            value=old.value + size * price,
            sign=_sign(price, old),
        )
        return Trade(
            ticker=before.ticker,
            quote=quote,
            size=size if buys else -size,
            bought=before.bought + size * buys,
            sold=before.sold + size * (not buys),
        )


class Tape:
    """The courses of everything listed, walked as far as somebody has asked."""

    def __init__(self, exchange: Exchange) -> None:
        self.exchange = exchange
        self._courses: dict[str, Course] = {}

    def course(self, ticker: str) -> Course | None:
        """Return the course of ``ticker``; None: it is not listed."""
        issue = self.exchange.issue(ticker)
        if issue is None:
            return None
        if ticker not in self._courses:
            quote = self.exchange.quote(issue)
            step = ticks.tick(quote.price * (1 + WANDER))  # the coarsest on its way fits below too
            self._courses[ticker] = Course(self._name_of(ticker), ticker, quote, step=step)
        return self._courses[ticker]

    def index(self, name: str) -> Course | None:
        """Return the course of KOSPI, KOSDAQ or KOSPI200, in hundredths of a point, if it has one.

        A board without a share has none.
        """
        bars = self.exchange.indices[name]
        if not bars:
            return None
        if name not in self._courses:
            last, before = len(bars) - 1, max(len(bars) - 2, 0)
            quote = Quote(
                price=int(bars.close[last]),
                base=int(bars.close[before]),
                open=int(bars.open[last]),
                high=int(bars.high[last]),
                low=int(bars.low[last]),
                volume=int(bars.volume[last]),
                value=int(bars.value[last]),
                volume_before=int(bars.volume[before]),
                sign="3",
                halted=False,
            )
            step = max(quote.price // 10_000, 1)
            self._courses[name] = Course(self._name_of(name), name, quote, step=step)
        return self._courses[name]

    def _name_of(self, course: str) -> str:
        return f"{self.exchange.seed} {self.exchange.today} {course}"


def _sign(price: int, quote: Quote) -> str:
    if price == quote.base:
        return "3"
    if price > quote.base:
        return "1" if price >= quote.upper else "2"
    return "4" if price <= quote.lower else "5"


def best_ask(quote: Quote) -> int:
    """Return the lowest ask, a tick above the last price; 0 at the day's upper limit."""
    ask = quote.price + ticks.tick(quote.price)
    return ask if ask <= quote.upper else 0
