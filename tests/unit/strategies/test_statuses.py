"""Data that cannot be trusted is a status for every strategy, and never a score."""

import numpy as np
import pytest

from app.domain import Bars, Match, Result, Status
from app.strategies.base import Need, Strategy
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from tests.unit.strategies.examples import Row, valued_bars_of, weekdays
from tests.unit.strategies.scenes import PLANTED, answer, every_strategy

HALTED: Row = (0, 0, 0, 10_000, 0)
ONE: Row = (10_000, 10_100, 9_900, 10_000, 5_000)
SPLIT: Row = (2_000, 2_020, 1_980, 2_000, 25_000)


@every_strategy
@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([], Status.STALE),
        ([ONE], Status.INSUFFICIENT_DATA),
        ([HALTED], Status.HALTED),
        ([*[ONE] * 130, HALTED], Status.HALTED),
        ([*[ONE] * 130, *[HALTED] * 6, ONE], Status.INSUFFICIENT_DATA),
        ([*[ONE] * 130, *[SPLIT] * 19], Status.ADJUSTMENT_SUSPECT),
        ([*[ONE] * 130, (10_000, 9_900, 10_100, 10_000, 5_000)], Status.BAD_DATA),
        ([*[ONE] * 130, (-10_000, 10_100, 9_900, 10_000, 5_000)], Status.BAD_DATA),
        ([*[ONE] * 130, (10_000, 10_100, 9_900, float("nan"), 5_000)], Status.BAD_DATA),
    ],
)
def test_bars_that_cannot_be_trusted_are_a_status_and_not_a_score(
    strategy: Strategy, rows: list[Row], status: Status
) -> None:
    checked = check(valued_bars_of(rows), weekdays(200))

    found = evaluate({"it": strategy}, checked, Known(flows=[]))["it"]

    assert isinstance(found, Result)
    assert found.status is status
    assert found.reason
    assert (found.state, found.score, found.grade) == (None, None, None)


@every_strategy
@pytest.mark.parametrize("unit", [1e-6, 1_000])
def test_a_value_in_another_unit_is_bad_data(strategy: Strategy, unit: float) -> None:
    scene = PLANTED["contractions"]
    columns = vars(scene.bars) | {"value": scene.bars.value * unit}

    found = answer(strategy, Bars(**columns), scene.flows)

    assert isinstance(found, Result)
    assert found.status is Status.BAD_DATA


@every_strategy
def test_bars_that_end_a_session_too_early_are_stale(strategy: Strategy) -> None:
    scene = PLANTED["contractions"]

    checked = check(scene.bars[:-1], scene.bars.session.tolist())
    found = evaluate({"it": strategy}, checked, Known(flows=scene.flows))["it"]

    assert isinstance(found, Result)
    assert found.status is Status.STALE


@every_strategy
def test_a_holiday_yesterday_is_no_gap(strategy: Strategy) -> None:
    scene = PLANTED["contractions"]
    open_days = np.arange(len(scene.rows)) != len(scene.rows) - 2

    assert isinstance(answer(strategy, scene.bars[open_days], scene.flows), Match)


@every_strategy
def test_what_it_needs_of_flows_is_as_it_says(strategy: Strategy) -> None:
    bars = PLANTED["inflow"].bars

    found = answer(strategy, bars, [])

    if strategy.flows is Need.REQUIRED:
        assert isinstance(found, Result)
        assert found.status is Status.INSUFFICIENT_DATA
        return
    assert isinstance(found, Match)
    assert ("flow" in found.missing) == (strategy.flows is Need.OPTIONAL)
