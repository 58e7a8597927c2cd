"""One ticker's way: bars in, signals out. Start reading here.

A worker hands a ticker and a scan to ``Scanner.scan``. It takes in the stored bars and flows, asks
the broker only for what is missing (``app/intake.py``), decides once what the data is worth, and
lets every strategy of the scan look at the same. What comes back is an ``Outcome``: a status a
strategy, and the signals.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.brokers.base import Broker
from app.domain import Listing, Match, Outcome, Result, Scan, Status, Ticker
from app.intake import Intake
from app.market.calendar import Calendar
from app.market.strength import StrengthStore
from app.market.universe import Universe
from app.outcome import Seen, scanned, unscanned
from app.strategies.base import Need, Strategy
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import Checked, check
from app.view import View, view_of


@dataclass(frozen=True)
class Look:
    """What a scan sees of one ticker: the moment, the bars, and what each strategy says of them."""

    view: View
    checked: Checked
    found: Mapping[str, Match | Result]


class Scanner:
    """Scan tickers with one broker account."""

    def __init__(
        self,
        *,
        broker: Broker,
        intake: Intake,
        universe: Universe,
        strength: StrengthStore,
        calendar: Calendar,
        strategies: Mapping[str, Strategy],
        clock: Callable[[], datetime],
    ) -> None:
        self._broker = broker
        self._intake = intake
        self._universe = universe
        self._strength = strength
        self._calendar = calendar
        self._strategies = strategies
        self._clock = clock

    def scan(self, ticker: Ticker, scan: Scan) -> Outcome:
        """Return what became of ``ticker``, and what was found.

        Raises:
            BrokerError, LimiterError: the bars or the flows could not be had.
            DatabaseUnavailable: the store does not answer.
        """
        with self._broker.work(priority=scan.priority) as tally:
            listing = self.listings().get(ticker)
            if listing is None:
                return unscanned(ticker, scan, Status.UNKNOWN_TICKER, "not in the universe", tally)
            if listing.excluded:
                return unscanned(ticker, scan, Status.EXCLUDED, listing.excluded, tally)
            look = self.look(ticker, scan)
            seen = Seen(
                listing=listing,
                scan=scan,
                bars=look.checked.bars,
                strategies=self._strategies,
                now=look.view.now,
                running=look.view.running,
                source=self._broker.profile.name,
            )
            return scanned(seen, look.found, tally)

    def look(self, ticker: Ticker, scan: Scan) -> Look:
        """Return what the strategies of ``scan`` say of a listed ticker.

        Raises:
            BrokerError, LimiterError: the bars or the flows could not be had.
            DatabaseUnavailable: the store does not answer.
        """
        view = self.view(scan.as_of)
        chosen = {name: self._strategies[name] for name in scan.strategies}
        checked = check(self._intake.fetch_bars(ticker, view), view.sessions)
        known = Known(
            flows=self._intake.fetch_flows(ticker, view) if _read_flows(chosen, checked) else None,
            strength=self._strength.load(view.sessions[-2], ticker),
            elapsed=view.elapsed,
            provisional=view.running,
        )
        return Look(view, checked, evaluate(chosen, checked, known))

    def fetch_quotes(self, tickers: Sequence[Ticker]) -> None:
        """Ask for the running bars of a batch with one request, and keep them for the others."""
        self._intake.fetch_quotes(tickers)

    def listings(self) -> Mapping[Ticker, Listing]:
        """Return today's universe by ticker; the first to need it asks the broker."""
        session = self._calendar.session_at(self._clock())
        return self._universe.of(session, self._broker.fetch_listings)

    def view(self, as_of: date | None) -> View:
        """Return the moment to look at: now, or after the last close on or before ``as_of``."""
        return view_of(self._calendar, as_of, self._clock())


def _read_flows(strategies: Mapping[str, Strategy], checked: Checked) -> bool:
    """Say whether one of ``strategies`` reads flows, and has the bars to read them with."""
    return any(
        strategy.flows is not Need.NONE and checked.verdict(strategy.minimum).status is Status.OK
        for strategy in strategies.values()
    )
