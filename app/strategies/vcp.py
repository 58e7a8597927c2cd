"""Volatility contraction: in an up-trend, pull-backs get smaller and quieter under one price.

Minervini's idea: a stock rests in a base, each pull-back is about half as deep as the one before,
two to six of them, while volume dries up. The high of the last one is the pivot; buy above it.
Source: Minervini, Trade Like a Stock Market Wizard (2013), ch. 5 and 10. The figures of the gates
and the weights of the score are ours, set inside his verbal ranges; they have not been back-tested.
"""

import math
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import Annotated

from pydantic import Field, JsonValue

from app import ticks
from app.domain import Bars, Grade, Match, Terms
from app.strategies import indicators
from app.strategies.base import Inputs, Strategy, grade_of
from app.strategies.contractions import (
    Contraction,
    contraction_facts,
    find_contractions,
    leg_volume,
    tightening_run,
)
from app.strategies.gates import (
    Gate,
    all_passed,
    as_facts,
    at_least,
    at_most,
    between,
    failures,
    under,
)
from app.strategies.kinds import Counts, Distance, Factor, Reward, Share, Shares
from app.strategies.levels import REWARD, RISK, Levels, levels
from app.strategies.trend import CONDITIONS, Trend, trend_of

QUIET, USUAL = 5, 50  # sessions: the newest, and those before that they are measured against
POINTS = {"trend": 20.0, "contraction": 30.0, "tight": 15.0, "dry": 20.0, "proximity": 15.0}


class State(StrEnum):
    """Where the price stands to the pivot."""

    NO_PATTERN = "NO_PATTERN"
    FORMING = "FORMING"
    SETUP = "SETUP"
    TRIGGERED = "TRIGGERED"
    WEAK_BREAKOUT = "WEAK_BREAKOUT"
    EXTENDED = "EXTENDED"


@dataclass(frozen=True)
class Parameters:
    """Ratios are shares of one, lengths are sessions; of two figures, the least and the most.

    ``strength``: the least percentile of relative strength, Minervini's eighth condition (his is
    70); None: it is not asked for.
    """

    base_lookback: Annotated[int, Field(ge=30, le=250, description="30 to 250 sessions")] = 120
    base_age: Annotated[int, Field(ge=1, lt=30, description="1 to 29 sessions")] = 10
    swing: Distance = 0.03
    run_depth_ratio: Share = 0.85
    run_low_ratio: Share = 0.98
    trend: Annotated[int, Field(ge=0, le=CONDITIONS, description="a whole number, 0 to 7")] = 6
    strength: Annotated[float | None, Field(ge=0, le=100, description="a percentile, 0 to 100")] = (
        None
    )
    contractions: Counts = (2, 6)
    first_depth: Shares = (0.08, 0.40)
    last_depth: Share = 0.12
    base_length: Counts = (15, 120)
    dry: Factor = 0.80
    pivot_height: Share = 0.85
    near: Distance = 0.05
    extended: Annotated[float, Field(gt=1, le=2, description="a number over 1, up to 2")] = 1.05
    trigger_volume: Factor = 1.4
    greatest_loss: Distance = 0.08
    risk: Share = RISK
    reward: Reward = REWARD


DEFAULTS = Parameters()


@dataclass(frozen=True)
class _Base:
    """Where a base starts, the swing that counts in it, its pull-backs, and those that tighten."""

    start: int
    atr: float
    swing: float
    found: list[Contraction]
    run: list[Contraction]


@dataclass(frozen=True)
class _Measures:
    """What a base of two or more pull-backs measures: prices in won, the rest shares of one."""

    close: float
    pivot: float
    gap: float  # how far the close is under the pivot
    depth_ratios: list[float]  # of each pull-back to the one before
    mean_ratio: float  # their geometric mean
    dry: float  # newest volume against the usual
    relative_volume: float  # that of the last bar alone


