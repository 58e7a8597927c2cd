"""The bar store: final daily bars, and which stretches of time the broker was asked for.

A stretch is *known*: each of its sessions was asked for, so one without a bar has none (it lies
before the listing, or in a suspension) and is not asked for again. For the sessions that a scan
wants, the broker is asked

- for nothing, when one stretch reaches over them all;
- else for what lies before, between and behind the stretches. The stored bars at the edges are
  asked for as well: they show whether prices have been adjusted since, without a call of its own.

Pages come newest first and are saved as they come. Each makes known what lies between its oldest
bar and the end of its span, so a killed worker leaves a gap that the next one sees. A stretch ends
at its newest bar: a session for which the broker had no row yet is asked for again.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby, pairwise
from operator import itemgetter
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, bindparam, delete, func, insert, select

from app.database import insert_into, lock, reading, writing
from app.domain import Bar, Bars, Ticker
from app.market.tables import bar, bar_history

# Built once: building a statement takes as long as running it.
_IN_SPAN = (
    select(*bar.c[1:])
    .where(bar.c.ticker == bindparam("ticker"))
    .where(bar.c.session.between(bindparam("first"), bindparam("last")))
)
_STRETCHES = (
    select(
        bar_history.c.since,
        bar_history.c.until,
        select(func.min(bar.c.session))
        .where(bar.c.ticker == bar_history.c.ticker, bar.c.session >= bar_history.c.since)
        .scalar_subquery(),
    )
    .where(bar_history.c.ticker == bindparam("ticker"))
    .order_by(bar_history.c.since)
)


class Span(NamedTuple):
    """Sessions from ``first`` to ``last``, both included."""

    first: date
    last: date

    @classmethod
    def over(cls, sessions: Sequence[date]) -> Self:
        """Return the span of ``sessions``, oldest first, at least one."""
        return cls(sessions[0], sessions[-1])


class Filled(NamedTuple):
    """What filling a span brought beside stored bars.

    ``unfinished``: the bars that are not final, so not stored. ``adjusted``: prices had been
    adjusted, so the older bars were thrown away: what is missing now has to be asked for again.
    """

    unfinished: list[Bar]
    adjusted: bool


class _Stretch(NamedTuple):
    """A known stretch, from ``since`` to its newest bar; ``oldest`` is its oldest bar."""

    since: date
    until: date
    oldest: date


class BarStore:
    """Daily bars in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def load(self, ticker: Ticker, wanted: Span) -> Bars:
        """Return the stored bars of ``wanted``, halted sessions among them."""
        with reading(self._engine) as connection:
            return Bars.of(_bars(connection, ticker, wanted))

    def missing(self, ticker: Ticker, wanted: Span) -> list[Span]:
        """Return what to ask the broker for, so that all of ``wanted`` is known; newest first."""
        with reading(self._engine) as connection:
            stretches = _stretches(connection, ticker)
        known = [s for s in stretches if s.since <= wanted.last and s.until >= wanted.first]
        if not known:
            return [wanted]
        spans = [Span(left.until, right.oldest) for left, right in pairwise(known)]
        if wanted.first < known[0].since:
            spans.insert(0, Span(wanted.first, known[0].oldest))
        if known[-1].until < wanted.last:
            spans.append(Span(known[-1].until, wanted.last))
        return spans[::-1]

    def known(self) -> dict[Ticker, Span]:
        """Return what is known of every ticker, end to end: to plan how much must be asked."""
        first, last = func.min(bar_history.c.since), func.max(bar_history.c.until)
        query = select(bar_history.c.ticker, first, last).group_by(bar_history.c.ticker)
        with reading(self._engine) as connection:
            return {row[0]: Span(row[1], row[2]) for row in connection.execute(query)}

    def covering(self, wanted: Span) -> set[Ticker]:
        """Return the tickers of which all of ``wanted`` is known, up to a bar at its end."""
        reaches = (bar_history.c.since <= wanted.first) & (bar_history.c.until >= wanted.last)
        with reading(self._engine) as connection:
            return set(connection.scalars(select(bar_history.c.ticker).where(reaches)))

    def closes(self, wanted: Span) -> dict[Ticker, NDArray[np.float64]]:
        """Return the closes of every ticker traded at the end of ``wanted``, halts left out.

        In won, oldest first. Half a second for a whole market and a year.
        """
        query = (
            select(bar.c.ticker, bar.c.close, bar.c.session)
            .where(bar.c.session.between(wanted.first, wanted.last), bar.c.volume > 0)
            .order_by(bar.c.ticker, bar.c.session)
            .execution_options(yield_per=10_000)
        )
        found: dict[Ticker, NDArray[np.float64]] = {}
        with reading(self._engine) as connection:
            for ticker, rows in groupby(connection.execute(query), key=itemgetter(0)):
                _, closes, sessions = zip(*rows, strict=True)
                if sessions[-1] == wanted.last:
                    found[ticker] = np.array(closes)
        return found

    def fill(
        self, ticker: Ticker, span: Span, pages: Iterable[list[Bar]], *, final: date
    ) -> Filled:
        """Save the broker's answer to ``span`` page by page, up to ``final``, the last final one.

        ``pages`` come newest first, each oldest first. When they break off with an error, what
        came before is kept and the rest stays missing.

        Raises:
            ValueError: a bar holds a number that is negative, infinite or NaN.
        """
        unfinished: list[Bar] = []
        adjusted = False
        oldest = None
        for page in pages:
            unfinished += [row for row in page if row.session > final]
            if kept := [row for row in page if row.session <= final]:
                answered = Span(kept[0].session, oldest or span.last)
                adjusted = self._save(ticker, kept, answered) or adjusted
                oldest = kept[0].session
        if oldest and oldest > span.first:  # no page came after it: there is nothing older
            self._save(ticker, [], Span(span.first, oldest))
        return Filled(unfinished, adjusted)

    def forget(self, ticker: Ticker) -> None:
        """Throw away all that is stored of ``ticker``."""
        with writing(self._engine) as connection:
            lock(connection, f"bars {ticker}")
            _forget(connection, ticker)

    def _save(self, ticker: Ticker, rows: list[Bar], answered: Span) -> bool:
        """Save ``rows``, all there is in ``answered``; say whether older ones were thrown away."""
        for row in rows:
            _check(ticker, row)
        with writing(self._engine) as connection:
            lock(connection, f"bars {ticker}")
            adjusted = _differ(connection, ticker, rows)
            if adjusted:
                _forget(connection, ticker)
            if rows:
                _upsert(connection, ticker, rows)
            _extend(connection, ticker, answered)
        return adjusted


