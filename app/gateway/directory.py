"""Names of tickers, from the universe that the first scan of a session has kept. Asks no broker."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import date, datetime

from redis.exceptions import RedisError

from app.domain import Listing, Ticker
from app.gateway.hangul import place
from app.market.calendar import Calendar
from app.market.universe import Universe

FRESH_SECONDS = 10.0  # a list that is not there may be any moment, one that is there stays


class Directory:
    """The newest universe there is: this session's, or the one before until it is there."""

    def __init__(
        self,
        universe: Universe,
        calendar: Calendar,
        clock: Callable[[], datetime],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._universe = universe
        self._calendar = calendar
        self._clock = clock
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._session: date | None = None
        self._looked_at = -FRESH_SECONDS
        self._listings: Mapping[Ticker, Listing] = {}

    def listings(self) -> Mapping[Ticker, Listing]:
        """Return every share by ticker; what was known before when Redis is away, at first none."""
        session = self._calendar.session_at(self._clock())
        with self._lock:
            now = self._monotonic()
            if session != self._session and now - self._looked_at >= FRESH_SECONDS:
                self._looked_at = now
                self._look(session)
            return self._listings

    def name(self, ticker: Ticker) -> str:
        """Return the name of a share by the list that was looked at last; it never waits."""
        listing = self._listings.get(ticker)
        return listing.name if listing else ""

    def search(self, typed: str, *, limit: int | None = None) -> list[Listing]:
        """Return the shares that ``typed`` may mean: a part of a name or its initials, or a code.

        What begins with it comes first, then the shorter name.
        """
        wanted = "".join(typed.split())
        if not wanted:
            return []
        found = []
        for listing in self.listings().values():
            code = 0 if listing.ticker.startswith(wanted.upper()) else None
            at = place(listing.name.replace(" ", ""), wanted) if code is None else code
            if at is not None:
                found.append((at > 0, len(listing.name), listing.ticker, listing))
        return [each[-1] for each in sorted(found)[:limit]]

    def _look(self, session: date) -> None:
        try:
            if (kept := self._universe.load(session)) is not None:
                self._session, self._listings = session, kept
            elif not self._listings:
                before = self._calendar.previous_session(session)
                self._listings = self._universe.load(before) or {}
        except RedisError:
            return  # what is known stays
