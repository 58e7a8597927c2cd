"""The moment that a scan looks at: nothing after it is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from app.market.calendar import Calendar
from app.strategies.quality import ROWS


@dataclass(frozen=True)
class View:
    """A moment: its newest sessions, and how much of the last has run."""

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
    def provisional(self) -> bool:
        """Say whether what is found may be gone at the close."""
        return self.live and self.running

    @property
    def last_final(self) -> date:
        """Return the last session whose row will not change any more."""
        return self.sessions[-2 if self.running else -1]


def view_of(calendar: Calendar, as_of: date | None, now: datetime) -> View:
    """Return the moment to look at: now, or after the last close on or before ``as_of``.

    Raises:
        ValueError: the calendar does not know all the sessions that a scan looks back at.
    """
    try:
        last = calendar.session_at(now) if as_of is None else _closed_on(calendar, as_of, now)
        sessions = calendar.newest_sessions(last, ROWS)
    except ValueError as error:
        day = as_of or now.date()
        raise ValueError(f"{day} has no {ROWS} sessions before it: {error}") from error
    return View(
        now=now,
        sessions=sessions,
        running=not calendar.final(last, now),
        live=as_of is None,
        elapsed=1.0 if as_of else calendar.elapsed(last, now),
    )


def _closed_on(calendar: Calendar, as_of: date, now: datetime) -> date:
    session = calendar.last_session_on_or_before(as_of)
    if calendar.closes(session) > now:
        return calendar.previous_session(session)
    return session
