"""Quotes: ka10001 and ka10095. Prices carry the sign of their direction against the base price."""

import numpy as np

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import Quote, order_book
from tests.mock_servers.kiwoom.numbers import change, million, rate, signed
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row, refusal

HUNDRED_MILLION = 100_000_000
QUOTES_A_CALL = 100
CLOSED_AT = "153000"
_WARRANT_FIELDS = (
    *("prty", "gear", "pl_qutr", "cap_support", "elwexec_pric", "cnvt_rt", "elwexpr_dt"),
    *("cntr_engg", "cntr_pred_pre", "theory_pric", "innr_vltl", "delta", "gam", "theta", "vega"),
    "law",
)


def basic_info(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10001."""
    issue = asked.known_issue(exchange)
    return Reply(basic_fields(issue, exchange.quote(issue), asked["stk_cd"]))


def basic_fields(issue: Issue, quote: Quote, ticker: str) -> Row:
    """Return the flat answer about one ticker, which is named as it was asked for."""
    listing = issue.listing
    profit = listing.shares * listing.earnings // HUNDRED_MILLION
    return {
        "stk_cd": ticker,
        "stk_nm": listing.name,
        "setl_mm": "12",
        "fav": str(listing.par),
        "cap": str(listing.shares * listing.par // HUNDRED_MILLION),
        "flo_stk": str(listing.shares // 1000),
        "crd_rt": "+0.35",
        **_extremes("oyr_hgst", "oyr_lwst", issue, quote, sessions=252, with_dates=False),
        "mac": str(listing.shares * quote.price // HUNDRED_MILLION),
        "mac_wght": "",
        "for_exh_rt": rate(100 * listing.foreign_share),
        "repl_pric": str(quote.base * 4 // 5),
        "per": f"{quote.price / listing.earnings:.2f}" if listing.earnings else "",
        "eps": str(listing.earnings),
        "roe": f"{100 * listing.earnings / listing.book:.1f}" if listing.book else "",
        "pbr": f"{quote.price / listing.book:.2f}" if listing.book else "",
        "ev": "",
        "bps": str(listing.book),
        "sale_amt": str(10 * abs(profit)),
        "bus_pro": str(profit),
        "cup_nga": str(profit),
        **_extremes("250hgst", "250lwst", issue, quote, sessions=250, with_dates=True),
        **_day(quote),
        "base_pric": str(quote.base),
        "exp_cntr_pric": signed(quote.price, quote.base),
        "exp_cntr_qty": "0",
        "cur_prc": signed(quote.price, quote.base),
        "pre_sig": quote.sign,
        "pred_pre": change(quote.change),
        "flu_rt": rate(quote.rate),
        "trde_qty": str(quote.volume),
        "trde_pre": rate(_volume_change(quote)),
        "fav_unit": "원",
        "dstr_stk": str(listing.shares * 3 // 4 // 1000),
        "dstr_rt": "75.0",
    }


def several_quotes(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10095: up to 100 tickers, joined by ``|``; one that is not listed is left out."""
    tickers = [ticker for ticker in asked["stk_cd"].split("|") if ticker]
    if len(tickers) > QUOTES_A_CALL:
        raise refusal("1634", most=QUOTES_A_CALL)
    each = [(ticker, Asked("", {"stk_cd": ticker}).issue(exchange)) for ticker in tickers]
    rows = [_short(exchange, issue, ticker) for ticker, issue in each if issue is not None]
    return Reply({"atn_stk_infr": rows})


def _short(exchange: Exchange, issue: Issue, ticker: str) -> Row:
    listing, quote = issue.listing, exchange.quote(issue)
    asks, bids = order_book(issue, quote)
    levels = {
        f"{side}_{number}th_bid": signed(level.price, quote.base)
        for side, book in (("sel", asks), ("buy", bids))
        for number, level in enumerate(book[:5], 1)
    }
    return {
        "stk_cd": ticker,
        "stk_nm": listing.name,
        "cur_prc": signed(quote.price, quote.base),
        "base_pric": str(quote.base),
        "pred_pre": change(quote.change),
        "pred_pre_sig": quote.sign,
        "flu_rt": rate(quote.rate),
        "trde_qty": str(quote.volume),
        "trde_prica": million(quote.value),
        "cntr_qty": "0",
        "cntr_str": "100.00",
        "pred_trde_qty_pre": rate(_volume_change(quote)),
        "sel_bid": levels["sel_1th_bid"],
        "buy_bid": levels["buy_1th_bid"],
        **levels,
        **_day(quote),
        "close_pric": signed(quote.price, quote.base),
        "cntr_tm": CLOSED_AT,
        "exp_cntr_pric": signed(quote.price, quote.base),
        "exp_cntr_qty": "0",
        "cap": str(listing.shares * listing.par // HUNDRED_MILLION),
        "fav": str(listing.par),
        "mac": str(listing.shares * quote.price // HUNDRED_MILLION),
        "stkcnt": str(listing.shares // 1000),
        "bid_tm": CLOSED_AT,
        "dt": exchange.last_session,
        "pri_sel_req": str(asks[0].size),
        "pri_buy_req": str(bids[0].size),
        "pri_sel_cnt": "0",
        "pri_buy_cnt": "0",
        "tot_sel_req": str(sum(level.size for level in asks)),
        "tot_buy_req": str(sum(level.size for level in bids)),
        "tot_sel_cnt": "0",
        "tot_buy_cnt": "0",
        **dict.fromkeys(_WARRANT_FIELDS, ""),
    }


def _day(quote: Quote) -> Row:
    """Return the prices of the session and its limits."""
    prices = {
        "open_pric": quote.open,
        "high_pric": quote.high,
        "low_pric": quote.low,
        "upl_pric": quote.upper,
        "lst_pric": quote.lower,
    }
    return {name: signed(price, quote.base) for name, price in prices.items()}


def _extremes(
    highest: str, lowest: str, issue: Issue, quote: Quote, *, sessions: int, with_dates: bool
) -> Row:
    """Return highest high and lowest low of the newest ``sessions`` under these two names."""
    bars = issue.bars
    first = max(len(bars) - sessions, 0)
    traded = first + np.flatnonzero(bars.high[first:])  # a halted session has no high and no low
    fields: Row = {}
    for name, column in ((highest, bars.high), (lowest, -bars.low)):
        at = int(traded[column[traded].argmax()]) if len(traded) else len(bars) - 1
        price = abs(int(column[at])) or quote.price
        fields[name] = signed(price, quote.base)
        if with_dates:
            fields[f"{name}_pric_dt"] = bars.sessions[at]
            fields[f"{name}_pric_pre_rt"] = rate(100 * (quote.price - price) / price)
    return fields


def _volume_change(quote: Quote) -> float:
    """Return the volume against the one before, in percent."""
    before = quote.volume_before
    return 100 * (quote.volume - before) / before if before else 0.0
