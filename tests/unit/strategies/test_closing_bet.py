from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from app.domain import DEFINITION_VERSION, Bars, Grade, InvestorFlow, Match
from app.strategies import closing_bet, vcp
from app.strategies.base import Inputs, News, grade_of
from app.strategies.closing_bet import DEFAULTS, Parameters, State
from tests.unit.strategies.examples import (
    LAST_SESSION,
    Row,
    bars_of,
    closing_rows,
    rows_of,
    vcp_rows,
)

VALUE = 153.6e9
NEWS = News(positive=2, mood=0.0)


def bars_with(value: float | None = VALUE, rows: Sequence[Row] | None = None) -> Bars:
    """Return the worked example, or other rows, with a value on its last day only."""
    rows = closing_rows() if rows is None else rows
    return bars_of(rows, values=[np.nan] * (len(rows) - 1) + [np.nan if value is None else value])


def with_today(*today: float) -> list[Row]:
    """Return the worked example with another (open, high, low, close, volume) on its last day."""
    opened, high, low, close, volume = today
    return [*closing_rows()[:-1], (opened, high, low, close, volume)]


def flows(bars: Bars, foreign: float = 18.2e9, institution: float = -3.1e9) -> list[InvestorFlow]:
    """Return five sessions of net buying with these sums, after two that do not count."""
    days = bars.session.tolist()
    old = [InvestorFlow(day, -9e12, 9e12, 0) for day in days[-7:-5]]
    return old + [InvestorFlow(day, foreign / 5, institution / 5, 0) for day in days[-5:]]


def match_of(bars: Bars, parameters: Parameters = DEFAULTS, **given: Any) -> Match:
    known = {"news": NEWS, "flows": flows(bars), **given}
    return closing_bet.evaluate(Inputs(bars, **known), parameters)


def failed_gates(match: Match) -> list[str]:
    gates: Any = match.facts["gates"]
    return [gate["name"] for gate in gates if not gate["passed"]]


def test_the_worked_example_is_bought_at_the_close() -> None:
    match = match_of(bars_with())

    assert match.state == State.AT_CLOSE
    assert (match.detected, match.signal, match.actionable) == (True, True, True)
    assert match.score == pytest.approx(100 * 8 / 12)
    assert match.grade is Grade.A
    assert (match.entry, match.target, match.stop) == (65_400, 68_600, 63_400)
    assert match.quantity == 18
    assert match.pattern == LAST_SESSION
    assert (match.missing, match.flags) == ((), ())


def test_the_worked_example_has_its_points() -> None:
    assert match_of(bars_with()).components == {
        "news": 2,
        "value": 2,
        "chart": 1,
        "candle": 1,
        "base": 1,
        "flow": 1,
    }


def test_the_worked_example_has_its_figures() -> None:
    facts = match_of(bars_with()).facts

    assert facts["change"] == pytest.approx(0.08037, abs=0.000005)
    assert facts["body"] == pytest.approx(0.0634, abs=0.00005)
    assert facts["location"] == pytest.approx(0.8936, abs=0.00005)
    assert facts["base_width"] == pytest.approx(0.0526, abs=0.00005)
    assert facts["high_52_weeks"] == 65_900
    assert facts["value"] == VALUE
    assert facts["vcp"] is False
    assert facts["foreign_net5"] == pytest.approx(18.2e9)
    assert facts["institution_net5"] == pytest.approx(-3.1e9)
    assert (facts["gap_take"], facts["gap_cut"], facts["out_at"]) == (67_300, 64_000, "10:00")
    assert facts["session"] == "2025-02-28"


def test_without_news_it_is_a_smaller_bet_that_names_what_is_missing() -> None:
    match = match_of(bars_with(), news=None)

    assert match.grade is Grade.B
    assert match.score == 50
    assert match.missing == ("news",)
    assert match.quantity == 15
    assert match.signal


def test_a_match_says_what_it_saw() -> None:
    assert match_of(bars_with()).reason == (
        "It closed +8.0% at 65,400 on 153.6 bn won, 8 of 12 points."
    )


def test_a_value_that_is_missing_is_not_made_up() -> None:
    match = match_of(bars_with(None))

    assert match.components["value"] == 0
    assert match.missing == ("value",)
    assert failed_gates(match) == ["value"]
    assert not match.signal
    assert match.reason.endswith("; no signal: value not known (≥ 50,000,000,000).")


