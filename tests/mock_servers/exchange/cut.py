"""Cuts a course into daily bars on ticks and within limits, and changes what a plan asks for."""

import numpy as np

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.bars import Bars, Column
from tests.mock_servers.exchange.shapes import Rng, Shape

LEAST_PRICE = 100  # won: below, one tick may be more than the daily limit
_UPPER_LIMITS = np.vectorize(ticks.upper_limit, otypes=[np.int64])
_LOWER_LIMITS = np.vectorize(ticks.lower_limit, otypes=[np.int64])


def cut_into_bars(rng: Rng, shape: Shape, sessions: list[str]) -> Bars:
    """Return the bars of ``shape``: each opens near the close before, and has wicks."""
    count = len(sessions)
    close = ticks.nearest(np.maximum(shape.close, LEAST_PRICE))
    before = np.concatenate([close[:1], close[:-1]])
    up, down, gap = rng.uniform(0.4, 1.0, (3, count)) * shape.reach
    opened = ticks.nearest(before * (1 + gap * rng.choice([-0.6, 0.6], count)))
    highest = np.maximum(opened, close)
    lowest = np.minimum(opened, close)
    high = np.minimum(ticks.nearest(highest * (1 + up)), _UPPER_LIMITS(before))
    low = np.maximum(ticks.nearest(lowest * (1 - down)), _LOWER_LIMITS(before))
    high, low = np.maximum(high, highest), np.minimum(low, lowest)
    volume = np.maximum(np.rint(shape.volume), 1).astype(np.int64)
    return Bars(sessions, opened, high, low, close, volume, _value(high, low, close, volume))


def break_out(rng: Rng, bars: Bars) -> Bars:
    """Return ``bars`` with a last one that climbs more than yesterday's range on great volume."""
    start = bars.close[-2]
    climb = rng.uniform(1.1, 1.5) * (bars.high[-2] - bars.low[-2])
    last = ticks.nearest(np.array([start, start + climb, start - 0.1 * climb, start + 0.9 * climb]))
    return _with_last(bars, last, int(rng.uniform(2.6, 3.6) * bars.volume[-21:-1].mean()))


def close_strong(rng: Rng, bars: Bars) -> Bars:
    """Return ``bars`` with a last one that closes 6 to 8 % up, near its high, on great value."""
    start = int(bars.close[-2])
    close = start * rng.uniform(1.06, 1.08)
    last = ticks.nearest(np.array([1.01 * start, 1.003 * close, 1.005 * start, close]))
    value = rng.uniform(5.5e11, 7e11)  # won: enough for most points even where nobody tells flows
    return _with_last(bars, last, int(value / last.mean()))


def lock_limit_up(rng: Rng, bars: Bars) -> Bars:
    """Return ``bars`` with a last one that closes at the highest price allowed."""
    start = int(bars.close[-2])
    limit = ticks.upper_limit(start)
    last = ticks.nearest(np.array([1.06 * start, limit, 1.05 * start, limit]))
    return _with_last(bars, last, int(rng.uniform(3, 4) * bars.volume[-21:-1].mean()))


def halt(bars: Bars, sessions: int) -> Bars:
    """Return ``bars`` without a trade in the last ``sessions``, as an exchange publishes that."""
    gone = np.arange(len(bars)) >= len(bars) - sessions
    close = np.where(gone, bars.close[-sessions - 1], bars.close)
    opened, high, low, volume, value = (
        np.where(gone, 0, column)
        for column in (bars.open, bars.high, bars.low, bars.volume, bars.value)
    )
    return Bars(bars.sessions, opened, high, low, close, volume, value)


def before_split(bars: Bars, position: int, factor: int) -> Bars:
    """Return ``bars`` as they were traded if 1 share became ``factor`` at ``position``."""
    early = np.arange(len(bars)) < position
    opened, high, low, close = (
        np.where(early, ticks.nearest(column * factor), column)
        for column in (bars.open, bars.high, bars.low, bars.close)
    )
    volume = np.where(early, np.maximum(bars.volume // factor, 1), bars.volume)
    return Bars(bars.sessions, opened, high, low, close, volume, bars.value)


def _with_last(bars: Bars, prices: Column, volume: int) -> Bars:
    """Return ``bars`` with a last one of these prices: open, high, low and close."""
    opened, high, low, close = (
        _ended(column, price)
        for column, price in zip((bars.open, bars.high, bars.low, bars.close), prices, strict=True)
    )
    volumes = _ended(bars.volume, volume)
    return Bars(bars.sessions, opened, high, low, close, volumes, _value(high, low, close, volumes))


def _ended(column: Column, last: int) -> Column:
    return np.append(column[:-1], last)


def _value(high: Column, low: Column, close: Column, volume: Column) -> Column:
    """Return the traded value: the volume at the bar's middle price."""
    return volume * (high + low + close) // 3
