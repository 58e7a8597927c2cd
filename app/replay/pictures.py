"""The charts of a replay's report as plain geometry in pixels, which its template draws as SVG."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.replay.ticker import Finding

BOX_WIDTH, BOX_ROW = 300, 22
DAYS_WIDTH, DAYS_HEIGHT = 940, 90


class Box(NamedTuple):
    """One row of a box plot: 5th to 95th percentile, quartiles, median and mean, on x."""

    label: str
    number: int
    y: float
    least: float
    low: float
    middle: float
    high: float
    most: float
    mean: float
    words: str


@dataclass(frozen=True)
class Boxes:
    """A box plot; ``zero`` is where a return of 0 lies, ``reach`` the return at both edges."""

    height: float
    zero: float
    reach: float
    rows: tuple[Box, ...]


def boxes(groups: Mapping[str, NDArray[np.float64]]) -> Boxes:
    """Return a box a group of returns, those that are not known left out; empty groups too."""
    known = {name: each[~np.isnan(each)] for name, each in groups.items()}
    marks = {
        name: np.percentile(each, (5, 25, 50, 75, 95)) for name, each in known.items() if len(each)
    }
    reach = max((float(np.abs(each).max()) for each in marks.values()), default=0.0) or 0.01

    def x(share: float) -> float:
        return round(BOX_WIDTH / 2 * (1 + min(max(share / reach, -1.0), 1.0)), 1)

    rows = []
    for place, (name, mark) in enumerate(marks.items()):
        number, mean = len(known[name]), float(known[name].mean())
        least, low, middle, high, most = mark.tolist()
        words = (
            f"{name}: {number:,} known, mean {mean:+.2%}, median {middle:+.2%}, half of them "
            f"{low:+.2%} to {high:+.2%}, nine in ten {least:+.2%} to {most:+.2%}"
        )
        y = (place + 0.5) * BOX_ROW
        rows.append(
            Box(name, number, y, x(least), x(low), x(middle), x(high), x(most), x(mean), words)
        )
    return Boxes(len(rows) * BOX_ROW, x(0.0), reach, tuple(rows))


class Day(NamedTuple):
    """One session's number of signals, as a bar."""

    x: float
    y: float
    width: float
    height: float
    words: str


@dataclass(frozen=True)
class Days:
    """Signals a session."""

    most: int
    bars: tuple[Day, ...]


def days(sessions: Sequence[date], findings: Iterable[Finding]) -> Days:
    """Return a bar a session."""
    counts = Counter(each.signal.last_bar for each in findings)
    most = max(counts.values(), default=0)
    step = DAYS_WIDTH / len(sessions)
    bars = tuple(
        Day(
            round(place * step, 2),
            round(DAYS_HEIGHT * (1 - counts[session] / most), 1),
            round(max(step - 0.6, 0.6), 2),
            round(DAYS_HEIGHT * counts[session] / most, 1),
            f"{session}: {counts[session]}",
        )
        for place, session in enumerate(sessions)
        if counts[session]
    )
    return Days(most, bars)
