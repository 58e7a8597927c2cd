"""A made-up market: random courses, and planted ones that scans must find."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from zlib import crc32

import numpy as np

from tests.mock_servers.exchange import listings
from tests.mock_servers.exchange.bars import Bars, compact
from tests.mock_servers.exchange.cut import (
    before_split,
    break_out,
    close_strong,
    cut_into_bars,
    halt,
    lock_limit_up,
)
from tests.mock_servers.exchange.issue import Issue, Planted
from tests.mock_servers.exchange.listings import Listing
from tests.mock_servers.exchange.plan import Plant, default_plan
from tests.mock_servers.exchange.sessions import last_sessions
from tests.mock_servers.exchange.shapes import (
    Floats,
    Rng,
    Shape,
    contracting,
    ordinary,
    resting,
    rising,
)

LEAST_SESSIONS, MOST_SESSIONS = 320, 2_500
_SHAPES: dict[str, Callable[..., Shape]] = {
    "vcp_setup": partial(contracting, breaks_out=False),
    "vcp_triggered": partial(contracting, breaks_out=True),
    "volatility_breakout": rising,
    "closing_bet": resting,
    "smart_money": rising,
    "limit_up": rising,
}
_LAST_BARS: dict[str, Callable[[Rng, Bars], Bars]] = {
    "volatility_breakout": break_out,
    "closing_bet": close_strong,
    "limit_up": lock_limit_up,
}


def seeded_issues(
    count: int, seed: int, today: date, sessions: int, plan: Sequence[Plant] | None = None
) -> list[Issue]:
    """Return ``count`` shares with bars up to ``today``, and a few listings that no scan takes.

    A course depends on seed, today, ticker and what is planted in it, not on how many there are.

    Raises:
        ValueError: the plan names a ticker that is not among them, or one twice.
    """
    days = [compact(day) for day in last_sessions(sessions, today)]
    market = np.random.default_rng([seed, 0]).normal(0.0003, 0.008, sessions)
    shares = listings.shares(count)
    plants = _by_ticker(default_plan(shares) if plan is None else plan, shares)
    return [
        _issue(listing, plants.get(listing.ticker), seed, days, market)
        for listing in [*shares, *listings.beside()]
    ]


def _by_ticker(plan: Sequence[Plant], shares: Sequence[Listing]) -> dict[str, Plant]:
    listed = {listing.ticker for listing in shares}
    plants: dict[str, Plant] = {}
    for plant in plan:
        if plant.ticker not in listed:
            raise ValueError(
                f"{plant.ticker} is planted and not among the {len(shares)} shares made up"
            )
        if plant.ticker in plants:
            raise ValueError(f"{plant.ticker} is planted twice")
        plants[plant.ticker] = plant
    return plants


def _issue(
    listing: Listing, plant: Plant | None, seed: int, days: list[str], market: Floats
) -> Issue:
    """Return ``listing`` with its course, and with what is planted in it."""
    rng = np.random.default_rng([seed, crc32(listing.ticker.encode())])
    shares_a_session = listing.shares * rng.uniform(0.001, 0.006)
    kind = plant.kind if plant else ""
    draw = _SHAPES.get(kind, ordinary)
    shape = draw(rng, market, price=listing.price_level, volume=shares_a_session)
    bars = cut_into_bars(rng, shape, days)
    if change := _LAST_BARS.get(kind):
        bars = change(rng, bars)
    issue = Issue(listing, bars, bars)
    return issue if plant is None else _planted(issue, plant, shape.pivot)


def _planted(issue: Issue, plant: Plant, pivot: int | None) -> Issue:
    """Return ``issue`` changed as its plant asks, and told as planted."""
    told = Planted(plant.ticker, plant.kind, *_pivot(issue.bars, pivot))
    bars = issue.bars
    match plant.kind:
        case "halted":
            bars = halt(bars, plant.sessions_or(3))
        case "split":
            split_at = len(bars) - plant.sessions_or(40)
            raw = before_split(bars, split_at, plant.factor)
            return Issue(issue.listing, raw.split(split_at, plant.factor), raw, told)
        case "new_listing":
            bars = bars.newest(plant.sessions_or(15))
            listing = replace(issue.listing, listed_on=bars.sessions[0])
            return Issue(listing, bars, bars, told)
        case "smart_money":
            return replace(issue, planted=told, bought_for=plant.sessions_or(8))
    return Issue(issue.listing, bars, bars, told)


def _pivot(bars: Bars, pivot: int | None) -> tuple[int | None, str | None]:
    """Return the highest high around the turn of the course at ``pivot``, and its session."""
    if pivot is None:
        return None, None
    highest = pivot - 2 + int(bars.high[pivot - 2 : pivot + 3].argmax())
    return int(bars.high[highest]), bars.sessions[highest]
