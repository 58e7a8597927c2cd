"""Which scans of the schedule come next."""

from datetime import datetime

import pytest

from app.domain import KOREA
from app.gateway.coming import coming
from app.market.calendar import Calendar


def names(now: datetime) -> list[str]:
    return [f"{at:%m-%d %H:%M} {entry.name}" for at, entry in coming(Calendar(), now)]


def test_what_is_left_of_today_comes_first() -> None:
    assert names(datetime(2025, 2, 28, 13, 45, tzinfo=KOREA)) == [
        "02-28 14:30 intraday",
        "02-28 14:50 closing",
        "02-28 18:10 after_close",
    ]


@pytest.mark.parametrize(
    "now",
    [
        datetime(2025, 2, 28, 18, 10, tzinfo=KOREA),  # the last one starts just now
        datetime(2025, 3, 2, 8, 0, tzinfo=KOREA),  # a Sunday
        datetime(2025, 3, 3, 8, 0, tzinfo=KOREA),  # a Monday without a session
    ],
)
def test_else_all_of_the_next_session(now: datetime) -> None:
    assert names(now)[0] == "03-04 08:00 pre_open"
    assert len(names(now)) == 9
