"""KRX price ticks since 2023-01-25 and the daily price limits; prices in whole won."""

from bisect import bisect_right

import numpy as np
from numpy.typing import ArrayLike, NDArray

_BOUNDS = (2_000, 5_000, 20_000, 50_000, 200_000, 500_000)
_TICKS = (1, 5, 10, 50, 100, 500, 1_000)

Won = NDArray[np.int64]


def tick(price: float) -> int:
    """Return the tick at ``price``."""
    return _TICKS[bisect_right(_BOUNDS, price)]


def is_on_tick(price: int) -> bool:
    """Say whether an order may carry this price."""
    return price > 0 and price % tick(price) == 0


def upper_limit(base: int) -> int:
    """Return the highest price of a session after a close at ``base``: +30 %, rounded down."""
    highest = base * 13 // 10
    return highest // tick(highest) * tick(highest)


def lower_limit(base: int) -> int:
    """Return the lowest price of a session after a close at ``base``: -30 %, rounded up."""
    lowest = -(-base * 7 // 10)
    return -(-lowest // tick(lowest)) * tick(lowest)


def nearest(prices: ArrayLike) -> Won:
    """Return each price rounded to its tick, one tick at least."""
    steps = np.array(_TICKS)[np.searchsorted(_BOUNDS, prices, side="right")]
    rounded: Won = np.maximum(np.rint(np.asarray(prices) / steps).astype(np.int64), 1) * steps
    return rounded
