"""Standard indicators. An array result has the length of its input, NaN where it has no value yet.

TA-Lib computes those that it defines as their authors did; the others are written out.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import talib
from numpy.typing import NDArray

from app.domain import Bars

Column = NDArray[np.float64]


class Bands(NamedTuple):
    """Bollinger bands in won."""

    upper: Column
    middle: Column
    lower: Column


def clip(share: float) -> float:
    """Return ``share`` held between 0 and 1."""
    return min(max(share, 0.0), 1.0)


def moving_average(values: Column, length: int) -> Column:
    """Return the mean of the newest ``length`` values at each position."""
    return talib.SMA(values, length)


def average_true_range(bars: Bars, length: int = 14) -> Column:
    """Return Wilder's average of the true range in won; the first value stands at ``length``.

    Source: Wilder, New Concepts in Technical Trading Systems (1978).
    """
    return talib.ATR(bars.high, bars.low, bars.close, length)


def relative_strength_index(close: Column, length: int = 14) -> Column:
    """Return Wilder's RSI, 0 to 100; 50 as long as the price has never moved.

    Source: Wilder, New Concepts in Technical Trading Systems (1978).
    """
    strength = talib.RSI(close, length)
    still = np.logical_and.accumulate(close == close[:1])
    strength[length:][still[length:]] = 50.0  # TA-Lib says 0, as after nothing but losses
    return strength


def bollinger_bands(close: Column, length: int = 20, width: float = 2.0) -> Bands:
    """Return the mean and ``width`` population standard deviations either side of it."""
    return Bands(*talib.BBANDS(close, length, width, width))


def bandwidth(bands: Bands) -> Column:
    """Return the distance between the bands as a share of the mean."""
    width: Column = (bands.upper - bands.lower) / bands.middle
    return width


def chaikin_money_flow(bars: Bars, length: int = 20) -> float | None:
    """Return where the newest ``length`` bars closed in their range, by volume: -1 to 1.

    A bar without a range counts as closed in the middle; None without any volume. Source: Chaikin.
    """
    newest = bars[-length:]
    volume = newest.volume.sum()
    if volume == 0:
        return None
    spread = newest.high - newest.low
    location = 2 * newest.close - newest.low - newest.high
    multiplier = np.divide(location, spread, out=np.zeros_like(spread), where=spread > 0)
    return float(multiplier @ newest.volume / volume)


def on_balance_volume(bars: Bars) -> Column:
    """Return the running sum of volume, added when the close rose and taken off when it fell.

    It starts at the first bar's volume: only its changes mean anything.
    Source: Granville, New Key to Stock Market Profits (1963).
    """
    return talib.OBV(bars.close, bars.volume)


def at_full_session(bars: Bars, elapsed: float) -> Bars:
    """Return ``bars`` with the newest volume as a whole session at its pace would have it.

    ``elapsed``: share of the session that has run; under 5 % it counts as 5 %.
    """
    volume = bars.volume.copy()
    volume[-1] /= max(elapsed, 0.05)
    return replace(bars, volume=volume)


def relative_volume(volume: Column, length: int = 20) -> float:
    """Return the newest volume against the mean of the ``length`` before it, itself not among them.

    That of a running session is first brought to a whole one: ``at_full_session``.
    """
    return float(volume[-1] / volume[-length - 1 : -1].mean())
