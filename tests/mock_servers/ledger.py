"""Orders and what they make of an account, whatever broker took them.

Orders are filled at once: limit orders at their price, market orders at the last one. Every
account starts with the same cash and no shares.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.market import Exchange

STARTING_CASH = 10_000_000
KOREA = ZoneInfo("Asia/Seoul")
Reason = Literal["unknown", "halted", "tick", "limits", "cash", "shares"]


class TurnedDown(Exception):
    """An order is not taken. ``most``: the tick, or how many shares could be bought or sold."""

    def __init__(self, reason: Reason, most: int = 0) -> None:
        super().__init__(reason, most)
        self.reason = reason
        self.most = most


@dataclass(frozen=True)
class Order:
    """An order that was taken; price in won, as filled."""

    number: str
    account: str
    tr_id: str  # the broker's own name of the call
    side: str
    ticker: str
    quantity: int
    price: int
    division: str
    at: datetime

    def report(self) -> dict[str, object]:
        """Return it ready for JSON."""
        return {**asdict(self), "at": self.at.isoformat(timespec="seconds")}


@dataclass
class Account:
    """Cash and what was paid for the shares held, in won."""

    cash: int = STARTING_CASH
    shares: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def fill(self, order: Order) -> None:
        """Carry ``order`` out, or turn down what the account cannot pay or does not hold."""
        worth = order.quantity * order.price
        held = self.shares[order.ticker]
        if order.side == "buy" and worth > self.cash:
            raise TurnedDown("cash", self.cash // order.price)
        if order.side == "sell" and order.quantity > held:
            raise TurnedDown("shares", held)
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

    def __init__(self, exchange: Exchange, now: Callable[[], float], *, digits: int) -> None:
        self._exchange = exchange
        self._now = now
        self._digits = digits  # of an order's number
        self.clear()

    def clear(self) -> None:
        """Forget all orders; every account is as at the start."""
        self._accounts: dict[str, Account] = defaultdict(Account)
        self._orders: list[Order] = []

    def report(self) -> list[dict[str, object]]:
        """Return every order taken, oldest first."""
        return [order.report() for order in self._orders]

    def account(self, number: str) -> Account:
        """Return an account, a new one for a number not seen before."""
        return self._accounts[number]

    def orders(self, account: str) -> list[Order]:
        """Return the orders of an account, oldest first."""
        return [order for order in self._orders if order.account == account]

    def place(
        self,
        *,
        account: str,
        tr_id: str,
        side: Literal["buy", "sell"],
        ticker: str,
        quantity: int,
        limit: int | None,
        division: str,
    ) -> Order:
        """Take and fill an order; ``limit`` in won, None at the market.

        Raises:
            TurnedDown: the exchange or the account does not allow it.
        """
        order = Order(
            number=f"{len(self._orders) + 1:0{self._digits}}",
            account=account,
            tr_id=tr_id,
            side=side,
            ticker=ticker,
            quantity=quantity,
            price=self._price(ticker, limit),
            division=division,
            at=datetime.fromtimestamp(self._now(), KOREA),
        )
        self._accounts[account].fill(order)
        self._orders.append(order)
        return order

    def _price(self, ticker: str, limit: int | None) -> int:
        """Return the price at which an order is filled; turn down one that the exchange would."""
        issue = self._exchange.issue(ticker)
        if issue is None:
            raise TurnedDown("unknown")
        quote = self._exchange.quote(issue)
        if quote.halted:
            raise TurnedDown("halted")
        if limit is None:
            return quote.price
        if not ticks.is_on_tick(limit):
            raise TurnedDown("tick", ticks.tick(limit))
        if not quote.lower <= limit <= quote.upper:
            raise TurnedDown("limits")
        return limit
