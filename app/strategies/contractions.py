"""Pull-backs of a price: a zigzag over highs and lows, and the run in which they tighten."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

from pydantic import JsonValue

from app.domain import Bars


class Contraction(NamedTuple):
    """A pull-back: positions in the bars, prices in won."""

    high_at: int
    high: float
    low_at: int
    low: float

    @property
    def depth(self) -> float:
        """How deep it went, as a share of its high; minus infinity before its first low."""
        return (self.high - self.low) / self.high


def find_contractions(
    highs: Sequence[float], lows: Sequence[float], start: int, ruler: float
) -> list[Contraction]:
    """Return the pull-backs from ``start`` on that went at least ``ruler`` deep, oldest first.

    A pull-back starts at the highest high since the one before, and has ended when price has risen
    by ``ruler`` from its low; the last may still be open. Prices are compared as ratios, so that
    their scale does not matter at the edge.
    """
    found: list[Contraction] = []
    leg = Contraction(start, highs[start], start, inf)  # inf: no low yet
    # The rise between two pull-backs needs no state of its own: until it has fallen by the ruler,
    # each new high starts the next pull-back anew.
    for at in range(start + 1, len(highs)):
        high, low = highs[at], lows[at]
        if high > leg.high and leg.depth < ruler:
            leg = Contraction(at, high, at, inf)
        elif low < leg.low:
            leg = leg._replace(low_at=at, low=low)
        elif leg.depth >= ruler and high / leg.low >= 1 + ruler:
            found.append(leg)
            leg = Contraction(at, high, at, inf)
    if leg.depth >= ruler:
        found.append(leg)
    return found


def tightening_run(
    found: Sequence[Contraction], *, depth_ratio: float, low_ratio: float
) -> list[Contraction]:
    """Return the longest run that ends with the last one and tightens at every step.

    A step tightens when its depth is at most ``depth_ratio`` of the one before and its low at least
    ``low_ratio`` of the low before.
    """
    run = list(found[-1:])
    for earlier in reversed(found[:-1]):
        later = run[0]
        if later.depth / earlier.depth > depth_ratio or later.low / earlier.low < low_ratio:
            break
        run.insert(0, earlier)
    return run


def leg_volume(bars: Bars, leg: Contraction) -> float:
    """Return the mean volume from the high to the low of a pull-back, both bars included."""
    return float(bars.volume[leg.high_at : leg.low_at + 1].mean())


def contraction_facts(bars: Bars, leg: Contraction) -> dict[str, JsonValue]:
    """Return a pull-back as a JSON object, to draw it and to argue with it."""
    return {
        "high_session": bars.date(leg.high_at).isoformat(),
        "high": leg.high,
        "low_session": bars.date(leg.low_at).isoformat(),
        "low": leg.low,
        "depth": leg.depth,
        "volume": leg_volume(bars, leg),
    }
