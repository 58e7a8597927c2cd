"""The order book: inquire-asking-price-exp-ccn. A ticker not listed has no levels."""

from collections.abc import Sequence

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.quote import Level
from tests.mock_servers.exchange.quote import order_book as levels_of
from tests.mock_servers.kis.wire import Asked, Reply, Row

CLOSED_AT = "153000"


def asking_price(exchange: Exchange, asked: Asked) -> Reply:
    """Answer FHKST01010200: ten levels a side, the best first."""
    ticker = asked.code
    issue = exchange.issue(ticker)
    if issue is None:
        return Reply({"output1": {}, "output2": {"stck_shrn_iscd": ticker, "stck_prpr": "0"}})
    quote = exchange.quote(issue)
    asks, bids = levels_of(issue, quote)
    asked_shares, bid_shares = (sum(level.size for level in side) for side in (asks, bids))
    book = {
        "aspr_acpt_hour": CLOSED_AT,
        **_levels("ask", asks),
        **_levels("bid", bids),
        "total_askp_rsqn": str(asked_shares),
        "total_bidp_rsqn": str(bid_shares),
        "total_askp_rsqn_icdc": "0",
        "total_bidp_rsqn_icdc": "0",
        "ovtm_total_askp_icdc": "0",
        "ovtm_total_bidp_icdc": "0",
        "ovtm_total_askp_rsqn": "0",
        "ovtm_total_bidp_rsqn": "0",
        "ntby_aspr_rsqn": str(bid_shares - asked_shares),
        "new_mkop_cls_code": "31",
    }
    expected = {
        "antc_mkop_cls_code": "311",
        "stck_prpr": str(quote.price),
        "stck_oprc": str(quote.open),
        "stck_hgpr": str(quote.high),
        "stck_lwpr": str(quote.low),
        "stck_sdpr": str(quote.base),
        "antc_cnpr": str(quote.price),
        "antc_cntg_vrss_sign": quote.sign,
        "antc_cntg_vrss": str(quote.change),
        "antc_cntg_prdy_ctrt": "0.00",
        "antc_vol": "0",
        "stck_shrn_iscd": ticker,
        "vi_cls_code": "N",
    }
    return Reply({"output1": book, "output2": expected})


def _levels(side: str, levels: Sequence[Level]) -> Row:
    fields: Row = {}
    for number, level in enumerate(levels, 1):
        fields[f"{side}p{number}"] = str(level.price)
        fields[f"{side}p_rsqn{number}"] = str(level.size)
        fields[f"{side}p_rsqn_icdc{number}"] = "0"
    return fields
