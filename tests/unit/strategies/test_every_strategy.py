"""What holds for every strategy; a new one joins by standing in the registry."""

import inspect
import json
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import ticks
from app.domain import Bar, Bars, Match, Status
from app.strategies import indicators
from app.strategies.base import Inputs, Strategy, grade_of
from app.strategies.quality import check
from app.strategies.registry import STRATEGIES, find
from tests.unit.strategies.examples import (
    TRIGGER_BAR,
    Row,
    bars_of,
    breakout_rows,
    flat_rows,
    growing_rows,
    scaled,
    square_wave_rows,
    vcp_rows,
    walk_rows,
    weekdays,
)

PLANTED: dict[str, list[Row]] = {
    "contractions": vcp_rows(),
    "contractions, broken out": [*vcp_rows(), TRIGGER_BAR],
    "contractions of a young listing": vcp_rows()[-130:],
    "breakout": growing_rows(0.001, 100) + breakout_rows(),
}
MARKETS: dict[str, list[Row]] = PLANTED | {
    "rising": growing_rows(0.005),
    "falling": growing_rows(-0.005),
    "square wave": square_wave_rows(),
    "flat": flat_rows(),
    "one bar repeated": [(10_000, 10_300, 9_800, 10_100, 500_000)] * 300,
    "cheap": scaled(walk_rows(7), prices=0.001, volumes=1),
    "dear": scaled(walk_rows(8), prices=100, volumes=1),
}
SEEDS = st.integers(min_value=0, max_value=100_000)
SESSIONS = weekdays(400)

every_strategy = pytest.mark.parametrize("strategy", STRATEGIES.values(), ids=STRATEGIES)
every_market = pytest.mark.parametrize("rows", MARKETS.values(), ids=MARKETS)


def match_of(strategy: Strategy, bars: Bars) -> Match:
    """Return what ``strategy`` answers about bars that have been checked."""
    checked = check(bars, SESSIONS)
    assert checked.verdict(strategy.minimum).status is Status.OK
    return strategy.evaluate(Inputs(checked.bars))


def assert_plain(value: object) -> None:
    """Fail unless ``value`` is made of plain JSON values all the way down."""
    if isinstance(value, dict):
        assert all(type(key) is str for key in value)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            assert_plain(item)
    else:
        assert type(value) in (str, int, float, bool, type(None)), repr(value)


def assert_sound(match: Match, strategy: Strategy, bars: Bars) -> None:
    """Fail unless a match keeps what the type promises, whatever was found."""
    assert match.reason.endswith(".")
    assert match.grade is not None
    assert 0 <= match.score <= 100
    assert match.score == sum(match.components.values())
    assert list(match.components) in ([], list(strategy.points))
    for name, points in match.components.items():
        assert 0 <= points <= strategy.points[name] + 1e-9, name
    assert match.detected or not match.signal
    assert match.signal or not match.actionable
    assert_plain(dict(match.facts))
    json.dumps([match.score, match.facts, match.components], allow_nan=False)
    if match.signal:
        assert match.pattern is not None
        assert match.pattern in bars.session.tolist()
    if match.entry is not None:
        assert match.stop is not None
        assert match.target is not None
        assert match.quantity is not None
        assert match.stop < match.entry < match.target
        assert match.quantity >= 0
        for price in (match.entry, match.stop, match.target):
            assert type(price) is int
            assert ticks.up(price) == price


@every_strategy
def test_one_bar_under_the_minimum_is_too_few(strategy: Strategy) -> None:
    rows = walk_rows(1, strategy.minimum)

    enough = check(bars_of(rows), SESSIONS).verdict(strategy.minimum)
    too_few = check(bars_of(rows[1:]), SESSIONS).verdict(strategy.minimum)

    assert enough.status is Status.OK
    assert too_few.status is Status.INSUFFICIENT_DATA


@every_strategy
def test_the_minimum_is_enough_for_an_answer(strategy: Strategy) -> None:
    for seed in range(20):
        bars = bars_of(walk_rows(seed, strategy.minimum))
        assert_sound(match_of(strategy, bars), strategy, bars)


@every_strategy
@every_market
def test_an_answer_is_sound_whatever_the_market(strategy: Strategy, rows: list[Row]) -> None:
    bars = bars_of(rows)

    assert_sound(match_of(strategy, bars), strategy, bars)


