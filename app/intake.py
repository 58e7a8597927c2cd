"""What a scan takes in of one ticker: what is stored, and what the broker must be asked for."""

import logging
from collections.abc import Sequence
from datetime import date, timedelta

from app import ticks
from app.brokers.base import Broker
from app.brokers.errors import BrokerRefused, BrokerUnavailable, KeyRefused
from app.domain import Bar, Bars, InvestorFlow, Quote, Ticker
from app.market.bars import BarStore, Span
from app.market.calendar import Calendar
from app.market.flows import FlowStore
from app.market.quotes import QuoteStore
from app.view import View, view_of

QUOTE_MAX_AGE = timedelta(minutes=10)

log = logging.getLogger(__name__)


class Intake:
    """Bars and flows, stored first, then fetched; quotes, fetched in batches for the bars."""

    def __init__(
        self,
        *,
        broker: Broker,
        bars: BarStore,
        flows: FlowStore,
        quotes: QuoteStore,
        calendar: Calendar,
    ) -> None:
        self._broker = broker
        self._bars = bars
        self._flows = flows
        self._quotes = quotes
        self._calendar = calendar

    def fetch_quotes(self, tickers: Sequence[Ticker]) -> None:
        """Ask for the running bars of a batch with one request, and keep them for the others."""
        self._quotes.save(self._broker.fetch_quotes(tickers))

    def fetch_bars(self, ticker: Ticker, view: View) -> Bars:
        """Return the bars up to ``view``, halted sessions among them, adjusted for splits.

        The row of a running session is not stored; for ten minutes others may look at it.

        Raises:
            BrokerError, LimiterError: they could not be had.
        """
        quote = self._quote(ticker, view)
        bars = self._fetch_missing(ticker, view, quote)
        if quote and _rebased(bars, quote, view) and not self._quotes.rebased(ticker, view.last):
            log.info("%s: the base price is not the last close; its bars are fetched anew", ticker)
            self._bars.forget(ticker)
            bars = self._fetch_missing(ticker, view, quote, anew=True)
            self._quotes.mark_rebased(ticker, view.last)  # once, even when nothing has changed
        return bars

    def fetch_flows(self, ticker: Ticker, view: View) -> list[InvestorFlow]:
        """Return the flows of final sessions up to ``view``, oldest first; some may be missing.

        A broker that turns the call down costs the ticker its flows, not its scan.

        Raises:
            BrokerError, LimiterError: another try, or a person, may bring them.
        """
        if self._flows.missing([ticker], view.last_final, now=view.now):
            try:
                fresh = self._broker.fetch_flows(ticker)
            except KeyRefused:
                raise
            except BrokerRefused as error:
                log.warning("no investor flows: %s", error)
                fresh = []
            final = view_of(self._calendar, None, view.now).last_final
            self._flows.save(ticker, fresh, final=final, now=view.now)
        return self._flows.load(ticker, Span(view.sessions[0], view.last_final))

    def _quote(self, ticker: Ticker, view: View) -> Quote | None:
        if not view.provisional:
            return None
        return self._quotes.load(ticker, since=view.now - QUOTE_MAX_AGE)

    def _fetch_missing(
        self, ticker: Ticker, view: View, quote: Quote | None, *, anew: bool = False
    ) -> Bars:
        """Return stored and missing bars. ``anew``: all that was stored has just been forgotten."""
        running = [bar_of(quote, view.last)] if quote else []
        wanted = Span.over(view.sessions[:-1] if quote else view.sessions)
        for span in self._bars.missing(ticker, wanted):
            pages = self._broker.fetch_bars(ticker, span.first, span.last)
            filled = self._bars.fill(ticker, span, pages, final=view.last_final)
            if filled.adjusted and anew:
                raise BrokerUnavailable(f"{ticker}: one session has two closes in two answers")
            if filled.adjusted:  # stored prices were of another scale, and are gone
                return self._fetch_missing(ticker, view, quote, anew=True)
            running += filled.unfinished
        if running and not quote:
            self._quotes.save_running(ticker, running[-1])
        return self._bars.load(ticker, wanted).followed_by(Bars.of(running))


def _rebased(bars: Bars, quote: Quote, view: View) -> bool:
    """Say whether the exchange set a base price other than the close of the session before.

    It does for splits, rights and stock dividends, not for cash dividends; a tick is rounding.
    """
    if len(bars) < 2 or bars.date(-2) != view.sessions[-2]:
        return False
    return abs(quote.base_price - float(bars.close[-2])) > ticks.tick(quote.base_price)


def bar_of(quote: Quote, session: date) -> Bar:
    """Return the running bar of ``session``."""
    return Bar(session, quote.open, quote.high, quote.low, quote.price, quote.volume, quote.value)
