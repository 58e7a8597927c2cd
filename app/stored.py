"""What the strategies say of a ticker by what is stored of it; nobody is asked."""

from collections.abc import Callable, Mapping
from datetime import date, datetime

from app.domain import Bar, Bars, Ticker
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

    def running(self, ticker: Ticker) -> Bar | None:
        """Return the running bar of the session that runs; None when no scan has lately brought it.

        Raises:
            RedisError: Redis does not answer.
        """
        view = view_of(self._calendar, None, self._clock())
        if not view.provisional:
            return None
        quote = self._quotes.load(ticker, since=view.now - QUOTE_MAX_AGE)
        return bar_of(quote, view.last) if quote else self._quotes.load_running(ticker, view.last)

    def bars(self, ticker: Ticker, running: Bar | None, *, count: int) -> Bars:
        """Return the newest ``count`` sessions as far as they are stored, with the running one."""
        view = view_of(self._calendar, None, self._clock())
        sessions = self._calendar.newest_sessions(view.last, count)
        return self._load(ticker, Span.over(sessions), running)

    def look(self, ticker: Ticker, running: Bar | None) -> Look | None:
        """Return what every strategy says: now with ``running``, else of the newest stored session.

        None when nothing is stored.
        """
        view = view_of(self._calendar, None, self._clock())
        if running is None:
            newest = self._newest(ticker, view)
            if newest is None:
                return None
            view = view_of(self._calendar, newest, view.now)
        rows = self._load(ticker, Span.over(view.sessions), running)
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

    def _load(self, ticker: Ticker, wanted: Span, running: Bar | None) -> Bars:
        stored = self._bars.load(ticker, wanted)
        return stored.followed_by(Bars.of([running] if running else []))
