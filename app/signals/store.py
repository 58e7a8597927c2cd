"""Outcomes and signals: kept exactly once, whatever is delivered twice.

One transaction writes a ticker's outcome, what it makes of the ticker's signals (``turns``) and the
scan's count; the write that completes the count closes the scan. A change is announced after its
commit and marked then: what a crash leaves unmarked is announced again with the same id
(``unannounced``).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, Engine, func, select, update

from app.database import insert_into, lock, reading, writing
from app.domain import Bars, Outcome, Signal, Status, Ticker
from app.signals.filters import Filter
from app.signals.rows import (
    NOT_OVER,
    Change,
    change_of,
    insert_change,
    insert_signal,
    judged_before,
    load_concerned,
    tracked_of,
    update_signal,
)
from app.signals.scans import NoSuchScan, ScanState
from app.signals.tables import outcome, scan, signal, signal_change
from app.signals.tracked import Key, Standing, Tracked, key_of
from app.signals.turns import Moved, found_first, moved

ALL = Filter()
BATCH = 500  # rows that are held at a time

# The final bars of a ticker that are stored, from a session to another, both included.
LoadBars: TypeAlias = Callable[[Ticker, date, date], Bars]


@dataclass(frozen=True)
class Kept:
    """What keeping an outcome did: ``new`` is false for one that had been kept before."""

    new: bool
    changes: tuple[Change, ...]
    closed: bool


class SignalStore:
    """Outcomes and signals in the database.

    ``load_bars`` hands out what signals are moved by; without it they are kept, and never move.
    """

    def __init__(self, engine: Engine, load_bars: LoadBars | None = None) -> None:
        self._engine = engine
        self._load_bars = load_bars

    def keep(self, found: Outcome, *, now: datetime) -> Kept:
        """Keep ``found`` and what it makes of signals; a second time changes nothing.

        The changes are those to be announced.

        Raises:
            NoSuchScan: nobody recorded its scan.
            DatabaseUnavailable: nothing was kept.
        """
        bars = self._later_bars(found)
        with writing(self._engine) as connection:
            if connection.scalar(select(scan.c.id).where(scan.c.id == found.scan_id)) is None:
                raise NoSuchScan(f"there is no scan {found.scan_id}")
            lock(connection, f"signals {found.ticker}")
            new = _keep_outcome(connection, found, now)
            changes = tuple(_move_signals(connection, found, bars, now))
            closed = new and _count(connection, found.scan_id, now)
        return Kept(new, changes, closed)

    def has_outcome(self, scan_id: str, ticker: Ticker) -> bool:
        """Say whether ``ticker`` is accounted for in the scan."""
        wanted = (outcome.c.scan_id == scan_id) & (outcome.c.ticker == ticker)
        with reading(self._engine) as connection:
            return connection.scalar(select(outcome.c.ticker).where(wanted)) is not None

    def changes(self, *, after: int = 0, limit: int = 500) -> list[Change]:
        """Return changes to be told with a greater id than ``after``, oldest first."""
        return self._changes(signal_change.c.told & (signal_change.c.id > after), limit)

    def last_change(self) -> int:
        """Return the id of the newest change; 0 when there is none."""
        newest = select(signal_change.c.id).order_by(signal_change.c.id.desc()).limit(1)
        with reading(self._engine) as connection:
            return connection.scalar(newest) or 0

    def unannounced(self, *, before: datetime, limit: int = 500) -> list[Change]:
        """Return changes of before that time which nobody has been told of, oldest first."""
        untold = signal_change.c.announced_at.is_(None) & (signal_change.c.at < before)
        return self._changes(untold, limit)

    def mark_announced(self, changes: Sequence[Change], *, now: datetime) -> None:
        """Remember that these changes were announced."""
        ids = [change.id for change in changes]
        with writing(self._engine) as connection:
            connection.execute(
                update(signal_change).where(signal_change.c.id.in_(ids)).values(announced_at=now)
            )

    def signals(self, wanted: Filter = ALL, *, limit: int | None = 100) -> list[Tracked]:
        """Return kept signals, newest last bar first, then by score."""
        return list(self.each(wanted, limit=limit))

    def each(self, wanted: Filter = ALL, *, limit: int | None = None) -> Iterator[Tracked]:
        """Yield kept signals in the order of ``signals``, few of them in memory at a time."""
        query = (
            select(signal)
            .where(*wanted.conditions())
            .order_by(signal.c.last_bar.desc(), signal.c.score.desc(), signal.c.ticker)
            .order_by(signal.c.id)
            .limit(limit)
            .execution_options(yield_per=BATCH)
        )
        with reading(self._engine) as connection:
            yield from map(tracked_of, connection.execute(query))

    def history(self, wanted: Filter = ALL, *, limit: int) -> list[Change]:
        """Return the newest changes, told or not, of the signals that fit; oldest first."""
        query = (
            select(signal_change)
            .join(signal, signal.c.id == signal_change.c.signal_id)
            .where(*wanted.conditions())
            .order_by(signal_change.c.id.desc())
            .limit(limit)
        )
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [change_of(row) for row in reversed(rows)]

    def standings(self, found: Iterable[Signal]) -> dict[Key, Standing]:
        """Return what has become of those of the signals that are kept."""
        seen = {key_of(each): each.last_bar for each in found}
        if not seen:
            return {}
        theirs = Filter(tickers=[*{key.ticker for key in seen}], since=min(seen.values()))
        return {
            key: each.standing for each in self.each(theirs) if (key := key_of(each.signal)) in seen
        }

    def _later_bars(self, found: Outcome) -> Bars:
        """Return the bars that may move signals of the ticker, up to the last one seen."""
        none = Bars.of([])
        if self._load_bars is None or found.last_bar is None:
            return none
        since = func.min(func.coalesce(signal.c.seen_on, signal.c.found_on))
        query = select(since).where(signal.c.ticker == found.ticker, NOT_OVER)
        with reading(self._engine) as connection:
            first = connection.scalar(query)
        return self._load_bars(found.ticker, first, found.last_bar) if first else none

    def _changes(self, wanted: ColumnElement[bool], limit: int) -> list[Change]:
        query = select(signal_change).where(wanted).order_by(signal_change.c.id).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [change_of(row) for row in rows]


def _move_signals(
    connection: Connection, found: Outcome, bars: Bars, at: datetime
) -> Iterator[Change]:
    """Write what ``found`` makes of the signals of its ticker; yield the changes to be told."""
    known = load_concerned(connection, found)
    for row_id, before in known.values():
        after = moved(before, found, bars)
        if after.now != before:
            update_signal(connection, row_id, after.now, at if after.turns else None)
        yield from _record(connection, row_id, after, found.scan_id, at)
    for view in found.signals:
        if key_of(view) in known or (view.provisional and judged_before(connection, view)):
            continue
        first = found_first(view)
        row_id = insert_signal(connection, first.now, at)
        yield from _record(connection, row_id, first, found.scan_id, at)


def _record(
    connection: Connection, row_id: int, after: Moved, scan_id: str, at: datetime
) -> list[Change]:
    """Write the turns into the history; return those to be told."""
    written = [(turn, insert_change(connection, row_id, turn, scan_id, at)) for turn in after.turns]
    return [change for turn, change in written if turn.told]


def _keep_outcome(connection: Connection, found: Outcome, now: datetime) -> bool:
    row = found.model_dump(mode="json", exclude={"scan_id", "ticker"})
    row |= {"last_bar": found.last_bar, "at": now}
    key = {"scan_id": found.scan_id, "ticker": found.ticker}
    fresh = insert_into(connection, outcome).values(**key, **row)
    if connection.execute(fresh.on_conflict_do_nothing()).rowcount:
        return True
    late = (outcome.c.scan_id == found.scan_id) & (outcome.c.ticker == found.ticker)
    if found.status is not Status.FAILED:  # it came after it was given up: it says more
        given_up = outcome.c.status.in_((Status.NOT_REACHED, Status.FAILED))
        connection.execute(update(outcome).where(late, given_up).values(**row))
    return False


def _count(connection: Connection, scan_id: str, now: datetime) -> bool:
    """Count one more ticker and close the scan with its last; the row's lock keeps the count."""
    running = (scan.c.id == scan_id) & (scan.c.state == ScanState.RUNNING)
    row = connection.execute(
        update(scan)
        .where(running)
        .values(done=scan.c.done + 1)
        .returning(scan.c.done, scan.c.tickers)
    ).one_or_none()
    if row is None or row.done < len(row.tickers):
        return False
    connection.execute(
        update(scan).where(scan.c.id == scan_id).values(state=ScanState.DONE, closed_at=now)
    )
    return True
