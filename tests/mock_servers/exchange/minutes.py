"""The minutes of a session, made up so that together they are its daily bar."""

from collections.abc import Callable
from typing import NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import ArrayLike

from tests.mock_servers.exchange import ticks
from tests.mock_servers.exchange.bars import Bars, Column

OPENS, AUCTION, CLOSES = 9 * 60, 15 * 60 + 20, 15 * 60 + 30  # minutes of the day
MINUTES = [*range(OPENS, AUCTION), CLOSES]  # in the auction nothing is traded before its end
AUCTION_SHARE = 0.05  # of the volume


class Minute(NamedTuple):
    """One or several minutes: won, shares; ``clock`` is when they begin, like 090000."""

    clock: str
    open: int
    high: int
    low: int
    close: int
    volume: int
    volume_so_far: int


class MinuteBars(NamedTuple):
    """One session: the price at the end of each minute, its reach, and its volume."""

    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column

    @staticmethod
    def starts(length: int) -> list[int]:
        """Return where bars of ``length`` minutes begin among the minutes of a session."""
        return [*range(0, len(MINUTES) - 1, length), len(MINUTES) - 1]

    def merged(self, start: int, length: int) -> Minute:
        """Return the bar of ``length`` minutes from ``start`` on; the auction stands alone."""
        last = len(MINUTES) - 1
        end = last + 1 if start == last else min(start + length, last)
        part = slice(start, end)
        hour, minute = divmod(MINUTES[start], 60)
        return Minute(
            f"{hour:02}{minute:02}00",
            int(self.open[start]),
            int(self.high[part].max()),
            int(self.low[part].min()),
            int(self.close[end - 1]),
            int(self.volume[part].sum()),
            int(self.volume[:end].sum()),
        )


def minute_bars(
    name: str,
    bars: Bars,
    position: int,
    seed: int,
    *,
    nearest: Callable[[ArrayLike], Column] = ticks.nearest,
) -> MinuteBars:
    """Return the minutes of one session of ``name``, which pass its open, high, low and close.

    ``nearest`` rounds to what can be traded, or told.
    """
    opened, high, low, close, volume = (
        int(column[position])
        for column in (bars.open, bars.high, bars.low, bars.close, bars.volume)
    )
    count = len(MINUTES)
    if not volume:
        still = np.full(count, close, dtype=np.int64)
        return MinuteBars(still, still, still, still, np.zeros(count, dtype=np.int64))
    rng = np.random.default_rng([seed, crc32(name.encode()), int(bars.sessions[position])])
    turns = np.sort(rng.choice(np.arange(20, count - 20), 2, replace=False))
    first, second = (low, high) if close >= opened else (high, low)
    course = np.interp(np.arange(count), [0, *turns, count - 1], [opened, first, second, close])
    course += rng.normal(0, (high - low) / 60 + 1e-9, count)
    course[[0, *turns, count - 1]] = opened, first, second, close
    ends = np.clip(nearest(course), low, high)
    ends[[*turns, count - 1]] = first, second, close
    begins = np.concatenate([[opened], ends[:-1]])
    return MinuteBars(
        begins,
        np.maximum(begins, ends),
        np.minimum(begins, ends),
        ends,
        _volumes(rng, volume, count),
    )


def _volumes(rng: np.random.Generator, volume: int, count: int) -> Column:
    """Return ``volume`` spread over the minutes, most of it at open and close."""
    day = 1 + 3 * np.abs(np.linspace(-1, 1, count)) ** 4
    weight = day * np.exp(rng.normal(0, 0.5, count))
    weight[-1] = AUCTION_SHARE * weight[:-1].sum()
    spread: Column = np.floor(weight / weight.sum() * volume).astype(np.int64)
    spread[-1] += volume - spread.sum()
    return spread
