"""What a price did next: returns some sessions after a close."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.domain import Bars
from app.strategies.quality import GREATEST_STEP

HORIZONS = (1, 5, 20)  # sessions
Returns: TypeAlias = NDArray[np.float64]


def forward_returns(bars: Bars, sessions: Sequence[date]) -> Returns:
    """Return what followed each session's close: float64[len(sessions), len(HORIZONS)].

    Shares of that close, counted in sessions of the exchange. Who holds a share through a session
    without trading has its last close. NaN where it is not known: no trade in the session itself,
    no row any more at the horizon, or between them a step that no price limit allows.
    """
    close, steps = _closes(bars, sessions)
    returns = np.full((len(sessions), len(HORIZONS)), np.nan)
    for column, ahead in enumerate(HORIZONS):
        if ahead < len(sessions):
            moved = _carried(close)[ahead:] / close[:-ahead] - 1
            comparable = steps[ahead:] == steps[:-ahead]
            returns[:-ahead, column] = np.where(comparable, moved, np.nan)
    return returns


def _closes(bars: Bars, sessions: Sequence[date]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the close of each session, NaN where nothing traded, and how many steps came before.

    Behind the last row, traded or not, nobody knows: the count of steps goes up once more there.
    """
    days = np.array(sessions, dtype="datetime64[D]")
    traded = bars[(bars.volume > 0) & (bars.close > 0)]
    known = traded[np.isin(traded.session, days)]
    at = np.searchsorted(days, known.session)
    close = np.full(len(days), np.nan)
    close[at] = known.close
    jumps = np.zeros(len(days), dtype=np.int64)
    if len(known) > 1:
        moved = np.abs(known.close[1:] / known.close[:-1] - 1)
        jumps[at[1:]] = moved > GREATEST_STEP
    if len(bars):
        jumps[np.searchsorted(days, bars.session[-1], side="right") :][:1] = 1
    return close, np.cumsum(jumps)


def _carried(close: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the closes with the last one known in the place of those that are not."""
    places = np.where(np.isnan(close), 0, np.arange(len(close)))
    return close[np.maximum.accumulate(places)]
