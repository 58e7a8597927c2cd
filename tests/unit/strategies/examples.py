"""Bars made by formula: figures to check against, planted patterns, and markets without any."""

from collections.abc import Sequence
from datetime import date, timedelta
from math import sin
from typing import TypeAlias

import numpy as np

from app.domain import Bar, Bars, InvestorFlow

Row: TypeAlias = tuple[float, float, float, float, float]  # open, high, low, close, volume

LAST_SESSION = date(2025, 2, 28)
VCP_KNOTS = (
    (0, 8000),
    (219, 20000),
    (234, 15600),
    (248, 19400),
    (258, 17100),
    (268, 19000),
    (274, 18050),
    (279, 18800),
)
WIDENING_KNOTS = (
    (0, 8000),
    (219, 20000),
    (225, 19000),
    (231, 19900),
    (241, 17600),
    (251, 19800),
    (266, 15500),
    (279, 18800),
)
TRIGGER_BAR: Row = (18850, 19250, 18820, 19200, 900_000)


def weekdays(count: int, last: date = LAST_SESSION) -> list[date]:
    """Return the ``count`` weekdays up to ``last``, oldest first."""
    found: list[date] = []
    session = last
    while len(found) < count:
        if session.weekday() < 5:
            found.append(session)
        session -= timedelta(days=1)
    return found[::-1]


def bars_of(
    rows: Sequence[Row], last: date = LAST_SESSION, *, values: Sequence[float] | None = None
) -> Bars:
    """Return ``rows`` as bars of the weekdays up to ``last``, that nobody can write to."""
    known: Sequence[float | None] = values or [None] * len(rows)
    days = zip(weekdays(len(rows), last), rows, known, strict=True)
    bars = Bars.of(Bar(session, *row, value) for session, row, value in days)
    for column in vars(bars).values():
        column.flags.writeable = False
    return bars


def valued_bars_of(rows: Sequence[Row], last: date = LAST_SESSION) -> Bars:
    """Return ``rows`` as bars whose value is their volume at the close."""
    return bars_of(rows, last, values=[close * volume for _, _, _, close, volume in rows])


def flows_of(
    bars: Bars, foreign: float, institution: float, *, seed: int | None = None
) -> list[InvestorFlow]:
    """Return net buying of every session, as shares of its value; with a seed, of either sign."""
    swing = np.ones((len(bars), 2))
    if seed is not None:
        swing = np.random.default_rng(seed).uniform(-1, 1, swing.shape)
    net = swing * (foreign, institution) * bars.value[:, None]
    return [
        InvestorFlow(session, bought, kept, -bought - kept)
        for session, (bought, kept) in zip(bars.session.tolist(), net.tolist(), strict=True)
    ]


def joined(knots: Sequence[tuple[int, int]]) -> list[float]:
    """Return whole prices along the lines that join ``knots``, from 0 to the last."""
    at, price = zip(*knots, strict=True)
    return [round(float(np.interp(t, at, price))) for t in range(knots[-1][0] + 1)]


def rows_of(
    closes: Sequence[float], volumes: Sequence[float], *, spread: float = 0.005
) -> list[Row]:
    """Return rows that open at the close before and reach ``spread`` beyond their bodies."""
    opens = [closes[0], *closes[:-1]]
    return [
        (
            before,
            round((1 + spread) * max(before, close)),
            round((1 - spread) * min(before, close)),
            close,
            volume,
        )
        for before, close, volume in zip(opens, closes, volumes, strict=True)
    ]


def vcp_rows(knots: Sequence[tuple[int, int]] = VCP_KNOTS) -> list[Row]:
    """Return 280 rows along ``knots``, with volume that dries up from bar 220 on."""
    drying = [round(1_000_000 - 650_000 * (t - 219) / 60) for t in range(220, 275)]
    return rows_of(joined(knots), [1_000_000] * 220 + drying + [300_000] * 5)


def breakout_rows() -> list[Row]:
    """Return 80 rows of a slow climb whose last one breaks out."""
    closes = [round(10000 + 25 * t + 150 * sin(t / 2.5)) for t in range(80)]
    rows = rows_of(closes, [500_000] * 80, spread=0.008)
    rows[78] = (11900, 12150, 11800, 12100, 620_000)
    rows[79] = (12120, 12560, 12080, 12500, 1_250_000)
    return rows


def closing_rows() -> list[Row]:
    """Return 260 rows of a climb, a month of rest, and a close 8 % up on great volume."""
    closes = [round(40_000 + 80 * t + 600 * sin(t / 3)) for t in range(239)]
    closes += [round(60_500 + 700 * sin(j / 3)) for j in range(20)]
    return [*rows_of(closes, [1_000_000] * 259), (61_500, 65_900, 61_200, 65_400, 2_400_000)]


def buying_rows() -> list[Row]:
    """Return 20 rows that close in the upper part of their range, on changing volume."""
    return [
        (50_000 + 100 * k - 60, 50_200 + 100 * k, 49_600 + 100 * k, 50_000 + 100 * k, volume)
        for k, volume in enumerate([1_000_000, 1_200_000] * 10)
    ]


def growing_rows(daily: float, count: int = 300) -> list[Row]:
    """Return rows whose close grows by ``daily`` a session, at an even volume."""
    closes = [10_000 * (1 + daily) ** t for t in range(count)]
    return [
        (before, 1.005 * max(before, close), 0.995 * min(before, close), close, 1_000_000)
        for before, close in zip([closes[0], *closes], closes, strict=False)
    ]


def square_wave_rows(count: int = 300) -> list[Row]:
    """Return rows that swing by 6 % either side of a price, ten sessions each."""
    closes = [10_000 * (1.06 if t // 10 % 2 else 0.94) for t in range(count)]
    return rows_of(closes, [1_000_000] * count)


def flat_rows(count: int = 300) -> list[Row]:
    """Return rows of a price that never moves."""
    return [(10_000, 10_000, 10_000, 10_000, 1_000_000)] * count


def walk_rows(seed: int, count: int = 300) -> list[Row]:
    """Return rows of a random walk in whole won, with volumes that vary by some 50 %."""
    chance = np.random.default_rng(seed)
    closes = np.round(20_000 * np.exp(np.cumsum(chance.normal(0.001, 0.025, count)))) + 100
    opens = np.round(np.append(closes[0], closes[:-1]) * np.exp(chance.normal(0, 0.008, count)))
    high = np.round(np.maximum(opens, closes) * (1 + np.abs(chance.normal(0, 0.01, count))))
    low = np.round(np.minimum(opens, closes) * (1 - np.abs(chance.normal(0, 0.01, count))))
    volume = np.round(100_000 * np.exp(chance.normal(0, 0.5, count)))
    columns = (column.tolist() for column in (opens, high, low, closes, volume))
    return list(zip(*columns, strict=True))


def scaled(rows: Sequence[Row], *, prices: float, volumes: float) -> list[Row]:
    """Return ``rows`` in another unit of price and of volume."""
    return [
        (opened * prices, high * prices, low * prices, close * prices, volume * volumes)
        for opened, high, low, close, volume in rows
    ]
