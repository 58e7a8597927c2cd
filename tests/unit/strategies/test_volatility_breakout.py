from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import DEFINITION_VERSION, Grade, Match
from app.strategies import volatility_breakout
from app.strategies.base import Inputs
from app.strategies.volatility_breakout import DEFAULTS, Parameters, State
from tests.unit.strategies.examples import (
    LAST_SESSION,
    Row,
    bars_of,
    breakout_rows,
    growing_rows,
    walk_rows,
)


def match_of(rows: list[Row], **given: Any) -> Match:
    return volatility_breakout.evaluate(Inputs(bars_of(rows), **given))


def failed_gates(match: Match) -> list[str]:
    gates: Any = match.facts["gates"]
    return [gate["name"] for gate in gates if not gate["passed"]]


def with_today(*today: float) -> list[Row]:
    """Return the worked example with another (open, high, low, close, volume) on its last day."""
    opened, high, low, close, volume = today
    return [*breakout_rows()[:-1], (opened, high, low, close, volume)]


def test_the_worked_example_fires_and_can_be_acted_on() -> None:
    match = match_of(breakout_rows())

    assert match.state == State.FIRED
    assert (match.detected, match.signal, match.actionable) == (True, True, True)
    assert match.score == pytest.approx(70.73, abs=0.005)
    assert match.grade is Grade.A
    assert (match.entry, match.stop, match.target) == (12_300, 11_830, 13_240)
    assert match.quantity == 106  # half a percent of ten million over a risk of 470
    assert match.pattern == LAST_SESSION
    assert match.flags == ("intrabar_order_unknown",)


def test_the_worked_example_has_its_points() -> None:
    assert match_of(breakout_rows()).components == pytest.approx(
        {"volume": 25.731, "trend": 25, "noise": 0, "strength": 20}, abs=0.0005
    )


def test_the_worked_example_has_its_figures() -> None:
    facts = match_of(breakout_rows()).facts

    assert facts["range"] == 350
    assert facts["trigger"] == 12_295
    assert facts["upper_limit"] == 15_730
    assert facts["noise"] == pytest.approx(0.8088, abs=0.00005)
    assert facts["atr14"] == pytest.approx(231.973, abs=0.0005)
    assert facts["atr_share"] == pytest.approx(0.01917, abs=0.000005)
    assert facts["sma20"] == pytest.approx(11_699.7, abs=0.05)
    assert facts["sma60"] == pytest.approx(11_212.0, abs=0.05)
    assert facts["relative_volume"] == pytest.approx(2.470, abs=0.0005)
    assert facts["stop_distance"] == pytest.approx(0.03772, abs=0.000005)
    assert facts["session"] == "2025-02-28"
    assert facts["previous_session"] == "2025-02-27"
    assert failed_gates(match_of(breakout_rows())) == []


def test_the_noise_of_the_month_can_set_the_trigger() -> None:
    given = Inputs(bars_of(breakout_rows()))

    match = volatility_breakout.evaluate(given, Parameters(adaptive=True))

    assert match.facts["k"] == 0.8
    assert match.facts["trigger"] == pytest.approx(12_400)
    assert match.score == pytest.approx(64.53, abs=0.005)
    assert match.grade is Grade.B
    assert (match.entry, match.stop, match.target) == (12_400, 11_930, 13_340)


def test_a_match_says_what_it_saw() -> None:
    assert match_of(breakout_rows()).reason == (
        "The high 12,560 reached the entry 12,300 (12,120 + 0.50 × 350) on 2.5 times the usual "
        "volume."
    )


def test_a_high_on_the_entry_fires() -> None:
    assert match_of(with_today(12_120, 12_300, 12_080, 12_200, 1_250_000)).state == State.FIRED


def test_a_high_under_the_entry_does_not_fire_and_scores_nothing() -> None:
    match = match_of(with_today(12_120, 12_290, 12_080, 12_200, 1_250_000))

    assert match.state == State.NOT_FIRED
    assert (match.score, match.grade, dict(match.components)) == (0, Grade.C, {})
    assert (match.detected, match.signal, match.actionable) == (False, False, False)
    assert failed_gates(match) == ["fired"]
    assert match.entry == 12_300
    assert match.flags == ()


def test_a_breakout_without_volume_is_no_signal() -> None:
    match = match_of(with_today(12_120, 12_560, 12_080, 12_500, 750_000))

    assert match.facts["relative_volume"] == pytest.approx(1.48, abs=0.005)
    assert match.detected
    assert not match.signal
    assert failed_gates(match) == ["relative_volume"]
    assert match.reason.endswith("; no signal: relative_volume 1.4822 (≥ 1.5).")


@pytest.mark.parametrize(
    ("body", "noise", "points"), [(100, 0, 20), (50, 0.5, 40 / 3), (30, 0.7, 0)]
)
def test_the_fuller_the_bodies_the_less_noise_and_the_more_points(
    body: float, noise: float, points: float
) -> None:
    rows: list[Row] = [(10_000, 10_100, 10_000, 10_000 + body, 1_000)] * 80

    match = match_of(rows)

    assert match.state == State.FIRED
    assert match.facts["noise"] == pytest.approx(noise)
    assert match.components["noise"] == pytest.approx(points)


