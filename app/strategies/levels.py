"""Where to buy, where to be wrong, how much: the levels that strategies with an entry share."""

import math
from typing import NamedTuple

from app import ticks

RISK = 0.005  # share of the capital that is lost at the stop
LARGEST_POSITION = 0.15  # share of the capital that one position may take
REWARD = 2.0  # the target, in risks above the entry
_DAILY_LIMIT = 1.30  # of the close before: KRX


class Levels(NamedTuple):
    """Prices in won, each on a tick; ``quantity`` in shares."""

    entry: int
    stop: int
    target: int
    quantity: int


def levels(entry: int, stop: int, *, capital: int, risk: float, reward: float) -> Levels:
    """Return the levels of a position that loses ``risk`` of ``capital`` (won) at its stop."""
    at_risk = entry - stop
    affordable = min(capital * risk / at_risk, capital * LARGEST_POSITION / entry)
    return Levels(entry, stop, ticks.down(entry + reward * at_risk), math.floor(affordable))


def upper_limit(previous_close: float) -> int:
    """Return the highest price in won that a session allows after that close."""
    return ticks.down(_DAILY_LIMIT * previous_close)
