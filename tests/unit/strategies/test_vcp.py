from dataclasses import asdict, replace
from datetime import date
from math import inf
from typing import Any

import numpy as np
import pytest

from app.domain import DEFINITION_VERSION, Grade, Match
from app.strategies import vcp
from app.strategies.base import Inputs
from app.strategies.vcp import DEFAULTS, State
from tests.unit.strategies.examples import (
    TRIGGER_BAR,
    VCP_KNOTS,
    WIDENING_KNOTS,
    Row,
    bars_of,
    flat_rows,
    growing_rows,
    scaled,
    square_wave_rows,
    vcp_rows,
    weekdays,
)


def match_of(rows: list[Row], **given: Any) -> Match:
    return vcp.evaluate(Inputs(bars_of(rows), **given))


def failed_gates(match: Match) -> list[str]:
    gates: Any = match.facts["gates"]
    return [gate["name"] for gate in gates if not gate["passed"]]


def test_the_worked_example_starts_from_its_stated_last_bar() -> None:
    assert vcp_rows()[-1] == (18_650, 18_894, 18_557, 18_800, 300_000)


def test_the_worked_example_is_a_pattern_in_setup() -> None:
    match = match_of(vcp_rows())

    assert match.state == State.SETUP
    assert (match.detected, match.signal, match.actionable) == (True, True, True)
    assert match.score == pytest.approx(91.65, abs=0.005)
    assert match.grade is Grade.S
    assert (match.entry, match.stop, match.target) == (19_110, 17_950, 21_400)
    assert match.quantity == 43  # half a percent of ten million over a risk of 1,160
    assert match.pattern == weekdays(280)[268]
    assert (match.missing, match.flags) == ((), ())


def test_the_worked_example_has_its_points() -> None:
    assert match_of(vcp_rows()).components == pytest.approx(
        {"trend": 20.00, "contraction": 29.46, "tight": 10.09, "dry": 20.00, "proximity": 12.10},
        abs=0.005,
    )


def test_the_worked_example_has_its_averages() -> None:
    facts = match_of(vcp_rows()).facts

    trend: Any = facts["trend"]
    assert trend["met"] == 7
    for name, figure in {
        "sma50": 17_876.16,
        "sma150": 17_721.48,
        "sma200": 16_722.62,
        "sma200_month_ago": 16_006.87,
        "high_52_weeks": 20_100,
        "low_52_weeks": 9_432,
    }.items():
        assert facts[name] == pytest.approx(figure, abs=0.005), name
    for name, figure in {"atr14": 363.1882, "rsi14": 60.2793}.items():
        assert facts[name] == pytest.approx(figure, abs=0.00005), name
    for name, figure in {"bandwidth": 0.08575, "cmf20": 0.20959}.items():
        assert facts[name] == pytest.approx(figure, abs=0.000005), name


def test_the_worked_example_has_its_contractions() -> None:
    facts = match_of(vcp_rows()).facts
    sessions = weekdays(280)

    legs: Any = facts["contractions"]
    assert facts["base_start"] == sessions[220].isoformat()
    assert facts["base_length"] == 60
    assert facts["swing"] == 0.03
    assert [(leg["high"], leg["low"]) for leg in legs] == [
        (20_100, 15_522),
        (19_497, 17_014),
        (19_095, 17_960),
    ]
    assert [leg["high_session"] for leg in legs] == [
        sessions[t].isoformat() for t in (220, 248, 268)
    ]
    assert [leg["low_session"] for leg in legs] == [
        sessions[t].isoformat() for t in (234, 258, 274)
    ]
    assert [leg["depth"] for leg in legs] == pytest.approx([0.2278, 0.1274, 0.0594], abs=0.00005)
    assert [leg["volume"] for leg in legs] == pytest.approx([913_333, 631_667, 436_667], abs=0.5)


def test_the_worked_example_has_its_ratios() -> None:
    facts = match_of(vcp_rows()).facts

    assert facts["depth_ratios"] == pytest.approx([0.5592, 0.4667], abs=0.00005)
    assert facts["mean_ratio"] == pytest.approx(0.5109, abs=0.00005)
    assert facts["dry"] == pytest.approx(0.4480, abs=0.00005)
    assert facts["pivot"] == 19_095
    assert facts["gap"] == pytest.approx(0.0154, abs=0.00005)