def test_a_bar_without_a_range_is_all_noise() -> None:
    rows = breakout_rows()
    rows[60:70] = [(price, price, price, price, 500_000) for price in [rows[60][3]] * 10]

    noise = match_of(rows).facts["noise"]
    others = [1 - abs(row[3] - row[0]) / (row[1] - row[2]) for row in [rows[59], *rows[70:79]]]

    assert noise == pytest.approx((10 + sum(others)) / 20)


def test_volume_of_half_a_session_is_held_against_half_of_the_usual() -> None:
    match = match_of(with_today(12_120, 12_560, 12_080, 12_500, 400_000), elapsed=0.5)

    assert match.facts["relative_volume"] == pytest.approx(1.58, abs=0.005)
    assert match.signal


def test_a_breakout_under_the_average_of_the_month_is_no_signal() -> None:
    rows = breakout_rows()
    rows[78] = (11_900, 12_150, 11_600, 11_650, 620_000)
    rows[79] = (11_650, 12_000, 11_650, 12_000, 1_250_000)

    assert failed_gates(match_of(rows)) == ["close_to_sma20"]


@pytest.mark.parametrize("allowed", [(0.02, 0.10), (0.01, 0.019)])
def test_a_stock_too_quiet_or_too_wild_is_no_signal(allowed: tuple[float, float]) -> None:
    given = Inputs(bars_of(breakout_rows()))

    match = volatility_breakout.evaluate(given, Parameters(atr_share=allowed))

    assert failed_gates(match) == ["atr_share"]
    assert not match.signal


def test_a_trigger_over_the_daily_limit_cannot_be_traded() -> None:
    match = match_of(with_today(15_600, 15_730, 15_600, 15_730, 1_250_000))

    assert match.state == State.TRIGGER_ABOVE_LIMIT
    assert not match.signal
    assert match.entry is None
    assert match.score == 0
    assert match.pattern == LAST_SESSION
    assert match.reason == "The entry 15,780 (15,600 + 0.50 × 350) is over the limit 15,730."


def test_an_entry_at_the_daily_limit_can_still_be_traded() -> None:
    match = match_of(with_today(15_555, 15_730, 15_500, 15_730, 1_250_000))

    assert match.entry == match.facts["upper_limit"] == 15_730
    assert match.state == State.FIRED


def test_a_session_locked_at_its_limit_gives_no_trigger() -> None:
    rows = breakout_rows()
    rows[78] = (12_000, 12_000, 12_000, 12_000, 900)

    match = match_of(rows)

    assert match.state == State.RANGE_ZERO
    assert not match.signal
    assert match.entry is None
    assert match.reason == "Yesterday had no range, so there is no trigger."


def test_a_steady_climb_without_volume_is_no_signal() -> None:
    assert not match_of(growing_rows(0.005)).signal


@pytest.mark.parametrize(("ranges", "stop"), [(0.1, 12_050), (10.0, 11_430)])
def test_the_stop_lies_two_to_seven_percent_away(ranges: float, stop: int) -> None:
    given = Inputs(bars_of(breakout_rows()))

    assert volatility_breakout.evaluate(given, Parameters(stop_ranges=ranges)).stop == stop


def test_todays_bar_is_in_no_average() -> None:
    calm = match_of(with_today(12_120, 12_560, 12_080, 12_500, 1_250_000)).facts
    wild = match_of(with_today(12_120, 14_000, 11_000, 11_000, 9_000_000)).facts

    for name in ("atr14", "sma20", "sma60", "noise", "upper_limit", "trigger"):
        assert calm[name] == wild[name], name


@given(
    st.integers(min_value=0, max_value=10_000),
    st.floats(min_value=1, max_value=1e7),
    st.floats(min_value=1, max_value=1e7),
)
def test_more_volume_never_lowers_the_score(seed: int, one: float, other: float) -> None:
    bars = bars_of(walk_rows(seed, 80))

    def score(volume: float) -> float:
        column = bars.volume.copy()
        column[-1] = volume
        return volatility_breakout.evaluate(Inputs(replace(bars, volume=column))).score

    less, more = sorted((one, other))
    assert score(less) <= score(more)


def test_61_bars_before_today_are_needed() -> None:
    assert volatility_breakout.STRATEGY.minimum == 62


def test_the_defaults_belong_to_the_version_of_the_definition() -> None:
    assert DEFINITION_VERSION == "2026-1"
    assert asdict(DEFAULTS) == {
        "k": 0.5,
        "adaptive": False,
        "adaptive_k": (0.3, 0.8),
        "relative_volume": 1.5,
        "atr_share": (0.01, 0.10),
        "stop_ranges": 2.0,
        "stop_distance": (0.02, 0.07),
        "risk": 0.005,
        "reward": 2.0,
    }
