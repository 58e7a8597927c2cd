import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from app.strategies.strength import percentiles


def closes(*prices: tuple[int, float]) -> NDArray[np.float64]:
    """Return 253 closes of 100 won, with other prices at some sessions before the last."""
    column = np.full(253, 100.0)
    for before, price in prices:
        column[-1 - before] = price
    return column


def climbing(last: float) -> NDArray[np.float64]:
    """Return 300 closes that go from 100 to ``last`` in even steps."""
    return np.linspace(100, last, 300)


def test_the_strongest_gets_100_and_the_weakest_0() -> None:
    market = {"A": climbing(150), "B": climbing(90), "C": climbing(120), "D": climbing(110)}

    assert percentiles(market) == pytest.approx({"A": 100, "B": 0, "C": 200 / 3, "D": 100 / 3})


def test_equal_returns_share_their_percentile() -> None:
    market = {"A": climbing(90), "B": climbing(120), "C": climbing(120), "D": climbing(150)}

    assert percentiles(market) == {"A": 0, "B": 50, "C": 50, "D": 100}
    assert percentiles({"A": climbing(120), "B": climbing(120)}) == {"A": 50, "B": 50}


def test_the_newest_quarter_weighs_twice() -> None:
    # Each rose by a quarter in all: one since 63 sessions ago, the others since 126, 189, 252.
    market = {str(ago): closes((ago, 80)) for ago in (63, 126, 189, 252)}

    found = percentiles(market)

    assert found["63"] == 100
    assert found["126"] == found["189"] == found["252"] == pytest.approx(100 / 3)


def test_the_weights_are_40_20_20_and_20_percent() -> None:
    # 10 % over 63 sessions count as much as 20 % over any of the others.
    market = {
        "252": closes((252, 100 / 1.195)),
        "63": closes((63, 100 / 1.1)),
        "126": closes((126, 100 / 1.205)),
        "189": closes((189, 100 / 1.21)),
    }

    found = percentiles(market)

    assert sorted(found, key=lambda name: found[name]) == ["252", "63", "126", "189"]


def test_less_than_a_year_of_closes_is_left_out() -> None:
    market = {"old": closes(), "new": closes()[1:], "other": climbing(120)}

    assert set(percentiles(market)) == {"old", "other"}


@pytest.mark.parametrize("price", [0.0, -5.0, float("nan"), float("inf"), 20.0, 140.0])
def test_closes_that_cannot_be_compared_are_left_out(price: float) -> None:
    market = {"A": climbing(150), "B": climbing(90), "odd": closes((100, price))}

    assert set(percentiles(market)) == {"A", "B"}


def test_a_step_of_more_than_a_year_ago_is_forgotten() -> None:
    split = np.concatenate(([500.0], closes()))

    assert set(percentiles({"A": climbing(150), "split": split})) == {"A", "split"}


def test_alone_nobody_has_a_percentile() -> None:
    assert percentiles({"A": climbing(150)}) == {}
    assert percentiles({}) == {}


@given(st.lists(st.floats(min_value=0.5, max_value=2.0), min_size=2, max_size=30))
def test_a_percentile_is_the_share_of_weaker_ones(factors: list[float]) -> None:
    market = {str(at): climbing(100 * factor) for at, factor in enumerate(factors)}

    found = percentiles(market)

    for at, factor in enumerate(factors):
        others = factors[:at] + factors[at + 1 :]
        weaker = sum(other < factor for other in others) + sum(o == factor for o in others) / 2
        assert found[str(at)] == pytest.approx(100 * weaker / len(others))
