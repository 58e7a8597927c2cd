"""What holds for every strategy; a new one joins by standing in the registry.

It says beside that what it finds (``PLANTED``) and what it likes better (``BETTER``).
"""

import inspect
import json
from collections.abc import Callable
from contextlib import suppress
from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import ticks
from app.domain import Bar, Bars, InvestorFlow, Match, Result, Status
from app.strategies import indicators
from app.strategies.base import Strategy
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from tests.unit.strategies.examples import (
    VCP_KNOTS,
    Row,
    breakout_rows,
    closing_rows,
    flows_of,
    scaled,
    valued_bars_of,
    vcp_rows,
    walk_rows,
)
from tests.unit.strategies.scenes import (
    MARKETS,
    PLANTED,
    Scene,
    answer,
    every_strategy,
    match_of,
)


def knots_down_to(low: int) -> list[tuple[int, int]]:
    """Return the knots of the planted contractions with another low of the last one."""
    return [*VCP_KNOTS[:-2], (274, low), VCP_KNOTS[-1]]


def with_last_volume(rows: list[Row], volume: float) -> list[Row]:
    return [*rows[:-1], (*rows[-1][:4], volume)]


# Worse to better by one property at a time; the component that must not fall, or None: the score.
BETTER: dict[str, tuple[str | None, list[Scene]]] = {
    "vcp": (
        "tight",
        [Scene(vcp_rows(knots_down_to(low))) for low in range(17_150, 18_400, 50)],
    ),
    "volatility_breakout": (
        None,
        [Scene(with_last_volume(breakout_rows(), 1e5 * n)) for n in range(1, 30)],
    ),
    "closing_bet": (
        None,
        [Scene(with_last_volume(closing_rows(), 2e5 * 1.3**n)) for n in range(20)],
    ),
    "smart_money": (
        None,
        [Scene(walk_rows(1), n / 100, n / 200) for n in range(-20, 21)],
    ),
}
# In other units of price and volume. A closing bet's gates are in won: there value stays the same.
UNITS = [(10, 1), (1, 7), (10, 7)]
UNITS_IN_WON = {"closing_bet": [(0.1, 10), (0.5, 2), (4, 0.25)]}

SEEDS = st.integers(min_value=0, max_value=100_000)

every_market = pytest.mark.parametrize("scene", MARKETS.values(), ids=MARKETS)
every_planted = pytest.mark.parametrize("scene", PLANTED.values(), ids=PLANTED)


def walk(seed: int) -> tuple[Bars, list[InvestorFlow]]:
    """Return a random walk, and random buying and selling of it."""
    bars = valued_bars_of(walk_rows(seed))
    return bars, flows_of(bars, 0.3, 0.2, seed=seed)


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
    assert match.state in strategy.states
    assert match.grade is not None
    assert 0 <= match.score <= 100
    share = sum(match.components.values()) / sum(strategy.points.values())
    assert match.score == pytest.approx(100 * share)
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
def test_the_minimum_is_enough_for_an_answer_and_one_bar_less_is_not(strategy: Strategy) -> None:
    for seed in range(20):
        scene = Scene(walk_rows(seed, strategy.minimum), 0.01, 0.01)
        assert_sound(match_of(strategy, scene), strategy, scene.bars)

        shorter = Scene(scene.rows[1:], 0.01, 0.01)
        few = answer(strategy, shorter.bars, shorter.flows)
        assert isinstance(few, Result)
        assert few.status is Status.INSUFFICIENT_DATA


@every_strategy
@every_market
def test_an_answer_is_sound_whatever_the_market(strategy: Strategy, scene: Scene) -> None:
    assert_sound(match_of(strategy, scene), strategy, scene.bars)


@every_strategy
@given(seed=SEEDS)
def test_an_answer_is_sound_on_any_random_walk(strategy: Strategy, seed: int) -> None:
    bars, flows = walk(seed)

    match = answer(strategy, bars, flows)

    assert isinstance(match, Match)
    assert_sound(match, strategy, bars)


@every_strategy
def test_it_finds_what_was_planted_for_it(strategy: Strategy) -> None:
    assert any(match_of(strategy, scene).signal for scene in PLANTED.values())


@every_strategy
@pytest.mark.parametrize("name", ["flat", "one bar repeated"])
def test_a_market_that_does_not_move_has_no_signal(strategy: Strategy, name: str) -> None:
    assert not match_of(strategy, MARKETS[name]).signal


@every_strategy
@every_market
def test_the_same_input_gives_the_same_answer_twice(strategy: Strategy, scene: Scene) -> None:
    assert match_of(strategy, scene) == match_of(strategy, scene)


@every_strategy
@given(seed=SEEDS, known=st.integers(min_value=150, max_value=299))
def test_nothing_is_read_from_the_future(strategy: Strategy, seed: int, known: int) -> None:
    bars, flows = walk(seed)
    sessions: list[date] = bars.session[:known].tolist()

    with_future = evaluate({"it": strategy}, check(bars, sessions), Known(flows=flows))
    without = evaluate({"it": strategy}, check(bars[:known], sessions), Known(flows=flows[:known]))

    assert with_future == without


@every_strategy
def test_bars_older_than_the_newest_280_change_nothing(strategy: Strategy) -> None:
    rows = walk_rows(3, 400)

    older = match_of(strategy, Scene(rows, 0.02, 0.02))

    assert older == match_of(strategy, Scene(rows[-280:], 0.02, 0.02))


@every_strategy
@every_planted
def test_the_order_of_arrival_does_not_matter(strategy: Strategy, scene: Scene) -> None:
    bars = scene.bars
    columns = zip(*(column.tolist() for column in vars(bars).values()), strict=True)
    arrived = [Bar(*row) for row in columns]
    order = np.random.default_rng(5).permutation(len(arrived))

    shuffled = Bars.of(arrived[at] for at in order)
    flows = [scene.flows[at] for at in order]

    assert answer(strategy, shuffled, flows) == match_of(strategy, scene)


@every_strategy
@every_planted
def test_the_unit_of_prices_and_volumes_does_not_matter(strategy: Strategy, scene: Scene) -> None:
    expected = match_of(strategy, scene)

    for prices, volumes in UNITS_IN_WON.get(strategy.name, UNITS):
        rows = scaled(scene.rows, prices=prices, volumes=volumes)
        match = match_of(strategy, Scene(rows, scene.foreign, scene.institution))

        assert match.score == pytest.approx(expected.score, rel=1e-9)
        assert match.components == pytest.approx(dict(expected.components), rel=1e-9)
        assert (match.state, match.signal) == (expected.state, expected.signal)


@every_strategy
def test_what_is_better_never_scores_less(strategy: Strategy) -> None:
    component, scenes = BETTER[strategy.name]
    matches = [match_of(strategy, scene) for scene in scenes]

    points = [each.components.get(component, 0) if component else each.score for each in matches]

    for worse, better in pairwise(points):
        assert worse <= better + 1e-9
    assert points[0] < points[-1]


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
            match_of(strategy, PLANTED["contractions"])
            assert name not in used  # who asked for it has heard of the failure
    assert used


@every_strategy
def test_its_parameters_can_be_told(strategy: Strategy) -> None:
    told = strategy.told_parameters()

    assert_plain(told)
    assert list(told) == list(vars(strategy.parameters))