def test_every_gate_of_the_worked_example_holds_and_says_its_figures() -> None:
    gates: Any = match_of(vcp_rows()).facts["gates"]

    assert len(gates) == 9
    assert all(gate["passed"] for gate in gates)
    assert gates[0] == {"name": "trend", "passed": True, "value": 7, "need": "≥ 6"}
    assert gates[1] == {"name": "contractions", "passed": True, "value": 3, "need": "2–6"}


def test_a_match_says_what_it_saw() -> None:
    assert match_of(vcp_rows()).reason == (
        "Since the high of 2024-12-09 the pull-backs went 22.8% → 12.7% → 5.9%, the last 5 "
        "sessions traded 45% of the 50 before, and the price is 1.5% below the pivot 19,095."
    )


def test_a_close_over_the_pivot_on_volume_triggers() -> None:
    match = match_of([*vcp_rows(), TRIGGER_BAR])

    assert match.state == State.TRIGGERED
    assert match.actionable
    assert match.score == pytest.approx(93.52, abs=0.005)
    assert match.facts["relative_volume"] == pytest.approx(1.48, abs=0.005)
    assert match.facts["pivot"] == 19_095
    assert match.pattern == weekdays(281)[268]


def test_a_close_over_the_pivot_without_volume_is_weak_and_not_for_now() -> None:
    match = match_of([*vcp_rows(), (*TRIGGER_BAR[:4], 800_000)])

    assert match.state == State.WEAK_BREAKOUT
    assert match.signal
    assert not match.actionable


def test_volume_of_half_a_session_is_held_against_half_of_the_usual() -> None:
    rows = [*vcp_rows(), (*TRIGGER_BAR[:4], 450_000.0)]

    assert match_of(rows).state == State.WEAK_BREAKOUT
    assert match_of(rows, elapsed=0.5).state == State.TRIGGERED


def test_a_session_that_has_just_begun_is_not_a_quiet_one() -> None:
    rows = vcp_rows()
    rows[270:280] = [(*row[:4], 650_000) for row in rows[270:280]]
    begun = [*rows[:-1], (*rows[-1][:4], 65_000.0)]

    assert failed_gates(match_of(rows)) == ["dry"]
    assert match_of(begun).detected  # what its volume alone would say
    assert match_of(begun, elapsed=0.1).facts["dry"] == match_of(rows).facts["dry"]


def test_a_price_that_ran_away_is_extended() -> None:
    match = match_of([*vcp_rows(), (18_850, 20_250, 18_820, 20_200, 900_000)])

    assert match.state == State.EXTENDED
    assert not match.actionable


def test_a_price_far_under_the_pivot_is_forming() -> None:
    match = match_of(vcp_rows((*VCP_KNOTS[:-1], (279, 18_060))))

    assert match.state == State.FORMING
    assert match.facts["gap"] == pytest.approx(0.0542, abs=0.00005)
    assert not match.actionable


def test_a_close_at_the_pivot_has_not_passed_it() -> None:
    match = match_of([*vcp_rows(), (18_850, 19_095, 18_820, 19_095, 900_000)])

    assert match.facts["gap"] == 0
    assert match.state == State.SETUP


def state_at(close: float, **changed: Any) -> str:
    """Return the state of the worked example after one more bar, with other parameters."""
    rows: list[Row] = [*vcp_rows(), (18_600, max(close, 18_600), 18_500, close, 900_000)]
    return vcp.evaluate(Inputs(bars_of(rows)), replace(DEFAULTS, **changed)).state


def test_the_edge_of_near_is_still_near() -> None:
    gap = (19_095 - 18_800) / 19_095

    assert state_at(18_800, near=gap) == State.SETUP
    assert state_at(18_800, near=gap - 0.0001) == State.FORMING


def test_the_edge_of_extended_is_not_extended() -> None:
    reached = 19_200 / 19_095

    assert state_at(19_200, extended=reached) == State.TRIGGERED
    assert state_at(19_200, extended=reached - 0.0001) == State.EXTENDED


def test_just_the_volume_that_is_needed_triggers() -> None:
    needed = 900_000 / bars_of(vcp_rows()).volume[-50:].mean()

    assert state_at(19_200, trigger_volume=needed) == State.TRIGGERED
    assert state_at(19_200, trigger_volume=needed + 0.001) == State.WEAK_BREAKOUT


