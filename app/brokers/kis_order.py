"""Orders to KIS: checked before anything is sent, sent once, and never by accident."""

from typing import NamedTuple

from pydantic import SecretStr

from app.brokers.base import Order, Receipt, Side
from app.brokers.errors import OrderRefused
from app.brokers.kis_line import Call, KisLine
from app.brokers.orders import before_the_order, checked_price, the_order_itself

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
        price = checked_price(order, allowed=self._allowed)
        account = self._checked_account()
        body = {
            "CANO": account.number,
            "ACNT_PRDT_CD": account.product,
            "PDNO": order.ticker,
            "ORD_DVSN": MARKET if price is None else LIMIT,
            "ORD_QTY": str(order.quantity),
            "ORD_UNPR": "0" if price is None else str(price),
            "EXCG_ID_DVSN_CD": "KRX",
        }
        with before_the_order():  # token and hash first, so that the order's permit is used at once
            access_token = self._line.access_token()
            hashed = self._line.hash_of(body)
        call = Call(PATH, self._environment + TR_IDS[order.side])
        with the_order_itself():
            return Receipt(self._line.order(call, access_token, hashed, body), price)

    def _checked_account(self) -> _Account:
        if self._account is None:
            raise OrderRefused("KIS_ACCOUNT_NO: got nothing, want an account like 50000000-01")
        return _Account(*self._account.get_secret_value().split("-"))
