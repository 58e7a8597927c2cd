from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import KOREA
from app.market.calendar import Calendar, MarketState, Phase
from app.market.csv_file import CsvError

CALENDAR = Calendar()
THURSDAY = date(2026, 8, 20)


def at(text: str) -> datetime:
    """Return a time in Korea, like 2026-08-20 09:00."""
    return datetime.fromisoformat(text).replace(tzinfo=KOREA)


def overridden(folder: Path, *lines: str) -> Calendar:
    """Return a calendar whose file has these lines under its header."""
    file = folder / "calendar.csv"
    file.write_text("\n".join(["date,state,opens,name", *lines]), encoding="utf-8")
    return Calendar(file)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2025-01-27", "Temporary Public Holiday"),
        ("2025-06-03", "Presidential Election Day"),
        ("2025-12-31", "End of Year Holiday"),
        ("2026-02-16", "The day preceding Korean New Year"),
        ("2026-02-17", "Korean New Year"),
        ("2026-02-18", "The second day of Korean New Year"),
        ("2026-03-02", "Alternative holiday for Independence Movement Day"),
        ("2026-05-01", "Labor Day"),
        ("2026-05-25", "Alternative holiday for Buddha's Birthday"),
        ("2026-06-03", "Local Election Day"),
        ("2026-08-17", "Alternative holiday for Liberation Day"),
        ("2026-09-24", "The day preceding Chuseok"),
        ("2026-09-25", "Chuseok"),
        ("2026-09-26", "weekend"),
        ("2026-12-31", "End of Year Holiday"),
    ],
)
def test_the_exchange_rests_on_holidays_and_says_why(day: str, name: str) -> None:
    assert CALENDAR.holiday(date.fromisoformat(day)) == name


def test_a_session_has_no_holiday_name_and_a_holiday_one_in_korean_too() -> None:
    assert CALENDAR.holiday(THURSDAY) is None
    assert CALENDAR.holiday(date(2026, 2, 17), "ko") == "설날"
    assert CALENDAR.holiday(date(2026, 2, 15), "ko") == "주말"


def test_the_lunar_new_year_of_2026_lies_between_two_sessions() -> None:
    friday, thursday = date(2026, 2, 13), date(2026, 2, 19)

    assert CALENDAR.sessions(friday, thursday) == [friday, thursday]
    assert CALENDAR.previous_session(thursday) == friday
    assert CALENDAR.next_session(friday) == thursday
    assert CALENDAR.last_session_on_or_before(date(2026, 2, 17)) == friday
    assert CALENDAR.last_session_on_or_before(friday) == friday


def test_sessions_run_over_the_turn_of_the_year() -> None:
    last, first = date(2025, 12, 30), date(2026, 1, 2)

    assert CALENDAR.newest_sessions(first, 2) == [last, first]
    assert CALENDAR.next_session(last) == first
    assert CALENDAR.sessions(last, first) == [last, first]


def test_there_were_3840_sessions_from_2011_to_the_middle_of_august_2026() -> None:
    sessions = CALENDAR.sessions(date(2011, 1, 3), date(2026, 8, 14))

    assert len(sessions) == 3840


@given(st.dates(date(2012, 1, 1), date(2099, 12, 31)), st.integers(1, 300))
def test_newest_sessions_are_n_sessions_in_order_that_end_with_the_last(last: date, n: int) -> None:
    found = CALENDAR.newest_sessions(last, n)

    assert found == CALENDAR.sessions(found[0], last)
    assert len(found) == n
    assert all(CALENDAR.is_session(session) for session in found)


@pytest.mark.parametrize("year", [2010, 2101])
def test_a_year_that_nobody_has_checked_is_refused(year: int) -> None:
    with pytest.raises(ValueError, match=f"from 2011 to 2100, not to {year}"):
        CALENDAR.is_session(date(year, 6, 1))


@pytest.mark.parametrize(
    ("session", "opens", "closes"),
    [
        ("2026-08-20", "09:00", "15:30"),
        ("2026-01-02", "10:00", "15:30"),  # first of the year
        ("2025-01-02", "10:00", "15:30"),
        ("2017-11-16", "10:00", "16:30"),  # the exam was put off the evening before
        ("2017-11-23", "10:00", "16:30"),
        ("2020-11-19", "09:00", "15:30"),  # exam in December
        ("2020-12-03", "10:00", "16:30"),
        ("2021-11-18", "10:00", "16:30"),
        ("2022-11-17", "10:00", "16:30"),
        ("2023-11-16", "10:00", "16:30"),
        ("2024-11-14", "10:00", "16:30"),
        ("2025-11-13", "10:00", "16:30"),
        ("2026-11-19", "10:00", "16:30"),
        ("2027-11-18", "10:00", "16:30"),
    ],
)
def test_hours_are_later_on_exam_day_and_the_first_session_of_a_year(
    session: str, opens: str, closes: str
) -> None:
    day = date.fromisoformat(session)

    assert CALENDAR.opens(day) == at(f"{session} {opens}")
    assert CALENDAR.closes(day) == at(f"{session} {closes}")


def test_a_holiday_has_no_hours() -> None:
    with pytest.raises(ValueError, match="2026-02-17 is not a session: Korean New Year"):
        CALENDAR.opens(date(2026, 2, 17))


