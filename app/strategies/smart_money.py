"""Smart money: foreigners and institutions keep buying, measured against what is traded.

수급: net buying of the newest five final sessions, confirmed by where in their range the prices
closed. It has no levels, for it confirms what others find; both buying at once is 쌍끌이.
Source: practice of Korean private traders, and Chaikin's money flow. The steps and weights are ours
and have not been back-tested.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from itertools import takewhile

import numpy as np
from pydantic import JsonValue

from app.domain import Bars, Grade, InvestorFlow, Match, Terms
from app.strategies import indicators
from app.strategies.base import LEAST_SCORES, Inputs, Need, Strategy, grade_of
from app.strategies.flows import NEEDED
from app.strategies.gates import Gate, all_passed, as_facts, at_least, failures
from app.strategies.kinds import Share

MONTH = 20  # sessions of the money flow
POINTS = {"foreign": 40.0, "institution": 30.0, "money_flow": 20.0, "double": 10.0}


class State(StrEnum):
    """Who bought more than they sold."""

    NO_FLOW = "NO_FLOW"  # nobody knows
    NOT_BUYING = "NOT_BUYING"
    NET_BUY = "NET_BUY"  # the two together
    BOTH_BUY = "BOTH_BUY"  # each of the two, on most days


@dataclass(frozen=True)
class Parameters:
    """Shares of the value traded in the five sessions, but ``money_flow``: of 1, its greatest.

    ``full``: net buying that gets all points; ``money_flow``: Chaikin's that does.
    ``both_days``: share of the days that each must have bought on, to be called both buying.
    """

    full: Share = 0.10
    neutral: Share = 0.005
    strong: Share = 0.05
    both_days: Share = 0.6
    money_flow: Share = 0.25


DEFAULTS = Parameters()


@dataclass(frozen=True)
class _Actor:
    """What one kind of investor did in five sessions."""

    net5: float  # won
    intensity: float  # net5 as a share of the value traded
    persistence: float  # share of the days with net buying
    streak: int  # newest days in a row with net buying
    score: float  # 0 to 100
    label: str


def evaluate(given: Inputs, parameters: Parameters = DEFAULTS) -> Match:
    """Say how steadily foreigners and institutions have bought, up to the newest final session."""
    if not given.flows:
        return Match(
            state=State.NO_FLOW,
            reason="Nobody knows who bought.",
            grade=Grade.C,
            missing=("flow",),
        )
    flows = {flow.session: flow for flow in given.flows}
    bars = given.bars[given.bars.session <= np.datetime64(given.flows[-1].session)]
    foreign = _actor(bars, {day: flow.foreign for day, flow in flows.items()}, parameters)
    institution = _actor(bars, {day: flow.institution for day, flow in flows.items()}, parameters)
    money_flow = indicators.chaikin_money_flow(bars, MONTH)
    components = _components(foreign, institution, money_flow, parameters)
    score = sum(components.values())
    gates = [at_least("score", score, LEAST_SCORES[Grade.A])]
    state = _state(foreign, institution, parameters)
    return Match(
        state=state,
        reason=_reason(bars, foreign, institution, gates),
        detected=all_passed(gates),
        signal=all_passed(gates),
        score=score,
        grade=grade_of(score),
        components=components,
        missing=() if money_flow is not None else ("money_flow",),
        pattern=bars.date(-1),
        facts={
            "session": bars.date(-1).isoformat(),
            "foreign": asdict(foreign),
            "institution": asdict(institution),
            "double_buy": state is State.BOTH_BUY,
            "cmf20": money_flow,
            "days": _days(bars, flows),
            "gates": as_facts(gates),
        },
    )


def _actor(bars: Bars, net: Mapping[date, float], parameters: Parameters) -> _Actor:
    """Return what one kind of investor did; ``net``: its net buying by session, in won."""
    sessions: list[date] = bars.session.tolist()
    newest = [net[session] for session in sessions[-NEEDED:]]
    intensity = sum(newest) / float(bars.value[-NEEDED:].sum())
    persistence = sum(each > 0 for each in newest) / NEEDED
    streak = takewhile(lambda session: net.get(session, 0.0) > 0, reversed(sessions))
    return _Actor(
        net5=sum(newest),
        intensity=intensity,
        persistence=persistence,
        streak=len(list(streak)),
        score=0.7 * _scale(intensity / parameters.full) + 0.3 * 100 * persistence,
        label=_label(intensity, persistence, parameters),
    )


def _scale(share: float) -> float:
    """Return 0 for minus one and under, 50 for 0, 100 for one and over."""
    return 50 + 50 * min(max(share, -1.0), 1.0)


def _label(intensity: float, persistence: float, parameters: Parameters) -> str:
    """Return in a word what one kind of investor did."""
    if abs(intensity) < parameters.neutral:
        return "neutral"
    if intensity > 0:
        return "strong_buy" if intensity >= parameters.strong and persistence == 1 else "buy"
    return "strong_sell" if intensity <= -parameters.strong and persistence == 0 else "sell"


def _components(
    foreign: _Actor, institution: _Actor, money_flow: float | None, parameters: Parameters
) -> dict[str, float]:
    """Return the points of the score; a money flow that is not known gives none."""
    nets = foreign.net5, institution.net5
    double = 0.0 if max(nets) < 0 else 100.0 if min(nets) > 0 else 50.0
    closed = 0.0 if money_flow is None else _scale(money_flow / parameters.money_flow)
    scores = {
        "foreign": foreign.score,
        "institution": institution.score,
        "money_flow": closed,
        "double": double,
    }
    return {name: POINTS[name] * score / 100 for name, score in scores.items()}


def _state(foreign: _Actor, institution: _Actor, parameters: Parameters) -> State:
    """Return who bought more than they sold."""
    actors = foreign, institution
    if all(each.net5 > 0 and each.persistence >= parameters.both_days for each in actors):
        return State.BOTH_BUY
    return State.NET_BUY if foreign.net5 + institution.net5 > 0 else State.NOT_BUYING


def _days(bars: Bars, flows: Mapping[date, InvestorFlow]) -> list[JsonValue]:
    """Return the five sessions that count, to draw them and to argue with them: won."""
    newest = bars[-NEEDED:]
    return [
        {
            "session": session.isoformat(),
            "foreign": flows[session].foreign,
            "institution": flows[session].institution,
            "value": value,
        }
        for session, value in zip(newest.session.tolist(), newest.value.tolist(), strict=True)
    ]


def _reason(bars: Bars, foreign: _Actor, institution: _Actor, gates: list[Gate]) -> str:
    """Return one sentence that says what each bought, as a share of what was traded."""
    days, others = (round(each.persistence * NEEDED) for each in (foreign, institution))
    counted = "1 day" if days == 1 else f"{days} days"
    return (
        f"In the {NEEDED} sessions to {bars.date(-1)} foreigners' net buying was "
        f"{foreign.intensity:+.1%} of the value traded, up on {counted}, and institutions' "
        f"{institution.intensity:+.1%}, up on {others}{failures(gates)}."
    )


STRATEGY = Strategy(
    name="smart_money",
    minimum=MONTH,
    evaluate=evaluate,
    parameters=DEFAULTS,
    terms=Terms(waits=0, holds=20),  # it has no levels: a month, then it is old
    title="Smart money",
    points=POINTS,
    states=tuple(State),
    flows=Need.REQUIRED,
)
