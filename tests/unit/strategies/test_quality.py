from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from app.domain import Bar, Bars, Status
from app.strategies.quality import Checked, check
from tests.unit.strategies.examples import LAST_SESSION, Row, bars_of, walk_rows, weekdays

HALTED: Row = (0, 0, 0, 9_000, 0)
SESSIONS = weekdays(400)


def even_rows(count: int) -> list[Row]:
    """Return rows of a price that hardly moves."""
    return [(1_000, 1_010, 990, 1_000, 500)] * count


def checked(rows: Sequence[Row]) -> Checked:
    return check(bars_of(rows), SESSIONS)


def with_values(rows: Sequence[Row], values: Sequence[float | None]) -> Bars:
    sessions = weekdays(len(rows))
    return Bars.of(
        Bar(session, *row, value)
        for session, row, value in zip(sessions, rows, values, strict=True)
    )


def test_good_bars_pass_as_they_are() -> None:
    found = checked(walk_rows(1, 250))

    assert (found.status, found.reason, found.step) == (Status.OK, "", "")
    assert len(found.bars) == 250
    assert found.verdict(250) == (Status.OK, "")


def test_no_row_at_all_is_stale() -> None:
    found = check(Bars.of([]), SESSIONS)

    assert found.status is Status.STALE
    assert found.reason == "no bar of 2025-02-28: none was received"
    assert found.verdict(1) == (Status.STALE, found.reason)


def test_a_missing_last_session_is_stale() -> None:
    found = check(bars_of(even_rows(100), last=date(2025, 2, 27)), SESSIONS)

    assert found.status is Status.STALE
    assert found.reason == "no bar of 2025-02-28: the newest is of 2025-02-27"


def test_a_holiday_is_no_gap() -> None:
    holiday = date(2025, 2, 27)
    sessions = [session for session in SESSIONS if session != holiday]
    rows = zip(sessions[-100:], even_rows(100), strict=True)

    assert check(Bars.of(Bar(session, *row) for session, row in rows), sessions).status is Status.OK


def test_rows_after_the_last_session_are_not_looked_at() -> None:
    rows = even_rows(100)
    broken_tomorrow = [*rows, (1, -5, 7, float("nan"), 3.0)]

    found = check(bars_of(broken_tomorrow), SESSIONS[:-1])

    assert found.status is Status.OK
    assert found.bars.date(-1) == SESSIONS[-2]
    assert len(found.bars) == 100


def test_one_bar_is_too_few() -> None:
    assert checked(even_rows(1)).verdict(62) == (Status.INSUFFICIENT_DATA, "1 of 62 bars needed")


def test_a_strategys_minimum_is_enough() -> None:
    found = checked(even_rows(120))

    assert found.verdict(120) == (Status.OK, "")
    assert found.verdict(121) == (Status.INSUFFICIENT_DATA, "120 of 121 bars needed")


def test_a_halt_on_the_last_session_is_said() -> None:
    found = checked([*even_rows(100), HALTED])

    assert (found.status, found.reason) == (Status.HALTED, "no trade on 2025-02-28")
    assert found.verdict(1).status is Status.HALTED


def test_a_ticker_that_has_only_ever_been_halted_is_halted() -> None:
    assert checked([HALTED] * 3).status is Status.HALTED


@pytest.mark.parametrize(
    "halted",
    [
        HALTED,
        (1_000, 1_000, 1_000, 1_000, 0),
        (0, 0, 0, 0, 10),
        (1_000, 1_000, 0, 1_000, 10),
        (1_000, 1_010, 990, 0, 10),
    ],
)
def test_sessions_without_a_trade_are_dropped(halted: Row) -> None:
    found = checked([*even_rows(50), halted, *even_rows(50)])

    assert found.status is Status.OK
    assert len(found.bars) == 100


def test_five_of_sixty_sessions_may_be_missing() -> None:
    assert checked([*even_rows(100), *[HALTED] * 5, *even_rows(1)]).status is Status.OK


