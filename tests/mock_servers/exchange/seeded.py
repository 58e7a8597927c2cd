"""A made-up market: random courses, and planted ones that scans must find."""

from collections.abc import Callable
from datetime import date
from functools import partial
from zlib import crc32

import numpy as np

from tests.mock_servers.exchange import listings
from tests.mock_servers.exchange.bars import Bars, compact
from tests.mock_servers.exchange.cut import before_split, break_out, cut_into_bars, halt
from tests.mock_servers.exchange.issue import Issue, Planted
from tests.mock_servers.exchange.listings import Listing
from tests.mock_servers.exchange.sessions import last_sessions
from tests.mock_servers.exchange.shapes import Floats, Shape, contracting, ordinary, rising

LEAST_SESSIONS, MOST_SESSIONS = 320, 2_500
SPLIT_FACTOR, SPLIT_AGE = 5, 40  # 5 new shares for 1, so many sessions ago
HALTED_SESSIONS = 3
# What stands at which place of the list: the first ten, then by place in every hundred.
_FIRST = (
    "vcp_setup",
    "vcp_triggered",
    "volatility_breakout",
    "vcp_setup",
    "volatility_breakout",
    "halted",
    "split",
    "",
    "",
    "",
)
_OF_A_HUNDRED = {12: "vcp_setup", 37: "volatility_breakout", 62: "vcp_triggered", 87: "halted"}
_SHAPES: dict[str, Callable[..., Shape]] = {
    "vcp_setup": partial(contracting, breaks_out=False),
    "vcp_triggered": partial(contracting, breaks_out=True),
    "volatility_breakout": rising,
}


def seeded_issues(count: int, seed: int, today: date, sessions: int) -> list[Issue]:
    """Return ``count`` shares with bars up to ``today``, and a few listings that no scan takes.

    A course depends on seed, today and ticker only, not on how many there are.
    """
    days = [compact(day) for day in last_sessions(sessions, today)]
    market = np.random.default_rng([seed, 0]).normal(0.0003, 0.008, sessions)
    planned = [
        (listing, _FIRST[place] if place < len(_FIRST) else _OF_A_HUNDRED.get(place % 100, ""))
        for place, listing in enumerate(listings.shares(count))
    ]
    planned += [(listing, "") for listing in listings.beside()]
    return [_issue(listing, kind, seed, days, market) for listing, kind in planned]


def _issue(listing: Listing, kind: str, seed: int, days: list[str], market: Floats) -> Issue:
    """Return ``listing`` with its course, and with what ``kind`` plants in it."""
    rng = np.random.default_rng([seed, crc32(listing.ticker.encode())])
    shares_a_session = listing.shares * rng.uniform(0.001, 0.006)
    draw = _SHAPES.get(kind, ordinary)
    shape = draw(rng, market, price=listing.price_level, volume=shares_a_session)
    bars = cut_into_bars(rng, shape, days)
    split_at = len(days) - SPLIT_AGE
    match kind:
        case "volatility_breakout":
            bars = break_out(rng, bars)
        case "halted":
            bars = halt(bars, HALTED_SESSIONS)
        case "split":
            raw = before_split(bars, split_at, SPLIT_FACTOR)
            return Issue(listing, raw.split(split_at, SPLIT_FACTOR), raw, _planted(listing, kind))
    return Issue(listing, bars, bars, _planted(listing, kind, bars, shape.pivot))


def _planted(
    listing: Listing, kind: str, bars: Bars | None = None, pivot: int | None = None
) -> Planted | None:
    """Return what was planted: the pivot is the highest high around the turn of the course."""
    if not kind:
        return None
    if bars is None or pivot is None:
        return Planted(listing.ticker, kind)
    highest = pivot - 2 + int(bars.high[pivot - 2 : pivot + 3].argmax())
    return Planted(listing.ticker, kind, int(bars.high[highest]), bars.sessions[highest])
