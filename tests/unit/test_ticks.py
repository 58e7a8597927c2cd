import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import ticks

RUNGS = st.floats(min_value=1, max_value=2_000_000).map(ticks.down)


@pytest.mark.parametrize(
    ("price", "step"),
    [
        (1, 1),
        (1_999.9, 1),
        (2_000, 5),
        (4_999, 5),
        (5_000, 10),
        (20_000, 50),
        (50_000, 100),
        (200_000, 500),
        (499_999, 500),
        (500_000, 1_000),
    ],
)
def test_the_step_of_the_ladder_grows_with_the_price(price: float, step: int) -> None:
    assert ticks.tick(price) == step


def test_prices_round_to_the_ladder_of_the_exchange() -> None:
    assert ticks.up(19_095) == 19_100
    assert ticks.down(21_430) == 21_400
    assert ticks.up(12_295) == 12_300


def test_the_next_rung_lies_a_tick_of_its_own_band_away() -> None:
    assert ticks.above(19_100) == 19_110
    assert ticks.above(20_000) == 20_050
    assert ticks.below(20_000) == 19_990
    assert ticks.below(17_960) == 17_950


def test_float_noise_does_not_cost_a_tick() -> None:
    assert 1.15 * 100 < 115
    assert 1.1 * 110 > 121

    assert ticks.down(1.15 * 100) == 115
    assert ticks.up(1.1 * 110) == 121
    assert ticks.down(1.3 * 12_100) == 15_730


@given(st.floats(min_value=1, max_value=2_000_000))
def test_a_price_lies_between_its_rungs(price: float) -> None:
    assert ticks.down(price) <= price * (1 + 1e-9)
    assert ticks.up(price) >= price * (1 - 1e-9)
    assert ticks.up(price) - ticks.down(price) in (0, ticks.tick(price))


@given(RUNGS)
def test_a_rung_stays_where_it_is(rung: int) -> None:
    assert ticks.up(rung) == ticks.down(rung) == rung


@given(RUNGS)
def test_one_up_and_one_down_is_where_one_was(rung: int) -> None:
    assert ticks.below(ticks.above(rung)) == rung
