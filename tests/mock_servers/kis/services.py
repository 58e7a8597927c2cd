"""Every call of the mock: its path, its tr_id, and what answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kis import accounts, charts, indices, order_book, orders, prices, products
from tests.mock_servers.kis.wire import Asked, Refusal, Reply, gateway_refusal
from tests.mock_servers.ledger import Ledger

QUOTATIONS = "/uapi/domestic-stock/v1/quotations/"
TRADING = "/uapi/domestic-stock/v1/trading/"


@dataclass(frozen=True)
class Service:
    """One path. ``tr_ids`` are those of a live account; an account's paper ones begin with V."""

    path: str
    tr_ids: tuple[str, ...]
    answer: Callable[[Asked], Reply]
    live_only: bool = False
    method: str = "GET"

    def refusal_of(self, tr_id: str, environment: str) -> Refusal | None:
        """Return why ``tr_id`` is not served here, on a host for live, paper or both."""
        live = tr_id in self.tr_ids
        if self.path.startswith(TRADING):
            paper = tr_id[:1] == "V" and tr_id[1:] in {known[1:] for known in self.tr_ids}
        else:
            paper = live
        if not {"live": live, "paper": paper, "both": live or paper}[environment]:
            return gateway_refusal("EGW00356")
        if self.live_only and environment == "paper":
            return gateway_refusal("EGW02006")
        return None


def services(exchange: Exchange, ledger: Ledger) -> list[Service]:
    """Return all of them."""

    def quotation(
        name: str,
        tr_id: str,
        answer: Callable[[Exchange, Asked], Reply],
        *,
        live_only: bool = False,
    ) -> Service:
        return Service(QUOTATIONS + name, (tr_id,), partial(answer, exchange), live_only)

    def trading(
        name: str,
        tr_ids: tuple[str, ...],
        answer: Callable[[Asked], Reply],
        method: str = "GET",
        *,
        live_only: bool = False,
    ) -> Service:
        return Service(TRADING + name, tr_ids, answer, live_only, method)

    return [
        quotation("inquire-price", "FHKST01010100", prices.inquire_price),
        quotation("inquire-daily-itemchartprice", "FHKST03010100", charts.daily_chart),
        quotation("inquire-daily-price", "FHKST01010400", charts.daily_price),
        quotation("inquire-asking-price-exp-ccn", "FHKST01010200", order_book.asking_price),
        quotation("inquire-investor", "FHKST01010900", charts.investors),
        quotation("intstock-multprice", "FHKST11300006", prices.inquire_prices, live_only=True),
        quotation("search-info", "CTPF1604R", products.search_info, live_only=True),
        quotation("search-stock-info", "CTPF1002R", products.search_stock_info, live_only=True),
        quotation("inquire-index-price", "FHPUP02100000", indices.index_price, live_only=True),
        quotation("inquire-daily-indexchartprice", "FHKUP03500100", indices.index_chart),
        quotation("chk-holiday", "CTCA0903R", products.check_holidays, live_only=True),
        trading(
            "order-cash",
            orders.BUY_IDS + orders.SELL_IDS,
            partial(orders.send_order, ledger),
            "POST",
        ),
        trading("inquire-balance", ("TTTC8434R",), partial(accounts.balance, exchange, ledger)),
        trading(
            "inquire-psbl-order",
            ("TTTC8908R",),
            partial(accounts.buying_power, exchange, ledger),
        ),
        trading(
            "inquire-daily-ccld",
            orders.FILLED_IDS,
            partial(orders.filled_orders, exchange, ledger),
        ),
        trading("inquire-psbl-rvsecncl", orders.OPEN_IDS, orders.open_orders, live_only=True),
    ]
