"""Charts within sessions, newest first: by minutes ka10080 and ka20005, by trades ka10079, ka20004.

Here every minute has one trade: a bar of three trades is one of three minutes.
"""

from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.bars import Bars, Column
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.minutes import Minute, MinuteBars, minute_bars
from tests.mock_servers.kiwoom.charts import index_bars
from tests.mock_servers.kiwoom.numbers import change, signed
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row

ROWS = 900
_FIRST = "00000000"


class _Kind(NamedTuple):
    """What one api-id tells: the name of its list, and how long a bar may be."""

    name: str
    lengths: tuple[str, ...]
    of_trades: bool = False


class _Course(NamedTuple):
    """What moves within a session; ``written`` is a price beside the close before."""

    name: str
    bars: Bars
    nearest: Callable[[ArrayLike], Column]
    written: Callable[[int, int], str]


_MINUTES = ("1", "3", "5", "10", "15", "30", "45", "60")
_TRADES = ("1", "3", "5", "10", "30")
_KINDS = {
    "ka10079": _Kind("stk_tic_chart_qry", _TRADES, of_trades=True),
    "ka10080": _Kind("stk_min_pole_chart_qry", _MINUTES),
    "ka20004": _Kind("inds_tic_chart_qry", _TRADES, of_trades=True),
    "ka20005": _Kind("inds_min_pole_qry", _MINUTES),
}


def stock_chart(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10079 and ka10080: prices with the sign of their direction against the close before.

    The newest bar of trades is the closing auction, which is one trade.
    """
    kind, issue = _KINDS[asked.api_id], asked.issue(exchange)
    asked.one_of("upd_stkpc_tp", "01")
    beside = {"stk_cd": asked["stk_cd"], **({"last_tic_cnt": "1"} if kind.of_trades else {})}
    if issue is None:
        return Reply({**beside, kind.name: []})
    course = _Course(issue.listing.ticker, issue.bars, ticks.nearest, signed)
    return _chart(exchange, asked, course, **beside)


def index_chart(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka20004 and ka20005: points times 100, without a sign."""
    code = asked["inds_cd"]
    course = _Course(code, index_bars(exchange, asked), _whole, lambda points, _: str(points))
    return _chart(exchange, asked, course, inds_cd=code)


def _chart(exchange: Exchange, asked: Asked, course: _Course, **beside: str) -> Reply:
    kind, bars = _KINDS[asked.api_id], course.bars
    length = int(asked.one_of("tic_scope", kind.lengths))
    starts = MinuteBars.starts(length)[::-1]
    sessions = [
        at
        for at in bars.span(_FIRST, _until(exchange, asked))[::-1]
        if bars.volume[at] or not kind.of_trades
    ]

    @cache
    def minutes(at: int) -> MinuteBars:
        return minute_bars(course.name, bars, at, exchange.seed, nearest=course.nearest)

    def row(place: int) -> Row:
        at, minute = sessions[place // len(starts)], starts[place % len(starts)]
        base = int(bars.close[at]) - bars.change(at)
        bar = minutes(at).merged(minute, length)
        told = _row(bars.sessions[at], bar, base, course.written)
        return told if kind.of_trades else {**told, "acc_trde_qty": str(bar.volume_so_far)}

    return paged(kind.name, range(len(sessions) * len(starts)), row, asked, ROWS, **beside)


def _until(exchange: Exchange, asked: Asked) -> str:
    return asked.date("base_dt") if asked.fields.get("base_dt") else exchange.last_session


def _row(session: str, bar: Minute, base: int, written: Callable[[int, int], str]) -> Row:
    direction = bar.close - base
    return {
        "cur_prc": written(bar.close, base),
        "trde_qty": str(bar.volume),
        "cntr_tm": session + bar.clock,
        "open_pric": written(bar.open, base),
        "high_pric": written(bar.high, base),
        "low_pric": written(bar.low, base),
        "pred_pre": change(direction),
        "pred_pre_sig": "2" if direction > 0 else "5" if direction < 0 else "3",
    }


def _whole(points: ArrayLike) -> Column:
    return np.rint(points).astype(np.int64)
