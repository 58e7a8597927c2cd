"""The rows that the HTML carries: the page's words before its script runs."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.domain import KOREA, Grade, Life, Market, Signal, Terms
from app.gateway.page_words import Row, rows, texts
from app.gateway.views import SignalView
from app.signals.tracked import Standing

NOW = datetime(2025, 1, 31, 14, 37, 12, tzinfo=KOREA).astimezone(UTC)
FRIDAY = date(2025, 1, 31)


def seen(
    *, ago: timedelta = timedelta(minutes=3), life: Life = Life.NEW, **changes: Any
) -> SignalView:
    found = Signal(
        scan_id="a",
        strategy="vcp",
        ticker="316140",
        name="우리금융지주",
        market=Market.KOSPI,
        pattern=FRIDAY,
        as_of=NOW,
        last_bar=FRIDAY,
        bars_used=280,
        state="WEAK_BREAKOUT",
        score=86.1,
        grade=Grade.S,
        price=16_100,
        change=0.0222,
        value=42e9,
        entry=15_760,
        target=16_860,
        stop=15_210,
        terms=Terms(waits=20, holds=60),
    )
    return SignalView.of(
        found.model_copy(update=changes),
        Standing(life=life, found_on=FRIDAY),
        id=1,
        found_at=NOW - ago,
        changed_at=NOW - ago,
    )


def written(*signals: SignalView, language: str = "ko") -> list[Row]:
    return list(rows(signals, texts(language), language, NOW))


def test_a_row_says_what_the_table_says() -> None:
    [row] = written(seen(provisional=True))

    assert (row.key, row.day) == ("316140|vcp", None)
    assert (row.time, row.name, row.strategy) == ("3분", "우리금융지주", "VCP")
    assert (row.score, row.state, row.provisional) == ("86.1", "약한 돌파", "잠정")
    assert (row.price, row.change, row.value) == ("16,100", "+2.22%", "420")
    assert (row.entry, row.target, row.stop, row.r) == ("15,760", "16,860", "15,210", "+0.6")


def test_what_is_not_there_is_a_dash() -> None:
    [row] = written(seen(change=None, value=None, entry=None, target=None, stop=None))

    assert (row.change, row.value, row.entry, row.target, row.stop, row.r) == ("–",) * 6


@pytest.mark.parametrize(
    ("signal", "state"),
    [
        (seen(life=Life.WITHDRAWN), "해제"),
        (seen(life=Life.EXPIRED), "기한 만료"),
        (seen(price=15_210), "손절 이탈"),  # at the stop
        (seen(price=15_220), "약한 돌파"),
        (seen(life=Life.TRIGGERED), "약한 돌파"),
    ],
)
def test_the_end_of_a_signal_takes_the_place_of_its_state(signal: SignalView, state: str) -> None:
    assert written(signal)[0].state == state


def test_only_the_newest_of_a_ticker_and_strategy_is_shown() -> None:
    older = seen(ago=timedelta(hours=2), state="SETUP", pattern=date(2025, 1, 10))

    assert [row.state for row in written(older, seen())] == ["약한 돌파"]
    assert [row.state for row in written(seen(), older)] == ["약한 돌파"]


def test_the_newest_stand_first_and_within_a_minute_the_best() -> None:
    seconds = [
        (10, "000010", 70.0),
        (5, "000020", 66.0),
        (11, "000030", 90.0),
        (700, "000040", 99.0),
    ]
    signals = [
        seen(ago=timedelta(seconds=ago), ticker=ticker, score=score)
        for ago, ticker, score in seconds
    ]

    assert [row.ticker for row in written(*signals)] == ["000030", "000010", "000020", "000040"]


def test_grades_that_the_filter_hides_are_not_sent() -> None:
    assert written(seen(grade=Grade.B), seen(grade=Grade.C, ticker="000010")) == []


def test_another_day_stands_in_a_line_of_its_own() -> None:
    week = timedelta(days=7)
    korean = written(seen(), seen(ago=week, ticker="000010"), seen(ago=week, ticker="000020"))
    english = written(seen(ago=week), language="en")

    assert [row.day for row in korean] == [None, "1월 24일 (금) · 직전 거래일 신호", None]
    assert korean[1].time == "14:37"
    assert english[0].day == "Fri 24 Jan · signals of the previous session"