@pytest.mark.parametrize(
    ("gate", "changed"),
    [
        ("trend", {"trend": 8}),
        ("contractions", {"contractions": (4, 6)}),
        ("contractions", {"contractions": (1, 2)}),
        ("first_depth", {"first_depth": (0.23, 0.40)}),
        ("first_depth", {"first_depth": (0.08, 0.22)}),
        ("last_depth", {"last_depth": 0.059}),
        ("base_length", {"base_length": (61, 120)}),
        ("base_length", {"base_length": (15, 59)}),
        ("dry", {"dry": 0.44}),
        ("pivot_height", {"pivot_height": 0.951}),
    ],
)
def test_one_failed_gate_is_no_signal(gate: str, changed: dict[str, Any]) -> None:
    match = vcp.evaluate(Inputs(bars_of(vcp_rows())), replace(DEFAULTS, **changed))

    assert failed_gates(match) == [gate]
    assert (match.detected, match.signal, match.actionable) == (False, False, False)
    assert match.score == pytest.approx(91.65, abs=0.005)
    assert f"; no signal: {gate} " in match.reason


def test_pullbacks_that_do_not_get_quieter_are_no_signal() -> None:
    rows = vcp_rows()
    rows[268:275] = [(*row[:4], 950_000) for row in rows[268:275]]

    assert failed_gates(match_of(rows)) == ["leg_volume"]


def test_a_close_under_the_last_low_is_no_signal() -> None:
    rows = vcp_rows()
    rows[275] = (18_050, 18_510, 18_000, 18_400, 300_000)
    rows[276:280] = [(18_400, 18_400, 18_000, 18_000, 300_000)] * 4
    rows[279] = (18_000, 18_000, 17_956, 17_957, 300_000)

    match = match_of(rows)

    assert match.facts["pivot"] == 19_095
    assert "last_low_held" in failed_gates(match)


@pytest.mark.parametrize(
    "rows",
    [
        growing_rows(0.005),
        growing_rows(-0.005),
        flat_rows(),
        square_wave_rows(),
        vcp_rows(WIDENING_KNOTS),
        vcp_rows()[::-1],
    ],
    ids=["rising", "falling", "flat", "square wave", "widening base", "reversed in time"],
)
def test_markets_without_tightening_pullbacks_have_no_pattern(rows: list[Row]) -> None:
    match = match_of(rows)

    assert match.state == State.NO_PATTERN
    assert (match.score, match.grade) == (0, Grade.C)
    assert not match.signal
    assert match.pattern is None


def shuffled(rows: list[Row], newest: int, seed: int) -> list[Row]:
    """Return rows whose newest returns come in random order, with their shapes and volumes."""
    table = np.array(rows)
    close, order = table[:, 3], np.random.default_rng(seed).permutation(newest)
    returns = (close[1:] / close[:-1])[-newest:][order]
    closes = close[-newest - 1] * np.cumprod(returns)
    shapes = (table[-newest:] / close[-newest:, None])[order] * closes[:, None]
    shapes[:, 4] = table[-newest:, 4][order]
    table[-newest:] = shapes
    return [(row[0], row[1], row[2], row[3], row[4]) for row in table.tolist()]


@pytest.mark.parametrize("newest", [60, 120, 279])
def test_the_same_returns_in_another_order_are_hardly_ever_a_pattern(newest: int) -> None:
    found = [match_of(shuffled(vcp_rows(), newest, seed)).detected for seed in range(100)]

    assert match_of(vcp_rows()).detected
    assert sum(found) <= 3


def test_the_scale_of_prices_and_volumes_does_not_matter() -> None:
    match = match_of(scaled(vcp_rows(), prices=10, volumes=7))

    assert match.score == pytest.approx(match_of(vcp_rows()).score, rel=1e-12)
    assert match.state == State.SETUP


@pytest.mark.parametrize("count", [120, 251])
def test_a_young_listing_gets_no_trend_points_and_b_at_most(count: int) -> None:
    match = match_of(vcp_rows()[-count:])

    assert match.flags == ("YOUNG_LISTING",)
    assert match.missing == ("trend",)
    assert match.components["trend"] == 0
    assert match.score > 65
    assert match.grade is Grade.B
    assert failed_gates(match) == ["trend"]


def test_a_year_of_bars_is_not_young() -> None:
    match = match_of(vcp_rows()[-252:])

    assert (match.flags, match.missing) == ((), ())
    assert match.components["trend"] == 20
    assert match.grade is Grade.S


def test_a_deeper_last_pullback_never_looks_tighter() -> None:
    tightness = inf
    for low in range(18_400, 16_900, -50):
        knots = (*VCP_KNOTS[:-2], (274, low), VCP_KNOTS[-1])
        points = match_of(vcp_rows(knots)).components.get("tight", 0.0)
        assert points <= tightness
        tightness = points
    assert tightness == 0


