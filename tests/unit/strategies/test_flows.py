from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest

from app.domain import Bars, InvestorFlow, Status
from app.strategies.flows import CheckedFlows, check_flows, net_buying
from tests.unit.strategies.examples import LAST_SESSION, flows_of, valued_bars_of, walk_rows

BARS = valued_bars_of(walk_rows(1, 60))
FLOWS = flows_of(BARS, 0.02, 0.01)


def checked(
    flows: list[InvestorFlow] | None, bars: Bars = BARS, *, provisional: bool = False
) -> CheckedFlows:
    return check_flows(flows, bars, provisional=provisional)


def with_value(session: int, value: float) -> Bars:
    """Return the bars with another traded value at one position."""
    values = BARS.value.copy()
    values[session] = value
    return replace(BARS, value=values)


def test_good_flows_are_those_of_the_newest_twenty_sessions() -> None:
    found = checked(FLOWS)

    assert found.verdict == (Status.OK, "")
    assert found.flows == tuple(FLOWS[-20:])


@pytest.mark.parametrize("nothing", [None, []])
def test_nobody_having_flows_is_too_little_data(nothing: list[InvestorFlow] | None) -> None:
    found = checked(nothing)

    assert found.flows is None
    assert found.verdict == (Status.INSUFFICIENT_DATA, "no investor flow of 2025-02-24")


@pytest.mark.parametrize("gone", range(1, 6))
def test_one_missing_session_of_the_newest_five_is_too_few(gone: int) -> None:
    found = checked(FLOWS[:-gone] + FLOWS[len(FLOWS) - gone + 1 :])

    assert found.flows is None
    assert found.verdict == (
        Status.INSUFFICIENT_DATA,
        f"no investor flow of {FLOWS[-gone].session}",
    )


def test_a_missing_session_before_the_newest_five_is_left_out() -> None:
    found = checked(FLOWS[:-6] + FLOWS[-5:])

    assert found.verdict.status is Status.OK
    assert found.flows == tuple(FLOWS[-20:-6] + FLOWS[-5:])


def test_a_running_session_needs_no_flow_and_its_flow_is_not_looked_at() -> None:
    assert checked(FLOWS[:-1]).verdict.status is Status.INSUFFICIENT_DATA

    for known in (FLOWS[:-1], FLOWS):
        found = checked(known, provisional=True)
        assert found.verdict.status is Status.OK
        assert found.flows == tuple(FLOWS[-21:-1])


def test_flows_after_the_last_bar_are_not_handed_on() -> None:
    found = checked(FLOWS, BARS[:-2])

    assert found.flows == tuple(FLOWS[-22:-2])


def test_a_session_without_a_trade_needs_no_flow() -> None:
    traded = np.arange(len(BARS)) != len(BARS) - 3

    found = checked(FLOWS[:-3] + FLOWS[-2:], BARS[traded])

    assert found.verdict.status is Status.OK


def test_the_order_of_flows_does_not_matter() -> None:
    assert checked(FLOWS[::-1]) == checked(FLOWS)


def test_a_value_that_is_not_known_is_too_little_data() -> None:
    found = checked(FLOWS, with_value(-2, np.nan))

    assert found.verdict == (Status.INSUFFICIENT_DATA, "no traded value of 2025-02-27")


def test_an_older_value_that_is_not_known_is_not_compared() -> None:
    assert checked(FLOWS, with_value(-9, np.nan)).verdict.status is Status.OK


def test_five_sessions_without_any_trade_are_a_halt() -> None:
    still = [InvestorFlow(flow.session, 0, 0, 0) for flow in FLOWS]

    found = checked(still, replace(BARS, value=np.zeros(len(BARS))))

    assert found.verdict == (Status.HALTED, f"nothing traded in 5 sessions to {LAST_SESSION}")


def flow_at(position: int, **changed: float) -> list[InvestorFlow]:
    """Return the flows with one of them changed."""
    flows = list(FLOWS)
    changes: dict[str, Any] = changed
    flows[position] = flows[position]._replace(**changes)
    return flows


@pytest.mark.parametrize("who", ["foreign", "institution"])
@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("session", [-1, -5, -20])
def test_nobody_buys_or_sells_more_than_was_traded(who: str, sign: int, session: int) -> None:
    value = float(BARS.value[session])

    most = checked(flow_at(session, **{who: sign * value}))
    more = checked(flow_at(session, **{who: sign * (value + 2_000_000)}))

    assert most.verdict.status is Status.OK
    assert more.flows is None
    assert more.verdict.status is Status.BAD_DATA
    assert more.verdict.reason.startswith(f"{FLOWS[session].session}: net buying is foreign ")
    assert more.verdict.reason.endswith(": check the units")


def test_net_buying_in_whole_millions_may_round_over_a_small_value() -> None:
    bars = with_value(-1, 3_600_000)

    assert checked(flow_at(-1, foreign=4_000_000, institution=0), bars).verdict.status is Status.OK


@pytest.mark.parametrize("broken", [float("nan"), float("inf"), float("-inf")])
def test_a_flow_that_is_no_number_is_bad_data(broken: float) -> None:
    assert checked(flow_at(-3, foreign=broken)).verdict.status is Status.BAD_DATA


def test_four_sessions_are_too_few() -> None:
    found = checked(FLOWS, BARS[-4:])

    assert found.verdict == (Status.INSUFFICIENT_DATA, "4 of 5 final sessions needed")
    assert checked(FLOWS, BARS[:0], provisional=True).flows is None


def test_net_buying_is_that_of_the_newest_five_sessions() -> None:
    days = [InvestorFlow(date(2025, 2, day), 10**day, -day, 0) for day in range(1, 8)]

    assert net_buying(days) == (11_111_000, -25)
