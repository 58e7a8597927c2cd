"""The scans that beat will start next, with what they would cost."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from app.domain import KOREA
from app.market.calendar import Calendar
from app.schedule import SCHEDULE, Entry


def coming(calendar: Calendar, now: datetime) -> list[tuple[datetime, Entry]]:
    """Return what is still to start today, in its order; else all of the next session."""
    today = now.astimezone(KOREA).date()
    rest = [each for each in _of(today, SCHEDULE) if each[0] > now]
    if calendar.is_session(today) and rest:
        return rest
    return list(_of(calendar.next_session(today), SCHEDULE))


def _of(session: date, schedule: Sequence[Entry]) -> Iterator[tuple[datetime, Entry]]:
    times = [(at, entry) for entry in schedule for at in entry.times]
    for at, entry in sorted(times, key=lambda each: each[0]):
        yield datetime.combine(session, at, KOREA), entry
