"""The price ladder of the Korea Exchange: which prices in won exist, and which lie next to one.

Source: KRX business regulations, KOSPI and KOSDAQ alike since 2023-01-25.
"""

import math
from bisect import bisect_left, bisect_right

_BOUNDS = (2_000, 5_000, 20_000, 50_000, 200_000, 500_000)
_TICKS = (1, 5, 10, 50, 100, 500, 1_000)  # below the first bound, below the second, ...


def tick(price: float) -> int:
    """Return the step of the ladder that starts at ``price``."""
    return _TICKS[bisect_right(_BOUNDS, price)]


def up(price: float) -> int:
    """Return the lowest rung at or over ``price``."""
    return math.ceil(_rungs(price)) * tick(price)


def down(price: float) -> int:
    """Return the highest rung at or under ``price``."""
    return math.floor(_rungs(price)) * tick(price)


def above(price: int) -> int:
    """Return the rung over ``price``, which is a rung itself."""
    return price + tick(price)


def below(price: int) -> int:
    """Return the rung under ``price``, which is a rung itself."""
    return price - _TICKS[bisect_left(_BOUNDS, price)]


def _rungs(price: float) -> float:
    """Return ``price`` in ticks, cleaned of float noise: 1.3 * 12100 means 15730 exactly."""
    return round(price / tick(price), 9)