def test_six_of_sixty_missing_sessions_are_too_many() -> None:
    found = checked([*even_rows(100), *[HALTED] * 6, *even_rows(1)])

    assert found.status is Status.INSUFFICIENT_DATA
    assert found.reason == "6 of the newest 60 sessions have no bar, 5 may"
    assert found.verdict(62) == (Status.INSUFFICIENT_DATA, found.reason)


def test_a_session_that_was_never_sent_counts_as_missing() -> None:
    bars = bars_of(even_rows(100))
    kept = np.ones(100, dtype=bool)
    kept[80:86] = False

    assert check(bars[kept], SESSIONS).status is Status.INSUFFICIENT_DATA


def test_gaps_of_long_ago_do_not_matter() -> None:
    assert checked([*even_rows(60), *[HALTED] * 20, *even_rows(60)]).status is Status.OK


def split_rows(after: int) -> list[Row]:
    """Return rows of a price that falls to a fifth, with ``after`` bars from then on."""
    return [*even_rows(150), *[(200.0, 202.0, 198.0, 200.0, 2_500.0)] * after]


def test_bars_before_an_unadjusted_split_are_left_out() -> None:
    found = checked(split_rows(after=62))

    assert found.status is Status.OK
    assert len(found.bars) == 62
    assert found.bars.high.max() == 202
    assert found.verdict(62) == (Status.OK, "")


def test_too_few_bars_after_a_split_are_suspect_rather_than_insufficient() -> None:
    status, reason = checked(split_rows(after=61)).verdict(62)

    assert status is Status.ADJUSTMENT_SUSPECT
    assert "-80.0%" in reason
    assert "2024-12-06" in reason
    assert reason.endswith("; 61 of 62 bars needed since then")


def test_bars_start_after_the_last_of_two_steps() -> None:
    rows = [*split_rows(after=50), *[(300.0, 303.0, 297.0, 300.0, 2_000.0)] * 40]

    assert len(checked(rows).bars) == 40


def test_a_move_to_the_daily_limit_is_no_step() -> None:
    rows = [*even_rows(100), (1_300.0, 1_300.0, 1_300.0, 1_300.0, 50.0)]

    assert len(checked(rows).bars) == 101


def test_a_move_beyond_the_daily_limit_is_a_step() -> None:
    rows = [*even_rows(100), (1_310.0, 1_310.0, 1_310.0, 1_310.0, 50.0)]

    assert len(checked(rows).bars) == 1


def test_a_step_over_a_halt_is_found() -> None:
    rows = [*even_rows(80), HALTED, *[(200.0, 202.0, 198.0, 200.0, 2_500.0)] * 10]

    assert checked(rows).verdict(62).status is Status.ADJUSTMENT_SUSPECT


def test_gaps_count_before_the_bars_are_cut_at_a_step() -> None:
    found = checked(split_rows(after=30))

    assert found.status is Status.OK
    assert found.verdict(20) == (Status.OK, "")


@pytest.mark.parametrize(
    "row",
    [
        (1_000, 990, 1_010, 1_000, 500),  # high below low
        (1_000, 1_010, 990, 1_013, 500),  # close over high
        (987, 1_010, 990, 1_000, 500),  # open under low
        (0, 1_010, 990, 1_000, 500),
        (1_000, 1_010, 990, 1_000, -500),
        (float("nan"), 1_010, 990, 1_000, 500),
        (1_000, float("inf"), 990, 1_000, 500),
        (1_000, 1_010, float("nan"), 1_000, 500),
        (1_000, 1_010, 990, float("nan"), 500),
        (1_000, 1_010, 990, 1_000, float("nan")),
        (1_000, 1_010, 990, 1_000, float("inf")),
    ],
)
def test_a_bar_that_cannot_be_true_is_bad_data(row: Row) -> None:
    found = checked([*even_rows(70), row, *even_rows(29)])

    assert found.status is Status.BAD_DATA
    assert found.reason.startswith("2025-01-20: open ")
    assert found.verdict(1) == (Status.BAD_DATA, found.reason)


