from dataclasses import replace

import numpy as np
import pytest
import talib
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Bars
from app.strategies import indicators
from tests.unit.strategies.examples import bars_of, flat_rows, walk_rows

SEEDS = st.integers(min_value=0, max_value=10_000)


def wilder(values: list[float], length: int) -> list[float]:
    """Return Wilder's smoothing as its author wrote it: a mean, then a fraction of each value."""
    smoothed = [sum(values[:length]) / length]
    for value in values[length:]:
        smoothed.append(((length - 1) * smoothed[-1] + value) / length)
    return smoothed


def true_ranges(bars: Bars) -> list[float]:
    return [
        max(high - low, abs(high - before), abs(low - before))
        for high, low, before in zip(bars.high[1:], bars.low[1:], bars.close[:-1], strict=True)
    ]


@given(SEEDS)
def test_the_average_true_range_is_wilders_and_that_of_ta_lib(seed: int) -> None:
    bars = bars_of(walk_rows(seed, 120))

    found = indicators.average_true_range(bars)

    assert np.isnan(found[:14]).all()
    assert found[14:] == pytest.approx(wilder(true_ranges(bars), 14), rel=1e-9)
    assert found[14:] == pytest.approx(
        talib.ATR(bars.high, bars.low, bars.close, 14)[14:], rel=1e-9
    )


@given(SEEDS)
def test_the_relative_strength_index_is_wilders_and_that_of_ta_lib(seed: int) -> None:
    close = bars_of(walk_rows(seed, 120)).close
    change = np.diff(close)
    gains = wilder(np.maximum(change, 0).tolist(), 14)
    losses = wilder(np.maximum(-change, 0).tolist(), 14)

    found = indicators.relative_strength_index(close)

    by_hand = [100 * up / (up + down) for up, down in zip(gains, losses, strict=True)]
    assert found[14:] == pytest.approx(by_hand, rel=1e-9)
    assert found[14:] == pytest.approx(talib.RSI(close, 14)[14:], rel=1e-9)


def test_a_price_that_never_moved_is_neither_strong_nor_weak() -> None:
    assert set(indicators.relative_strength_index(np.full(40, 100.0))[14:]) == {50.0}


def test_a_price_that_only_fell_is_as_weak_as_can_be() -> None:
    assert set(indicators.relative_strength_index(np.arange(40.0, 0.0, -1))[14:]) == {0.0}


def test_strength_counts_from_the_first_move_on() -> None:
    close = np.array([100.0] * 20 + [101.0, 102.0])

    assert indicators.relative_strength_index(close)[14:].tolist() == [50.0] * 6 + [100.0] * 2


@given(SEEDS)
def test_the_bands_lie_two_population_deviations_either_side_of_the_mean(seed: int) -> None:
    close = bars_of(walk_rows(seed, 40)).close
    newest = close[-20:]

    bands = indicators.bollinger_bands(close)

    assert bands.middle[-1] == pytest.approx(newest.mean())
    assert bands.upper[-1] == pytest.approx(newest.mean() + 2 * newest.std(ddof=0))
    assert bands.lower[-1] == pytest.approx(newest.mean() - 2 * newest.std(ddof=0))
    assert indicators.bandwidth(bands)[-1] == pytest.approx(4 * newest.std() / newest.mean())


def test_a_moving_average_waits_for_its_length() -> None:
    found = indicators.moving_average(np.array([1.0, 2.0, 6.0, 10.0]), 3)

    assert np.isnan(found[:2]).all()
    assert found[2:].tolist() == [3.0, 6.0]


def test_money_flow_says_where_the_volume_closed() -> None:
    rows = [(10, 20, 10, 20, 300), (20, 20, 10, 10, 100), (15, 20, 10, 15, 100)]

    assert indicators.chaikin_money_flow(bars_of(rows)) == pytest.approx((300 - 100) / 500)


def test_money_flow_reads_the_newest_bars_only() -> None:
    rows = [(10, 20, 10, 10, 1_000)] * 5 + [(10, 20, 10, 20, 10)] * 20

    assert indicators.chaikin_money_flow(bars_of(rows)) == 1.0


def test_a_range_of_a_won_is_a_range() -> None:
    assert indicators.chaikin_money_flow(bars_of([(10, 11, 10, 11, 5)] * 20)) == 1.0


def test_a_bar_without_a_range_has_no_money_flow() -> None:
    assert indicators.chaikin_money_flow(bars_of(flat_rows(20))) == 0.0


def test_money_flow_without_volume_is_not_a_number_but_none() -> None:
    bars = bars_of(walk_rows(1, 20))

    assert indicators.chaikin_money_flow(replace(bars, volume=np.zeros(20))) is None


def test_volume_is_added_on_a_rise_and_taken_off_on_a_fall() -> None:
    rows = [(9, 9, 9, 9, 5), (10, 10, 10, 10, 7), (8, 8, 8, 8, 2), (8, 8, 8, 8, 4)]

    assert np.diff(indicators.on_balance_volume(bars_of(rows))).tolist() == [7, -2, 0]


def test_todays_volume_is_not_in_the_average_it_is_held_against() -> None:
    volume = np.array([7_000.0] + [100.0] * 20 + [200.0])

    assert indicators.relative_volume(volume) == 2.0


@pytest.mark.parametrize(("elapsed", "volume"), [(1.0, 40), (0.5, 80), (0.05, 800), (0.001, 800)])
def test_volume_of_a_part_of_a_session_counts_as_at_its_end(elapsed: float, volume: float) -> None:
    bars = bars_of([(9, 9, 9, 9, 30), (9, 9, 9, 9, 40)])

    whole = indicators.at_full_session(bars, elapsed)

    assert whole.volume.tolist() == pytest.approx([30, volume])
    assert bars.volume.tolist() == [30, 40]
