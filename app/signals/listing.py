"""Kept signals a page at a time, the newest change first, and one with its history."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Engine, Row, Select, and_, func, or_, select

from app.database import reading
from app.domain import Ticker
from app.signals.filters import Filter
from app.signals.rows import NOT_OVER, Change, change_of, tracked_of
from app.signals.tables import signal, signal_change
from app.signals.tracked import Tracked


class BadCursor(ValueError):
    """A text is no place in the list: it is not one that a page gave as its next."""


@dataclass(frozen=True)
class Cursor:
    """The place behind one signal of the list."""

    changed_at: datetime
    id: int

    @classmethod
    def read(cls, text: str) -> Self:
        """Return the place that ``text`` names.

        Raises:
            BadCursor: it names none.
        """
        try:
            at, _, number = urlsafe_b64decode(text.encode()).decode().partition(" ")
            cursor = cls(datetime.fromisoformat(at), int(number))
        except (ValueError, binascii.Error) as error:
            raise BadCursor(f"{text!r:.60} is not the `next` of a page") from error
        if cursor.changed_at.tzinfo is None or not 0 < cursor.id < 1 << 31:
            raise BadCursor(f"{text!r:.60} is not the `next` of a page")
        return cursor

    def __str__(self) -> str:
        return urlsafe_b64encode(f"{self.changed_at.isoformat()} {self.id}".encode()).decode()


@dataclass(frozen=True)
class Kept:
    """A signal as it is kept: its row, and when it was found and has changed."""

    id: int
    found_at: datetime
    changed_at: datetime
    tracked: Tracked


@dataclass(frozen=True)
class Named:
    """What was typed to find a signal: a part of its name, and the tickers that it may mean."""

    text: str
    tickers: Iterable[Ticker] = ()

    def condition(self) -> ColumnElement[bool]:
        """Return what a row of the table of signals must meet."""
        name = signal.c.body["name"].as_string()
        return or_(
            name.icontains(self.text, autoescape=True),
            signal.c.ticker.istartswith(self.text, autoescape=True),
            signal.c.ticker.in_(list(self.tickers)),
        )


class SignalList:
    """The kept signals in the database, to be looked through."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(
        self,
        wanted: Filter,
        *,
        limit: int,
        named: Named | None = None,
        after: Cursor | None = None,
    ) -> tuple[list[Kept], Cursor | None]:
        """Return up to ``limit`` signals, the newest change first, and where the next ones begin.

        A signal that changes while somebody pages goes to the top: it is in the feed.
        """
        query = select(signal).where(*wanted.conditions())
        if named:
            query = query.where(named.condition())
        if after:
            same = and_(signal.c.changed_at == after.changed_at, signal.c.id < after.id)
            query = query.where(or_(signal.c.changed_at < after.changed_at, same))
        rows = self._rows(
            query.order_by(signal.c.changed_at.desc(), signal.c.id.desc()).limit(limit + 1)
        )
        kept = [_kept(row) for row in rows[:limit]]
        more = len(rows) > limit
        return kept, Cursor(kept[-1].changed_at, kept[-1].id) if more else None

    def one(self, signal_id: int) -> Kept | None:
        """Return one signal; None when there is none of that id."""
        rows = self._rows(select(signal).where(signal.c.id == signal_id))
        return _kept(rows[0]) if rows else None

    def history(self, signal_id: int, *, limit: int = 200) -> list[Change]:
        """Return the changes of one signal, told or not, the newest first."""
        mine = select(signal_change).where(signal_change.c.signal_id == signal_id)
        rows = self._rows(mine.order_by(signal_change.c.id.desc()).limit(limit))
        return [change_of(row) for row in rows]

    def counts(self, tickers: Iterable[Ticker]) -> dict[Ticker, int]:
        """Return how many signals that are not over each of ``tickers`` has, where it has any."""
        mine = signal.c.ticker.in_(list(tickers))
        query = select(signal.c.ticker, func.count()).where(mine, NOT_OVER)
        rows = self._rows(query.group_by(signal.c.ticker))
        return dict(map(tuple, rows))

    def _rows(self, query: Select[Any]) -> list[Row[Any]]:
        with reading(self._engine) as connection:
            return list(connection.execute(query).all())


def _kept(row: Row[Any]) -> Kept:
    return Kept(row.id, row.found_at, row.changed_at, tracked_of(row))
