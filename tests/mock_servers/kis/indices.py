"""KOSPI, KOSDAQ and KOSPI200: inquire-index-price and inquire-daily-indexchartprice."""

from tests.mock_servers.exchange.bars import Bars
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kis.wire import Asked, Reply, Row, percent

ROWS = 50
INDICES = {"0001": "KOSPI", "1001": "KOSDAQ", "2001": "KOSPI200"}
_COUNTED_SIGNS = {
    "uplm_issu_cnt": "1",
    "ascn_issu_cnt": "2",
    "stnr_issu_cnt": "3",
    "lslm_issu_cnt": "4",
    "down_issu_cnt": "5",
}


def index_price(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHPUP02100000."""
    name, bars = _index(exchange, asked)
    if not bars:
        return Reply({"output": {"bstp_nmix_prpr": "0.00"}})
    last, change = len(bars) - 1, bars.change(len(bars) - 1)
    board = name.removesuffix("200")
    signs = [exchange.quote(each).sign for each in exchange if each.listing.market == board]
    output = {
        "bstp_nmix_prpr": _points(bars.close[last]),
        "bstp_nmix_prdy_vrss": _points(change),
        "prdy_vrss_sign": "2" if change > 0 else "5" if change < 0 else "3",
        "bstp_nmix_prdy_ctrt": percent(100 * change / (int(bars.close[last]) - change)),
        "acml_vol": str(bars.volume[last]),
        "acml_tr_pbmn": str(bars.value[last]),
        "bstp_nmix_oprc": _points(bars.open[last]),
        "bstp_nmix_hgpr": _points(bars.high[last]),
        "bstp_nmix_lwpr": _points(bars.low[last]),
        **{field: str(signs.count(sign)) for field, sign in _COUNTED_SIGNS.items()},
        "dryy_bstp_nmix_hgpr": _points(bars.high[-250:].max()),
        "dryy_bstp_nmix_lwpr": _points(bars.low[-250:].min()),
    }
    return Reply({"output": output})


def index_chart(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKUP03500100: the newest 50 rows of a range, newest first."""
    name, daily = _index(exchange, asked)
    first, last = asked.date("FID_INPUT_DATE_1"), asked.date("FID_INPUT_DATE_2")
    period = asked.one_of("FID_PERIOD_DIV_CODE", "DWMY")
    if not daily:
        return Reply({"output1": {"bstp_nmix_prpr": "0.00"}, "output2": []})
    bars = daily.by(period)
    head = {
        "bstp_nmix_prpr": _points(daily.close[-1]),
        "prdy_nmix": _points(daily.close[-1] - daily.change(len(daily) - 1)),
        "hts_kor_isnm": name,
    }
    newest = reversed(list(bars.span(first, last))[-ROWS:])
    return Reply({"output1": head, "output2": [_row(bars, position) for position in newest]})


def _index(exchange: Exchange, asked: Asked) -> tuple[str, Bars | None]:
    """Return name and bars of the index asked for; no bars when there is none such."""
    name = INDICES.get(asked.code, "")
    return name, exchange.indices.get(name)


def _row(bars: Bars, position: int) -> Row:
    return {
        "stck_bsop_date": bars.sessions[position],
        "bstp_nmix_prpr": _points(bars.close[position]),
        "bstp_nmix_oprc": _points(bars.open[position]),
        "bstp_nmix_hgpr": _points(bars.high[position]),
        "bstp_nmix_lwpr": _points(bars.low[position]),
        "acml_vol": str(bars.volume[position]),
        "acml_tr_pbmn": str(bars.value[position]),
        "mod_yn": "N",
    }


def _points(hundredths: int) -> str:
    """Write an index, kept in hundredths of a point."""
    return percent(int(hundredths) / 100)
