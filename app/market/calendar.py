"""The calendar of the Korea Exchange: its sessions, their hours, and when a row is final.

A session is a date. Times go in aware, whatever their zone, and come out in Korea's.
"""

from bisect import bisect_left, bisect_right
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from app.domain import KOREA
from app.market.calendar_rules import holidays_of, hours, read_overrides, sessions_of

AUCTION = timedelta(minutes=10)  # before the close
FINAL = time(18)  # after-hours trading is over, on late days too: the row will not change again
LEAST_ELAPSED = 0.05  # of a session; a volume divided by less says nothing


class Phase(StrEnum):
    """What the market does; ``HOLIDAY`` is any day without a session."""

    PRE_OPEN = "PRE_OPEN"
    OPEN = "OPEN"
    CLOSING_AUCTION = "CLOSING_AUCTION"
    CLOSED = "CLOSED"
    HOLIDAY = "HOLIDAY"


class MarketState(NamedTuple):
    """What the market does now, what it will do ``next``, and ``at`` what time (in Korea)."""

    phase: Phase
    next: Phase
    at: datetime


class Calendar:
    """Sessions and their hours; a year before 2011 or after 2100 raises a ValueError."""

    def __init__(self, file: Path | None = None) -> None:
        """Take the overrides from ``file``.

        Raises:
            CsvError: a line of it is broken.
        """
        self._overrides = read_overrides(file) if file else {}
        self._years: dict[int, list[date]] = {}

    def is_session(self, day: date) -> bool:
        """Say whether shares are traded on ``day``."""
        sessions = self._sessions_of(day.year)
        at = bisect_left(sessions, day)
        return at < len(sessions) and sessions[at] == day

    def sessions(self, first: date, last: date) -> list[date]:
        """Return the sessions from ``first`` to ``last``, both included, oldest first."""
        years = range(first.year, last.year + 1)
        return [day for year in years for day in self._sessions_of(year) if first <= day <= last]

    def newest_sessions(self, last: date, n: int) -> list[date]:
        """Return the newest ``n`` sessions up to ``last``, oldest first."""
        found: list[date] = []
        year = last.year
        while len(found) < n:
            sessions = self._sessions_of(year)
            found = sessions[: bisect_right(sessions, last)] + found
            year -= 1
        return found[-n:]

    def last_session_on_or_before(self, day: date) -> date:
        """Return ``day`` if it is a session, else the one before it."""
        return self.newest_sessions(day, 1)[0]

    def previous_session(self, day: date) -> date:
        """Return the last session before ``day``."""
        return self.last_session_on_or_before(day - timedelta(days=1))

    def next_session(self, day: date) -> date:
        """Return the first session after ``day``."""
        sessions = self._sessions_of(day.year)
        later = bisect_right(sessions, day)
        return sessions[later] if later < len(sessions) else self._sessions_of(day.year + 1)[0]

    def holiday(self, day: date, language: str = "en_US") -> str | None:
        """Return why ``day`` has no session, in English or (``ko``) Korean; None if it has one."""
        if self.is_session(day):
            return None
        if day in self._overrides:
            return self._overrides[day].name or "closed by CALENDAR_FILE"
        weekend = "주말" if language == "ko" else "weekend"
        return holidays_of(day.year, language).get(day, weekend)

    def opens(self, session: date) -> datetime:
        """Return when ``session`` opens.

        Raises:
            ValueError: there is no session on that day.
        """
        return datetime.combine(session, self._hours(session)[0], KOREA)

    def closes(self, session: date) -> datetime:
        """Return when ``session`` closes, its closing auction included.

        Raises:
            ValueError: there is no session on that day.
        """
        return datetime.combine(session, self._hours(session)[1], KOREA)

    def state(self, now: datetime) -> MarketState:
        """Return what the market does now, and what comes next."""
        today = _korean(now).date()
        phase = Phase.HOLIDAY
        if self.is_session(today):
            opens, closes = self.opens(today), self.closes(today)
            if now < opens:
                return MarketState(Phase.PRE_OPEN, Phase.OPEN, opens)
            if now < closes - AUCTION:
                return MarketState(Phase.OPEN, Phase.CLOSING_AUCTION, closes - AUCTION)
            if now < closes:
                return MarketState(Phase.CLOSING_AUCTION, Phase.CLOSED, closes)
            phase = Phase.CLOSED
        return MarketState(phase, Phase.OPEN, self.opens(self.next_session(today)))

    def session_at(self, now: datetime) -> date:
        """Return the session that runs now or has run last."""
        today = _korean(now).date()
        if self.is_session(today) and now >= self.opens(today):
            return today
        return self.previous_session(today)

    def final(self, session: date, now: datetime) -> bool:
        """Say whether the row of ``session`` will not change any more."""
        return _korean(now) >= datetime.combine(session, FINAL, KOREA)

    def elapsed(self, session: date, now: datetime) -> float:
        """Return the share of ``session`` that has run, from 0.05 to 1.

        Raises:
            ValueError: there is no session on that day.
        """
        opens, closes = self.opens(session), self.closes(session)
        share = (_korean(now) - opens) / (closes - opens)
        return min(1.0, max(LEAST_ELAPSED, share))

    def _sessions_of(self, year: int) -> list[date]:
        if year not in self._years:
            self._years[year] = sessions_of(year, self._overrides)
        return self._years[year]

    def _hours(self, session: date) -> tuple[time, time]:
        if not self.is_session(session):
            raise ValueError(f"{session} is not a session: {self.holiday(session)}")
        first_of_year = session == self._sessions_of(session.year)[0]
        return hours(session, self._overrides.get(session), first_of_year=first_of_year)


def _korean(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError(f"{now} has no time zone")
    return now.astimezone(KOREA)
