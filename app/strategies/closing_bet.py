"""Closing bet: a share that closes strong on large turnover, bought at the close for one night.

종가베팅: bought in the closing auction (15:20 to 15:30), sold the next morning by ten. It scores
twelve points; an input that is not there gives none of them and is named missing.
Source: practice of Korean private traders. The gates, points and exits have not been back-tested.
"""

import math
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app import ticks
from app.domain import Bars, Grade, Match, Terms
from app.strategies import vcp
from app.strategies.base import Inputs, Need, News, Strategy, grade_of
from app.strategies.flows import Net, net_buying
from app.strategies.gates import Gate, all_passed, as_facts, at_least, between, failures
from app.strategies.kinds import Ascending, Distance, Factor, Factors, Share, Shares, Switch
from app.strategies.levels import upper_limit
from app.strategies.trend import YEAR

MONTH = 20  # sessions before the last, in which a share may have rested
OUT_AT = "10:00"  # Korean time of the next session, whatever the price
POINTS = {"news": 3.0, "value": 3.0, "chart": 2.0, "candle": 1.0, "base": 1.0, "flow": 2.0}
STRICT = {  # the least value in won and the change that a grade needs as well, best grade first
    Grade.S: (1e12, (0.10, 0.20)),
    Grade.A: (500e9, (0.08, 0.15)),
    Grade.B: (100e9, (0.05, 0.12)),
}


class State(StrEnum):
    """Whether to buy at the close."""

    NO_CANDIDATE = "NO_CANDIDATE"  # a gate did not hold
    WEAK = "WEAK"  # the gates held, but grade C is not traded
    AT_CLOSE = "AT_CLOSE"


@dataclass(frozen=True)
class Parameters:
    """Won, and ratios as shares of one; of two figures, the least and the most.

    From each of ``value_steps`` on a value is worth a point more, and from each of ``mood_steps``
    on the news. ``weights``: of the capital, for S, A and B.
    ``strict_grade``: a grade needs a value and a change of its own as well, or it steps down.
    """

    value: Factor = 50e9
    change: Shares = (0.05, 0.299)
    price: Factors = (1_000, 500_000)
    value_steps: Annotated[
        tuple[Factor, Factor, Factor],
        Ascending,
        Field(description="three values in won, least first"),
    ] = (30e9, 100e9, 500e9)
    mood_steps: Shares = (0.3, 0.6)
    near_high: Share = 0.95
    body: Distance = 0.01
    location: Share = 0.70
    base_width: Share = 0.15
    base_high: Share = 0.98
    strict_grade: Switch = False
    weights: Annotated[
        tuple[Share, Share, Share], Field(description="three shares of the capital, of S, A and B")
    ] = (0.15, 0.12, 0.10)
    target: Distance = 0.05
    stop: Distance = 0.03
    gap_take: Distance = 0.03
    gap_cut: Distance = 0.02


DEFAULTS = Parameters()


@dataclass(frozen=True)
class _Measures:
    """What the close is judged by: won, and ratios as shares of one. None: not known."""

    close: float
    change: float
    value: float | None
    body: float  # of the open
    location: float | None  # of the close in its day's range
    base_width: float  # the range of the month before, against its mean close
    base_high: float  # of that month
    high_52_weeks: float | None
    upper_limit: int
    vcp: bool | None  # whether there was a pattern the day before


@dataclass(frozen=True)
class _Plan:
    """What to do tonight and in the morning: won; ``gap_take`` and ``gap_cut`` are of its open."""

    entry: int
    target: int
    stop: int
    quantity: int
    gap_take: int
    gap_cut: int


def evaluate(given: Inputs, parameters: Parameters = DEFAULTS) -> Match:
    """Say whether to buy at this close, and where to leave in the morning."""
    bars, news = given.bars, given.news
    measures = _measure(bars)
    net = net_buying(given.flows) if given.flows else None
    components = {
        "news": _news_points(news, parameters),
        "value": float(sum((measures.value or 0) >= step for step in parameters.value_steps)),
        "chart": _chart_points(measures, parameters),
        "candle": _candle_points(measures, parameters),
        "base": _base_points(measures, parameters),
        "flow": float((net.foreign > 0) + (net.institution > 0)) if net else 0.0,
    }
    score = 100 * sum(components.values()) / sum(POINTS.values())
    grade = _grade(score, measures, strict=parameters.strict_grade)
    gates = _gates(measures, parameters)
    detected = all_passed(gates)
    signal = detected and grade is not Grade.C
    plan = _plan(measures.close, grade, given.capital, parameters) if detected else None
    return Match(
        state=_state(detected=detected, signal=signal),
        reason=_reason(measures, sum(components.values()), grade, gates),
        detected=detected,
        signal=signal,
        actionable=signal,
        score=score,
        grade=grade,
        components=components,
        missing=_missing(measures, news, net),
        flags=("LIMIT_UP",) if bars.high[-1] >= measures.upper_limit else (),
        entry=plan.entry if plan else None,
        target=plan.target if plan else None,
        stop=plan.stop if plan else None,
        quantity=plan.quantity if plan else None,
        pattern=bars.date(-1),
        facts={
            "session": bars.date(-1).isoformat(),
            **asdict(measures),
            "news": asdict(news) if news else None,
            "foreign_net5": net.foreign if net else None,
            "institution_net5": net.institution if net else None,
            "gap_take": plan.gap_take if plan else None,
            "gap_cut": plan.gap_cut if plan else None,
            "out_at": OUT_AT,
            "gates": as_facts(gates),
        },
    )


