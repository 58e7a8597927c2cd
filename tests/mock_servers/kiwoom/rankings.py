"""The tickers that lead: ka10030 by volume, ka10032 by value, ka10027 by change."""

from collections.abc import Callable
from typing import NamedTuple

from tests.mock_servers.exchange.issue import Issue
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import Quote, order_book
from tests.mock_servers.kiwoom.numbers import change, million, rate, signed
from tests.mock_servers.kiwoom.paging import paged
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row

ROWS = 100
_BOARDS = {"000": ("KOSPI", "KOSDAQ"), "001": ("KOSPI",), "101": ("KOSDAQ",)}
_PLACES = "123"  # KRX, NXT, both


class _Ranked(NamedTuple):
    issue: Issue
    quote: Quote
    rank: int = 0


def by_volume(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10030: by volume, by turnover or by value. Here 1 leaves administered ones out."""
    keys: dict[str, Callable[[_Ranked], float]] = {
        "1": lambda each: each.quote.volume,
        "2": lambda each: each.quote.volume / each.issue.listing.shares,
        "3": lambda each: each.quote.value,
    }
    key = keys[asked.one_of("sort_tp", "123")]
    found = _traded(exchange, asked, without_administered=asked["mang_stk_incls"] == "1")
    ranked = sorted(found, key=key, reverse=True)
    return paged("tdy_trde_qty_upper", ranked, _volume_row, asked, ROWS)


def by_value(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10032. Here 0 leaves administered ones out."""
    found = _traded(exchange, asked, without_administered=asked["mang_stk_incls"] == "0")
    ranked = [
        each._replace(rank=rank)
        for rank, each in enumerate(sorted(found, key=_value, reverse=True), 1)
    ]
    return paged("trde_prica_upper", ranked, _value_row, asked, ROWS)


def by_change(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10027: 1 and 2 what rose by rate and in won, 3 and 4 what fell, 5 what stood."""
    way = asked.one_of("sort_tp", "12345")
    found = _traded(exchange, asked, without_administered=asked.fields.get("stk_cnd") == "1")
    wanted = {"1": 1, "2": 1, "3": -1, "4": -1, "5": 0}[way]
    moved = [each for each in found if _direction(each.quote) == wanted]
    in_won = way in "24"
    moved.sort(key=lambda each: abs(each.quote.change if in_won else each.quote.rate), reverse=True)
    return paged("pred_pre_flu_rt_upper", moved, _change_row, asked, ROWS)


def _traded(exchange: Exchange, asked: Asked, *, without_administered: bool) -> list[_Ranked]:
    boards = _BOARDS[asked.one_of("mrkt_tp", tuple(_BOARDS))]
    asked.one_of("stex_tp", _PLACES)
    quotes = [_Ranked(issue, exchange.quote(issue)) for issue in exchange]
    return [
        each
        for each in quotes
        if each.issue.listing.market in boards
        and each.quote.volume
        and not (without_administered and each.issue.listing.under_administration)
    ]


def _value(each: _Ranked) -> int:
    return each.quote.value


def _direction(quote: Quote) -> int:
    return (quote.change > 0) - (quote.change < 0)


def _head(each: _Ranked) -> Row:
    quote = each.quote
    return {
        "stk_cd": each.issue.listing.ticker,
        "stk_nm": each.issue.listing.name,
        "cur_prc": signed(quote.price, quote.base),
        "pred_pre_sig": quote.sign,
        "pred_pre": change(quote.change),
        "flu_rt": rate(quote.rate),
    }


def _volume_row(each: _Ranked) -> Row:
    quote = each.quote
    volume, before = quote.volume, quote.volume_before
    against = rate(100 * volume / before) if before else "0.00"
    turnover = f"{100 * volume / each.issue.listing.shares:.2f}"
    in_session = {
        "trde_qty": str(volume),
        "pred_rt": against,
        "trde_rt": turnover,
        "trde_amt": million(quote.value),
    }
    return {
        **_head(each),
        "trde_qty": str(volume),
        "pred_rt": against,
        "trde_tern_rt": turnover,
        "trde_amt": million(quote.value),
        **{f"opmr_{name}": value for name, value in in_session.items()},
        **{f"{hours}_{name}": "0" for hours in ("af_mkrt", "bf_mkrt") for name in in_session},
    }


def _value_row(each: _Ranked) -> Row:
    asks, bids = order_book(each.issue, each.quote)
    return {
        **_head(each),
        "now_rank": str(each.rank),
        "pred_rank": str(each.rank),
        "sel_bid": signed(asks[0].price, each.quote.base),
        "buy_bid": signed(bids[0].price, each.quote.base),
        "now_trde_qty": str(each.quote.volume),
        "pred_trde_qty": str(each.quote.volume_before),
        "trde_prica": million(each.quote.value),
    }


def _change_row(each: _Ranked) -> Row:
    asks, bids = order_book(each.issue, each.quote)
    return {
        "stk_cls": "0",
        **_head(each),
        "sel_req": str(asks[0].size),
        "buy_req": str(bids[0].size),
        "now_trde_qty": str(each.quote.volume),
        "cntr_str": "100.00",
        "cnt": "1",
    }
