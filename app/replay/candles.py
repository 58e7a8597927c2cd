"""A signal among the bars around it as plain geometry in pixels, to be drawn as SVG."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from app.domain import Bars
from app.evidence import legs_of, levels_of
from app.replay.ticker import Finding

WIDTH, HEIGHT, AXIS = 430, 240, 100  # the axis stands at the right
MARGIN = 8  # over the highest price, and under the lowest
BEFORE, BEHIND = 75, 25  # bars around the session that a signal was found on
FARTHEST = 0.6  # of the bars' own range: a level beyond it would squash them
LABEL = 12  # labels nearer to each other than this would overlap


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


class Level(NamedTuple):
    """A price as a line at ``y``, its label at ``label_y``."""

    name: str
    price: float
    y: float
    label_y: float


class Candles(NamedTuple):
    """All bars of one direction, as two SVG paths."""

    wicks: str
    bodies: str


@dataclass(frozen=True)
class Chart:
    """Candles around a signal; ``legs`` join the ends of each pull-back."""

    finding: Finding
    first: date
    last: date
    rising: Candles
    falling: Candles
    found_x: float
    legs: tuple[tuple[Point, Point], ...]
    levels: tuple[Level, ...]
    entered: Point | None
    left: Point | None


class _Axes:
    """Sessions and prices of the bars that are shown, to pixels."""

    def __init__(self, shown: Bars, prices: Iterable[float]) -> None:
        low, high = float(shown.low.min()), float(shown.high.max())
        reach = FARTHEST * (high - low)
        near = [price for price in prices if low - reach <= price <= high + reach]
        self._shown = shown
        self.bottom, self.top = min([low, *near]), max([high, *near])
        self.step = (WIDTH - AXIS) / len(shown)

    def y(self, price: float) -> float:
        """Return the height of a price."""
        share = (self.top - price) / ((self.top - self.bottom) or 1.0)
        return round(MARGIN + (HEIGHT - 2 * MARGIN) * share, 1)

    def x(self, place: int) -> float:
        """Return the middle of a bar."""
        return round((place + 0.5) * self.step, 1)

    def point(self, session: date, price: float) -> Point | None:
        """Return where a price of a session lies; None when it is not shown."""
        places = np.flatnonzero(self._shown.session == np.datetime64(session))
        return Point(self.x(int(places[0])), self.y(price)) if len(places) else None


def chart(finding: Finding, bars: Bars) -> Chart:
    """Return the picture of a signal among ``bars``, which hold the session it was found on."""
    signal, course = finding.signal, finding.course
    traded = bars[(bars.volume > 0) & (bars.low > 0)]
    found_at = int(np.searchsorted(traded.session, np.datetime64(signal.last_bar)))
    first = max(0, found_at - BEFORE)
    shown = traded[first : found_at + BEHIND + 1]
    levels = levels_of(signal)
    axes = _Axes(shown, levels.values())
    lines = (
        (axes.point(leg.high_session, leg.high), axes.point(leg.low_session, leg.low))
        for leg in legs_of(signal.facts)
    )
    return Chart(
        finding=finding,
        first=shown.date(0),
        last=shown.date(-1),
        rising=_candles(shown, np.flatnonzero(shown.close >= shown.open).tolist(), axes),
        falling=_candles(shown, np.flatnonzero(shown.close < shown.open).tolist(), axes),
        found_x=axes.x(found_at - first),
        legs=tuple((high, low) for high, low in lines if high and low),
        levels=_levels(levels.items(), axes),
        entered=axes.point(*course.entered) if course.entered else None,
        left=axes.point(*course.left) if course.left else None,
    )


def _candles(shown: Bars, places: Sequence[int], axes: _Axes) -> Candles:
    wicks, bodies = [], []
    width = max(round(axes.step * 0.7, 1), 0.8)
    for place in places:
        x, opened, closed = axes.x(place), axes.y(shown.open[place]), axes.y(shown.close[place])
        top, height = min(opened, closed), max(round(abs(opened - closed), 1), 0.8)
        wicks.append(f"M{x:g} {axes.y(shown.high[place]):g}V{axes.y(shown.low[place]):g}")
        bodies.append(f"M{x - width / 2:.4g} {top:g}h{width:g}v{height:g}h-{width:g}z")
    return Candles("".join(wicks), "".join(bodies))


def _levels(levels: Iterable[tuple[str, float]], axes: _Axes) -> tuple[Level, ...]:
    """Return the levels that are shown, highest first, their labels moved apart."""
    found: list[Level] = []
    for name, price in sorted(levels, key=lambda level: -level[1]):
        if axes.bottom <= price <= axes.top:
            y = axes.y(price)
            lowest = found[-1].label_y + LABEL if found else 0.0
            found.append(Level(name, price, y, max(y, lowest)))
    return tuple(found)