@pytest.mark.parametrize(
    ("now", "phase", "comes", "when"),
    [
        ("2026-08-20 00:00", Phase.PRE_OPEN, Phase.OPEN, "2026-08-20 09:00"),
        ("2026-08-20 08:59", Phase.PRE_OPEN, Phase.OPEN, "2026-08-20 09:00"),
        ("2026-08-20 09:00", Phase.OPEN, Phase.CLOSING_AUCTION, "2026-08-20 15:20"),
        ("2026-08-20 15:20", Phase.CLOSING_AUCTION, Phase.CLOSED, "2026-08-20 15:30"),
        ("2026-08-21 15:30", Phase.CLOSED, Phase.OPEN, "2026-08-24 09:00"),
        ("2026-08-22 12:00", Phase.HOLIDAY, Phase.OPEN, "2026-08-24 09:00"),
        ("2025-12-31 12:00", Phase.HOLIDAY, Phase.OPEN, "2026-01-02 10:00"),
        ("2026-11-19 16:00", Phase.OPEN, Phase.CLOSING_AUCTION, "2026-11-19 16:20"),
    ],
)
def test_the_market_is_in_one_phase_and_the_next_has_a_time(
    now: str, phase: Phase, comes: Phase, when: str
) -> None:
    assert CALENDAR.state(at(now)) == MarketState(phase, comes, at(when))


def test_a_time_counts_by_where_korea_is_whatever_its_zone() -> None:
    nine_in_seoul = datetime(2026, 8, 20, 0, tzinfo=UTC)

    assert CALENDAR.state(nine_in_seoul).phase is Phase.OPEN
    assert CALENDAR.session_at(nine_in_seoul) == THURSDAY
    assert CALENDAR.session_at(nine_in_seoul - timedelta(seconds=1)) == date(2026, 8, 19)


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 8, 20, 9)  # noqa: DTZ001 - what is refused

    for asked in (CALENDAR.state, CALENDAR.session_at):
        with pytest.raises(ValueError, match="no time zone"):
            asked(naive)
    with pytest.raises(ValueError, match="no time zone"):
        CALENDAR.final(THURSDAY, naive)
    with pytest.raises(ValueError, match="no time zone"):
        CALENDAR.elapsed(THURSDAY, naive)


def test_on_a_holiday_the_last_session_is_the_one_before_it() -> None:
    assert CALENDAR.session_at(at("2026-02-17 12:00")) == date(2026, 2, 13)


def test_a_row_is_final_from_six_in_the_evening() -> None:
    assert not CALENDAR.final(THURSDAY, at("2026-08-20 17:59"))
    assert CALENDAR.final(THURSDAY, at("2026-08-20 18:00"))
    assert CALENDAR.final(THURSDAY, at("2026-08-21 03:00"))


@pytest.mark.parametrize(
    ("now", "share"),
    [
        ("2026-08-20 08:00", 0.05),
        ("2026-08-20 09:10", 0.05),
        ("2026-08-20 12:15", 0.5),  # 195 of 390 minutes
        ("2026-08-20 15:30", 1.0),
        ("2026-08-20 20:00", 1.0),
    ],
)
def test_elapsed_is_the_share_of_the_session_that_has_run(now: str, share: float) -> None:
    assert CALENDAR.elapsed(THURSDAY, at(now)) == pytest.approx(share)


def test_elapsed_counts_the_hours_of_a_late_day() -> None:
    new_year = date(2026, 1, 2)  # 10:00 to 15:30

    assert CALENDAR.elapsed(new_year, at("2026-01-02 12:45")) == pytest.approx(0.5)


def test_the_file_closes_and_opens_days_against_the_rule(tmp_path: Path) -> None:
    calendar = overridden(
        tmp_path, "2026-08-20,closed,,Typhoon", "2026-08-22,open,,Make-up session"
    )

    assert calendar.sessions(date(2026, 8, 19), date(2026, 8, 23)) == [
        date(2026, 8, 19),
        date(2026, 8, 21),
        date(2026, 8, 22),
    ]
    assert calendar.holiday(date(2026, 8, 20)) == "Typhoon"


def test_the_file_sets_hours_and_a_late_opening_makes_the_close_as_late(tmp_path: Path) -> None:
    calendar = overridden(tmp_path, "2026-08-20,open,10:30,Summit", "2026-11-19,open,09:00,No exam")

    assert calendar.opens(THURSDAY) == at("2026-08-20 10:30")
    assert calendar.closes(THURSDAY) == at("2026-08-20 17:00")
    assert calendar.closes(date(2026, 11, 19)) == at("2026-11-19 15:30")


def test_the_file_may_give_the_close_as_well(tmp_path: Path) -> None:
    file = tmp_path / "calendar.csv"
    file.write_text("date,state,opens,closes,name\n2026-08-20,open,10:00,15:30,Ceremony")

    assert Calendar(file).closes(THURSDAY) == at("2026-08-20 15:30")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("2026-08-20,shut,,x", "line 3: state 'shut', want open or closed"),
        ("20.8.2026,closed,,x", "line 3: date '20.8.2026', want YYYY-MM-DD"),
        ("2026-08-20,open,ten,x", "line 3: time 'ten', want HH:MM"),
        ("2026-08-19,open,,x", "line 3: 2026-08-19 stands twice"),
        ("2026-08-20,open,,x,y", "line 3: 5 values, want 4"),
    ],
)
def test_a_broken_line_is_named_with_its_file(tmp_path: Path, line: str, complaint: str) -> None:
    with pytest.raises(CsvError, match=f"calendar.csv, {complaint}"):
        overridden(tmp_path, "2026-08-19,closed,,fine", line)
