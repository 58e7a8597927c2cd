import pytest

from app.strategies.base import grade_of
from app.strategies.registry import STRATEGIES, find


def test_a_strategy_stands_under_its_own_name() -> None:
    for name, strategy in STRATEGIES.items():
        assert find([name]) == (strategy,)
        assert strategy.name == name
        assert strategy.title


def test_no_name_means_every_strategy() -> None:
    assert find() == tuple(STRATEGIES.values())


def test_strategies_come_in_the_order_of_the_registry() -> None:
    names = [strategy.name for strategy in find(reversed(STRATEGIES))]

    assert names == ["vcp", "volatility_breakout", "closing_bet", "smart_money"]


def test_an_unknown_strategy_is_named_with_those_that_there_are() -> None:
    with pytest.raises(ValueError, match=r"no strategy vpc: there are vcp, volatility_breakout"):
        find(["vcp", "vpc"])


@pytest.mark.parametrize(
    ("score", "grade"),
    [
        (100, "S"),
        (80, "S"),
        (79.99, "A"),
        (65, "A"),
        (64.99, "B"),
        (50, "B"),
        (49.99, "C"),
        (0, "C"),
    ],
)
def test_a_score_has_one_grade(score: float, grade: str) -> None:
    assert grade_of(score) == grade
