"""The order book: ka10004. It has no current price."""

from collections.abc import Sequence

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import Level
from tests.mock_servers.exchange.quote import order_book as levels_of
from tests.mock_servers.kiwoom.numbers import signed
from tests.mock_servers.kiwoom.wire import Asked, Reply, Row

CLOSED_AT = "153000"


def order_book(exchange: Exchange, asked: Asked) -> Reply:
    """Answer ka10004: ten levels a side; the best is spelt in its own way."""
    issue = asked.known_issue(exchange)
    quote = exchange.quote(issue)
    asks, bids = levels_of(issue, quote)
    totals = {
        "tot_sel_req_jub_pre": "0",
        "tot_sel_req": str(sum(level.size for level in asks)),
        "tot_buy_req": str(sum(level.size for level in bids)),
        "tot_buy_req_jub_pre": "0",
        "ovt_sel_req_pre": "0",
        "ovt_sel_req": "0",
        "ovt_buy_req": "0",
        "ovt_buy_req_pre": "0",
    }
    levels = _levels("sel", asks, quote.base) | _levels("buy", bids, quote.base)
    return Reply({"bid_req_base_tm": CLOSED_AT, **levels, **totals})


def _levels(side: str, levels: Sequence[Level], base: int) -> Row:
    fields: Row = {}
    for number, level in enumerate(levels, 1):
        bid, size = f"{side}_{number}th_pre_bid", f"{side}_{number}th_pre_req"
        if number == 1:
            bid, size = f"{side}_fpr_bid", f"{side}_fpr_req"
        fields[bid] = signed(level.price, base)
        fields[size] = str(level.size)
        fields[f"{side}_{number}th_pre_req_pre"] = "0"
    return fields
