"""One ticker's way: bars in, signals out. Start reading here.

A worker hands a ticker and a scan to ``Scanner.scan``. It loads the stored bars, asks the broker
only for what is missing, decides once what the data is worth, and lets every strategy of the scan
look at the same bars. What comes back is an ``Outcome``: a status a strategy, and the signals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from app.brokers.base import Broker
from app.brokers.errors import BrokerUnavailable
from app.domain import Bar, Bars, Listing, Match, Outcome, Quote, Result, Scan, Status, Ticker
from app.market.bars import BarStore, Span
from app.market.calendar import Calendar
from app.market.quotes import QuoteStore
from app.market.universe import Universe
from app.outcome import Seen, scanned, unscanned
from app.strategies.base import Inputs, Strategy
from app.strategies.quality import ROWS, Checked, check

QUOTE_MAX_AGE = timedelta(minutes=10)


@dataclass(frozen=True)
class View:
    """The moment that a scan looks at: its newest sessions, and how much of the last has run."""

    now: datetime
    sessions: Sequence[date]
    running: bool  # the last session's row may still change
    live: bool  # no as-of date: quotes may be used
    elapsed: float

    @property
    def last(self) -> date:
        """Return the session that the scan is about."""
        return self.sessions[-1]

    @property
    def last_final(self) -> date:
        """Return the last session whose row will not change any more."""
        return self.sessions[-2 if self.running else -1]


class Scanner:
    """Scan tickers with one broker account."""

    def __init__(
        self,
        *,
        broker: Broker,
        bars: BarStore,
        quotes: QuoteStore,
        universe: Universe,
        calendar: Calendar,
        strategies: Mapping[str, Strategy],
        clock: Callable[[], datetime],
    ) -> None:
        self._broker = broker
        self._bars = bars
        self._quotes = quotes
        self._universe = universe
        self._calendar = calendar
        self._strategies = strategies
        self._clock = clock

    def scan(self, ticker: Ticker, scan: Scan) -> Outcome:
        """Return what became of ``ticker``, and what was found.

        Raises:
            BrokerError, LimiterError: the bars could not be had.
            DatabaseUnavailable: the store does not answer.
        """
        with self._broker.work(priority=scan.priority) as tally:
            listing = self.listings().get(ticker)
            if listing is None:
                return unscanned(ticker, scan, Status.UNKNOWN_TICKER, "not in the universe", tally)
            if listing.excluded:
                return unscanned(ticker, scan, Status.EXCLUDED, listing.excluded, tally)
            view = self.view(scan.as_of)
            bars = self._fetch_missing(ticker, view)
            checked = check(bars, view.sessions)
            seen = Seen(
                listing=listing,
                scan=scan,
                bars=checked.bars,
                now=view.now,
                provisional=view.live and view.running,
                source=self._broker.profile.name,
            )
            return scanned(seen, self._evaluate(checked, scan, view), tally)

    def fetch_quotes(self, tickers: Sequence[Ticker], scan: Scan) -> None:
        """Ask for the running bars of a batch with one request, and keep them for the others."""
        with self._broker.work(priority=scan.priority):
            self._quotes.save(self._broker.fetch_quotes(tickers))

    def listings(self) -> Mapping[Ticker, Listing]:
        """Return today's universe by ticker; the first to need it asks the broker."""
        session = self._calendar.session_at(self._clock())
        kept = self._universe.load(session)
        if kept is None:
            kept = self._universe.save(session, self._broker.fetch_listings())
        return kept

    def view(self, as_of: date | None) -> View:
        """Return the moment to look at: now, or after the last close on or before ``as_of``."""
        now = self._clock()
        last = self._calendar.session_at(now) if as_of is None else self._closed_on(as_of, now)
        return View(
            now=now,
            sessions=self._calendar.newest_sessions(last, ROWS),
            running=not self._calendar.final(last, now),
            live=as_of is None,
            elapsed=1.0 if as_of else self._calendar.elapsed(last, now),
        )

    def _closed_on(self, as_of: date, now: datetime) -> date:
        session = self._calendar.last_session_on_or_before(as_of)
        if self._calendar.closes(session) > now:
            return self._calendar.previous_session(session)
        return session

    def _fetch_missing(self, ticker: Ticker, view: View, *, anew: bool = False) -> Bars:
        """Return the stored bars, and what the broker had to be asked for.

        The row of a running session is used, not kept. ``anew``: all has just been thrown away.
        """
        quote = self._quotes.load(ticker, since=view.now - QUOTE_MAX_AGE) if view.live else None
        running = [_bar_of(quote, view.last)] if quote and view.running else []
        wanted = Span.over(view.sessions[:-1] if running else view.sessions)
        for span in self._bars.missing(ticker, wanted):
            pages = self._broker.fetch_bars(ticker, span.first, span.last)
            filled = self._bars.fill(ticker, span, pages, final=view.last_final)
            if filled.adjusted and anew:
                raise BrokerUnavailable(f"{ticker}: one session has two closes in two answers")
            if filled.adjusted:  # stored prices were of another scale, and are gone
                return self._fetch_missing(ticker, view, anew=True)
            running += filled.unfinished
        return self._bars.load(ticker, wanted).followed_by(Bars.of(running))

    def _evaluate(self, checked: Checked, scan: Scan, view: View) -> dict[str, Match | Result]:
        """Return a match a strategy, or the result that says why there is none."""
        found: dict[str, Match | Result] = {}
        for name in scan.strategies:
            strategy = self._strategies[name]
            status, reason = checked.verdict(strategy.minimum)
            if status is Status.OK:
                given = Inputs(bars=checked.bars, elapsed=view.elapsed)
                found[name] = strategy.evaluate(given)
            else:
                found[name] = Result(status=status, reason=reason)
        return found


def _bar_of(quote: Quote, session: date) -> Bar:
    return Bar(session, quote.open, quote.high, quote.low, quote.price, quote.volume, quote.value)
