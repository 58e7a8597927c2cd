"""The history of a ticker by one strategy: each change of its signals, and looks without one.

A strategy looks at a ticker whenever it is scanned, and mostly says what it said before: of looks
in a row that said the same, only the first is told.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from operator import attrgetter
from typing import TypeAlias

from sqlalchemy import Connection, Engine, select

from app.database import reading
from app.domain import Result, Status, Ticker
from app.signals.rows import Change, change_of
from app.signals.tables import outcome, signal, signal_change

AT_ONCE = 100  # outcomes: most of them repeat the one before


@dataclass(frozen=True)
class Miss:
    """A look that gave no signal: what the strategy said, or, by its status, why it could not."""

    at: datetime
    strategy: str
    said: Result

    @property
    def word(self) -> tuple[Status, str | None]:
        """Return what was said, without the figures."""
        return self.said.status, self.said.state


Entry: TypeAlias = Change | Miss


def history(
    engine: Engine, ticker: Ticker, strategy: str, *, limit: int, before: datetime | None = None
) -> tuple[list[Entry], datetime | None]:
    """Return about ``limit`` entries, the newest first, and the moment before which there are more.

    Entries of one moment stay together.

    Raises:
        DatabaseUnavailable: the database does not answer.
    """
    with reading(engine) as connection:
        of_both: tuple[Iterator[Entry], Iterator[Entry]] = (
            _changes(connection, ticker, strategy, before),
            _misses(connection, ticker, strategy, before),
        )
        told: list[Entry] = []
        for entry in _turns(merge(*of_both, key=attrgetter("at"), reverse=True)):
            if len(told) >= limit and entry.at < told[-1].at:
                return told, told[-1].at
            told.append(entry)
    return told, None


def _turns(entries: Iterator[Entry]) -> Iterator[Entry]:
    """Yield entries, newest first, without the looks that only repeat the one before them."""
    newer: Entry | None = None
    for entry in entries:
        again = isinstance(newer, Miss) and isinstance(entry, Miss) and newer.word == entry.word
        if newer and not again:
            yield newer
        newer = entry
    if newer:
        yield newer


def _changes(
    connection: Connection, ticker: Ticker, strategy: str, before: datetime | None
) -> Iterator[Change]:
    query = (
        select(signal_change)
        .join(signal, signal.c.id == signal_change.c.signal_id)
        .where(signal.c.ticker == ticker, signal.c.strategy == strategy)
        .order_by(signal_change.c.at.desc(), signal_change.c.id.desc())
    )
    if before:
        query = query.where(signal_change.c.at < before)
    return map(change_of, connection.execute(query).all())


def _misses(
    connection: Connection, ticker: Ticker, strategy: str, before: datetime | None
) -> Iterator[Miss]:
    newest = (
        select(outcome.c.at, outcome.c.results, outcome.c.signals)
        .where(outcome.c.ticker == ticker)
        .order_by(outcome.c.at.desc())
        .limit(AT_ONCE)
    )
    query = newest.where(outcome.c.at < before) if before else newest
    while rows := connection.execute(query).all():
        for at, results, signals in rows:
            found = any(each["strategy"] == strategy for each in signals)
            if strategy in results and not found:
                yield Miss(at, strategy, Result.model_validate(results[strategy]))
        query = newest.where(outcome.c.at < rows[-1].at)
