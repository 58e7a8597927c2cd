"""Relative strength among the replayed tickers, as each session's scan could have known it."""

from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np

from app.domain import Bars, Listing, Ticker
from app.replay.plan import Plan
from app.replay.ticker import Job
from app.strategies.quality import ROWS
from app.strategies.strength import percentiles
from app.whole_market import FEWEST_RANKED


def strengths(bars: Mapping[Ticker, Bars], plan: Plan) -> dict[date, dict[Ticker, float]]:
    """Return percentiles by the session whose scan knows them: they are of the session before.

    They come from the closes that this scan looks back at. A session for which fewer than
    FEWEST_RANKED tickers have a year of them has no percentiles.
    """
    days = np.array(plan.sessions, dtype="datetime64[D]")
    columns = {}
    for ticker, each in bars.items():
        traded = each[each.volume > 0]
        starts = np.searchsorted(traded.session, days)
        ends = np.searchsorted(traded.session, days, side="right")
        columns[ticker] = (traded.close, starts.tolist(), ends.tolist())
    ranked: dict[date, dict[Ticker, float]] = {}
    for position in range(plan.first, plan.last + 1):
        oldest, before = position + 1 - ROWS, position - 1
        ranks = percentiles(
            {
                ticker: close[starts[oldest] : ends[before]]
                for ticker, (close, starts, ends) in columns.items()
                if starts[before] < ends[before]  # traded in that session
            }
        )
        if len(ranks) >= FEWEST_RANKED:
            ranked[plan.sessions[position]] = ranks
    return ranked


def jobs_of(listings: Iterable[Listing], bars: Mapping[Ticker, Bars], plan: Plan) -> list[Job]:
    """Return what to replay: those of ``listings`` with bars, and their rank among them."""
    ranked = strengths(bars, plan)
    return [
        Job(
            each, {day: ranks[each.ticker] for day, ranks in ranked.items() if each.ticker in ranks}
        )
        for each in listings
        if each.ticker in bars
    ]
