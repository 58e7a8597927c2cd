from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.domain import Bars, InvestorFlow, Match, Result, Status
from app.strategies.base import Inputs, News
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from app.strategies.registry import STRATEGIES
from tests.unit.strategies.examples import closing_rows, flows_of, valued_bars_of, weekdays

BARS = valued_bars_of(closing_rows())
FLOWS = flows_of(BARS, 0.02, 0.01)
SESSIONS = weekdays(len(BARS))


def found(bars: Bars, known: Known) -> Mapping[str, Match | Result]:
    return evaluate(STRATEGIES, check(bars, SESSIONS), known)


def match(name: str, known: Known) -> Match:
    each = found(BARS, known)[name]
    assert isinstance(each, Match)
    return each


def test_every_strategy_answers_about_the_same_bars() -> None:
    answers = found(BARS, Known(flows=FLOWS))

    assert list(answers) == list(STRATEGIES)
    assert {type(each) for each in answers.values()} == {Match}


def test_only_those_that_need_flows_do_without_an_answer() -> None:
    answers = found(BARS, Known())

    refused = {name: each for name, each in answers.items() if isinstance(each, Result)}
    assert refused == {
        "smart_money": Result(
            status=Status.INSUFFICIENT_DATA, reason="no investor flow of 2025-02-24"
        )
    }


def test_flows_that_cannot_be_true_stop_who_needs_them_and_are_missing_for_others() -> None:
    wrong_unit = [
        InvestorFlow(flow.session, flow.foreign * 1e6, flow.institution * 1e6, 0) for flow in FLOWS
    ]

    answers = found(BARS, Known(flows=wrong_unit))

    smart, closing = answers["smart_money"], answers["closing_bet"]
    assert isinstance(smart, Result)
    assert smart.status is Status.BAD_DATA
    assert isinstance(closing, Match)
    assert "flow" in closing.missing


def test_flows_of_a_running_session_change_nothing() -> None:
    estimate = FLOWS[-1]._replace(foreign=-9e15)

    with_estimate = found(BARS, Known(flows=[*FLOWS[:-1], estimate], provisional=True))

    assert with_estimate == found(BARS, Known(flows=FLOWS[:-1], provisional=True))
    smart = with_estimate["smart_money"]
    assert isinstance(smart, Match)
    assert smart.pattern == SESSIONS[-2]


def test_a_running_session_is_no_bar_for_who_reads_final_ones_only() -> None:
    bars, sessions = valued_bars_of(closing_rows()[-21:]), weekdays(21)
    needed = {"smart_money": STRATEGIES["smart_money"]}

    for kept, status in ((21, "answers"), (20, Status.INSUFFICIENT_DATA)):
        checked = check(bars[-kept:], sessions[-kept:])
        known = Known(flows=flows_of(bars, 0.1, 0.1), provisional=True)
        answer = evaluate(needed, checked, known)["smart_money"]
        assert (answer.status if isinstance(answer, Result) else "answers") == status


def test_strength_news_and_time_reach_the_strategies() -> None:
    known = Known(strength=88.0, news=News(3, 0.0), elapsed=0.5)

    assert match("vcp", known).facts["strength"] == 88
    assert match("closing_bet", known).components["news"] == 3
    whole: Any = match("volatility_breakout", Known()).facts["relative_volume"]
    assert match("volatility_breakout", known).facts["relative_volume"] == pytest.approx(2 * whole)


def test_bars_are_judged_before_flows() -> None:
    halted = np.where(np.arange(len(BARS)) == len(BARS) - 1, 0, BARS.volume)
    columns = vars(BARS) | {"volume": halted}

    answers = found(Bars(**columns), Known(flows=FLOWS))

    assert {each.status for each in answers.values() if isinstance(each, Result)} == {Status.HALTED}
    assert len(answers) == len(STRATEGIES)


def test_a_strategy_that_raises_is_heard_of() -> None:
    def broken(_given: Inputs, _parameters: object) -> Match:
        raise ArithmeticError("broken")

    strategies = {"broken": replace(STRATEGIES["vcp"], evaluate=broken)}

    with pytest.raises(ArithmeticError, match="broken"):
        evaluate(strategies, check(BARS, SESSIONS), Known())
