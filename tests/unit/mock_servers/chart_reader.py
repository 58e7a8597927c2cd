"""Reads planted patterns out of bars by the definitions, with small code of its own.

It shares nothing with the project's strategies: it judges whether the made-up market is right.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.bars import Bars

Floats = NDArray[np.float64]
Pull = tuple[int, float, int, float]  # where its high is, the high, where its low is, the low


def true_ranges(high: Floats, low: Floats, close: Floats) -> Floats:
    before = close[:-1]
    ranges: Floats = np.max(
        [high[1:] - low[1:], abs(high[1:] - before), abs(low[1:] - before)], axis=0
    )
    return ranges


def wilder_atr(high: Floats, low: Floats, close: Floats, count: int = 14) -> float:
    ranges = true_ranges(high, low, close)
    average = ranges[:count].mean()
    for one in ranges[count:]:
        average = ((count - 1) * average + one) / count
    return float(average)


def pull_backs(high: Floats, low: Floats, start: int, least: float) -> list[Pull]:
    """Return the contractions from ``start`` on: a zigzag that turns at moves of ``least``."""
    found: list[Pull] = []
    top, at_top, bottom, at_bottom = high[start], start, 0.0, -1
    peak, at_peak, going_down = 0.0, -1, True
    for at in range(start + 1, len(high)):
        if not going_down:
            if high[at] > peak:
                peak, at_peak = high[at], at
            elif low[at] <= peak * (1 - least):
                going_down, top, at_top, bottom, at_bottom = True, peak, at_peak, low[at], at
            continue
        deep = at_bottom >= 0 and (top - bottom) / top >= least
        if high[at] > top and not deep:
            top, at_top, at_bottom = high[at], at, -1
        elif at_bottom < 0 or low[at] < bottom:
            bottom, at_bottom = low[at], at
        elif deep and high[at] >= bottom * (1 + least):
            found.append((at_top, top, at_bottom, bottom))
            going_down, peak, at_peak = False, high[at], at
    if going_down and at_bottom >= 0 and (top - bottom) / top >= least:
        found.append((at_top, top, at_bottom, bottom))
    return found


def tightening(pulls: list[Pull]) -> list[Pull]:
    """Return the longest run at the end in which each is shallower and holds the low before."""
    run = pulls[-1:]
    for before, after in zip(pulls[-2::-1], pulls[:0:-1], strict=True):
        if depth(after) > 0.85 * depth(before) or after[3] < 0.98 * before[3]:
            break
        run.insert(0, before)
    return run


def depth(pull: Pull) -> float:
    return (pull[1] - pull[3]) / pull[1]


@dataclass
class VcpReading:
    state: str = "NO_PATTERN"
    pivot: int = 0
    session: str = ""
    gates: dict[str, bool] = field(default_factory=dict)

    @property
    def detected(self) -> bool:
        return bool(self.gates) and all(self.gates.values())


def read_vcp(bars: Bars) -> VcpReading:
    """Say what the newest 280 bars are as a volatility contraction pattern."""
    high, low, close, volume = (
        column[-280:].astype(np.float64)
        for column in (bars.high, bars.low, bars.close, bars.volume)
    )
    last = len(close) - 1
    early_first = high[last - 119 : last - 9][::-1]
    start = last - 10 - int(early_first.argmax())  # the later one on ties
    ruler = max(0.03, wilder_atr(high, low, close) / close[-1])
    run = tightening(pull_backs(high, low, start, ruler))
    if len(run) < 2:
        return VcpReading()
    at_pivot, pivot, _, held = run[-1]
    out = close[-1] > pivot
    quiet = volume[:-1] if out else volume
    leg_volumes = [volume[pull[0] : pull[2] + 1].mean() for pull in run]
    gates = {
        "trend": sum(trend_points(high, low, close)) >= 6,
        "count": len(run) <= 6,
        "first depth": 0.08 <= depth(run[0]) <= 0.40,
        "last depth": depth(run[-1]) <= 0.12,
        "length": 15 <= last - start + 1 <= 120,
        "dry": quiet[-5:].mean() <= 0.80 * quiet[-55:-5].mean(),
        "leg volume": bool(leg_volumes[-1] < leg_volumes[0]),
        "low held": bool(close[-1] >= held),
        "near the top": bool(pivot >= 0.85 * high[start]),
    }
    gap = (pivot - close[-1]) / pivot
    if close[-1] > 1.05 * pivot:
        state = "EXTENDED"
    elif out:
        surge = volume[-1] >= 1.4 * volume[-51:-1].mean()
        state = "TRIGGERED" if surge else "WEAK_BREAKOUT"
    else:
        state = "SETUP" if gap <= 0.05 else "FORMING"
    return VcpReading(state, int(pivot), bars.sessions[len(bars) - len(close) + at_pivot], gates)


def trend_points(high: Floats, low: Floats, close: Floats) -> list[bool]:
    """Return the seven points of the trend template."""

    def mean(count: int, ago: int = 0) -> float:
        end = len(close) - ago
        return float(close[end - count : end].mean())

    now = float(close[-1])
    return [
        now > mean(150) and now > mean(200),
        mean(150) > mean(200),
        mean(200) > mean(200, ago=22),
        mean(50) > mean(150) and mean(50) > mean(200),
        now > mean(50),
        now >= 1.30 * low[-252:].min(),
        now >= 0.75 * high[-252:].max(),
    ]


def breakout_is_actionable(bars: Bars) -> bool:
    """Say whether the newest bar is a volatility breakout with volume, trend and room."""
    high, low, close, volume = (
        column[-280:].astype(np.float64)
        for column in (bars.high, bars.low, bars.close, bars.volume)
    )
    trigger = float(bars.open[-1]) + 0.5 * (high[-2] - low[-2])
    step = int(ticks.tick(trigger))
    entry = -(-trigger // step) * step
    average_range = wilder_atr(high[:-1], low[:-1], close[:-1]) / close[-2]
    return bool(
        entry <= high[-1]
        and entry <= int(ticks.upper_limit(bars.close[-2]))
        and high[-2] > low[-2]
        and volume[-1] >= 1.5 * volume[-21:-1].mean()
        and close[-2] > close[-21:-1].mean()
        and 0.01 <= average_range <= 0.10
    )
