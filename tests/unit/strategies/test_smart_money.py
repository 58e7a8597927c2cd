from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import DEFINITION_VERSION, Bars, Grade, InvestorFlow, Match
from app.strategies import indicators, smart_money
from app.strategies.base import Inputs
from app.strategies.smart_money import DEFAULTS, Parameters, State
from tests.unit.strategies.examples import (
    LAST_SESSION,
    Row,
    bars_of,
    buying_rows,
    valued_bars_of,
    walk_rows,
)

FOREIGN = (3e9, -1e9, 2e9, 4e9, 5e9)
INSTITUTION = (1e9, 2e9, -3e9, 1e9, 4e9)


def flows(
    bars: Bars,
    foreign: Sequence[float] = FOREIGN,
    institution: Sequence[float] = INSTITUTION,
) -> list[InvestorFlow]:
    """Return net buying in won of the newest sessions, oldest first."""
    days = bars.session.tolist()[-len(foreign) :]
    return [
        InvestorFlow(day, bought, kept, -bought - kept)
        for day, bought, kept in zip(days, foreign, institution, strict=True)
    ]


def match_of(
    foreign: Sequence[float] = FOREIGN,
    institution: Sequence[float] = INSTITUTION,
    parameters: Parameters = DEFAULTS,
    rows: Sequence[Row] | None = None,
) -> Match:
    bars = valued_bars_of(buying_rows() if rows is None else rows)
    return smart_money.evaluate(Inputs(bars, flows(bars, foreign, institution)), parameters)


def actor(match: Match, name: str = "foreign") -> dict[str, Any]:
    """Return what one kind of investor did."""
    facts: Any = match.facts[name]
    return dict(facts)


def test_the_worked_example_is_bought_by_both() -> None:
    match = match_of()

    assert match.state == State.BOTH_BUY
    assert match.score == pytest.approx(79.40, abs=0.005)
    assert match.grade is Grade.A
    assert (match.detected, match.signal) == (True, True)
    assert match.pattern == LAST_SESSION
    assert match.facts["double_buy"] is True
    assert (match.missing, match.flags) == ((), ())


def test_the_worked_example_has_its_figures() -> None:
    match = match_of()

    days: Any = match.facts["days"]
    assert sum(day["value"] for day in days) == pytest.approx(289.52e9)
    assert match.facts["cmf20"] == pytest.approx(0.33333, abs=0.000005)
    assert actor(match) == {
        "net5": 13e9,
        "intensity": pytest.approx(0.04490, abs=0.000005),
        "persistence": 0.8,
        "streak": 3,
        "score": pytest.approx(74.716, abs=0.0005),
        "label": "buy",
    }
    assert actor(match, "institution") == {
        "net5": 5e9,
        "intensity": pytest.approx(0.01727, abs=0.000005),
        "persistence": 0.8,
        "streak": 2,
        "score": pytest.approx(65.044, abs=0.0005),
        "label": "buy",
    }


def test_the_worked_example_has_its_points() -> None:
    assert match_of().components == pytest.approx(
        {"foreign": 29.886, "institution": 19.513, "money_flow": 20, "double": 10}, abs=0.0005
    )


def test_the_days_that_count_can_be_drawn() -> None:
    days: Any = match_of().facts["days"]

    assert len(days) == 5
    assert days[0] == {
        "session": "2025-02-24",
        "foreign": 3e9,
        "institution": 1e9,
        "value": 61.8e9,
    }


def test_a_match_says_what_it_saw() -> None:
    assert match_of().reason == (
        "In the 5 sessions to 2025-02-28 foreigners' net buying was +4.5% of the value traded, "
        "up on 4 days, and institutions' +1.7%, up on 4."
    )


def test_one_day_of_buying_is_one_day() -> None:
    assert "up on 1 day, and" in match_of(foreign=(9e9, -1e9, -1e9, -1e9, -1e9)).reason


def test_it_only_confirms_and_has_no_levels() -> None:
    match = match_of()

    assert not match.actionable
    assert (match.entry, match.target, match.stop, match.quantity) == (None,) * 4


def test_a_grade_under_a_is_no_signal() -> None:
    match = match_of(foreign=(1e9, -1e9, 1e9, -1e9, 1e9), institution=(0,) * 5)

    assert 50 <= match.score < 65
    assert match.grade is Grade.B
    assert not match.signal
    assert "; no signal: score " in match.reason


def test_one_seller_leaves_net_buying() -> None:
    match = match_of(institution=(-1e9,) * 5)

    assert match.state == State.NET_BUY
    assert match.facts["double_buy"] is False
    assert match.components["double"] == 5


def test_both_must_buy_on_three_days_of_five() -> None:
    two_days = (3e9, 3e9, -1e9, -1e9, -1e9)

    assert match_of(institution=(1e9, 1e9, 1e9, -1e9, -1e9)).state == State.BOTH_BUY
    assert match_of(institution=two_days).state == State.NET_BUY
    assert match_of(institution=two_days).components["double"] == 10


def test_selling_by_both_gets_no_points_for_being_double() -> None:
    match = match_of(foreign=(-1e9,) * 5, institution=(-1e9,) * 5)

    assert match.state == State.NOT_BUYING
    assert match.components["double"] == 0


