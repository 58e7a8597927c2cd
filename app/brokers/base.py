"""What every broker client offers, and the list of them: a new broker is one file and one line."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from app.domain import Bar, InvestorFlow, Listing, Market, OrderBook, Quote, Ticker
from app.profiles import Profile


class Side(StrEnum):
    """Which way an order goes."""

    BUY = "buy"
    SELL = "sell"


@dataclass(frozen=True)
class Order:
    """Shares to buy or sell; ``price`` in won, None at the market."""

    ticker: Ticker
    side: Side
    quantity: int
    price: float | None = None


@dataclass(frozen=True)
class Receipt:
    """The broker's number for an order it took, and the price it was sent at (won, on a tick)."""

    number: str
    price: int | None


@dataclass
class Tally:
    """What a stretch of work cost: requests sent, those refused for the rate, seconds waited."""

    calls: int = 0
    refused: int = 0
    waited_seconds: float = 0.0

    def add(self, other: "Tally") -> None:
        """Count what ``other`` counted too."""
        self.calls += other.calls
        self.refused += other.refused
        self.waited_seconds += other.waited_seconds


class Broker(Protocol):
    """One account at one broker.

    Every ``fetch_…`` takes a permit a request and may raise BrokerError or the limiter's errors.
    """

    profile: Profile

    def work(self, *, priority: int) -> AbstractContextManager[Tally]:
        """Count the requests made inside, and give them this priority (0 first, 9 last)."""
        ...

    def fetch_bars(self, ticker: Ticker, first: date, last: date) -> Iterator[list[Bar]]:
        """Yield pages of adjusted daily bars, newest page first, each oldest first.

        Empty when the broker knows no bar in the range. Halted sessions are among them.
        """
        ...

    def fetch_index_bars(self, market: Market, first: date, last: date) -> Iterator[list[Bar]]:
        """Yield pages of the daily bars of a board's index, as ``fetch_bars`` does; in points."""
        ...

    def fetch_quote(self, ticker: Ticker) -> Quote | None:
        """Return the running bar of today; None for a ticker that the broker does not know."""
        ...

    def fetch_quotes(self, tickers: Sequence[Ticker]) -> list[Quote]:
        """Return the quotes of at most ``profile.quotes_a_call`` tickers with one request."""
        ...

    def fetch_order_book(self, ticker: Ticker) -> OrderBook | None:
        """Return bids and asks by level; None for an unknown ticker."""
        ...

    def fetch_flows(self, ticker: Ticker) -> list[InvestorFlow]:
        """Return the net buying of the last final sessions, oldest first."""
        ...

    def fetch_listings(self) -> list[Listing]:
        """Return every share of KOSPI and KOSDAQ, those that are not scanned marked so."""
        ...

    def send_order(self, order: Order) -> Receipt:
        """Send ``order`` once.

        Raises:
            OrderRefused: orders are off for this account, or the broker turned it down.
            BrokerUnavailable: no answer: whether it was carried out is not known.
        """
        ...

    def close(self) -> None:
        """Close the connections to the broker."""
        ...
