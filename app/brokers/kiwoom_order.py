"""Orders to Kiwoom: one request each, no hash and no account number; the key stands for both."""

from app.brokers.base import Order, Receipt, Side
from app.brokers.kiwoom_line import Call, KiwoomLine
from app.brokers.orders import before_the_order, checked_price, the_order_itself

CALLS = {
    side: Call("/api/dostk/ordr", api_id)
    for side, api_id in ((Side.BUY, "kt10000"), (Side.SELL, "kt10001"))
}
LIMIT, MARKET = "0", "3"  # trde_tp


class OrderDesk:
    """Sends the orders of one account."""

    def __init__(self, line: KiwoomLine, *, allowed: bool) -> None:
        self._line = line
        self._allowed = allowed

    def send(self, order: Order) -> Receipt:
        """Send ``order`` once.

        Raises:
            OrderRefused: not sent, or turned down: it was not carried out.
            BrokerUnavailable: no answer: whether it was carried out is not known.
            LimiterError: no permit: it was not sent.
        """
        price = checked_price(order, allowed=self._allowed)
        body = {
            "dmst_stex_tp": "KRX",
            "stk_cd": order.ticker,
            "ord_qty": str(order.quantity),
            "ord_uv": "" if price is None else str(price),
            "trde_tp": MARKET if price is None else LIMIT,
            "cond_uv": "",
        }
        with before_the_order():  # the token first, so that the order's permit is used at once
            access_token = self._line.access_token()
        with the_order_itself():
            what = f"order of {order.ticker}"
            number = self._line.order(what, CALLS[order.side], access_token, body)
        return Receipt(number, price)