def _measure(bars: Bars) -> _Measures:
    """Return the figures of the last session, and of those before it."""
    past, month = bars[:-1], bars[-MONTH - 1 : -1]
    last = (bars.open, bars.high, bars.low, bars.close, bars.value)
    opened, high, low, close, value = (float(column[-1]) for column in last)
    previous, top = float(past.close[-1]), float(month.high.max())
    return _Measures(
        close=close,
        change=round(close / previous - 1, 9),  # 1.12 - 1 is not quite 0.12
        value=None if math.isnan(value) else value,
        body=(close - opened) / opened,
        location=(close - low) / (high - low) if high > low else None,
        base_width=(top - float(month.low.min())) / float(month.close.mean()),
        base_high=top,
        high_52_weeks=float(bars.high[-YEAR:].max()) if len(bars) >= YEAR else None,
        upper_limit=upper_limit(previous),
        vcp=vcp.evaluate(Inputs(past)).detected if len(past) >= vcp.STRATEGY.minimum else None,
    )


def _news_points(news: News | None, parameters: Parameters) -> float:
    """Return 0 to 3: for as many articles, or for a mood."""
    if news is None:
        return 0.0
    good, best = (news.mood >= step for step in parameters.mood_steps)
    return float(max(min(news.positive, 3), 2 * good, 3 * best))


def _chart_points(measures: _Measures, parameters: Parameters) -> float:
    """Return a point for a VCP the day before, and one for a close near the year's high."""
    year = measures.high_52_weeks
    near = year is not None and measures.close / year >= parameters.near_high
    return float(bool(measures.vcp) + near)


def _candle_points(measures: _Measures, parameters: Parameters) -> float:
    """Return a point for a body that rose, and closed near the top of its day."""
    rose = measures.change > 0 and measures.body >= parameters.body
    high = measures.location is not None and measures.location >= parameters.location
    return float(rose and high)


def _base_points(measures: _Measures, parameters: Parameters) -> float:
    """Return a point for a close at the top of a month of rest: 기간조정."""
    narrow = measures.base_width <= parameters.base_width
    return float(narrow and measures.close / measures.base_high >= parameters.base_high)


def _grade(score: float, measures: _Measures, *, strict: bool) -> Grade:
    """Return the grade: S, A and B are 10, 8 and 6 of the 12 points."""
    grade = grade_of(score)
    if not strict or grade is Grade.C:
        return grade
    best_first = list(STRICT)
    for reached in best_first[best_first.index(grade) :]:
        least, (lowest, highest) = STRICT[reached]
        if (measures.value or 0) >= least and lowest <= measures.change <= highest:
            return reached
    return Grade.C


def _gates(measures: _Measures, parameters: Parameters) -> list[Gate]:
    """Return the conditions of a candidate."""
    return [
        at_least("value", measures.value, parameters.value),
        between("change", measures.change, *parameters.change),
        between("price", measures.close, *parameters.price),
    ]


def _state(*, detected: bool, signal: bool) -> State:
    if signal:
        return State.AT_CLOSE
    return State.WEAK if detected else State.NO_CANDIDATE


def _plan(close: float, grade: Grade, capital: int, parameters: Parameters) -> _Plan:
    """Return the levels of a position of the grade's weight: bought at the close."""
    entry = ticks.up(close)
    weight = dict(zip(STRICT, parameters.weights, strict=True)).get(grade, 0.0)
    return _Plan(
        entry=entry,
        target=ticks.down((1 + parameters.target) * entry),
        stop=ticks.down((1 - parameters.stop) * entry),
        quantity=math.floor(weight * capital / entry),
        gap_take=ticks.down((1 + parameters.gap_take) * entry),
        gap_cut=ticks.down((1 - parameters.gap_cut) * entry),
    )


def _missing(measures: _Measures, news: News | None, net: Net | None) -> tuple[str, ...]:
    """Return the inputs that nobody had."""
    inputs = {
        "news": news,
        "value": measures.value,
        "vcp": measures.vcp,
        "high52": measures.high_52_weeks,
        "flow": net,
    }
    return tuple(name for name, known in inputs.items() if known is None)


def _reason(measures: _Measures, points: float, grade: Grade, gates: list[Gate]) -> str:
    """Return one sentence that says how the share closed, for how many points, and what failed."""
    value = "an unknown value" if measures.value is None else f"{measures.value / 1e9:,.1f} bn won"
    weak = "; no signal: grade C is not traded" if grade is Grade.C else ""
    return (
        f"It closed {measures.change:+.1%} at {measures.close:,.0f} on {value}, "
        f"{points:g} of {sum(POINTS.values()):g} points{failures(gates) or weak}."
    )


STRATEGY = Strategy(
    name="closing_bet",
    minimum=61,
    evaluate=evaluate,
    parameters=DEFAULTS,
    terms=Terms(waits=0, holds=1),  # bought at this close, left in the next session
    title="Closing bet",
    points=POINTS,
    states=tuple(State),
    flows=Need.OPTIONAL,
)
