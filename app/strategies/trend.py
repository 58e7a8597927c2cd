"""Minervini's trend template: the conditions of a stage-2 up-trend.

Source: Minervini, Trade Like a Stock Market Wizard (2013), ch. 5. His eighth condition, relative
strength, needs the whole market and is not among these.
"""

from dataclasses import dataclass

from app.domain import Bars
from app.strategies import indicators

YEAR, MONTH = 252, 22  # sessions
CONDITIONS = 7


@dataclass(frozen=True)
class Trend:
    """The conditions by name, and the figures in won that they compare."""

    conditions: dict[str, bool]
    figures: dict[str, float]

    @property
    def known(self) -> bool:
        """Whether there was a year of bars to judge by."""
        return bool(self.conditions)

    @property
    def met(self) -> int:
        """How many conditions hold; none while the trend is not known."""
        return sum(self.conditions.values())


def trend_of(bars: Bars) -> Trend:
    """Return the trend at the last bar; with less than a year of bars it is not known."""
    if len(bars) < YEAR:
        return Trend({}, {})
    close = float(bars.close[-1])
    fast, middle, slow = (
        indicators.moving_average(bars.close, length) for length in (50, 150, 200)
    )
    sma50, sma150, sma200 = float(fast[-1]), float(middle[-1]), float(slow[-1])
    month_ago = float(slow[-1 - MONTH])
    highest, lowest = float(bars.high[-YEAR:].max()), float(bars.low[-YEAR:].min())
    return Trend(
        conditions={
            "close > sma150, sma200": close > sma150 and close > sma200,
            "sma150 > sma200": sma150 > sma200,
            "sma200 rises": sma200 > month_ago,
            "sma50 > sma150, sma200": sma50 > sma150 and sma50 > sma200,
            "close > sma50": close > sma50,
            "close ≥ 1.30 × low": close / lowest >= 1.30,
            "close ≥ 0.75 × high": close / highest >= 0.75,
        },
        figures={
            "sma50": sma50,
            "sma150": sma150,
            "sma200": sma200,
            "sma200_month_ago": month_ago,
            "high_52_weeks": highest,
            "low_52_weeks": lowest,
        },
    )
