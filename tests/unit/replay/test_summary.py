"""Figures that were worked out by hand."""

from datetime import date
from typing import Any

import pytest

from app.domain import Grade, Life
from app.replay.summary import result_of, returns_of, rows_of, spreads_of
from app.replay.ticker import Finding
from app.signals.course import Course, Mark
from app.signals.tracked import levels_of
from tests.unit.cli.conftest import signal_of

DAY = date(2025, 2, 3)


def finding(
    score: float = 90.0,
    returns: tuple[float | None, ...] = (0.01, 0.02, None),
    life: Life = Life.ACTIVE,
    trade: tuple[float, float | None] | None = None,
    **more: Any,
) -> Finding:
    """Return a signal; ``trade``: where it was entered, and where left."""
    signal = signal_of("", score=score, **more)
    entered, left = trade or (None, None)
    course = Course(
        levels_of(signal),
        life=life,
        entered=Mark(DAY, entered) if entered else None,
        left=Mark(DAY, left) if left else None,
    )
    return Finding(signal, course, returns)


def test_a_strategy_has_a_row_for_all_and_one_a_grade_that_it_gave() -> None:
    found = [finding(90), finding(51), finding(95)]

    rows = list(rows_of(found, ["vcp", "smart_money"]))

    assert [(row.strategy, row.grade, row.number) for row in rows] == [
        ("vcp", None, 3),
        ("vcp", Grade.S, 2),
        ("vcp", Grade.B, 1),
        ("smart_money", None, 0),
    ]


def test_a_spread_is_mean_median_and_the_share_over_zero_of_what_is_known() -> None:
    found = [finding(returns=(made, None, None)) for made in (0.04, -0.02, 0.0, 0.10, None)]

    [row, _] = rows_of(found, ["vcp"])

    after_one, after_five, _ = row.spreads
    assert (after_one.sessions, after_one.known, after_one.unknown) == (1, 4, 1)
    assert after_one.mean == pytest.approx(0.03)
    assert after_one.median == pytest.approx(0.02)
    assert after_one.above == 0.5  # a return of 0 is not above it
    assert after_five == (5, 0, 5, None, None, None)


def test_the_hit_rate_is_of_those_entered_and_ended() -> None:
    found = [
        finding(life=Life.TARGET_HIT, trade=(100, 120)),
        finding(life=Life.STOPPED, trade=(100, 90)),
        finding(life=Life.EXPIRED, trade=(100, 105)),
        finding(life=Life.EXPIRED, trade=(100, 97)),
        finding(life=Life.EXPIRED),  # its entry was never reached
        finding(life=Life.TRIGGERED, trade=(100, None)),
        finding(life=Life.NEW),
    ]

    trades = next(rows_of(found, ["vcp"])).trades

    assert (trades.number, trades.not_entered, trades.still_open) == (7, 1, 2)
    assert (trades.target_hit, trades.stopped, trades.expired) == (1, 1, 2)
    assert trades.hit_rate == 0.25
    assert trades.result == pytest.approx((0.20 - 0.10 + 0.05 - 0.03) / 4)


def test_a_target_that_does_not_count_has_no_hit_rate() -> None:
    terms = signal_of("").terms.model_copy(update={"waits": 0, "holds": 0})

    trades = next(
        rows_of([finding(life=Life.EXPIRED, trade=(100, 102), terms=terms)], ["vcp"])
    ).trades

    assert trades.hit_rate is None
    assert trades.result == pytest.approx(0.02)


def test_signals_without_an_entry_are_no_trades() -> None:
    found = [finding(life=Life.EXPIRED, entry=None, target=None, stop=None)]

    assert next(rows_of(found, ["vcp"])).trades.number == 0


def test_a_trade_that_is_not_over_has_no_result() -> None:
    assert result_of(finding(life=Life.TRIGGERED, trade=(100, None))) is None


def test_no_returns_are_no_figures() -> None:
    [after_one, *_] = spreads_of(returns_of([]))

    assert after_one == (1, 0, 0, None, None, None)