def _check(ticker: Ticker, row: Bar) -> None:
    for name, number in row._asdict().items():
        if isinstance(number, date) or (number is None and name == "value"):
            continue
        if not math.isfinite(number) or number < 0:
            raise ValueError(f"{ticker} {row.session}: {name} is {number}, want 0 or more")


def _bars(connection: Connection, ticker: Ticker, span: Span) -> Iterable[Bar]:
    given = {"ticker": ticker, "first": span.first, "last": span.last}
    return map(Bar._make, connection.execute(_IN_SPAN, given))


def _stretches(connection: Connection, ticker: Ticker) -> list[_Stretch]:
    return [_Stretch._make(row) for row in connection.execute(_STRETCHES, {"ticker": ticker})]


def _differ(connection: Connection, ticker: Ticker, fresh: Sequence[Bar]) -> bool:
    """Say whether the close of a stored session is no longer what the broker says."""
    if not fresh:
        return False
    now = {row.session: row.close for row in fresh}
    stored = _bars(connection, ticker, Span(fresh[0].session, fresh[-1].session))
    return any(now.get(row.session, row.close) != row.close for row in stored)


def _forget(connection: Connection, ticker: Ticker) -> None:
    for table in (bar, bar_history):
        connection.execute(delete(table).where(table.c.ticker == ticker))


def _upsert(connection: Connection, ticker: Ticker, rows: Iterable[Bar]) -> None:
    fresh = insert_into(connection, bar)
    numbers = {name: fresh.excluded[name] for name in bar.c.keys()[2:]}
    connection.execute(
        fresh.on_conflict_do_update(index_elements=[bar.c.ticker, bar.c.session], set_=numbers),
        [{"ticker": ticker, **row._asdict()} for row in rows],
    )


def _extend(connection: Connection, ticker: Ticker, answered: Span) -> None:
    """Join ``answered``, up to the newest bar there is in it, with the stretches it touches."""
    newest = select(func.max(bar.c.session)).where(
        bar.c.ticker == ticker, bar.c.session.between(answered.first, answered.last)
    )
    until = connection.scalar(newest)
    if until is None:
        return
    touched = [
        stretch
        for stretch in _stretches(connection, ticker)
        if stretch.since <= until and stretch.until >= answered.first
    ]
    mine = bar_history.c.ticker == ticker
    replaced = bar_history.c.since.in_([stretch.since for stretch in touched])
    connection.execute(delete(bar_history).where(mine, replaced))
    since = min([answered.first, *(stretch.since for stretch in touched)])
    until = max([until, *(stretch.until for stretch in touched)])
    connection.execute(insert(bar_history).values(ticker=ticker, since=since, until=until))
