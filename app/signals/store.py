"""Outcomes and signals: kept exactly once, whatever is delivered twice.

One transaction writes a ticker's outcome, its signals and the scan's count; the write that
completes the count closes the scan. A change is announced after its commit and marked then: what
a crash leaves unmarked is announced again with the same id (``unannounced``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from app.database import insert_into, reading, writing
from app.domain import Outcome, Signal, Status, Ticker
from app.signals.scans import NoSuchScan, ScanState
from app.signals.tables import outcome, scan, signal, signal_change

# A change of one of these is worth telling; a score that moved alone is not.
TOLD = ("state", "grade", "provisional", "actionable", "entry", "target", "stop")


@dataclass(frozen=True)
class Change:
    """A signal that is new or has changed; ``id`` grows with time."""

    id: int
    kind: str
    at: datetime
    signal: Signal


@dataclass(frozen=True)
class Kept:
    """What keeping an outcome did: ``new`` is false for one that had been kept before."""

    new: bool
    changes: tuple[Change, ...]
    closed: bool


class SignalStore:
    """Outcomes and signals in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def keep(self, found: Outcome, *, now: datetime) -> Kept:
        """Keep ``found`` and its signals; a second time changes nothing.

        Raises:
            NoSuchScan: nobody recorded its scan.
            DatabaseUnavailable: nothing was kept.
        """
        with writing(self._engine) as connection:
            if connection.scalar(select(scan.c.id).where(scan.c.id == found.scan_id)) is None:
                raise NoSuchScan(f"there is no scan {found.scan_id}")
            new = _keep_outcome(connection, found, now)
            kept = [_keep_signal(connection, each, now) for each in found.signals]
            closed = new and _count(connection, found.scan_id, now)
        return Kept(new, tuple(change for change in kept if change), closed)

    def has_outcome(self, scan_id: str, ticker: Ticker) -> bool:
        """Say whether ``ticker`` is accounted for in the scan."""
        wanted = (outcome.c.scan_id == scan_id) & (outcome.c.ticker == ticker)
        with reading(self._engine) as connection:
            return connection.scalar(select(outcome.c.ticker).where(wanted)) is not None

    def changes(self, *, after: int = 0, limit: int = 500) -> list[Change]:
        """Return changes with a greater id than ``after``, oldest first."""
        return self._changes(signal_change.c.id > after, limit)

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

    def signals(
        self,
        *,
        strategies: Sequence[str] = (),
        tickers: Sequence[Ticker] = (),
        grades: Sequence[str] = (),
        since: date | None = None,
        limit: int = 100,
    ) -> list[Signal]:
        """Return kept signals, newest last bar first, then by score."""
        query = select(signal.c.body).order_by(
            signal.c.last_bar.desc(), signal.c.score.desc(), signal.c.ticker
        )
        for column, wanted in (
            (signal.c.strategy, strategies),
            (signal.c.ticker, tickers),
            (signal.c.grade, grades),
        ):
            if wanted:
                query = query.where(column.in_(wanted))
        if since:
            query = query.where(signal.c.last_bar >= since)
        with reading(self._engine) as connection:
            rows = connection.scalars(query.limit(limit)).all()
        return [Signal.model_validate(body) for body in rows]

    def _changes(self, wanted: Any, limit: int) -> list[Change]:
        query = select(signal_change).where(wanted).order_by(signal_change.c.id).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        return [Change(row.id, row.kind, row.at, Signal.model_validate(row.body)) for row in rows]


def _keep_outcome(connection: Connection, found: Outcome, now: datetime) -> bool:
    row = found.model_dump(mode="json", exclude={"scan_id", "ticker"}) | {"at": now}
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


def _keep_signal(connection: Connection, found: Signal, now: datetime) -> Change | None:
    key = {"strategy": found.strategy, "ticker": found.ticker, "pattern": found.pattern}
    columns = _columns(found, now)
    fresh = insert_into(connection, signal).values(**key, **columns, found_at=now)
    new_id = connection.scalar(fresh.on_conflict_do_nothing().returning(signal.c.id))
    if new_id is not None:
        return _record(connection, new_id, "new", found, now)
    query = select(signal).filter_by(**key).with_for_update()
    stored = connection.execute(query).one()
    if not _moves(stored, found):
        return None
    changed = _told(Signal.model_validate(stored.body)) != _told(found)
    if not changed:
        del columns["changed_at"]
    connection.execute(update(signal).where(signal.c.id == stored.id).values(**columns))
    return _record(connection, stored.id, "changed", found, now) if changed else None


def _moves(stored: Row[Any], found: Signal) -> bool:
    """Say whether ``found`` knows more: a later bar, or the same one now final."""
    if found.last_bar != stored.last_bar:
        return bool(found.last_bar > stored.last_bar)
    return bool(stored.provisional or not found.provisional)


def _told(found: Signal) -> tuple[object, ...]:
    return tuple(getattr(found, name) for name in TOLD)


def _columns(found: Signal, now: datetime) -> dict[str, Any]:
    return {
        "scan_id": found.scan_id,
        "state": found.state,
        "grade": found.grade,
        "score": found.score,
        "provisional": found.provisional,
        "last_bar": found.last_bar,
        "body": found.model_dump(mode="json"),
        "changed_at": now,
    }


def _record(
    connection: Connection, signal_id: int, kind: str, found: Signal, now: datetime
) -> Change:
    row = {"signal_id": signal_id, "kind": kind, "body": found.model_dump(mode="json"), "at": now}
    recorded = connection.execute(insert(signal_change).values(**row).returning(signal_change.c.id))
    return Change(recorded.scalar_one(), kind, now, found)
