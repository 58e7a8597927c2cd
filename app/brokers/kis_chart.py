"""The charts of KIS: daily bars of tickers and of indices, a page a request.

A chart has no next page: the end of the range is moved to the day before the oldest row received.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from operator import attrgetter
from typing import TypeAlias

from app.brokers import kis_wire
from app.brokers.kis_line import QUOTATIONS, Call, KisLine
from app.domain import Bar, Market, Ticker

INDEX_ROWS = 50  # a call
ADJUSTED = "0"  # of another KIS call it means raw

_DAILY_BARS = Call(f"{QUOTATIONS}/inquire-daily-itemchartprice", "FHKST03010100")
_INDEX_BARS = Call(f"{QUOTATIONS}/inquire-daily-indexchartprice", "FHKUP03500100")
_INDICES = {Market.KOSPI: "0001", Market.KOSDAQ: "1001"}

_Rows: TypeAlias = Sequence[kis_wire.DailyBar | kis_wire.IndexBar]


def daily_bars(
    line: KisLine, ticker: Ticker, first: date, last: date, *, rows_a_page: int
) -> Iterator[list[Bar]]:
    """Return pages of adjusted bars, newest page first, each oldest first."""
    of_ticker = {
        "FID_COND_MRKT_DIV_CODE": "J",
        "FID_INPUT_ISCD": ticker,
        "FID_ORG_ADJ_PRC": ADJUSTED,
    }

    def ask(span: Mapping[str, str]) -> _Rows:
        what, query = f"daily bars of {ticker}", {**of_ticker, **span}
        return line.get(what, _DAILY_BARS, query, kis_wire.DailyBarsAnswer).output2

    return _pages(ask, first, last, rows_a_page)


def index_bars(line: KisLine, market: Market, first: date, last: date) -> Iterator[list[Bar]]:
    """Return pages of a board's index in points, newest page first, each oldest first.

    Volume is as KIS tells it, the traded value is left out: no source names their units here.
    """
    of_index = {"FID_COND_MRKT_DIV_CODE": "U", "FID_INPUT_ISCD": _INDICES[market]}

    def ask(span: Mapping[str, str]) -> _Rows:
        what, query = f"daily bars of the index {market}", {**of_index, **span}
        return line.get(what, _INDEX_BARS, query, kis_wire.IndexBarsAnswer).output2

    return _pages(ask, first, last, INDEX_ROWS)


def _pages(
    ask: Callable[[Mapping[str, str]], _Rows], first: date, last: date, rows_a_page: int
) -> Iterator[list[Bar]]:
    """Yield pages; none is asked for beyond one that is short or that reaches ``first``."""
    while first <= last:
        rows = ask(
            {
                "FID_INPUT_DATE_1": f"{first:%Y%m%d}",
                "FID_INPUT_DATE_2": f"{last:%Y%m%d}",
                "FID_PERIOD_DIV_CODE": "D",
            }
        )
        bars = (row.bar() for row in rows if first <= row.session <= last)
        page = sorted(bars, key=attrgetter("session"))
        if page:
            yield page
        if not page or len(rows) < rows_a_page:
            return
        last = page[0].session - timedelta(days=1)