def test_nothing_bought_is_half_way_between_buying_and_selling() -> None:
    match = match_of(foreign=(0,) * 5, institution=(0,) * 5)

    assert match.state == State.NOT_BUYING
    assert match.components["double"] == 5
    assert actor(match)["score"] == 35  # 50 for the sum, nothing for the days


VALUE = 289.52e9 / 5


@pytest.mark.parametrize(
    ("shares", "label"),
    [
        ((0.004,) * 5, "neutral"),
        ((-0.004,) * 5, "neutral"),
        ((0.006,) * 5, "buy"),
        ((0.051,) * 5, "strong_buy"),
        ((0.3, 0.1, 0.1, 0.1, -0.01), "buy"),
        ((-0.006,) * 5, "sell"),
        ((-0.051,) * 5, "strong_sell"),
        ((-0.3, -0.1, -0.1, -0.1, 0.01), "sell"),
    ],
)
def test_what_an_investor_did_has_a_word(shares: Sequence[float], label: str) -> None:
    match = match_of(foreign=[share * VALUE for share in shares])

    assert actor(match)["label"] == label


def test_a_tenth_of_all_that_is_traded_gets_all_points() -> None:
    tenth = match_of(foreign=(0.10 * VALUE,) * 5)
    half = match_of(foreign=(0.50 * VALUE,) * 5)

    assert actor(tenth)["score"] == pytest.approx(100)
    assert tenth.components["foreign"] == pytest.approx(40)
    assert half.components == pytest.approx(dict(tenth.components))


def test_a_streak_may_be_longer_than_the_days_that_count() -> None:
    net = [-1e9, *[1e9] * 9]

    assert actor(match_of(foreign=net, institution=net))["streak"] == 9


def test_a_day_that_nobody_knows_ends_a_streak() -> None:
    bars = valued_bars_of(buying_rows())
    known = flows(bars, [1e9] * 10, [1e9] * 10)
    del known[2]

    match = smart_money.evaluate(Inputs(bars, known))

    assert actor(match)["streak"] == 7


def test_a_running_session_is_not_looked_at() -> None:
    rows = buying_rows()
    final = valued_bars_of(rows[:-1])
    running = valued_bars_of([*rows[:-1], (51_000, 99_000, 10, 11, 9e9)])
    net = flows(running)[:-1]  # of five sessions, the four before today; and one more before them
    net.insert(0, InvestorFlow(running.date(-6), 1e9, 1e9, 0))

    match = smart_money.evaluate(Inputs(running, net))

    assert match.pattern == running.date(-2)
    assert match.facts["cmf20"] == pytest.approx(indicators.chaikin_money_flow(final), abs=1e-12)


def test_where_prices_closed_confirms_the_buying() -> None:
    at_the_top: list[Row] = [(100, 110, 90, 110, 1e6)] * 20
    at_the_bottom: list[Row] = [(100, 110, 90, 90, 1e6)] * 20
    in_the_middle: list[Row] = [(100, 110, 90, 100, 1e6)] * 20

    points = [
        match_of((1e6,) * 5, (1e6,) * 5, rows=rows).components["money_flow"]
        for rows in (at_the_top, in_the_middle, at_the_bottom)
    ]

    assert points == [20, 10, 0]


def test_a_money_flow_that_is_not_known_gives_no_points() -> None:
    bars = valued_bars_of(buying_rows())
    net = flows(bars)

    match = smart_money.evaluate(Inputs(replace(bars, volume=np.zeros(20)), net))

    assert match.missing == ("money_flow",)
    assert match.components["money_flow"] == 0


def test_without_flows_there_is_nothing_to_say() -> None:
    match = smart_money.evaluate(Inputs(bars_of(buying_rows())))

    assert match.state == State.NO_FLOW
    assert match.missing == ("flow",)
    assert not match.signal


@given(
    st.integers(min_value=0, max_value=10_000),
    st.lists(st.floats(min_value=-0.5, max_value=0.5), min_size=5, max_size=5),
    st.integers(min_value=0, max_value=4),
    st.floats(min_value=0, max_value=0.5),
)
def test_more_buying_never_lowers_the_score(
    seed: int, shares: list[float], day: int, more: float
) -> None:
    bars = valued_bars_of(walk_rows(seed, 60))
    more_shares = [*shares[:day], shares[day] + more, *shares[day + 1 :]]

    def score(foreign: Sequence[float], institution: Sequence[float]) -> float:
        values = bars.value[-5:]
        net = flows(bars, (foreign * values).tolist(), (institution * values).tolist())
        return smart_money.evaluate(Inputs(bars, net)).score

    assert score(more_shares, shares) >= score(shares, shares) - 1e-9
    assert score(shares, more_shares) >= score(shares, shares) - 1e-9


def test_the_money_flow_needs_twenty_bars() -> None:
    assert smart_money.STRATEGY.minimum == 20


def test_the_defaults_belong_to_the_version_of_the_definition() -> None:
    assert DEFINITION_VERSION == "2026-1"
    assert asdict(DEFAULTS) == {
        "full": 0.10,
        "neutral": 0.005,
        "strong": 0.05,
        "both_days": 0.6,
        "money_flow": 0.25,
    }