@every_strategy
@given(seed=SEEDS)
def test_an_answer_is_sound_on_any_random_walk(strategy: Strategy, seed: int) -> None:
    bars = bars_of(walk_rows(seed))

    assert_sound(match_of(strategy, bars), strategy, bars)


@every_strategy
def test_it_finds_what_was_planted_for_it(strategy: Strategy) -> None:
    assert any(match_of(strategy, bars_of(rows)).signal for rows in PLANTED.values())


@every_strategy
@pytest.mark.parametrize("name", ["flat", "one bar repeated"])
def test_a_market_that_does_not_move_has_no_signal(strategy: Strategy, name: str) -> None:
    assert not match_of(strategy, bars_of(MARKETS[name])).signal


@every_strategy
@every_market
def test_the_same_bars_give_the_same_answer_twice(strategy: Strategy, rows: list[Row]) -> None:
    assert match_of(strategy, bars_of(rows)) == match_of(strategy, bars_of(rows))


@every_strategy
@given(seed=SEEDS, known=st.integers(min_value=150, max_value=299))
def test_nothing_is_read_from_the_future(strategy: Strategy, seed: int, known: int) -> None:
    rows = walk_rows(seed)
    sessions = weekdays(len(rows))
    as_of = sessions[:known]

    with_future = check(bars_of(rows), as_of)
    without = check(bars_of(rows[:known], last=as_of[-1]), as_of)

    answer = strategy.evaluate(Inputs(with_future.bars))
    assert answer == strategy.evaluate(Inputs(without.bars))


@every_strategy
def test_bars_older_than_the_newest_280_change_nothing(strategy: Strategy) -> None:
    rows = walk_rows(3, 400)

    assert match_of(strategy, bars_of(rows)) == match_of(strategy, bars_of(rows[-280:]))


@every_strategy
@pytest.mark.parametrize("rows", PLANTED.values(), ids=PLANTED)
def test_the_order_of_arrival_does_not_matter(strategy: Strategy, rows: list[Row]) -> None:
    arrived = [Bar(session, *row) for session, row in zip(weekdays(len(rows)), rows, strict=True)]
    order = np.random.default_rng(5).permutation(len(arrived))

    shuffled = Bars.of(arrived[at] for at in order)

    assert match_of(strategy, shuffled) == match_of(strategy, bars_of(rows))


@every_strategy
@pytest.mark.parametrize("rows", PLANTED.values(), ids=PLANTED)
@pytest.mark.parametrize(("prices", "volumes"), [(10, 1), (1, 7), (10, 7)])
def test_the_unit_of_prices_and_volumes_does_not_matter(
    strategy: Strategy, rows: list[Row], prices: float, volumes: float
) -> None:
    expected = match_of(strategy, bars_of(rows))

    match = match_of(strategy, bars_of(scaled(rows, prices=prices, volumes=volumes)))

    assert match.score == pytest.approx(expected.score, rel=1e-9)
    assert match.components == pytest.approx(dict(expected.components), rel=1e-9)
    assert (match.state, match.signal) == (expected.state, expected.signal)


@every_strategy
def test_an_indicator_that_fails_is_an_error_and_not_a_number(
    strategy: Strategy, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: set[str] = set()

    def failing(name: str) -> Callable[..., None]:
        def fail(*_: object, **__: object) -> None:
            used.add(name)
            raise ArithmeticError(name)

        return fail

    for name, _ in inspect.getmembers(indicators, inspect.isfunction):
        with monkeypatch.context() as patched, suppress(ArithmeticError):
            patched.setattr(indicators, name, failing(name))
            strategy.evaluate(Inputs(bars_of(vcp_rows())))
            assert name not in used  # who asked for it has heard of the failure
    assert used


@every_strategy
def test_the_points_of_a_score_are_a_hundred_together(strategy: Strategy) -> None:
    assert sum(strategy.points.values()) == 100


@every_strategy
def test_a_strategy_stands_in_the_registry_under_its_own_name(strategy: Strategy) -> None:
    assert find([strategy.name]) == (strategy,)
    assert strategy.title


def test_no_name_means_every_strategy() -> None:
    assert find() == tuple(STRATEGIES.values())


def test_strategies_come_in_the_order_of_the_registry() -> None:
    names = [strategy.name for strategy in find(reversed(STRATEGIES))]

    assert names == list(STRATEGIES)


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
