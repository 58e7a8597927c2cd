"""Charts, newest first: bars of days, weeks and months, and those of an index."""

from tests.mock_servers.exchange.bars import Bars
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom.numbers import change, million, rate
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import NXT, Asked, Reply, Row, refusal

CHART_ROWS = 600
INDICES = {"001": "KOSPI", "101": "KOSDAQ", "201": "KOSPI200"}
PERIODS = {  # api-id: the period of a bar, the name of the list
    "ka10081": ("D", "stk_dt_pole_chart_qry"),
    "ka10082": ("W", "stk_stk_pole_chart_qry"),
    "ka10083": ("M", "stk_mth_pole_chart_qry"),
}
_FIRST = "00000000"
_BAR_FIELDS = (
    *("cur_prc", "trde_qty", "trde_prica", "dt", "open_pric", "high_pric", "low_pric"),
    *("pred_pre", "pred_pre_sig", "trde_tern_rt"),
)


def bars_chart(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10081, ka10082 and ka10083: prices without a sign."""
    issue, ticker = asked.issue(exchange), asked["stk_cd"]
    until, adjusted = asked.date("base_dt"), asked.one_of("upd_stkpc_tp", "01") == "1"
    period, name = PERIODS[asked.api_id]
    if issue is None:
        # At a place where it is not traded a ticker has one row without a word in it.
        empty = [dict.fromkeys(_BAR_FIELDS, "")] if ticker.endswith(NXT) else []
        return Reply({"stk_cd": ticker, name: empty})
    daily = issue.bars_until(until) if adjusted else issue.raw
    bars = daily.upto(until).by(period)
    newest = bars.span(_FIRST, until)[::-1]
    shares = issue.listing.shares
    return paged(
        name, newest, lambda at: bar_row(bars, at, shares), asked, CHART_ROWS, stk_cd=ticker
    )


def bar_row(bars: Bars, position: int, shares: int) -> Row:
    """Return one bar; ``trde_tern_rt`` is the volume in percent of all shares."""
    turnover = 100 * int(bars.volume[position]) / shares
    return {
        "cur_prc": str(bars.close[position]),
        "trde_qty": str(bars.volume[position]),
        "trde_prica": million(int(bars.value[position])),
        "dt": bars.sessions[position],
        "open_pric": str(bars.open[position]),
        "high_pric": str(bars.high[position]),
        "low_pric": str(bars.low[position]),
        "pred_pre": change(bars.change(position)),
        "pred_pre_sig": bars.sign(position),
        "trde_tern_rt": rate(turnover if bars.change(position) >= 0 else -turnover),
    }


def index_chart(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka20006: points times 100, without a sign."""
    code, until = asked["inds_cd"], asked.date("base_dt")
    bars = index_bars(exchange, asked)
    newest = bars.span(_FIRST, until)[::-1]
    return paged(
        "inds_dt_pole_qry", newest, lambda at: _index_row(bars, at), asked, CHART_ROWS, inds_cd=code
    )


def index_bars(exchange: Exchange, asked: Asked) -> Bars:
    """Return the bars of the index that ``inds_cd`` names, in hundredths of a point."""
    if asked["inds_cd"] not in INDICES:
        raise refusal("1517", name="inds_cd")
    return exchange.indices[INDICES[asked["inds_cd"]]]


def _index_row(bars: Bars, position: int) -> Row:
    return {
        "cur_prc": str(bars.close[position]),
        "trde_qty": str(bars.volume[position] // 1000),
        "dt": bars.sessions[position],
        "open_pric": str(bars.open[position]),
        "high_pric": str(bars.high[position]),
        "low_pric": str(bars.low[position]),
        "trde_prica": million(int(bars.value[position])),
    }
