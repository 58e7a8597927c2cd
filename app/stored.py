"""What the strategies say of a ticker by what is stored of it; nobody is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.domain import Bars, Quote, Ticker
from app.intake import QUOTE_MAX_AGE, bar_of
from app.market.bars import BarStore, Span
from app.market.calendar import Calendar
from app.market.flows import FlowStore
from app.market.quotes import QuoteStore
from app.market.strength import StrengthStore
from app.scan import Look
from app.strategies.base import Strategy
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from app.view import View, view_of


@dataclass(frozen=True)
class Chart:
    """Stored bars, oldest first, and the running one of today if a scan has lately brought it."""

    bars: Bars
    quote: Quote | None


class Stored:
    """Looks at tickers as a scan does, without a broker."""

    def __init__(
        self,
        *,
        bars: BarStore,
        flows: FlowStore,
        quotes: QuoteStore,
        strength: StrengthStore,
        calendar: Calendar,
        strategies: Mapping[str, Strategy],
        clock: Callable[[], datetime],
    ) -> None:
        self._bars = bars
        self._flows = flows
        self._quotes = quotes
        self._strength = strength
        self._calendar = calendar
        self._strategies = strategies
        self._clock = clock

    def quote(self, ticker: Ticker) -> Quote | None:
        """Return the running bar of the session that runs; None when no scan has lately brought it.

        Raises:
            RedisError: Redis does not answer.
        """
        view = view_of(self._calendar, None, self._clock())
        if not view.provisional:
            return None
        return self._quotes.load(ticker, since=view.now - QUOTE_MAX_AGE)

    def bars(self, ticker: Ticker, quote: Quote | None, *, count: int) -> Bars:
        """Return the newest ``count`` sessions as far as they are stored, with the running one."""
        view = view_of(self._calendar, None, self._clock())
        sessions = self._calendar.newest_sessions(view.last, count)
        return self._load(ticker, Span.over(sessions), quote, view.last)

    def look(self, ticker: Ticker, quote: Quote | None) -> Look | None:
        """Return what every strategy says: now with ``quote``, else of the newest stored session.

        None when nothing is stored.
        """
        view = view_of(self._calendar, None, self._clock())
        if quote is None:
            newest = self._newest(ticker, view)
            if newest is None:
                return None
            view = view_of(self._calendar, newest, view.now)
        rows = self._load(ticker, Span.over(view.sessions), quote, view.last)
        checked = check(rows, view.sessions)
        known = Known(
            flows=self._flows.load(ticker, Span(view.sessions[0], view.last_final)),
            strength=self._strength.load(view.sessions[-2], ticker),
            elapsed=view.elapsed,
            provisional=view.running,
        )
        return Look(view, checked, evaluate(self._strategies, checked, known))

    def _newest(self, ticker: Ticker, view: View) -> date | None:
        stored = self._bars.load(ticker, Span(view.sessions[0], view.last_final))
        return stored.date(-1) if len(stored) else None

    def _load(self, ticker: Ticker, wanted: Span, quote: Quote | None, session: date) -> Bars:
        stored = self._bars.load(ticker, wanted)
        running = [bar_of(quote, session)] if quote else []
        return stored.followed_by(Bars.of(running))