def test_bad_data_comes_before_a_halt() -> None:
    assert checked([(5, 1, 1, 1, 1), *even_rows(70), HALTED]).status is Status.BAD_DATA


def test_a_tick_of_rounding_is_mended() -> None:
    rows = [*even_rows(70), (1_000, 1_010, 990, 1_011, 500), (989, 1_010, 990, 1_000, 500)]

    found = checked(rows)

    assert found.status is Status.OK
    assert found.bars.high[-2] == 1_011
    assert found.bars.low[-1] == 989
    assert set(found.bars.high[:-2]) == {1_010.0}


def test_two_ticks_are_not_rounding() -> None:
    assert checked([*even_rows(70), (1_000, 1_010, 990, 1_012, 500)]).status is Status.BAD_DATA


def test_mending_leaves_the_received_bars_alone() -> None:
    received = bars_of([*even_rows(70), (1_000, 1_010, 990, 1_011, 500)])

    check(received, SESSIONS)

    assert received.high[-1] == 1_010


def test_only_the_newest_280_rows_are_read() -> None:
    rows = [(5.0, 1.0, 1.0, 1.0, 1.0), *even_rows(1), HALTED, *even_rows(278)]

    found = checked(rows)

    assert found.status is Status.OK
    assert len(found.bars) == 279  # the halt takes one of the 280


def test_a_value_in_the_wrong_unit_is_bad_data() -> None:
    rows = even_rows(70)
    values = [500_000.0] * 69 + [0.5]  # in millions

    found = check(with_values(rows, values), SESSIONS)

    assert found.status is Status.BAD_DATA
    assert found.reason.startswith("2025-02-28: value is 1e-06 times close x volume")


def test_a_value_at_the_prices_of_the_session_is_good() -> None:
    rows = walk_rows(3, 100)
    typical = [volume * (high + low + close) / 3 for _, high, low, close, volume in rows]
    limit_up = [*even_rows(69), (1_000.0, 1_300.0, 995.0, 1_300.0, 700.0)]

    assert check(with_values(rows, typical), SESSIONS).status is Status.OK
    assert check(with_values(limit_up, [*[None] * 69, 700 * 1_000.0]), SESSIONS).status is Status.OK


@pytest.mark.parametrize(
    ("ratio", "status"),
    [
        (0.49, Status.BAD_DATA),
        (0.5, Status.OK),
        (2.0, Status.OK),
        (2.01, Status.BAD_DATA),
    ],
)
def test_a_value_may_be_half_to_double_of_close_times_volume(ratio: float, status: Status) -> None:
    values = [500_000 * ratio] * 70

    assert check(with_values(even_rows(70), values), SESSIONS).status is status


def test_a_value_that_was_not_given_is_not_compared() -> None:
    assert check(with_values(even_rows(70), [None] * 70), SESSIONS).status is Status.OK


def test_shuffled_rows_give_the_same_bars() -> None:
    rows = list(zip(weekdays(100), walk_rows(5, 100), strict=True))
    shuffled = [rows[at] for at in np.random.default_rng(1).permutation(100)]

    in_order = check(Bars.of(Bar(session, *row) for session, row in rows), SESSIONS)
    mixed = check(Bars.of(Bar(session, *row) for session, row in shuffled), SESSIONS)

    assert np.array_equal(in_order.bars.close, mixed.bars.close)
    assert np.array_equal(in_order.bars.session, mixed.bars.session)


def test_bars_out_of_order_are_refused() -> None:
    bars = bars_of(even_rows(100))

    with pytest.raises(ValueError, match="oldest first"):
        check(bars[::-1], SESSIONS)
    with pytest.raises(ValueError, match="one a session"):
        check(replace(bars, session=np.full(100, np.datetime64(LAST_SESSION))), SESSIONS)


def test_without_sessions_nothing_can_be_said() -> None:
    with pytest.raises(ValueError, match="no sessions"):
        check(bars_of(even_rows(100)), [])
