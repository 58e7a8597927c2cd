"""What is replayed: which sessions, and what looks at them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Self

from app.market.bars import Span
from app.market.calendar import Calendar
from app.strategies.base import Strategy
from app.strategies.quality import ROWS


@dataclass(frozen=True)
class Plan:
    """The sessions to replay, those that a scan of the first looks back at, and those behind.

    ``sessions`` are the exchange's, oldest first; ``first`` and ``last`` are the positions of the
    first and the last that are replayed. What became of a signal is followed to their end.
    """

    sessions: tuple[date, ...]
    first: int
    last: int
    strategies: Mapping[str, Strategy]

    @classmethod
    def of(
        cls,
        calendar: Calendar,
        first: date,
        last: date,
        *,
        newest: date,
        strategies: Mapping[str, Strategy],
    ) -> Self:
        """Return the plan of all sessions from ``first`` to ``last``; bars reach to ``newest``.

        Raises:
            ValueError: there is none, or the calendar does not know the years.
        """
        replayed = calendar.sessions(first, min(last, newest))
        if not replayed:
            raise ValueError(f"no session has ended from {first} to {last}")
        before = calendar.newest_sessions(replayed[0], ROWS)[:-1]
        behind = [day for day in calendar.sessions(replayed[-1], newest) if day > replayed[-1]]
        return cls(
            sessions=(*before, *replayed, *behind),
            first=len(before),
            last=len(before) + len(replayed) - 1,
            strategies=strategies,
        )

    @property
    def replayed(self) -> tuple[date, ...]:
        """Return the sessions that are replayed."""
        return self.sessions[self.first : self.last + 1]

    @property
    def span(self) -> Span:
        """Return all that bars are read of."""
        return Span.over(self.sessions)

    def seen_at(self, position: int) -> tuple[date, ...]:
        """Return the sessions that a scan as of the one at ``position`` looks at."""
        return self.sessions[position + 1 - ROWS : position + 1]
