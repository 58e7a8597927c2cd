"""Orders and what they make of an account.

Orders are filled at once: limit orders at their price, market orders at the last one. Every
account starts with the same cash and no shares.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.kis.wire import DONE, KOREA, Asked, Refusal, Reply, missing_field, refusal

STARTING_CASH = 10_000_000
BUY_IDS = ("TTTC0012U", "TTTC0802U")  # the second is the one of older libraries
SELL_IDS = ("TTTC0011U", "TTTC0801U")
MARKET_DIVISIONS = ("01", "13", "14")
_SENT = {**DONE, "msg_cd": "APBK0013", "msg1": "주문 전송 완료 되었습니다."}


@dataclass(frozen=True)
class Order:
    """An order that was taken; price in won, as filled."""

    number: str
    account: str
    tr_id: str
    side: str
    ticker: str
    quantity: int
    price: int
    division: str


@dataclass
class Account:
    """Cash and what was paid for the shares held, in won."""

    cash: int = STARTING_CASH
    shares: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def fill(self, order: Order) -> None:
        """Carry ``order`` out, or refuse what the account cannot pay or does not hold."""
        worth = order.quantity * order.price
        held = self.shares[order.ticker]
        if order.side == "buy" and worth > self.cash:
            raise refusal("7", "40240000", "주문가능금액을 초과 했습니다")
        if order.side == "sell" and order.quantity > held:
            raise refusal("7", "40240000", "주문가능수량을 초과 했습니다")
        if order.side == "buy":
            self.cash -= worth
            self.shares[order.ticker] += order.quantity
            self.paid[order.ticker] += worth
        else:
            self.cash += worth
            self.shares[order.ticker] -= order.quantity
            self.paid[order.ticker] -= round(self.paid[order.ticker] * order.quantity / held)


class Ledger:
    """Every account that was named in a call, and the orders taken."""

    def __init__(self, exchange: Exchange, now: Callable[[], float]) -> None:
        self._exchange = exchange
        self._now = now
        self.clear()

    def clear(self) -> None:
        """Forget all orders; every account is as at the start."""
        self._accounts: dict[str, Account] = defaultdict(Account)
        self._orders: list[Order] = []

    def report(self) -> list[dict[str, object]]:
        """Return every order taken, oldest first."""
        return [asdict(order) for order in self._orders]

    def account(self, asked: Asked) -> Account:
        """Return the account that a call names."""
        return self._accounts[_account_number(asked)]

    def order(self, asked: Asked) -> Reply:
        """Answer order-cash; which side it is, the tr_id says."""
        order = Order(
            number=f"{len(self._orders) + 1:010}",
            account=_account_number(asked),
            tr_id=asked.tr_id,
            side="buy" if f"T{asked.tr_id[1:]}" in BUY_IDS else "sell",
            ticker=asked["PDNO"],
            quantity=_quantity(asked),
            price=self._price(asked),
            division=asked["ORD_DVSN"],
        )
        self._accounts[order.account].fill(order)
        self._orders.append(order)
        at = datetime.fromtimestamp(self._now(), KOREA)
        output = {
            "KRX_FWDG_ORD_ORGNO": "00950",
            "ODNO": order.number,
            "ORD_TMD": f"{at:%H%M%S}",
        }
        return Reply({"output": output}, envelope=_SENT)

    def _price(self, asked: Asked) -> int:
        """Return the price at which an order is filled; refuse one that the exchange would."""
        issue = self._exchange.issue(asked["PDNO"])
        if issue is None:
            raise refusal("1", "MCA05918", "종목코드 오류입니다.")
        quote = self._exchange.quote(issue)
        if quote.halted:
            raise _refused("거래정지 종목입니다.")
        text = asked["ORD_UNPR"]
        if not text.isdecimal():
            raise missing_field("ORD_UNPR")
        if asked["ORD_DVSN"] in MARKET_DIVISIONS:
            return quote.price
        price = int(text)
        if not ticks.is_on_tick(price):
            raise _refused(f"호가단위 오류입니다. 호가단위: {ticks.tick(price)}원")
        if not quote.lower <= price <= quote.upper:
            raise _refused("상하한가 범위를 벗어난 주문입니다.")
        return price


def _account_number(asked: Asked) -> str:
    number, product = asked["CANO"], asked["ACNT_PRDT_CD"]
    if not (number + product).isdecimal() or (len(number), len(product)) != (8, 2):
        raise refusal("2", "OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO")
    return f"{number}-{product}"


def _quantity(asked: Asked) -> int:
    text = asked["ORD_QTY"]
    if not text.isdecimal() or int(text) == 0:
        raise missing_field("ORD_QTY")
    return int(text)


def _refused(text: str) -> Refusal:
    """Return a refusal of an order; which code the real ledger gives each is not known."""
    return refusal("7", "APBK0400", text)
