"""Tracked signals as rows of the database, and back."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, insert, or_, select, update

from app.domain import Life, Outcome, Signal, Status
from app.signals.course import OVER, Course, Mark
from app.signals.tables import outcome, signal, signal_change
from app.signals.tracked import Key, Standing, Tracked, key_of, levels_of
from app.signals.turns import Turn

NOT_OVER: ColumnElement[bool] = signal.c.life.not_in(OVER)


@dataclass(frozen=True)
class Change:
    """A signal that is new or has changed, and what had become of it; ``id`` grows with time."""

    id: int
    signal_id: int
    kind: str
    at: datetime
    signal: Signal
    standing: Standing


def load_concerned(connection: Connection, seen: Outcome) -> dict[Key, tuple[int, Tracked]]:
    """Return the signals of the ticker that are not over, and those that ``seen`` finds again."""
    found = [
        and_(signal.c.strategy == each.strategy, signal.c.pattern == each.pattern)
        for each in seen.signals
    ]
    query = select(signal).where(signal.c.ticker == seen.ticker, or_(NOT_OVER, *found))
    rows = connection.execute(query.order_by(signal.c.id)).all()
    loaded = [(row.id, tracked_of(row)) for row in rows]
    return {key_of(tracked.signal): (row_id, tracked) for row_id, tracked in loaded}


def judged_before(connection: Connection, view: Signal) -> bool:
    """Say whether a look at the close of its session, which ``view`` came before, is kept."""
    kept = select(outcome.c.results).where(
        outcome.c.ticker == view.ticker,
        outcome.c.last_bar == view.last_bar,
        outcome.c.provisional.is_(False),
    )
    looks = [results.get(view.strategy, {}) for results in connection.scalars(kept)]
    return any(look.get("status") == Status.OK for look in looks)


def insert_signal(connection: Connection, now: Tracked, at: datetime) -> int:
    """Write a signal that nobody knew, and return its id."""
    row = _columns(now) | key_of(now.signal)._asdict() | {"found_at": at, "changed_at": at}
    written = connection.execute(insert(signal).values(**row).returning(signal.c.id))
    row_id: int = written.scalar_one()
    return row_id


def update_signal(connection: Connection, row_id: int, now: Tracked, at: datetime | None) -> None:
    """Write a signal as it is now; ``at``: when it changed, None when only figures moved."""
    row = _columns(now) | ({"changed_at": at} if at else {})
    connection.execute(update(signal).where(signal.c.id == row_id).values(**row))


def insert_change(
    connection: Connection, row_id: int, turn: Turn, scan_id: str, at: datetime
) -> Change:
    """Write a change into the history; one that is not told counts as announced."""
    view, standing = turn.now.signal, turn.now.standing
    row = {
        "signal_id": row_id,
        "kind": turn.kind,
        "body": view.model_dump(mode="json"),
        "standing": standing.model_dump(mode="json"),
        "told": turn.told,
        "scan_id": scan_id,
        "at": at,
        "announced_at": None if turn.told else at,
    }
    written = connection.execute(insert(signal_change).values(**row).returning(signal_change.c.id))
    return Change(written.scalar_one(), row_id, turn.kind, at, view, standing)


def change_of(row: Row[Any]) -> Change:
    """Return the change of a row."""
    standing = Standing.model_validate(row.standing)
    view = Signal.model_validate(row.body)
    return Change(row.id, row.signal_id, row.kind, row.at, view, standing)


def tracked_of(row: Row[Any]) -> Tracked:
    """Return the signal of a row."""
    view = Signal.model_validate(row.body)
    course = Course(
        levels_of(view),
        life=Life(row.life),
        reason=row.life_reason,
        sessions=row.sessions,
        entered=_mark(row.entered_on, row.entered_price),
        left=_mark(row.left_on, row.left_price),
        seen=_mark(row.seen_on, row.seen_close),
    )
    return Tracked(view, row.found_on, course)


def _columns(now: Tracked) -> dict[str, Any]:
    view, course = now.signal, now.course
    entered_on, entered_price = course.entered or (None, None)
    left_on, left_price = course.left or (None, None)
    seen_on, seen_close = course.seen or (None, None)
    return {
        "scan_id": view.scan_id,
        "state": view.state,
        "grade": view.grade,
        "score": view.score,
        "provisional": view.provisional,
        "last_bar": view.last_bar,
        "body": view.model_dump(mode="json"),
        "found_on": now.found_on,
        "life": course.life,
        "life_reason": course.reason,
        "sessions": course.sessions,
        "entered_on": entered_on,
        "entered_price": entered_price,
        "left_on": left_on,
        "left_price": left_price,
        "seen_on": seen_on,
        "seen_close": seen_close,
    }


def _mark(session: date | None, price: float | None) -> Mark | None:
    return None if session is None or price is None else Mark(session, price)