def test_without_flows_there_are_no_points_for_them() -> None:
    match = match_of(bars_with(), flows=None)

    assert match.components["flow"] == 0
    assert match.missing == ("flow",)
    assert match.facts["foreign_net5"] is None


@pytest.mark.parametrize(
    ("foreign", "institution", "points"), [(1, 1, 2), (1, -1, 1), (-1, 1, 1), (0, 0, 0)]
)
def test_each_kind_of_buyer_is_a_point(foreign: float, institution: float, points: int) -> None:
    bars = bars_with()

    match = match_of(bars, flows=flows(bars, foreign, institution))

    assert match.components["flow"] == points


@pytest.mark.parametrize(
    ("positive", "mood", "points"),
    [
        (0, 0.0, 0),
        (0, -1.0, 0),
        (1, 0.0, 1),
        (2, 0.0, 2),
        (3, 0.0, 3),
        (9, -0.5, 3),
        (0, 0.3, 2),
        (0, 0.29, 0),
        (1, 0.6, 3),
        (2, 0.59, 2),
    ],
)
def test_news_count_by_number_or_by_mood(positive: int, mood: float, points: int) -> None:
    match = match_of(bars_with(), news=News(positive, mood))

    assert match.components["news"] == points


@pytest.mark.parametrize(
    ("value", "points"),
    [(29.9e9, 0), (30e9, 1), (99.9e9, 1), (100e9, 2), (499e9, 2), (500e9, 3), (2e12, 3)],
)
def test_a_greater_value_is_more_points(value: float, points: int) -> None:
    assert match_of(bars_with(value)).components["value"] == points


@pytest.mark.parametrize(("value", "failed"), [(49.9e9, ["value"]), (50e9, [])])
def test_fifty_billion_won_are_needed(value: float, failed: list[str]) -> None:
    assert failed_gates(match_of(bars_with(value))) == failed


@pytest.mark.parametrize(
    ("percent", "failed"), [(4.9, ["change"]), (5, []), (12, []), (29.9, []), (30, ["change"])]
)
def test_it_must_rise_by_5_to_29_9_percent(percent: float, failed: list[str]) -> None:
    rows = [*rows_of([10_000] * 100, [1_000] * 100)]
    close = 10_000 + 100 * percent
    rows.append((10_000, close, 10_000, close, 9_000))

    assert failed_gates(match_of(bars_with(rows=rows))) == failed


@pytest.mark.parametrize(
    ("price", "failed"), [(999, ["price"]), (1_000, []), (500_000, []), (501_000, ["price"])]
)
def test_the_price_lies_between_a_thousand_and_half_a_million(
    price: float, failed: list[str]
) -> None:
    before = price / 1.08
    rows: list[Row] = [(before, before, before, before, 1_000)] * 100
    rows.append((before, price, before, price, 9_000))

    assert failed_gates(match_of(bars_with(rows=rows))) == failed


def test_a_failed_gate_leaves_no_levels() -> None:
    match = match_of(bars_with(1e9))

    assert match.state == State.NO_CANDIDATE
    assert (match.entry, match.target, match.stop, match.quantity) == (None,) * 4
    assert (match.facts["gap_take"], match.facts["gap_cut"]) == (None, None)


def test_a_candidate_of_few_points_is_not_traded() -> None:
    match = match_of(bars_with(60e9), news=None, flows=None)

    assert match.state == State.WEAK
    assert (match.detected, match.signal, match.actionable) == (True, False, False)
    assert match.grade is Grade.C
    assert match.quantity == 0
    assert match.reason.endswith("4 of 12 points; no signal: grade C is not traded.")


@pytest.mark.parametrize(
    ("points", "grade"),
    [(12, "S"), (10, "S"), (9, "A"), (8, "A"), (7, "B"), (6, "B"), (5, "C"), (0, "C")],
)
def test_ten_eight_and_six_points_are_s_a_and_b(points: int, grade: str) -> None:
    assert grade_of(100 * points / 12) == grade


def strict(value: float, close: float) -> Match:
    rows = with_today(61_500, close, 61_200, close, 2_400_000)
    return match_of(bars_with(value, rows), replace(DEFAULTS, strict_grade=True))


@pytest.mark.parametrize(
    ("value", "change", "points", "grade"),
    [
        (153.6e9, 0.08, 8, "B"),  # an A of too little value
        (600e9, 0.08, 9, "A"),
        (600e9, 0.13, 9, "A"),
        (600e9, 0.155, 9, "C"),  # too much for A and for B
        (60e9, 0.08, 7, "C"),  # a B of too little value
    ],
)
def test_a_strict_grade_steps_down_without_its_value_and_change(
    value: float, change: float, points: int, grade: str
) -> None:
    match = strict(value, round(60_535 * (1 + change)))

    assert sum(match.components.values()) == points
    assert match.grade == grade


