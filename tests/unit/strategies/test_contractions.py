import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.strategies.contractions import (
    Contraction,
    contraction_facts,
    find_contractions,
    tightening_run,
)
from tests.unit.strategies.examples import bars_of

PRICES = st.lists(st.integers(min_value=50, max_value=200), min_size=2, max_size=60)


def found_in(*prices: float, ruler: float = 0.1) -> list[tuple[int, int]]:
    """Return (high, low) positions of the pull-backs of a price without any range."""
    return [(leg.high_at, leg.low_at) for leg in find_contractions(prices, prices, 0, ruler)]


def leg(high: float, low: float) -> Contraction:
    return Contraction(0, high, 0, low)


def by_two_legs(high: list[int], low: list[int], ruler: float) -> list[tuple[int, int]]:
    """Return (high, low) positions as the zigzag is defined: a leg down, a leg up, by turns."""
    found: list[tuple[int, int]] = []
    down, top, bottom, rebound = True, 0, None, 0
    for t in range(1, len(high)):
        deep = bottom is not None and (high[top] - low[bottom]) / high[top] >= ruler
        if down and high[t] > high[top] and not deep:
            top, bottom = t, None
        elif down and (bottom is None or low[t] < low[bottom]):
            bottom = t
        elif down and bottom is not None and deep and high[t] >= low[bottom] * (1 + ruler):
            found.append((top, bottom))
            down, rebound = False, t
        elif not down and high[t] > high[rebound]:
            rebound = t
        elif not down and low[t] <= high[rebound] * (1 - ruler):
            down, top, bottom = True, rebound, t
    if down and bottom is not None and (high[top] - low[bottom]) / high[top] >= ruler:
        found.append((top, bottom))
    return found


@given(st.lists(st.tuples(st.integers(50, 200), st.integers(0, 20)), min_size=2, max_size=60))
def test_pullbacks_are_those_of_a_zigzag_of_two_legs(bars: list[tuple[int, int]]) -> None:
    low = [price for price, _ in bars]
    high = [price + spread for price, spread in bars]
    ruler = 0.0937  # no ratio of these prices comes to lie on it

    legs = find_contractions(high, low, 0, ruler)

    assert [(leg.high_at, leg.low_at) for leg in legs] == by_two_legs(high, low, ruler)


def test_a_pullback_ends_when_price_has_risen_by_the_ruler() -> None:
    assert found_in(100, 80, 88, 120, 100, 115) == [(0, 1), (3, 4)]


def test_the_last_pullback_may_still_be_open() -> None:
    assert found_in(100, 80, 95, 70) == [(0, 1), (2, 3)]


def test_a_shallow_dip_is_no_pullback() -> None:
    assert found_in(100, 91, 100, 91) == []
    assert found_in(100, 90) == [(0, 1)]


def test_a_new_high_after_a_shallow_dip_moves_the_start() -> None:
    assert found_in(100, 95, 110, 90, 99) == [(2, 3)]


def test_a_small_rise_does_not_end_a_pullback() -> None:
    assert found_in(100, 85, 90, 80, 90) == [(0, 3)]


def test_the_next_pullback_starts_at_the_highest_rebound() -> None:
    assert found_in(100, 80, 90, 96, 94, 84) == [(0, 1), (3, 5)]


def test_exactly_the_ruler_is_enough_whatever_the_scale() -> None:
    for scale in (1, 3, 7, 10):
        prices = [price * scale for price in (10_000, 9_700, 9_991, 9_000)]
        assert len(find_contractions(prices, prices, 0, 0.03)) == 2


def test_of_two_equal_highs_the_first_starts_a_pullback() -> None:
    assert found_in(100, 95, 100, 80) == [(0, 3)]
    assert found_in(100, 80, 96, 94, 96, 84) == [(0, 1), (2, 5)]


def test_a_deep_pullback_stays_when_price_passes_its_high() -> None:
    assert found_in(100, 90, 110) == [(0, 1)]


def test_bars_before_the_start_are_not_read() -> None:
    prices = [500.0, 100.0, 80.0, 90.0]

    assert find_contractions(prices, prices, 1, 0.1) == [Contraction(1, 100, 2, 80)]


@given(PRICES)
def test_pullbacks_are_deep_enough_and_do_not_overlap(prices: list[int]) -> None:
    legs = find_contractions(prices, prices, 0, 0.1)

    assert all(leg.depth >= 0.1 for leg in legs)
    positions = [at for leg in legs for at in (leg.high_at, leg.low_at)]
    assert positions == sorted(set(positions))


@given(PRICES)
def test_pullbacks_that_have_ended_stay_as_they_were(prices: list[int]) -> None:
    before = find_contractions(prices[:-1], prices[:-1], 0, 0.1)
    after = find_contractions(prices, prices, 0, 0.1)

    assert after[: len(before) - 1] == before[:-1]


def test_the_run_holds_the_last_pullbacks_that_tighten() -> None:
    first, second, third = leg(100, 80), leg(100, 88), leg(100, 94)

    run = tightening_run([first, second, third], depth_ratio=0.85, low_ratio=0.98)

    assert run == [first, second, third]


def test_a_step_may_keep_just_85_percent_of_the_depth_and_98_of_the_low() -> None:
    first, second = leg(100, 80), leg(100, 83)
    assert second.depth / first.depth == 0.85
    third, fourth = leg(100, 50), leg(70, 49)
    assert fourth.low / third.low == 0.98

    for steps in ([first, second], [third, fourth]):
        assert tightening_run(steps, depth_ratio=0.85, low_ratio=0.98) == steps


def test_looser_pullbacks_before_the_run_are_left_out() -> None:
    loose, first, second = leg(100, 90), leg(100, 80), leg(100, 88)

    run = tightening_run([loose, first, second], depth_ratio=0.85, low_ratio=0.98)

    assert run == [first, second]


def test_a_lower_low_ends_the_run() -> None:
    first, second = leg(100, 80), leg(88, 78)

    assert second.depth / first.depth < 0.85
    assert tightening_run([first, second], depth_ratio=0.85, low_ratio=0.98) == [second]


def test_without_pullbacks_there_is_no_run() -> None:
    assert tightening_run([], depth_ratio=0.85, low_ratio=0.98) == []


def test_a_pullback_can_be_told_with_its_dates_and_volume() -> None:
    bars = bars_of([(10, 10, 9, 9, 100), (9, 9, 8, 8, 300), (8, 9, 8, 9, 900)])

    facts = contraction_facts(bars, Contraction(0, 10, 1, 8))

    assert facts == {
        "high_session": "2025-02-26",
        "high": 10,
        "low_session": "2025-02-27",
        "low": 8,
        "depth": pytest.approx(0.2),
        "volume": 200,
    }
