"""Scans: recorded before anything is sent, counted as outcomes come, closed or swept in the end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from pydantic import JsonValue
from sqlalchemy import Connection, Engine, Row, Select, func, select, update

from app.database import insert_into, reading, writing
from app.domain import Market, Outcome, Scan, Status, Ticker
from app.signals.tables import outcome, scan


class NoSuchScan(ValueError):
    """A message names a scan that nobody recorded."""


class ScanState(StrEnum):
    """Where a scan is in its life."""

    RUNNING = "running"
    DONE = "done"
    OVERDUE = "overdue"  # closed at its deadline; the rest was not reached
    SKIPPED = "skipped"  # its predecessor of the same name still ran
    FAILED = "failed"  # it could not be started; the reason says why
    EMPTY = "empty"  # nothing to scan: a holiday


@dataclass(frozen=True)
class Plan:
    """A scan to be recorded. ``slot`` names a time of the schedule, and can be taken once.

    ``batches`` of tickers have their quotes fetched together, before the tickers themselves.
    ``parameters`` by strategy; ``regime`` by index; ``indices`` whose bars are to be fetched.
    """

    scan: Scan
    tickers: Sequence[Ticker]
    planned_calls: int
    slot: str | None = None
    reason: str = ""
    batches: Sequence[Sequence[Ticker]] = ()
    parameters: Mapping[str, JsonValue] = field(default_factory=dict)
    regime: Mapping[str, JsonValue] = field(default_factory=dict)
    indices: Sequence[Market] = ()


@dataclass(frozen=True)
class Progress:
    """A scan as people follow it; ``by_status`` counts tickers.

    ``parameters`` of its strategies as they were in force; ``regime`` of the market by index, empty
    when it is not known.
    """

    id: str
    name: str
    state: ScanState
    reason: str
    as_of: date | None
    strategies: tuple[str, ...]
    priority: int
    total: int
    done: int
    planned_calls: int
    calls: int
    refused: int
    signals: int
    by_status: dict[Status, int]
    created_at: datetime
    deadline: datetime
    closed_at: datetime | None
    parameters: dict[str, JsonValue] = field(default_factory=dict)
    regime: dict[str, JsonValue] = field(default_factory=dict)

    @property
    def open_calls(self) -> float:
        """Return about how many calls are still to be made, by the plan or by what it has cost."""
        if not self.done:
            return self.planned_calls
        share = self.done / self.total
        return max(self.planned_calls, self.calls / share) * (1 - share)


class ScanStore:
    """Scans in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def record(self, plan: Plan, *, now: datetime) -> ScanState | None:
        """Record a scan as running, or as skipped while its predecessor runs.

        None: this very scan, or the slot, was recorded before; there is nothing to do.
        """
        with writing(self._engine) as connection:
            state = ScanState.RUNNING if plan.tickers else ScanState.EMPTY
            reason = plan.reason
            if plan.slot and (running := _running(connection, plan.scan.name)):
                state, reason = ScanState.SKIPPED, f"scan {running} still runs"
            return state if _insert(connection, plan, state, reason, now) else None

    def record_failure(self, plan: Plan, *, now: datetime) -> None:
        """Record that a scan could not be started, with the plan's reason."""
        with writing(self._engine) as connection:
            _insert(connection, plan, ScanState.FAILED, plan.reason, now)

    def load(self, scan_id: str) -> Scan | None:
        """Return what a worker must know of a scan; None when there is no such scan."""
        with reading(self._engine) as connection:
            row = connection.execute(select(scan).where(scan.c.id == scan_id)).one_or_none()
        return None if row is None else _scan(row)

    def progress(self, scan_id: str) -> Progress | None:
        """Return how far a scan is; None when there is no such scan."""
        return next(iter(self._progress(select(scan).where(scan.c.id == scan_id))), None)

    def recent(self, *, limit: int = 10) -> list[Progress]:
        """Return the newest scans, newest first."""
        return self._progress(select(scan).order_by(scan.c.created_at.desc()).limit(limit))

    def refused_since(self, moment: datetime) -> int:
        """Return how many requests were refused in the scans that began at ``moment`` or later."""
        late = scan.c.created_at >= moment
        theirs = outcome.c.scan_id.in_(select(scan.c.id).where(late))
        of_scans = select(func.coalesce(func.sum(scan.c.refused), 0)).where(late)
        of_tickers = select(func.coalesce(func.sum(outcome.c.refused), 0)).where(theirs)
        with reading(self._engine) as connection:
            return sum(
                int(connection.execute(each).scalar_one()) for each in (of_scans, of_tickers)
            )

    def running(self) -> list[Scan]:
        """Return the scans that are running."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(scan).where(scan.c.state == ScanState.RUNNING)).all()
        return [_scan(row) for row in rows]

    def outcomes(self, scan_id: str) -> list[Outcome]:
        """Return the outcomes of a scan, by ticker, with the signals as it found them."""
        query = select(outcome).where(outcome.c.scan_id == scan_id).order_by(outcome.c.ticker)
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
        names = Outcome.model_fields
        return [
            Outcome.model_validate({name: getattr(row, name) for name in names}) for row in rows
        ]

    def open_calls(self, priority: int) -> int:
        """Return about how many planned calls of running scans come before a new one's."""
        query = select(scan.c.planned_calls, scan.c.done, func.json_array_length(scan.c.tickers))
        before = (scan.c.state == ScanState.RUNNING) & (scan.c.priority <= priority)
        with reading(self._engine) as connection:
            rows = connection.execute(query.where(before)).all()
        return sum(calls - calls * done // total for calls, done, total in rows)

    def open_tickers(self, scan_id: str) -> list[Ticker]:
        """Return the tickers of a scan that have no outcome, in the order they were planned."""
        with reading(self._engine) as connection:
            return _open_tickers(connection, scan_id)

    def count_round(self, scan_id: str, *, most: int) -> bool:
        """Count one more round of sending again; False when ``most`` have been made."""
        query = update(scan).where(scan.c.id == scan_id, scan.c.rounds < most)
        with writing(self._engine) as connection:
            return connection.execute(query.values(rounds=scan.c.rounds + 1)).rowcount == 1

    def add_calls(self, scan_id: str, calls: int, refused: int) -> None:
        """Add requests that were made for a scan as a whole, and those of them refused."""
        more = {"calls": scan.c.calls + calls, "refused": scan.c.refused + refused}
        with writing(self._engine) as connection:
            connection.execute(update(scan).where(scan.c.id == scan_id).values(more))

    def note_regime(self, scan_id: str, regime: Mapping[str, JsonValue]) -> None:
        """Note the regime of the market with a scan, beside the indices that are noted already."""
        mine = scan.c.id == scan_id
        with writing(self._engine) as connection:
            noted = connection.scalar(select(scan.c.regime).where(mine).with_for_update())
            both = {**(noted or {}), **regime} or None
            connection.execute(update(scan).where(mine).values(regime=both))

    def give_up(self, scan_id: str, status: Status, reason: str, *, now: datetime) -> int:
        """Record the open tickers of a running scan with ``status``, and close it; their number."""
        with writing(self._engine) as connection:
            still = (scan.c.id == scan_id) & (scan.c.state == ScanState.RUNNING)
            closing = update(scan).where(still).values(state=ScanState.OVERDUE, closed_at=now)
            if not connection.execute(closing).rowcount:
                return 0
            tickers = _open_tickers(connection, scan_id)
            rows = [_given_up(scan_id, ticker, status, reason, now) for ticker in tickers]
            if rows:
                connection.execute(insert_into(connection, outcome).on_conflict_do_nothing(), rows)
            said = f"{len(rows)} given up: {reason}" if rows else ""
            done = ScanState.OVERDUE if rows else ScanState.DONE
            connection.execute(
                update(scan)
                .where(scan.c.id == scan_id)
                .values(reason=said, state=done, done=func.json_array_length(scan.c.tickers))
            )
        return len(rows)

    def _progress(self, query: Select[tuple[object, ...]]) -> list[Progress]:
        with reading(self._engine) as connection:
            rows = connection.execute(query).all()
            return [_progress(connection, row) for row in rows]


def _running(connection: Connection, name: str) -> str | None:
    query = select(scan.c.id).where(scan.c.name == name, scan.c.state == ScanState.RUNNING)
    return connection.scalar(query.limit(1))


def _insert(
    connection: Connection, plan: Plan, state: ScanState, reason: str, now: datetime
) -> bool:
    row = insert_into(connection, scan).values(
        id=plan.scan.id,
        name=plan.scan.name,
        slot=plan.slot,
        state=state,
        reason=reason,
        as_of=plan.scan.as_of,
        strategies=list(plan.scan.strategies),
        tickers=list(plan.tickers),
        priority=plan.scan.priority,
        parameters=dict(plan.parameters),
        regime=dict(plan.regime) or None,
        planned_calls=plan.planned_calls,
        created_at=plan.scan.created_at,
        deadline=plan.scan.deadline,
        closed_at=None if state is ScanState.RUNNING else now,
    )
    return connection.execute(row.on_conflict_do_nothing()).rowcount == 1


def _scan(row: Row[tuple[object, ...]]) -> Scan:
    return Scan(
        id=row.id,
        name=row.name,
        as_of=row.as_of,
        strategies=tuple(row.strategies),
        priority=row.priority,
        deadline=row.deadline,
        created_at=row.created_at,
        closed=row.state != ScanState.RUNNING,
    )


def _progress(connection: Connection, row: Row[tuple[object, ...]]) -> Progress:
    mine = outcome.c.scan_id == row.id
    counts = connection.execute(
        select(outcome.c.status, func.count()).where(mine).group_by(outcome.c.status)
    ).all()
    calls, refused, signals = connection.execute(
        select(
            func.coalesce(func.sum(outcome.c.calls), 0),
            func.coalesce(func.sum(outcome.c.refused), 0),
            func.coalesce(func.sum(func.json_array_length(outcome.c.signals)), 0),
        ).where(mine)
    ).one()
    return Progress(
        id=row.id,
        name=row.name,
        state=ScanState(row.state),
        reason=row.reason,
        as_of=row.as_of,
        strategies=tuple(row.strategies),
        priority=row.priority,
        total=len(row.tickers),
        done=row.done,
        planned_calls=row.planned_calls,
        calls=int(calls) + row.calls,
        refused=int(refused) + row.refused,
        signals=int(signals),
        by_status={Status(status): number for status, number in counts},
        created_at=row.created_at,
        deadline=row.deadline,
        closed_at=row.closed_at,
        parameters=row.parameters or {},
        regime=row.regime or {},
    )


def _open_tickers(connection: Connection, scan_id: str) -> list[Ticker]:
    planned = connection.scalar(select(scan.c.tickers).where(scan.c.id == scan_id)) or []
    query = select(outcome.c.ticker).where(outcome.c.scan_id == scan_id)
    done = set(connection.scalars(query).all())
    return [ticker for ticker in planned if ticker not in done]


def _given_up(
    scan_id: str, ticker: Ticker, status: Status, reason: str, now: datetime
) -> dict[str, object]:
    row = Outcome(scan_id=scan_id, ticker=ticker, status=status, reason=reason)
    return row.model_dump(mode="json") | {"last_bar": None, "at": now}
