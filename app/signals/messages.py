"""What was told to whom, in the database: each change once to each receiver.

Whoever sends a message claims it first, for a while. A claim that nobody ended (its worker was
killed, or no answer came) runs out, and what it was for is told again, marked so: the receiver may
have it already. So a kill between sending and marking errs towards twice, never towards silence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, and_, exists, func, or_, select, update

from app.database import insert_into, lock, reading, writing
from app.domain import Grade
from app.signals.digest import Ended, Telling
from app.signals.rows import change_of
from app.signals.tables import message, scan, signal_change

LATEST = timedelta(hours=1)  # after a scan's end; older news is none
GAP = timedelta(seconds=3)  # between two messages to a receiver: Telegram takes 20 a minute
LEASE = timedelta(seconds=60)  # of a claim; several times what a sending may take
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 180, 600))
MOST_TRIES = len(PAUSES) + 1
NO_END = "it is being sent, or its worker was killed"


@dataclass(frozen=True)
class Claim:
    """The right to tell a receiver something now. ``tries``: by scan, this one included."""

    receiver: str
    telling: Telling
    tries: dict[str, int]
    told_to: dict[str, int]


@dataclass(frozen=True)
class Failure:
    """A message that could not be delivered the last time it was tried."""

    receiver: str
    reason: str
    at: datetime
    given_up: bool


class MessageStore:
    """Who is to be told what: signals of grade ``least`` and better, now or once before."""

    def __init__(self, engine: Engine, *, least: Grade) -> None:
        best_first = list(Grade)
        self._engine = engine
        self._grades = best_first[: best_first.index(least) + 1]

    def waits(self, receivers: Sequence[str], *, now: datetime) -> bool:
        """Say whether there is something to be told to one of ``receivers`` now."""
        with reading(self._engine) as connection:
            return any(
                connection.execute(self._due(receiver, now).limit(1)).first()
                for receiver in receivers
            )

    def claim(self, receiver: str, *, now: datetime) -> Claim | None:
        """Return what to tell ``receiver`` now, for this caller alone; None: nothing.

        It is what one scan changed; more when they ended together, or could not be told before.
        """
        with writing(self._engine) as connection:
            lock(connection, f"messages {receiver}")
            if _told_lately(connection, receiver, now):
                return None
            rows = connection.execute(self._due(receiver, now)).all()
            rows = [row for row in rows if row.unsure] or rows  # what is marked stands alone
            claim = _claim_of(receiver, rows)
            for scan_id, tries in claim.tries.items():
                _note_try(connection, receiver, scan_id, tries, now)
        return claim if rows else None

    def succeeded(self, claim: Claim) -> None:
        """Remember that the receiver has been told."""
        with writing(self._engine) as connection:
            for scan_id, newest in claim.told_to.items():
                told = {"told_to": newest, "tries": 0, "unsure": False, "reason": ""}
                mine = _row_of(claim.receiver, scan_id)
                connection.execute(update(message).where(mine).values(told))

    def failed(self, claim: Claim, reason: str, *, unsure: bool, now: datetime) -> datetime | None:
        """Remember that a try failed; return when the next is due, None when it was the last.

        ``unsure``: it may have arrived all the same.
        """
        tries = max(claim.tries.values())
        due = now + PAUSES[min(tries, len(PAUSES)) - 1]
        with writing(self._engine) as connection:
            for scan_id, counted in claim.tries.items():
                # Not where the claim has run out and somebody else tries already.
                mine = _row_of(claim.receiver, scan_id) & (message.c.tries == counted)
                noted = {"reason": reason, "unsure": unsure, "due_at": due}
                connection.execute(update(message).where(mine).values(noted))
        return due if tries < MOST_TRIES else None

    def failures(self, *, since: datetime) -> list[Failure]:
        """Return the messages last tried since then that were not delivered, oldest first."""
        query = select(message).where(message.c.tried_at >= since, message.c.reason != "")
        with reading(self._engine) as connection:
            rows = connection.execute(query.order_by(message.c.tried_at)).all()
        return [
            Failure(row.receiver, row.reason, row.tried_at, row.tries >= MOST_TRIES) for row in rows
        ]

    def _due(self, receiver: str, now: datetime) -> Select[Any]:
        """Return the query of the changes to tell ``receiver`` now, oldest first.

        A signal that was once good enough is followed to its end, whatever its grade then.
        """
        before = signal_change.alias()
        followed = exists().where(
            before.c.signal_id == signal_change.c.signal_id,
            before.c.id <= signal_change.c.id,
            before.c.body["grade"].as_string().in_(self._grades),
        )
        mine = and_(message.c.scan_id == scan.c.id, message.c.receiver == receiver)
        due = and_(message.c.due_at <= now, message.c.tries < MOST_TRIES)
        ended = select(scan.c.id).where(scan.c.closed_at > now - LATEST)
        columns = (scan.c.name, scan.c.as_of, scan.c.closed_at, message.c.tries, message.c.unsure)
        return (
            select(signal_change, *columns)
            .join(scan, scan.c.id == signal_change.c.scan_id)
            .outerjoin(message, mine)
            .where(signal_change.c.scan_id.in_(ended), signal_change.c.told, followed)
            .where(signal_change.c.id > func.coalesce(message.c.told_to, 0))
            .where(or_(message.c.receiver.is_(None), due))
            .order_by(scan.c.closed_at, signal_change.c.id)
        )


def _claim_of(receiver: str, rows: Sequence[Row[Any]]) -> Claim:
    scans = {row.scan_id: Ended(row.name, row.as_of, row.closed_at) for row in rows}
    changes = tuple(change_of(row) for row in rows)
    again = any(row.unsure for row in rows)
    return Claim(
        receiver,
        Telling(tuple(scans.values()), changes, again),
        tries={row.scan_id: (row.tries or 0) + 1 for row in rows},
        told_to={row.scan_id: row.id for row in rows},
    )


def _told_lately(connection: Connection, receiver: str, now: datetime) -> bool:
    lately = exists().where(message.c.receiver == receiver, message.c.tried_at > now - GAP)
    return bool(connection.scalar(select(lately)))


def _note_try(
    connection: Connection, receiver: str, scan_id: str, tries: int, now: datetime
) -> None:
    """Count a try before it is made: one that kills its worker is not made for ever."""
    begun = {"tries": tries, "unsure": True, "reason": NO_END}
    begun |= {"tried_at": now, "due_at": now + LEASE}
    row = insert_into(connection, message).values(receiver=receiver, scan_id=scan_id, **begun)
    keys = [message.c.receiver, message.c.scan_id]
    connection.execute(row.on_conflict_do_update(index_elements=keys, set_=begun))


def _row_of(receiver: str, scan_id: str) -> Any:
    return and_(message.c.receiver == receiver, message.c.scan_id == scan_id)