def evaluate(given: Inputs, parameters: Parameters = DEFAULTS) -> Match:
    """Say whether pull-backs tighten under a pivot, and how near to it the price is."""
    bars = indicators.at_full_session(given.bars, given.elapsed)
    trend = trend_of(bars)
    base = _base(bars, parameters)
    nothing = Match(
        state=State.NO_PATTERN,
        reason="No two pull-backs, each tighter than the one before, end the base.",
        grade=grade_of(0),
        missing=_missing(given, trend, parameters),
        flags=() if trend.known else ("YOUNG_LISTING",),
        facts={**_context(bars, trend, base), "strength": given.strength},
    )
    if len(base.run) < 2:
        return nothing
    measures = _measure(bars, base)
    gates = _gates(bars, trend, base, measures, parameters)
    if parameters.strength is not None:
        gates.append(at_least("strength", given.strength, parameters.strength))
    detected = all_passed(gates)
    state = _state(measures, parameters)
    components = _components(trend, base, measures)
    score = sum(components.values())
    at = _levels(base.run[-1], given.capital, parameters)
    return replace(
        nothing,
        state=state,
        reason=_reason(bars, base, measures, gates),
        detected=detected,
        signal=detected,
        actionable=detected and state in (State.SETUP, State.TRIGGERED),
        score=score,
        grade=_grade(score, young=not trend.known),
        components=components,
        entry=at.entry,
        target=at.target,
        stop=at.stop,
        quantity=at.quantity,
        pattern=bars.date(base.run[-1].high_at),
        facts={**nothing.facts, **_evidence(bars, base, measures, gates)},
    )


def _missing(given: Inputs, trend: Trend, parameters: Parameters) -> tuple[str, ...]:
    """Return the inputs that were asked for and that nobody had."""
    weighed = parameters.strength is not None and given.strength is None
    return (() if trend.known else ("trend",)) + (("strength",) if weighed else ())


def _base(bars: Bars, parameters: Parameters) -> _Base:
    """Return the base from the highest high on that is old enough, the later one of two."""
    window = bars.high[-parameters.base_lookback : -parameters.base_age]
    start = len(bars) - parameters.base_age - 1 - int(window[::-1].argmax())
    atr = float(indicators.average_true_range(bars)[-1])
    swing = max(parameters.swing, atr / float(bars.close[-1]))  # a wild stock needs a wider ruler
    found = find_contractions(bars.high.tolist(), bars.low.tolist(), start, swing)
    run = tightening_run(
        found, depth_ratio=parameters.run_depth_ratio, low_ratio=parameters.run_low_ratio
    )
    return _Base(start, atr, swing, found, run)


def _measure(bars: Bars, base: _Base) -> _Measures:
    """Return the figures of a base whose run has two pull-backs or more."""
    close, pivot = float(bars.close[-1]), base.run[-1].high
    ratios = [later.depth / earlier.depth for earlier, later in pairwise(base.run)]
    end = len(bars) - (close > pivot)  # the breakout's own volume must not spoil the dry-up
    quiet = bars.volume[end - QUIET : end].mean()
    usual = bars.volume[end - QUIET - USUAL : end - QUIET].mean()
    return _Measures(
        close=close,
        pivot=pivot,
        gap=(pivot - close) / pivot,
        depth_ratios=ratios,
        mean_ratio=math.prod(ratios) ** (1 / len(ratios)),
        dry=float(quiet / usual),
        relative_volume=indicators.relative_volume(bars.volume, USUAL),
    )


def _gates(
    bars: Bars, trend: Trend, base: _Base, measures: _Measures, parameters: Parameters
) -> list[Gate]:
    """Return the conditions of a detected pattern."""
    first, last = base.run[0], base.run[-1]
    quietness = leg_volume(bars, last) / leg_volume(bars, first)
    height = last.high / float(bars.high[base.start])
    return [
        at_least("trend", trend.met, parameters.trend),
        between("contractions", len(base.run), *parameters.contractions),
        between("first_depth", first.depth, *parameters.first_depth),
        at_most("last_depth", last.depth, parameters.last_depth),
        between("base_length", len(bars) - base.start, *parameters.base_length),
        at_most("dry", measures.dry, parameters.dry),
        under("leg_volume", quietness, 1.0),
        at_least("last_low_held", measures.close, last.low),
        at_least("pivot_height", height, parameters.pivot_height),
    ]


