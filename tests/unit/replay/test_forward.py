import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import pytest

from app.domain import Bar, Bars
from app.replay.forward import HORIZONS, forward_returns
from tests.unit.replay.market import SESSIONS

DAYS = SESSIONS[:24]
CLOSES = [1000.0 + 10 * at for at in range(24)]


def bars_of(closes: Sequence[float | None], days: Sequence[date] = DAYS) -> Bars:
    """Return bars of these closes; 0: halted, None: no row."""
    return Bars.of(
        Bar(day, close, close, close, close, 100 if close else 0)
        for day, close in zip(days, closes, strict=True)
        if close is not None
    )


def after(closes: Sequence[float | None], at: int) -> list[float]:
    returns: list[float] = forward_returns(bars_of(closes), DAYS)[at].tolist()
    return returns


def test_returns_are_of_the_close_after_1_5_and_20_sessions() -> None:
    assert HORIZONS == (1, 5, 20)
    assert after(CLOSES, 2) == pytest.approx([1030 / 1020 - 1, 1070 / 1020 - 1, 1220 / 1020 - 1])


def test_what_lies_behind_the_last_bar_is_not_known() -> None:
    one, five, twenty = after(CLOSES, 20)

    assert one == pytest.approx(1210 / 1200 - 1)
    assert math.isnan(five)
    assert math.isnan(twenty)


def test_a_share_whose_rows_end_is_not_followed_with_its_last_close() -> None:
    delisted = [*CLOSES[:6], *[None] * 18]

    one, five, _ = after(delisted, 4)

    assert one == pytest.approx(1050 / 1040 - 1)
    assert math.isnan(five)


@pytest.mark.parametrize("gap", [0.0, None])
def test_who_holds_a_share_through_a_halt_has_its_last_close(gap: float | None) -> None:
    halted = [*CLOSES[:6], gap, gap, *CLOSES[8:]]

    assert after(halted, 5)[0] == 0.0
    assert after(halted, 2)[1] == pytest.approx(1050 / 1020 - 1)


def test_nothing_follows_a_session_without_trading() -> None:
    halted = [*CLOSES[:6], 0.0, *CLOSES[7:]]

    assert all(math.isnan(each) for each in after(halted, 6))


def test_a_step_that_no_price_limit_allows_is_no_return() -> None:
    split = [*CLOSES[:10], *(close / 5 for close in CLOSES[10:])]

    one, five, _ = after(split, 7)

    assert one == pytest.approx(1080 / 1070 - 1)
    assert math.isnan(five)
    assert after(split, 10)[0] == pytest.approx(1110 / 1100 - 1)


def test_a_ticker_without_bars_has_no_returns() -> None:
    assert np.isnan(forward_returns(bars_of([None] * 24), DAYS)).all()


def test_later_bars_change_no_return_that_was_known() -> None:
    known = forward_returns(bars_of(CLOSES[:12], DAYS[:12]), DAYS)
    later = forward_returns(bars_of(CLOSES), DAYS)

    there = ~np.isnan(known)
    assert there.any()
    assert (known[there] == later[there]).all()
