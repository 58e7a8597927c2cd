"""Relative strength: how well a share has done in a year, among all the others.

Source: the rating of Investor's Business Daily weighs the newest quarter twice; Minervini, Trade
Like a Stock Market Wizard (2013), ch. 5, asks for 70 or more as the eighth of his conditions.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from app.domain import Ticker
from app.strategies.quality import GREATEST_STEP

WEIGHTS = {63: 0.4, 126: 0.2, 189: 0.2, 252: 0.2}  # of the return over so many sessions
CLOSES = max(WEIGHTS) + 1


def percentiles(closes: Mapping[Ticker, NDArray[np.float64]]) -> dict[Ticker, float]:
    """Return the percentile of each ticker, 0 for the weakest to 100; equal ones share theirs.

    ``closes`` are float64, oldest first, and end with the same session. A ticker is left out that
    has fewer than 253, or a step among the newest 253 that the price limit rules out: it may be
    an unadjusted split. Empty when fewer than two are left.
    """
    newest = {ticker: column[-CLOSES:] for ticker, column in closes.items()}
    returns = {ticker: _return(column) for ticker, column in newest.items() if _fit(column)}
    if len(returns) < 2:
        return {}
    figures = np.array(list(returns.values()))
    ordered = np.sort(figures)
    weaker = np.searchsorted(ordered, figures, side="left")
    equal = np.searchsorted(ordered, figures, side="right") - weaker
    ranks = 100 * (weaker + (equal - 1) / 2) / (len(figures) - 1)
    return dict(zip(returns, ranks.tolist(), strict=True))


def _fit(closes: NDArray[np.float64]) -> bool:
    """Say whether a year's return can be told from these closes."""
    if len(closes) < CLOSES or not np.all((closes > 0) & (closes < np.inf)):
        return False
    return bool(np.all(np.abs(closes[1:] / closes[:-1] - 1) <= GREATEST_STEP))


def _return(closes: NDArray[np.float64]) -> float:
    """Return the weighted return: a share of the price before."""
    last = closes[-1]
    return float(sum(w * (last / closes[-1 - length] - 1) for length, w in WEIGHTS.items()))