def _state(measures: _Measures, parameters: Parameters) -> State:
    """Return where the price stands to the pivot."""
    reached = measures.close / measures.pivot
    if reached > parameters.extended:
        return State.EXTENDED
    if reached > 1:
        strong = measures.relative_volume >= parameters.trigger_volume
        return State.TRIGGERED if strong else State.WEAK_BREAKOUT
    return State.SETUP if measures.gap <= parameters.near else State.FORMING


def _components(trend: Trend, base: _Base, measures: _Measures) -> dict[str, float]:
    """Return the points of the score: of each component its share, from worst to best case."""
    shares = {
        "trend": trend.met / CONDITIONS,
        "contraction": (1 + 2 * indicators.clip((0.90 - measures.mean_ratio) / 0.40)) / 3,
        "tight": indicators.clip((0.12 - base.run[-1].depth) / 0.09),
        "dry": indicators.clip((1 - measures.dry) / 0.5),
        "proximity": indicators.clip((0.08 - abs(measures.gap)) / 0.08),
    }
    return {name: POINTS[name] * share for name, share in shares.items()}


def _grade(score: float, *, young: bool) -> Grade:
    """Return the grade; a young listing's is B at most, for its trend is not known."""
    grade = grade_of(score)
    return Grade.B if young and grade in (Grade.S, Grade.A) else grade


def _levels(last: Contraction, capital: int, parameters: Parameters) -> Levels:
    """Return levels a tick over the pivot and under the last low, the loss limited."""
    entry = ticks.above(ticks.up(last.high))
    stop = max(
        ticks.below(ticks.down(last.low)), ticks.down((1 - parameters.greatest_loss) * entry)
    )
    return levels(entry, stop, capital=capital, risk=parameters.risk, reward=parameters.reward)


def _context(bars: Bars, trend: Trend, base: _Base) -> dict[str, JsonValue]:
    """Return the facts of any ticker, with a pattern or without."""
    bands = indicators.bollinger_bands(bars.close)
    return {
        "trend": {"met": trend.met, "conditions": dict(trend.conditions)},
        **trend.figures,
        "atr14": base.atr,
        "rsi14": float(indicators.relative_strength_index(bars.close)[-1]),
        "bandwidth": float(indicators.bandwidth(bands)[-1]),
        "cmf20": indicators.chaikin_money_flow(bars),
        "base_start": bars.date(base.start).isoformat(),
        "base_high": float(bars.high[base.start]),
        "base_length": len(bars) - base.start,
        "swing": base.swing,
        "contractions": [contraction_facts(bars, leg) for leg in base.run],
        "looser_contractions": len(base.found) - len(base.run),
        "gates": [],
    }


def _evidence(
    bars: Bars, base: _Base, measures: _Measures, gates: list[Gate]
) -> dict[str, JsonValue]:
    """Return the facts of a base whose pull-backs tighten."""
    return {
        "pivot_session": bars.date(base.run[-1].high_at).isoformat(),
        **asdict(measures),
        "gates": as_facts(gates),
    }


def _reason(bars: Bars, base: _Base, measures: _Measures, gates: list[Gate]) -> str:
    """Return one sentence that names the pull-backs, the dry-up, the price and what failed."""
    since = bars.date(base.run[0].high_at)
    depths = " → ".join(f"{leg.depth:.1%}" for leg in base.run)
    side = "below" if measures.gap >= 0 else "above"
    return (
        f"Since the high of {since} the pull-backs went {depths}, the last {QUIET} sessions traded "
        f"{measures.dry:.0%} of the {USUAL} before, and the price is {abs(measures.gap):.1%} "
        f"{side} the pivot {measures.pivot:,.0f}{failures(gates)}."
    )


STRATEGY = Strategy(
    name="vcp",
    minimum=120,
    evaluate=evaluate,
    parameters=DEFAULTS,
    terms=Terms(waits=20, holds=60),  # a month for the pivot to be passed, a quarter to get there
    title="VCP",
    points=POINTS,
    states=tuple(State),
)