def test_the_later_of_two_equal_highs_starts_the_base() -> None:
    rows = vcp_rows()
    rows[225] = (19_000, 20_100, 18_900, 19_000, 900_000)

    assert match_of(rows).facts["base_start"] == weekdays(280)[225].isoformat()


def test_a_high_of_the_last_ten_sessions_starts_no_base() -> None:
    rows = vcp_rows()
    rows[270] = (18_900, 20_300, 18_700, 18_800, 300_000)

    assert match_of(rows).facts["base_start"] == weekdays(280)[220].isoformat()


def test_a_wild_stock_is_measured_with_a_wider_ruler() -> None:
    calm = vcp_rows()
    wild: list[Row] = [(row[0], row[1] * 1.03, row[2] * 0.97, *row[3:]) for row in calm]

    facts: Any = match_of(wild).facts

    assert facts["swing"] == facts["atr14"] / 18_800
    assert facts["swing"] > 0.07
    assert match_of(calm).facts["swing"] == 0.03


def test_the_loss_at_the_stop_is_eight_percent_at_most() -> None:
    match = vcp.evaluate(Inputs(bars_of(vcp_rows())), replace(DEFAULTS, greatest_loss=0.05))

    assert match.stop == 18_150  # 95 % of 19,110, down to the tick
    assert match.target == 21_000  # 21,030, down to the tick of 50


def test_a_position_takes_fifteen_percent_of_the_capital_at_most() -> None:
    match = vcp.evaluate(Inputs(bars_of(vcp_rows())), replace(DEFAULTS, risk=0.05))

    assert match.quantity == 78  # 1,500,000 / 19,110


def test_the_pattern_is_named_by_the_date_of_its_pivot() -> None:
    match = match_of(vcp_rows())

    assert match.facts["pivot_session"] == "2025-02-13"
    assert match.pattern == date(2025, 2, 13)


@pytest.mark.parametrize(("volume", "points"), [(300_000, 20), (502_189, 10), (669_585, 0)])
def test_the_drier_the_volume_the_more_points(volume: float, points: float) -> None:
    rows = vcp_rows()
    rows[275:] = [(*row[:4], volume) for row in rows[275:]]  # 669,585 is the usual volume

    assert match_of(rows).components["dry"] == pytest.approx(points, abs=0.001)


def test_relative_strength_is_told_and_asked_for_only_when_a_parameter_says_so() -> None:
    unknown, weak = match_of(vcp_rows()), match_of(vcp_rows(), strength=12.5)

    assert weak.facts["strength"] == 12.5
    assert replace(weak, facts={}) == replace(unknown, facts={})


@pytest.mark.parametrize(
    ("strength", "failed", "missing"),
    [(70.0, [], ()), (69.9, ["strength"], ()), (None, ["strength"], ("strength",))],
)
def test_relative_strength_can_be_made_a_gate(
    strength: float | None, failed: list[str], missing: tuple[str, ...]
) -> None:
    given = Inputs(bars_of(vcp_rows()), strength=strength)

    match = vcp.evaluate(given, replace(DEFAULTS, strength=70))

    assert failed_gates(match) == failed
    assert match.missing == missing
    assert match.signal == (not failed)


def test_half_a_year_of_bars_is_needed() -> None:
    assert vcp.STRATEGY.minimum == 120


def test_two_pullbacks_are_enough() -> None:
    knots = ((0, 8000), (239, 20000), (258, 16400), (268, 19000), (274, 18050), (279, 18800))

    match = match_of(vcp_rows(knots))

    legs: Any = match.facts["contractions"]
    assert match.detected
    assert [leg["high"] for leg in legs] == [20_100, 19_095]


def test_the_defaults_belong_to_the_version_of_the_definition() -> None:
    assert DEFINITION_VERSION == "2026-1"
    assert asdict(DEFAULTS) == {
        "base_lookback": 120,
        "base_age": 10,
        "swing": 0.03,
        "run_depth_ratio": 0.85,
        "run_low_ratio": 0.98,
        "trend": 6,
        "strength": None,
        "contractions": (2, 6),
        "first_depth": (0.08, 0.40),
        "last_depth": 0.12,
        "base_length": (15, 120),
        "dry": 0.80,
        "pivot_height": 0.85,
        "near": 0.05,
        "extended": 1.05,
        "trigger_volume": 1.4,
        "greatest_loss": 0.08,
        "risk": 0.005,
        "reward": 2.0,
    }
