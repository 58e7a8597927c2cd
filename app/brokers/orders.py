"""What every order keeps to: checked before anything is sent, and never left in doubt."""

from collections.abc import Iterator
from contextlib import contextmanager

from app import ticks
from app.brokers.base import Order, Side
from app.brokers.errors import (
    BrokerError,
    BrokerRefused,
    BrokerUnavailable,
    OrderRefused,
    RateRefused,
    TokenUnavailable,
)


def checked_price(order: Order, *, allowed: bool) -> int | None:
    """Return the price on a tick, never worse than asked: a buy's down, a sale's up.

    Raises:
        OrderRefused: orders are off for this account, or it makes no sense.
    """
    if not allowed:
        raise OrderRefused("orders of a live account are off: set ORDERS_ENABLED=true")
    if order.quantity < 1:
        raise OrderRefused(f"{order.quantity} shares: want 1 or more")
    if order.price is None:
        return None
    if not 1 <= order.price < 1e9:
        raise OrderRefused(f"a limit of {order.price} won: want 1 or more, or none for the market")
    return ticks.down(order.price) if order.side is Side.BUY else ticks.up(order.price)


@contextmanager
def before_the_order() -> Iterator[None]:
    """Say of whatever fails inside that the order was not sent."""
    try:
        yield
    except BrokerError as error:
        raise OrderRefused(f"the order was not sent: {error}", error.code) from error


@contextmanager
def the_order_itself() -> Iterator[None]:
    """Tell an order that was turned down inside from one whose fate is not known."""
    try:
        yield
    except (BrokerRefused, RateRefused, TokenUnavailable) as error:
        raise OrderRefused(f"the order was turned down: {error}", error.code) from error
    except BrokerUnavailable as error:
        raise BrokerUnavailable(
            f"{error}: whether the order was carried out is not known; "
            "look at the account before sending it again"
        ) from error
