"""``scanner bars``: what is stored of a ticker, so that a signal can be checked by hand."""

import math
from datetime import date

from rich.text import Text

from app.cli.arguments import read_past_date, read_tickers
from app.cli.failure import DONE, PROBLEMS, Failure
from app.cli.output import NONE, Column, change, say_json, say_table, won
from app.cli.services import connected
from app.domain import KOREA, Bars
from app.market.bars import Span

COLUMNS = (
    Column("Session"),
    Column("Open", right=True),
    Column("High", right=True),
    Column("Low", right=True),
    Column("Close", right=True),
    Column("Change", right=True, drop=2),
    Column("Volume", right=True, drop=1),
    Column("Value (million won)", right=True, drop=3),
)


def bars(ticker: str, *, last: int, as_of: str | None, as_json: bool) -> int:
    """Show the newest ``last`` stored bars, oldest first."""
    [ticker] = read_tickers([ticker])
    with connected() as services:
        now = services.clock()
        today = now.astimezone(KOREA).date()
        until = today if as_of is None else read_past_date("--as-of", as_of, now)
        stored = services.bars.load(ticker, Span(date.min, until))
    if not len(stored):
        scope, option = (f" up to {until}", f" --as-of {until}") if as_of else ("", "")
        raise Failure(
            f"no bars of {ticker} are stored{scope}: "
            f"`scanner scan {ticker}{option} --wait` fetches them",
            PROBLEMS,
        )
    places = range(max(0, len(stored) - last), len(stored))
    if as_json:
        say_json({"ticker": ticker, "bars": [as_object(stored, at) for at in places]})
    else:
        say_table(COLUMNS, (_row(stored, at) for at in places))
    return DONE


def moved(bars: Bars, at: int) -> float | None:
    """Return the change of the close against the bar before, as a share of that."""
    before = float(bars.close[at - 1]) if at else 0.0
    return float(bars.close[at]) / before - 1 if before > 0 else None


def as_object(bars: Bars, at: int) -> dict[str, str | float | None]:
    """Return one bar for programs: won, shares, won; the change as a share."""
    value = float(bars.value[at])
    return {
        "session": bars.date(at).isoformat(),
        "open": float(bars.open[at]),
        "high": float(bars.high[at]),
        "low": float(bars.low[at]),
        "close": float(bars.close[at]),
        "volume": float(bars.volume[at]),
        "value": None if math.isnan(value) else value,
        "change": moved(bars, at),
    }


def _row(bars: Bars, at: int) -> list[str | Text]:
    value = float(bars.value[at])
    prices = (bars.open[at], bars.high[at], bars.low[at], bars.close[at])
    return [
        bars.date(at).isoformat(),
        *(won(price) if price > 0 else NONE for price in prices),  # a halted session has none
        change(moved(bars, at)),
        f"{bars.volume[at]:,.0f}",
        NONE if math.isnan(value) else f"{value / 1e6:,.0f}",
    ]
