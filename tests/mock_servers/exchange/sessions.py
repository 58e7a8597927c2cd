"""The sessions of the Korea Exchange, as the `holidays` library knows them."""

from datetime import date, timedelta
from functools import cache

import holidays

FIRST_YEAR = 2000


@cache
def _closed_days(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("XKRX", years=year))


def is_session(day: date) -> bool:
    """Say whether the exchange opens on ``day``."""
    return day.weekday() < 5 and day not in _closed_days(day.year)


def last_sessions(count: int, today: date) -> list[date]:
    """Return the last ``count`` sessions on or before ``today``, oldest first.

    Raises:
        ValueError: they would reach back before the calendar does.
    """
    found: list[date] = []
    day = today
    while len(found) < count:
        if day.year < FIRST_YEAR:
            raise ValueError(f"no {count} sessions before {today} since {FIRST_YEAR}")
        if is_session(day):
            found.append(day)
        day -= timedelta(days=1)
    return found[::-1]
