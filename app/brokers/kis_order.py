"""Orders to KIS: checked before anything is sent, sent once, and never by accident."""

from typing import NamedTuple

from pydantic import SecretStr

from app import ticks
from app.brokers.base import Order, Receipt, Side
from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    OrderRefused,
    RateRefused,
    TokenUnavailable,
)
from app.brokers.kis_line import Call, KisLine

PATH = "/uapi/domestic-stock/v1/trading/order-cash"
TR_IDS = {Side.BUY: "TTC0012U", Side.SELL: "TTC0011U"}  # behind T for live, V for paper
LIMIT, MARKET = "00", "01"  # ORD_DVSN


class _Account(NamedTuple):
    number: str  # eight digits
    product: str  # two


class OrderDesk:
    """Sends the orders of one account."""

    def __init__(
        self, line: KisLine, *, paper: bool, account: SecretStr | None, allowed: bool
    ) -> None:
        self._line = line
        self._environment = "V" if paper else "T"
        self._account = account
        self._allowed = allowed

    def send(self, order: Order) -> Receipt:
        """Send ``order`` once: two requests, for its hash and for itself.

        Raises:
            OrderRefused: not sent, or turned down: it was not carried out.
            BrokerUnavailable: no answer: whether it was carried out is not known.
            LimiterError: no permit: it was not sent.
        """
        account, price = self._checked_account(), _checked_price(order)
        body = {
            "CANO": account.number,
            "ACNT_PRDT_CD": account.product,
            "PDNO": order.ticker,
            "ORD_DVSN": MARKET if price is None else LIMIT,
            "ORD_QTY": str(order.quantity),
            "ORD_UNPR": "0" if price is None else str(price),
            "EXCG_ID_DVSN_CD": "KRX",
        }
        try:  # the token and the hash first, so that the order's permit is used at once
            access_token = self._line.access_token()
            hashed = self._line.hash_of(body)
        except BrokerError as error:
            raise OrderRefused(f"the order was not sent: {error}", error.code) from error
        call = Call(PATH, self._environment + TR_IDS[order.side])
        try:
            return Receipt(self._line.order(call, access_token, hashed, body), price)
        except (BrokerRefused, RateRefused, TokenUnavailable) as error:
            raise OrderRefused(f"the order was turned down: {error}", error.code) from error
        except BrokerUnavailable as error:
            raise BrokerUnavailable(
                f"{error}: whether the order was carried out is not known; "
                "look at the account before sending it again"
            ) from error

    def _checked_account(self) -> _Account:
        if not self._allowed:
            raise OrderRefused("orders of a live account are off: set ORDERS_ENABLED=true")
        if self._account is None:
            raise OrderRefused("KIS_ACCOUNT_NO: got nothing, want an account like 50000000-01")
        return _Account(*self._account.get_secret_value().split("-"))


def _checked_price(order: Order) -> int | None:
    """Return the price on a tick, never worse than asked: a buy's down, a sale's up."""
    if order.quantity < 1:
        raise OrderRefused(f"{order.quantity} shares: want 1 or more")
    if order.price is None:
        return None
    if not 1 <= order.price < 1e9:
        raise OrderRefused(f"a limit of {order.price} won: want 1 or more, or none for the market")
    return ticks.down(order.price) if order.side is Side.BUY else ticks.up(order.price)
