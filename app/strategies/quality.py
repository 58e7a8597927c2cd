"""Whether a ticker's bars can be trusted: one status, decided before any strategy runs.

Missing or stale data never becomes a number; a step that no session allows never becomes a signal.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from app import ticks
from app.domain import Bars, Status

ROWS = 280  # Wilder's averages depend on where they start, so every scan starts at the same place
GREATEST_STEP = 0.305  # KRX lets a price move 30 % a session; the rest is rounding
RECENT_SESSIONS = 60
GREATEST_GAPS = 5  # of the recent sessions
VALUE_RATIO = (0.5, 2.0)  # of value / (close x volume): outside, one of them has another unit


class Verdict(NamedTuple):
    """What one strategy may do with the bars; ``reason`` says why not, empty when OK."""

    status: Status
    reason: str = ""


@dataclass(frozen=True)
class Checked:
    """Bars that are fit for every strategy, or the reason why they are not.

    ``step`` describes the last unadjusted step that the bars were cut at, empty if there was none.
    """

    bars: Bars
    status: Status
    reason: str = ""
    step: str = ""

    def verdict(self, minimum: int) -> Verdict:
        """Return whether a strategy that reads at least ``minimum`` bars may run."""
        unfit = self.status not in (Status.OK, Status.INSUFFICIENT_DATA)
        if unfit or len(self.bars) >= minimum:
            return Verdict(self.status, self.reason)
        few = f"{len(self.bars)} of {minimum} bars needed"
        if self.step:
            return Verdict(Status.ADJUSTMENT_SUSPECT, f"{self.step}; {few} since then")
        return Verdict(Status.INSUFFICIENT_DATA, few)


def check(received: Bars, sessions: Sequence[date]) -> Checked:
    """Return the newest bars that are fit to be scored, and the status of the data.

    ``received`` holds every row that the broker sent, halted ones included; rows after the last
    session are not looked at. ``sessions`` are the exchange's newest 60 or more, oldest first: the
    last one is the session that the scan is about, completed or running.

    Raises:
        ValueError: ``received`` is not in the order of its sessions, or ``sessions`` is empty.
    """
    if not sessions:
        raise ValueError("no sessions given: the newest 60 of the exchange are needed")
    if np.any(received.session[1:] <= received.session[:-1]):
        raise ValueError("bars must be oldest first, one a session")
    rows = received[received.session <= np.datetime64(sessions[-1])][-ROWS:]
    traded = _traded(rows)
    bars = _without_rounding(rows[traded])
    if fault := _fault(bars):
        return Checked(bars, Status.BAD_DATA, fault)
    if not len(rows) or rows.date(-1) != sessions[-1]:
        newest = f"the newest is of {rows.date(-1)}" if len(rows) else "none was received"
        return Checked(bars, Status.STALE, f"no bar of {sessions[-1]}: {newest}")
    if not traded[-1]:
        return Checked(bars, Status.HALTED, f"no trade on {sessions[-1]}")
    gaps = _gaps(bars, sessions)
    bars, step = _after_last_step(bars)
    if gaps > GREATEST_GAPS:
        reason = f"{gaps} of the newest {RECENT_SESSIONS} sessions have no bar, {GREATEST_GAPS} may"
        return Checked(bars, Status.INSUFFICIENT_DATA, reason, step)
    return Checked(bars, Status.OK, step=step)


def _traded(rows: Bars) -> NDArray[np.bool_]:
    """Return which rows are sessions with a trade: a halt comes with zeros."""
    halted = (rows.volume == 0) | (rows.high <= 0) | (rows.low <= 0) | (rows.close <= 0)
    traded: NDArray[np.bool_] = ~halted
    return traded


def _without_rounding(bars: Bars) -> Bars:
    """Return ``bars`` with high and low widened where they miss open or close by up to a tick.

    Adjusted prices are rounded one by one, so a close may come to lie a won over its high.
    """
    top, bottom = np.maximum(bars.open, bars.close), np.minimum(bars.open, bars.close)
    beyond = np.flatnonzero((bars.high < top) | (bars.low > bottom))
    if not len(beyond):
        return bars
    high, low = bars.high.copy(), bars.low.copy()
    for at in beyond:
        tick = ticks.tick(bars.close[at]) + 1e-9  # adjusted prices carry float noise
        if top[at] - high[at] <= tick and low[at] - bottom[at] <= tick:
            high[at], low[at] = max(high[at], top[at]), min(low[at], bottom[at])
    return replace(bars, high=high, low=low)


def _fault(bars: Bars) -> str:
    """Return what is wrong with the first bar that cannot be true, in words; empty if none."""
    top, bottom = np.maximum(bars.open, bars.close), np.minimum(bars.open, bars.close)
    # Asked as "is it right", so that a missing figure (NaN) is not.
    right = (bars.low <= bottom) & (top <= bars.high) & (bars.high < np.inf)
    right &= (bars.volume > 0) & (bars.volume < np.inf)
    if not right.all():
        at = int(np.argmin(right))
        return (
            f"{bars.date(at)}: open {bars.open[at]:,.10g}, high {bars.high[at]:,.10g}, "
            f"low {bars.low[at]:,.10g}, close {bars.close[at]:,.10g}, volume "
            f"{bars.volume[at]:,.10g}; right is low <= open and close <= high, volume over 0"
        )
    ratio = bars.value / (bars.close * bars.volume)
    least, most = VALUE_RATIO
    wrong = (ratio < least) | (ratio > most)  # a value that was not given is not compared
    if wrong.any():
        at = int(np.argmax(wrong))
        return (
            f"{bars.date(at)}: value is {ratio[at]:.4g} times close x volume, "
            f"right is {least:g} to {most:g}: check the units"
        )
    return ""


def _gaps(bars: Bars, sessions: Sequence[date]) -> int:
    """Return how many of the newest sessions have no bar."""
    recent = np.array(sessions[-RECENT_SESSIONS:], dtype="datetime64[D]")
    return int(np.count_nonzero(~np.isin(recent, bars.session)))


def _after_last_step(bars: Bars) -> tuple[Bars, str]:
    """Return the bars since the last step that the price limit rules out, and that step in words.

    Such a step is a split or rights issue that was not adjusted, a re-listing, or a first day.
    """
    change = bars.close[1:] / bars.close[:-1] - 1
    steps = np.flatnonzero(np.abs(change) > GREATEST_STEP)
    if not len(steps):
        return bars, ""
    last = int(steps[-1])
    words = f"the close moved by {change[last]:+.1%} on {bars.date(last + 1)}, more than 30 %"
    return bars[last + 1 :], words
