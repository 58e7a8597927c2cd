"""Daily rows, newest first: the chart, the short list of prices, and investors."""

import numpy as np

from tests.mock_servers.exchange.bars import Bars, Column
from tests.mock_servers.exchange.flows import Side, flows
from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import order_book
from tests.mock_servers.kis.prices import price_fields, worth_fields
from tests.mock_servers.kis.wire import Asked, Reply, Row, percent

CHART_ROWS = 100
LIST_ROWS = 30
MILLION = 1_000_000


def daily_chart(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKST03010100: the newest 100 rows of a range. Here 0 is adjusted and 1 raw."""
    issue = exchange.issue(asked.code)
    first, last = asked.date("FID_INPUT_DATE_1"), asked.date("FID_INPUT_DATE_2")
    period = asked.one_of("FID_PERIOD_DIV_CODE", "DWMY")
    raw = asked.flag("FID_ORG_ADJ_PRC")
    if issue is None:
        return Reply({"output1": {"stck_prpr": "0", "hts_kor_isnm": ""}, "output2": []})
    bars = (issue.raw if raw else issue.bars).by(period)
    newest = list(bars.span(first, last))[-CHART_ROWS:]
    rows = [_chart_row(bars, position) for position in reversed(newest)]
    return Reply({"output1": _chart_head(exchange, issue), "output2": rows})


def daily_price(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKST01010400: the newest 30 rows. Here 0 is raw and 1 adjusted."""
    issue = exchange.issue(asked.code)
    period = asked.one_of("FID_PERIOD_DIV_CODE", "DWM")
    adjusted = asked.flag("FID_ORG_ADJ_PRC")
    if issue is None:
        return Reply({"output": []})
    bars = (issue.bars if adjusted else issue.raw).by(period)
    foreign = flows(issue, exchange.seed).foreign
    bought = np.cumsum(foreign.bought - foreign.sold)[issue.bars.places(bars.sessions)]
    net = np.diff(bought, prepend=0).tolist()
    rows = [
        {
            **_bar(bars, position),
            "prdy_vrss_vol_rate": percent(_percent_change(bars.volume, position)),
            "prdy_ctrt": percent(_percent_change(bars.close, position)),
            "hts_frgn_ehrt": percent(100 * issue.listing.foreign_share),
            "frgn_ntby_qty": str(net[position]),
            "flng_cls_code": "00",
            "acml_prtt_rate": "0.00",
        }
        for position in _newest(bars)
    ]
    return Reply({"output": rows})


def investors(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKST01010900: 30 sessions; shares, and values in million won."""
    issue = exchange.issue(asked.code)
    if issue is None:
        return Reply({"output": []})
    bars = issue.bars
    sides = dict(zip(("prsn", "frgn", "orgn"), flows(issue, exchange.seed), strict=True))
    rows = []
    for position in _newest(bars):
        row = {
            "stck_bsop_date": bars.sessions[position],
            "stck_clpr": str(bars.close[position]),
            "prdy_vrss": str(bars.change(position)),
            "prdy_vrss_sign": bars.sign(position),
        }
        for name, side in sides.items():
            row |= _investor(name, side, bars, position)
        rows.append(row)
    return Reply({"output": rows})


def _newest(bars: Bars) -> list[int]:
    """Return the positions of the newest 30 bars, the newest first."""
    return list(range(len(bars)))[: -LIST_ROWS - 1 : -1]


def _bar(bars: Bars, position: int) -> Row:
    """Return one bar as every list of bars writes it."""
    return {
        "stck_bsop_date": bars.sessions[position],
        "stck_clpr": str(bars.close[position]),
        "stck_oprc": str(bars.open[position]),
        "stck_hgpr": str(bars.high[position]),
        "stck_lwpr": str(bars.low[position]),
        "acml_vol": str(bars.volume[position]),
        "prdy_vrss_sign": bars.sign(position),
        "prdy_vrss": str(bars.change(position)),
    }


def _chart_row(bars: Bars, position: int) -> Row:
    return {
        **_bar(bars, position),
        "acml_tr_pbmn": str(bars.value[position]),
        "flng_cls_code": "00",
        "prtt_rate": "0.00",
        "mod_yn": "N" if bars.volume[position] else "Y",
        "revl_issu_reas": "",
    }


def _chart_head(exchange: Exchange, issue: Issue) -> Row:
    quote = exchange.quote(issue)
    asks, bids = order_book(issue, quote)
    before = max(len(issue.bars) - 2, 0)
    return {
        **price_fields(quote),
        **worth_fields(issue, quote),
        "hts_kor_isnm": issue.listing.name,
        "stck_shrn_iscd": issue.listing.ticker,
        "stck_prdy_clpr": str(quote.base),
        "stck_prdy_oprc": str(issue.bars.open[before]),
        "stck_prdy_hgpr": str(issue.bars.high[before]),
        "stck_prdy_lwpr": str(issue.bars.low[before]),
        "prdy_vol": str(quote.volume_before),
        "prdy_vrss_vol": str(quote.volume - quote.volume_before),
        "askp": str(asks[0].price),
        "bidp": str(bids[0].price),
        "itewhol_loan_rmnd_ratem": "0.35",
    }


def _investor(name: str, side: Side, bars: Bars, position: int) -> Row:
    """Return what one kind of investor bought (shnu), sold (seln) and the difference (ntby)."""
    bought, sold = int(side.bought[position]), int(side.sold[position])
    volume = int(bars.volume[position])
    mean_price = int(bars.value[position]) / volume if volume else 0.0
    million = [round(shares * mean_price / MILLION) for shares in (bought, sold)]
    return {
        f"{name}_ntby_qty": str(bought - sold),
        f"{name}_ntby_tr_pbmn": str(million[0] - million[1]),
        f"{name}_shnu_vol": str(bought),
        f"{name}_shnu_tr_pbmn": str(million[0]),
        f"{name}_seln_vol": str(sold),
        f"{name}_seln_tr_pbmn": str(million[1]),
    }


def _percent_change(column: Column, position: int) -> float:
    """Return a number's change against the one before, in percent; 0 where there is none."""
    before = int(column[position - 1]) if position else 0
    return 100 * (int(column[position]) - before) / before if before else 0.0
