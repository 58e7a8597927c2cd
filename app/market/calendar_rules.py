"""What days and hours the Korea Exchange keeps, by rule and by the file of those who know better.

Holidays come from the package ``holidays``, which agreed with all 3,840 real sessions from 2011 to
2026-08. A day off decreed at short notice stands in ``CALENDAR_FILE`` until a newer version of it
knows: a CSV file with the columns ``date,state,opens,name``, also ``closes`` if wanted::

    date,state,opens,name
    2027-10-01,closed,,Temporary holiday
    2028-11-16,open,10:00,University entrance exam

``state`` is ``closed`` or ``open``. A session that opens late closes as much later, unless
``closes`` says otherwise.
"""

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import holidays

from app.market.csv_file import read

FIRST_YEAR, LAST_YEAR = 2011, 2100  # checked from here on; `holidays` ends there
THURSDAY, SATURDAY = 3, 5

# Regular hours since 2016-08-01.
OPENS, CLOSES = time(9), time(15, 30)
LATE_OPENS, LATE_CLOSES = time(10), time(16, 30)

# The university entrance exam (CSAT) makes the market open and close an hour late. By rule it is
# on the Thursday from 13 to 19 November; true since 2016 and of what is announced, to 2027, but:
MOVED_EXAMS = {
    2017: (date(2017, 11, 16), date(2017, 11, 23)),  # put off after the exchange had announced it
    2020: (date(2020, 12, 3),),
}


class Override(NamedTuple):
    """What ``CALENDAR_FILE`` says of a day."""

    is_open: bool
    opens: time | None
    closes: time | None
    name: str


def read_overrides(file: Path) -> dict[date, Override]:
    """Return what ``file`` says, by day.

    Raises:
        CsvError: a line of it is broken.
    """
    return read(file, ("date", "state"), _override)


def sessions_of(year: int, overrides: Mapping[date, Override]) -> list[date]:
    """Return the sessions of ``year``, oldest first.

    Raises:
        ValueError: it is before 2011 or after 2100.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"the calendar reaches from {FIRST_YEAR} to {LAST_YEAR}, not to {year}")
    off = holidays_of(year)
    said = {day: override.is_open for day, override in overrides.items()}
    length = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    days = [date(year, 1, 1) + timedelta(days=at) for at in range(length)]
    return [day for day in days if said.get(day, day.weekday() < SATURDAY and day not in off)]


@lru_cache
def holidays_of(year: int, language: str = "en_US") -> dict[date, str]:
    """Return the names of the holidays on weekdays of ``year``, in English or (``ko``) Korean."""
    return dict(holidays.financial_holidays("XKRX", years=year, language=language))


def hours(session: date, override: Override | None, *, first_of_year: bool) -> tuple[time, time]:
    """Return when ``session`` opens and closes."""
    if override and override.opens:
        return override.opens, override.closes or _as_much_later(override.opens)
    if session in _exams(session.year):
        return LATE_OPENS, LATE_CLOSES
    return (LATE_OPENS if first_of_year else OPENS), CLOSES


def _exams(year: int) -> tuple[date, ...]:
    if year in MOVED_EXAMS:
        return MOVED_EXAMS[year]
    earliest = date(year, 11, 13)
    return (earliest + timedelta(days=(THURSDAY - earliest.weekday()) % 7),)


def _as_much_later(opens: time) -> time:
    day = date(2000, 1, 1)
    late = datetime.combine(day, opens) - datetime.combine(day, OPENS)
    return (datetime.combine(day, CLOSES) + late).time()


def _override(line: dict[str, str]) -> tuple[date, Override]:
    if line["state"] not in ("open", "closed"):
        raise ValueError(f"state {line['state']!r}, want open or closed")
    return _date(line["date"]), Override(
        is_open=line["state"] == "open",
        opens=_time(line.get("opens")),
        closes=_time(line.get("closes")),
        name=line.get("name", ""),
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"date {text!r}, want YYYY-MM-DD") from error


def _time(text: str | None) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(f"time {text!r}, want HH:MM") from error
