"""The course of a price before it is cut into bars: ordinary ones, and those with a pattern."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Rng = np.random.Generator

BASE_SESSIONS = 61  # of a planted VCP, the high it starts from included


@dataclass(frozen=True)
class Shape:
    """A course in won. ``reach``: how far a bar goes beyond its body, as a share of the price."""

    close: Floats
    reach: Floats
    volume: Floats  # shares
    pivot: int | None = None  # where the last of the contractions begins


def ordinary(rng: Rng, market: Floats, *, price: float, volume: float) -> Shape:
    """Return a random walk with the market's, fat tails and a volume that follows the moves."""
    count = len(market)
    spread = float(np.clip(rng.lognormal(-3.85, 0.35), 0.01, 0.045))  # median 2.1 % a day
    own = spread * rng.standard_t(5, count) / np.sqrt(5 / 3)
    returns = np.clip(rng.uniform(0.5, 1.4) * market + own, -0.27, 0.25)
    close = price * np.exp(np.cumsum(returns) - returns.sum())
    turnover = volume * np.exp(rng.normal(0, 0.35, count) + 6 * np.abs(returns) - 0.2)
    return Shape(close, np.full(count, 0.7 * spread), turnover)


def rising(rng: Rng, market: Floats, *, price: float, volume: float) -> Shape:
    """Return an ordinary course whose last 30 sessions climb steadily, by 0.6 % each."""
    shape = ordinary(rng, market, price=price, volume=volume)
    close = shape.close.copy()
    steps = rng.normal(0.006, 0.004, 30)
    close[-30:] = close[-31] * np.exp(np.cumsum(steps))
    reach = shape.reach.copy()
    reach[-30:] = 0.011
    return Shape(close * price / close[-1], reach, shape.volume)


def resting(rng: Rng, market: Floats, *, price: float, volume: float) -> Shape:
    """Return a rise of a year, then 25 sessions of rest at its top."""
    count = len(market)
    year, rest = 225, 25
    before = count - year - rest
    climb = _climb(rng, rng.uniform(0.55, 0.65), year)
    level = 1 + rng.normal(0, 0.006, rest)
    earlier = ordinary(rng, market[:before], price=climb[0], volume=volume)
    close = np.concatenate([earlier.close / earlier.close[-1] * climb[0], climb, level])
    traded = volume * np.exp(rng.normal(0, 0.15, count))
    return Shape(close * price / close[-1], np.full(count, 0.009), traded)


def contracting(
    rng: Rng, market: Floats, *, price: float, volume: float, breaks_out: bool
) -> Shape:
    """Return a rise of a year, then pull-backs of about 19, 11 and 6 % on less and less volume.

    The last close is a little under the last of the three highs, or over it on great volume.
    """
    count = len(market)
    before, year = count - 280, 280 - BASE_SESSIONS
    base, pivot = _base(rng, breaks_out=breaks_out)
    climb = _climb(rng, rng.uniform(0.40, 0.48), year)
    earlier = ordinary(rng, market[:before], price=climb[0], volume=volume)
    close = np.concatenate([earlier.close / earlier.close[-1] * climb[0], climb, base])

    reach = np.full(count, 0.006)
    reach[: before + year - 20] = 0.012
    quiet = np.concatenate([np.ones(before + year), np.linspace(1.0, 0.4, BASE_SESSIONS)])
    traded = volume * quiet * np.exp(rng.normal(0, 0.12, count))
    if breaks_out:
        traded[-1] = rng.uniform(2.2, 3.0) * traded[-51:-1].mean()
    return Shape(close * price / close[-1], reach, traded, before + year + pivot)


def _climb(rng: Rng, start: float, count: int) -> Floats:
    """Return ``count`` closes that wander from ``start`` up to 1, closer and closer to the line."""
    line = np.linspace(start, 1.0, count, endpoint=False)
    wander = np.convolve(rng.normal(0, 0.012, count + 9), np.full(10, 0.32), mode="valid")
    climb: Floats = line * (
        1 + np.clip(wander, -0.06, 0.06) * np.minimum(np.arange(count, 0, -1) / 60, 1)
    )
    return climb


def _base(rng: Rng, *, breaks_out: bool) -> tuple[Floats, int]:
    """Return the closes of a base as shares of its first high, and where its last high is."""
    first, ratio = rng.uniform(0.175, 0.205), rng.uniform(0.54, 0.6)
    second = first * ratio
    third = second * rng.uniform(0.54, 0.6)
    highs = 1.0, 0.965 + rng.uniform(-0.005, 0.005), 0.95 + rng.uniform(-0.005, 0.005)
    lows = [high * (1 - depth) for high, depth in zip(highs, (first, second, third), strict=True)]
    end = highs[2] * (1 - rng.uniform(0.010, 0.018))
    turns = np.cumsum([0, *(rng.integers(14, 17), 14, 10, 9, rng.integers(5, 7))])
    where = [*turns, BASE_SESSIONS - 1]
    levels = [highs[0], lows[0], highs[1], lows[1], highs[2], lows[2], end]
    # A turn of the course is a turn of the closes: noise stays off it, and small beside the legs.
    noise = rng.uniform(-0.002, 0.002, BASE_SESSIONS)
    noise[where] = 0
    base: Floats = np.interp(np.arange(BASE_SESSIONS), where, levels) * (1 + noise)
    if breaks_out:
        base[-1] = highs[2] * rng.uniform(1.018, 1.026)
    return base, int(turns[4])
