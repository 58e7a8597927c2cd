"""A small stored market: planted patterns and walks on real sessions of the exchange."""

from collections.abc import Mapping, Sequence
from datetime import date

from app.domain import Bar, Listing, Market, Ticker
from app.market.bars import BarStore, Span
from app.market.calendar import Calendar
from app.replay.plan import Plan
from app.strategies.registry import STRATEGIES
from tests.unit.strategies.examples import (
    TRIGGER_BAR,
    Row,
    breakout_rows,
    flat_rows,
    growing_rows,
    vcp_rows,
    walk_rows,
)

CALENDAR = Calendar()
NEWEST = date(2025, 2, 28)
SESSIONS = CALENDAR.newest_sessions(NEWEST, 330)
FIRST, LAST = SESSIONS[-45], SESSIONS[-10]  # what is replayed; bars go on behind it

PATTERN = "005930"  # a VCP that breaks out, and rises on to its target
MARKET: Mapping[Ticker, list[Row]] = {
    PATTERN: [*vcp_rows(), TRIGGER_BAR]
    + [
        (close, close + 200, close - 100, close + 150, 500_000)
        for close in range(19_200, 25_000, 150)
    ],
    "000660": growing_rows(0.001, 220) + breakout_rows(),
    "293490": walk_rows(3, 330),
    "900001": flat_rows(330),
}


def bars_on(rows: Sequence[Row], newest: date = NEWEST) -> list[Bar]:
    """Return ``rows`` as the bars of the exchange's sessions up to ``newest``."""
    sessions = CALENDAR.newest_sessions(newest, len(rows))
    return [
        Bar(session, *row, value=row[3] * row[4])
        for session, row in zip(sessions, rows, strict=True)
    ]


def store(bars: BarStore, ticker: Ticker, rows: Sequence[Bar]) -> None:
    """Store bars as if the broker had been asked for years, and had had no older ones."""
    bars.fill(ticker, Span(date(2020, 1, 2), rows[-1].session), [list(rows)], final=NEWEST)


def plan_of(first: date = FIRST, last: date = LAST) -> Plan:
    """Return the plan of all strategies."""
    return Plan.of(CALENDAR, first, last, newest=NEWEST, strategies=STRATEGIES)


def listing_of(ticker: Ticker) -> Listing:
    """Return a ticker as the universe lists it."""
    return Listing(ticker, f"{ticker} & <Söhne>", Market.KOSDAQ)
