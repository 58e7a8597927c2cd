"""Every call of the mock: its api-id, its path, what answers it, and an example of its body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kiwoom import (
    accounts,
    charts,
    daily,
    indices,
    intraday,
    investors,
    order_book,
    orders,
    prices,
    rankings,
    stocks,
)
from tests.mock_servers.kiwoom.wire import Asked, Reply
from tests.mock_servers.ledger import Ledger

ROOT = "/api/dostk/"
Answer = Callable[[Asked], Reply]


@dataclass(frozen=True)
class Service:
    """One call. ``example``: a body that it answers."""

    api_id: str
    path: str
    title: str
    answer: Answer
    example: Mapping[str, str]


class _Calls:
    """The calls as they are named one by one."""

    def __init__(self) -> None:
        self.found: dict[str, Service] = {}

    def __call__(
        self, api_id: str, category: str, title: str, answer: Answer, /, **example: str
    ) -> None:
        self.found[api_id] = Service(api_id, ROOT + category, title, answer, example)


def services(
    exchange: Exchange, ledger: Ledger, environment: str, now: Callable[[], float]
) -> dict[str, Service]:
    """Return all of them by api-id."""
    call = _Calls()
    _name_those_of_the_market(call, exchange, now)
    _name_those_of_an_account(call, exchange, ledger, environment)
    return call.found


def _name_those_of_the_market(call: _Calls, exchange: Exchange, now: Callable[[], float]) -> None:
    ticker = next(iter(exchange)).listing.ticker
    last = exchange.last_session

    def of_market(answer: Callable[[Exchange, Asked], Reply]) -> Answer:
        return partial(answer, exchange)

    basic, several = of_market(prices.basic_info), of_market(prices.several_quotes)
    call("ka10001", "stkinfo", "basic information", basic, stk_cd=ticker)
    call("ka10095", "stkinfo", "quotes of up to 100 tickers", several, stk_cd=ticker)
    call("ka10099", "stkinfo", "list of a market", of_market(stocks.stock_list), mrkt_tp="0")
    call("ka10100", "stkinfo", "one listing", of_market(stocks.one_stock), stk_cd=ticker)
    call("ka10101", "stkinfo", "sectors of a market", indices.sector_list, mrkt_tp="0")
    call("ka10004", "mrkcond", "order book", of_market(order_book.order_book), stk_cd=ticker)

    bars, within = of_market(charts.bars_chart), of_market(intraday.stock_chart)
    chart = {"stk_cd": ticker, "base_dt": last, "upd_stkpc_tp": "1"}
    call("ka10081", "chart", "daily bars", bars, **chart)
    call("ka10082", "chart", "weekly bars", bars, **chart)
    call("ka10083", "chart", "monthly bars", bars, **chart)
    call("ka10080", "chart", "minute bars", within, tic_scope="1", **chart)
    call("ka10079", "chart", "trades", within, stk_cd=ticker, tic_scope="1", upd_stkpc_tp="1")
    index, index_bars = of_market(indices.index_price), of_market(charts.index_chart)
    call("ka20001", "sect", "an index now", index, mrkt_tp="0", inds_cd="001")
    call("ka20006", "chart", "daily bars of an index", index_bars, inds_cd="001", base_dt=last)
    index_within = of_market(intraday.index_chart)
    call("ka20005", "chart", "minutes of an index", index_within, inds_cd="001", tic_scope="1")
    call("ka20004", "chart", "trades of an index", index_within, inds_cd="001", tic_scope="1")

    flows = partial(investors.investors, exchange, now)
    flow = {"dt": last, "stk_cd": ticker, "amt_qty_tp": "1", "trde_tp": "0", "unit_tp": "1000"}
    call("ka10060", "chart", "investors by session", flows, **flow)
    call("ka10059", "stkinfo", "investors by session, with prices", flows, **flow)
    holdings, days = of_market(investors.foreign_holdings), of_market(daily.daily_detail)
    call("ka10008", "frgnistt", "what foreigners hold", holdings, stk_cd=ticker)
    call("ka10015", "stkinfo", "sessions in detail", days, stk_cd=ticker, strt_dt=last)

    leaders = {"mrkt_tp": "000", "mang_stk_incls": "1", "stex_tp": "1"}
    call("ka10030", "rkinfo", "by volume", of_market(rankings.by_volume), sort_tp="1", **leaders)
    call("ka10032", "rkinfo", "by value", of_market(rankings.by_value), **leaders)
    call("ka10027", "rkinfo", "by change", of_market(rankings.by_change), sort_tp="1", **leaders)


def _name_those_of_an_account(
    call: _Calls, exchange: Exchange, ledger: Ledger, environment: str
) -> None:
    ticker = next(iter(exchange)).listing.ticker
    cash, held = partial(accounts.deposit, ledger), partial(accounts.balance, exchange, ledger)
    filled = partial(orders.filled_orders, exchange, ledger)
    call("kt00001", "acnt", "cash", cash, qry_tp="3")
    call("kt00018", "acnt", "holdings", held, qry_tp="1", dmst_stex_tp="KRX")
    call("ka10075", "acnt", "open orders", orders.open_orders, all_stk_tp="0", trde_tp="0")
    call("ka10076", "acnt", "filled orders", filled, qry_tp="0", sell_tp="0")
    day = partial(orders.orders_of_a_day, exchange, ledger)
    every = {"stk_bond_tp": "0", "mrkt_tp": "0", "sell_tp": "0", "qry_tp": "0"}
    call("kt00009", "acnt", "orders of a day", day, dmst_stex_tp="%", **every)

    send, change = (
        partial(answer, ledger, environment) for answer in (orders.send_order, orders.change_order)
    )
    order = {"dmst_stex_tp": "KRX", "stk_cd": ticker}
    earlier = {**order, "orig_ord_no": "0000001"}
    call("kt10000", "ordr", "buy", send, ord_qty="1", ord_uv="", trde_tp="3", **order)
    call("kt10001", "ordr", "sell", send, ord_qty="1", ord_uv="", trde_tp="3", **order)
    call("kt10002", "ordr", "change", change, mdfy_qty="1", mdfy_uv="70000", **earlier)
    call("kt10003", "ordr", "cancel", change, cncl_qty="0", **earlier)
