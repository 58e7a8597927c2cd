import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.strategies.trend import CONDITIONS, trend_of
from tests.unit.strategies.examples import Row, bars_of, flat_rows, growing_rows, walk_rows


@given(st.integers(min_value=0, max_value=100_000))
def test_the_conditions_are_those_of_the_trend_template(seed: int) -> None:
    bars = bars_of(walk_rows(seed))
    close = bars.close
    sma50, sma150, sma200 = close[-50:].mean(), close[-150:].mean(), close[-200:].mean()
    month_ago = close[-222:-22].mean()

    trend = trend_of(bars)

    assert list(trend.conditions.values()) == [
        close[-1] > sma150 and close[-1] > sma200,
        sma150 > sma200,
        sma200 > month_ago,
        sma50 > sma150 and sma50 > sma200,
        close[-1] > sma50,
        close[-1] >= 1.30 * min(bars.low[-252:]),
        close[-1] >= 0.75 * max(bars.high[-252:]),
    ]
    assert trend.met == sum(trend.conditions.values())


def test_a_steady_climb_meets_them_all() -> None:
    assert trend_of(bars_of(growing_rows(0.005))).met == CONDITIONS


def test_a_steady_fall_meets_none() -> None:
    trend = trend_of(bars_of(growing_rows(-0.005)))

    assert trend.met == 0
    assert trend.known


def test_a_flat_price_is_over_none_of_its_averages() -> None:
    met = [name for name, holds in trend_of(bars_of(flat_rows())).conditions.items() if holds]

    assert met == ["close ≥ 0.75 × high"]


@pytest.mark.parametrize(("close", "holds"), [(12_999, False), (13_000, True)])
def test_thirty_percent_over_the_years_low_is_enough(close: float, *, holds: bool) -> None:
    last: Row = (10_000, 13_000, 10_000, close, 1_000_000)

    assert trend_of(bars_of([*flat_rows(), last])).conditions["close ≥ 1.30 × low"] is holds


@pytest.mark.parametrize(("close", "holds"), [(7_499, False), (7_500, True)])
def test_a_quarter_under_the_years_high_is_not_too_far(close: float, *, holds: bool) -> None:
    last: Row = (10_000, 10_000, 7_000, close, 1_000_000)

    assert trend_of(bars_of([*flat_rows(), last])).conditions["close ≥ 0.75 × high"] is holds


def test_a_low_of_more_than_a_year_ago_is_forgotten() -> None:
    crash: Row = (10_000, 10_000, 1_000, 10_000, 1_000_000)

    year_old = trend_of(bars_of([*flat_rows(20), crash, *flat_rows(251)]))
    older = trend_of(bars_of([*flat_rows(20), crash, *flat_rows(252)]))

    assert year_old.figures["low_52_weeks"] == 1_000
    assert older.figures["low_52_weeks"] == 10_000


def test_with_less_than_a_year_of_bars_the_trend_is_not_known() -> None:
    trend = trend_of(bars_of(growing_rows(0.005, 251)))

    assert (trend.known, trend.met, trend.figures) == (False, 0, {})
    assert trend_of(bars_of(growing_rows(0.005, 252))).known