def test_a_close_far_under_the_high_is_no_candle() -> None:
    match = match_of(bars_with(rows=with_today(61_500, 67_500, 61_200, 65_400, 2_400_000)))

    assert match.facts["location"] == pytest.approx(0.667, abs=0.0005)
    assert match.components["candle"] == 0


def test_a_small_body_is_no_candle() -> None:
    match = match_of(bars_with(rows=with_today(64_900, 65_900, 61_200, 65_400, 2_400_000)))

    assert match.components["candle"] == 0


def test_a_bar_without_a_range_is_no_candle() -> None:
    match = match_of(bars_with(rows=with_today(65_400, 65_400, 65_400, 65_400, 2_400_000)))

    assert match.facts["location"] is None
    assert match.components["candle"] == 0


def test_a_month_of_wide_swings_is_no_base() -> None:
    rows = closing_rows()
    rows[245] = (60_000, 65_000, 54_000, 60_000, 1_000_000)

    match = match_of(bars_with(rows=rows))

    assert match.facts["base_width"] == pytest.approx(0.18, abs=0.005)
    assert match.components["base"] == 0


def test_a_close_under_the_top_of_its_month_is_no_base() -> None:
    rows = closing_rows()
    rows[245] = (60_000, 67_000, 60_000, 60_000, 1_000_000)

    match = match_of(bars_with(rows=rows))

    assert match.facts["base_width"] == pytest.approx(0.1436, abs=0.00005)
    assert match.components["base"] == 0


def test_a_close_far_under_the_years_high_is_a_point_less() -> None:
    rows = closing_rows()
    rows[100] = (48_000, 69_000, 48_000, 48_000, 1_000_000)

    assert match_of(bars_with(rows=rows)).components["chart"] == 0


def test_with_less_than_a_year_of_bars_its_high_is_missing() -> None:
    match = match_of(bars_with(rows=closing_rows()[-251:]))

    assert match.missing == ("high52",)
    assert match.facts["high_52_weeks"] is None
    assert match.components["chart"] == 0


def test_with_few_bars_nobody_knows_whether_there_was_a_vcp() -> None:
    match = match_of(bars_with(rows=closing_rows()[-120:]))

    assert match.missing == ("vcp", "high52")
    assert match.facts["vcp"] is None
    assert match_of(bars_with(rows=closing_rows()[-121:])).missing == ("high52",)


def test_a_vcp_of_the_day_before_is_a_point() -> None:
    before = vcp_rows()
    rows = [*before, (18_850.0, 20_300.0, 18_820.0, 20_200.0, 900_000.0)]

    match = match_of(bars_with(rows=rows))

    assert vcp.evaluate(Inputs(bars_of(before))).detected
    assert match.facts["vcp"] is True
    assert match.components["chart"] == 2


def test_a_day_at_the_upper_limit_may_not_fill() -> None:
    rows = with_today(61_500, 78_600, 61_200, 78_000, 2_400_000)

    assert match_of(bars_with(rows=rows)).flags == ("LIMIT_UP",)
    assert match_of(bars_with()).flags == ()


def test_a_close_off_the_ladder_is_entered_a_tick_up() -> None:
    rows = with_today(61_500, 65_900, 61_200, 65_350, 2_400_000)  # adjusted for a later split

    assert match_of(bars_with(rows=rows)).entry == 65_400


def test_sixty_bars_before_today_are_needed() -> None:
    assert closing_bet.STRATEGY.minimum == 61


def test_the_defaults_belong_to_the_version_of_the_definition() -> None:
    assert DEFINITION_VERSION == "2026-1"
    assert asdict(DEFAULTS) == {
        "value": 50e9,
        "change": (0.05, 0.299),
        "price": (1_000, 500_000),
        "value_steps": (30e9, 100e9, 500e9),
        "mood_steps": (0.3, 0.6),
        "near_high": 0.95,
        "body": 0.01,
        "location": 0.70,
        "base_width": 0.15,
        "base_high": 0.98,
        "strict_grade": False,
        "weights": (0.15, 0.12, 0.10),
        "target": 0.05,
        "stop": 0.03,
        "gap_take": 0.03,
        "gap_cut": 0.02,
    }
