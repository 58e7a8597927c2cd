from datetime import date

import pytest

from app.replay.plan import Plan
from app.strategies.quality import ROWS
from app.strategies.registry import STRATEGIES
from tests.unit.replay.market import CALENDAR, FIRST, LAST, NEWEST, SESSIONS, plan_of


def test_a_plan_holds_what_the_first_scan_looks_back_at_and_all_behind_the_last() -> None:
    plan = plan_of()

    assert plan.replayed == tuple(SESSIONS[-45:-9])
    assert plan.seen_at(plan.first) == tuple(CALENDAR.newest_sessions(FIRST, ROWS))
    assert plan.seen_at(plan.last) == tuple(CALENDAR.newest_sessions(LAST, ROWS))
    assert plan.span == (CALENDAR.newest_sessions(FIRST, ROWS)[0], NEWEST)


def test_days_without_a_session_are_left_out() -> None:
    plan = plan_of(date(2025, 1, 27), date(2025, 2, 2))  # Lunar New Year: one session in a week

    assert plan.replayed == (date(2025, 1, 31),)


def test_the_newest_session_may_be_the_last_one_replayed() -> None:
    assert plan_of(NEWEST, date(2025, 3, 4)).sessions[-1] == NEWEST


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2025, 2, 1), date(2025, 2, 2)),  # a weekend
        (date(2025, 3, 4), date(2025, 3, 5)),  # behind the newest
    ],
)
def test_a_plan_without_a_session_is_refused(first: date, last: date) -> None:
    with pytest.raises(ValueError, match=f"no session has ended from {first} to {last}"):
        Plan.of(CALENDAR, first, last, newest=NEWEST, strategies=STRATEGIES)
