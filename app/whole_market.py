"""What concerns the whole market: each share's rank in it, and its regime."""

import math
from collections.abc import Iterable
from datetime import date

from pydantic import JsonValue

from app.brokers.base import Broker
from app.domain import Listing, Market
from app.market.bars import BarStore, Span
from app.market.regime import SESSIONS, regime_of
from app.market.strength import StrengthStore
from app.market.universe import ALL, select
from app.strategies.strength import percentiles
from app.view import View

FEWEST_RANKED = 30  # of fewer shares a percentile says nothing
INDEX_BARS_A_CALL = 50  # the fewest of our brokers: KIS


class WholeMarket:
    """Ranks from the stored bars; indices, stored under their board's name like a ticker's bars."""

    def __init__(self, *, broker: Broker, bars: BarStore, strength: StrengthStore) -> None:
        self._broker = broker
        self._bars = bars
        self._strength = strength

    def rank(self, listings: Iterable[Listing], view: View) -> None:
        """Rank what is scanned by the closes before the view's last session, unless that is done.

        Done again when bars of more of them have come to be stored since; nobody is ranked when
        fewer than 30 can be. Under a second for a whole market.
        """
        session = view.sessions[-2]
        span = Span(view.sessions[0], session)
        known = self._bars.covering(span) & {each.ticker for each in select(listings, ALL)}
        if len(known) < FEWEST_RANKED or len(known) <= self._strength.known(session):
            return
        closes = self._bars.closes(span)
        ranked = percentiles({ticker: closes[ticker] for ticker in known if ticker in closes})
        enough = ranked if len(ranked) >= FEWEST_RANKED else {}
        self._strength.save(session, enough, known=len(known))

    def regime(self, view: View) -> dict[str, JsonValue]:
        """Return the regime by index at the last final close, of those whose bars are stored."""
        wanted = Span.over(_sessions(view))
        found = {
            market: regime_of(self._bars.load(market, wanted), wanted.last) for market in Market
        }
        return {market.value: regime for market, regime in found.items() if regime}

    def missing(self, view: View) -> dict[Market, int]:
        """Return the indices of which bars are missing, and about how many calls each takes."""
        sessions = _sessions(view)
        calls = {}
        for market in Market:
            spans = self._bars.missing(market, Span.over(sessions))
            asked = (sum(span.first <= each <= span.last for each in sessions) for span in spans)
            calls[market] = sum(math.ceil(number / INDEX_BARS_A_CALL) for number in asked)
        return {market: number for market, number in calls.items() if number}

    def fetch_index(self, market: Market, view: View) -> None:
        """Ask the broker for the bars of an index that are not stored.

        Raises:
            BrokerError, LimiterError: they could not be had.
        """
        wanted = Span.over(_sessions(view))
        for span in self._bars.missing(market, wanted):
            pages = self._broker.fetch_index_bars(market, span.first, span.last)
            self._bars.fill(market, span, pages, final=wanted.last)


def _sessions(view: View) -> list[date]:
    """Return the final sessions that the averages of a regime are made of."""
    final = view.sessions[:-1] if view.running else view.sessions
    return list(final[-SESSIONS:])
