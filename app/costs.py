"""What a scan of tickers costs: the calls that it needs beside what is stored. Asks nobody."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence

from app.domain import Ticker
from app.market.bars import BarStore
from app.market.flows import FlowStore
from app.profiles import Profile
from app.strategies.base import Need, Strategy
from app.view import View


class Costs:
    """Calls of one account, by its profile and by what is stored."""

    def __init__(self, *, bars: BarStore, flows: FlowStore, profile: Profile) -> None:
        self._bars = bars
        self._flows = flows
        self._profile = profile

    def calls(
        self, tickers: Sequence[Ticker], strategies: Collection[Strategy], view: View
    ) -> dict[Ticker, int]:
        """Return how many calls each ticker's bars and flows take, by what is stored of them."""
        wanted = view.sessions[:-1] if self._quoted(len(tickers), view) else view.sessions
        known = self._bars.known()
        flows = self._flows_to_ask(tickers, strategies, view)

        def calls(ticker: Ticker) -> int:
            if ticker not in known:
                return self._pages(len(wanted)) + (ticker in flows)
            before = bisect_left(wanted, known[ticker].first)
            behind = len(wanted) - bisect_right(wanted, known[ticker].last)
            return self._pages(before) + self._pages(behind) + (ticker in flows)

        return {ticker: calls(ticker) for ticker in tickers}

    def batches(self, tickers: Sequence[Ticker], view: View) -> list[Sequence[Ticker]]:
        """Return the batches whose running bars are fetched with a call each; often none."""
        if not self._quoted(len(tickers), view):
            return []
        size = self._profile.quotes_a_call
        return [tickers[at : at + size] for at in range(0, len(tickers), size)]

    def _quoted(self, number: int, view: View) -> bool:
        """Say whether running bars are fetched in batches: wanted, offered, and worth it."""
        return view.live and view.running and self._profile.quotes_a_call > 0 and number > 1

    def _flows_to_ask(
        self, tickers: Sequence[Ticker], strategies: Collection[Strategy], view: View
    ) -> set[Ticker]:
        if all(strategy.flows is Need.NONE for strategy in strategies):
            return set()
        return self._flows.missing(tickers, view.last_final, now=view.now)

    def _pages(self, sessions: int) -> int:
        return math.ceil(sessions / self._profile.bars_a_call)
