"""Volatility breakout: price that travels a part of yesterday's range above today's open.

Such a move shows directional demand: buy there, leave at the close or the first profitable open.
With daily bars the order of a session's high and low is not known.
Source: L. Williams, Long-Term Secrets to Short-Term Trading (1999). The half range and the noise
that adapts it are later practice; the weights of the score are ours and not back-tested.
"""

from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
from pydantic import JsonValue

from app import ticks
from app.domain import Bars, Match, Terms
from app.strategies import indicators
from app.strategies.base import Inputs, Strategy, grade_of
from app.strategies.gates import Gate, all_passed, as_facts, at_least, between, failures, over
from app.strategies.kinds import Distances, Factor, Factors, Reward, Share, Shares, Switch
from app.strategies.levels import REWARD, RISK, Levels, levels, upper_limit

MONTH = 20  # sessions of the usual volume, the noise and the shorter average
POINTS = {"volume": 35.0, "trend": 25.0, "noise": 20.0, "strength": 20.0}


class State(StrEnum):
    """What became of the trigger."""

    NOT_FIRED = "NOT_FIRED"
    FIRED = "FIRED"
    TRIGGER_ABOVE_LIMIT = "TRIGGER_ABOVE_LIMIT"
    RANGE_ZERO = "RANGE_ZERO"


@dataclass(frozen=True)
class Parameters:
    """Ratios are shares of one; of two figures, the least and the most.

    ``adaptive``: the noise of the last month, held within ``adaptive_k``, takes the place of ``k``.
    """

    k: Factor = 0.5
    adaptive: Switch = False
    adaptive_k: Factors = (0.3, 0.8)
    relative_volume: Factor = 1.5
    atr_share: Shares = (0.01, 0.10)
    stop_ranges: Factor = 2.0
    stop_distance: Distances = (0.02, 0.07)
    risk: Share = RISK
    reward: Reward = REWARD


DEFAULTS = Parameters()


@dataclass(frozen=True)
class _Measures:
    """Today's trigger and the averages up to yesterday: won, and shares of one."""

    open: float
    high: float
    previous_close: float
    range: float  # yesterday's
    noise: float
    k: float
    trigger: float
    entry: int
    upper_limit: int
    atr14: float
    atr_share: float  # of the previous close
    sma20: float
    sma60: float
    relative_volume: float
    stop_distance: float  # of the entry


def evaluate(given: Inputs, parameters: Parameters = DEFAULTS) -> Match:
    """Say whether today's high reached the open plus k times yesterday's range."""
    bars = indicators.at_full_session(given.bars, given.elapsed)
    measures = _measure(bars, parameters)
    state = _state(measures)
    gates = _gates(measures, parameters)
    facts = _facts(bars, measures, gates)
    reason = _reason(measures, state, gates)
    if state not in (State.FIRED, State.NOT_FIRED):
        return Match(
            state=state, reason=reason, grade=grade_of(0), pattern=bars.date(-1), facts=facts
        )
    fired = state is State.FIRED
    components = _components(measures) if fired else {}
    score = sum(components.values())
    actionable = all_passed(gates)
    at = _levels(measures, given.capital, parameters)
    return Match(
        state=state,
        reason=reason,
        detected=fired,
        signal=actionable,
        actionable=actionable,
        score=score,
        grade=grade_of(score),
        components=components,
        flags=("intrabar_order_unknown",) if fired else (),
        entry=at.entry,
        target=at.target,
        stop=at.stop,
        quantity=at.quantity,
        pattern=bars.date(-1),
        facts=facts,
    )


def _measure(bars: Bars, parameters: Parameters) -> _Measures:
    """Return what today is judged by; no average has today in it."""
    past = bars[:-1]
    opened, previous_close = float(bars.open[-1]), float(past.close[-1])
    travel = float(past.high[-1] - past.low[-1])
    atr = float(indicators.average_true_range(past)[-1])
    noise = _noise(past[-MONTH:])
    k = _within(parameters.adaptive_k, noise) if parameters.adaptive else parameters.k
    trigger = opened + k * travel
    entry = ticks.up(trigger)
    return _Measures(
        open=opened,
        high=float(bars.high[-1]),
        previous_close=previous_close,
        range=travel,
        noise=noise,
        k=k,
        trigger=trigger,
        entry=entry,
        upper_limit=upper_limit(previous_close),
        atr14=atr,
        atr_share=atr / previous_close,
        sma20=float(indicators.moving_average(past.close, 20)[-1]),
        sma60=float(indicators.moving_average(past.close, 60)[-1]),
        relative_volume=indicators.relative_volume(bars.volume, MONTH),
        stop_distance=_within(parameters.stop_distance, parameters.stop_ranges * atr / entry),
    )


def _within(ends: tuple[float, float], value: float) -> float:
    """Return ``value`` held between the least and the most."""
    least, most = ends
    return min(max(value, least), most)


def _noise(bars: Bars) -> float:
    """Return the mean share of a bar's range that its body does not fill: 0 to 1."""
    spread = bars.high - bars.low
    body = np.abs(bars.close - bars.open)
    filled = np.divide(body, spread, out=np.zeros_like(spread), where=spread > 0)
    return float(1 - filled.mean())


def _state(measures: _Measures) -> State:
    """Return what became of the trigger."""
    if measures.range == 0:
        return State.RANGE_ZERO  # locked at a limit: the trigger would be the open itself
    if measures.entry > measures.upper_limit:
        return State.TRIGGER_ABOVE_LIMIT
    return State.FIRED if measures.high >= measures.entry else State.NOT_FIRED


def _gates(measures: _Measures, parameters: Parameters) -> list[Gate]:
    """Return the conditions of a breakout that can be acted on."""
    return [
        at_least("fired", measures.high, measures.entry),
        at_least("relative_volume", measures.relative_volume, parameters.relative_volume),
        over("close_to_sma20", measures.previous_close / measures.sma20, 1.0),
        between("atr_share", measures.atr_share, *parameters.atr_share),
    ]


def _components(measures: _Measures) -> dict[str, float]:
    """Return the points of the score of a trigger that fired."""
    averages = (measures.sma20, measures.sma60)
    shares = {
        "volume": indicators.clip((measures.relative_volume - 1) / 2),
        "trend": sum(measures.previous_close > average for average in averages) / len(averages),
        "noise": indicators.clip((0.70 - measures.noise) / 0.30),
        "strength": indicators.clip((measures.high - measures.trigger) / measures.atr14),
    }
    return {name: POINTS[name] * share for name, share in shares.items()}


def _levels(measures: _Measures, capital: int, parameters: Parameters) -> Levels:
    """Return levels from the entry, which the trigger gave."""
    stop = ticks.down(measures.entry * (1 - measures.stop_distance))
    return levels(
        measures.entry, stop, capital=capital, risk=parameters.risk, reward=parameters.reward
    )


def _facts(bars: Bars, measures: _Measures, gates: list[Gate]) -> dict[str, JsonValue]:
    """Return all figures that the answer rests on."""
    return {
        "session": bars.date(-1).isoformat(),
        "previous_session": bars.date(-2).isoformat(),
        **asdict(measures),
        "gates": as_facts(gates),
    }


def _reason(measures: _Measures, state: State, gates: list[Gate]) -> str:
    """Return one sentence that says where the trigger lay and what failed."""
    if state is State.RANGE_ZERO:
        return "Yesterday had no range, so there is no trigger."
    trigger = f"{measures.open:,.0f} + {measures.k:.2f} × {measures.range:,.0f}"
    if state is State.TRIGGER_ABOVE_LIMIT:
        return (
            f"The entry {measures.entry:,} ({trigger}) is over the limit {measures.upper_limit:,}."
        )
    verb = "reached" if state is State.FIRED else "did not reach"
    return (
        f"The high {measures.high:,.0f} {verb} the entry {measures.entry:,} ({trigger}) on "
        f"{measures.relative_volume:.1f} times the usual volume{failures(gates)}."
    )


STRATEGY = Strategy(
    name="volatility_breakout",
    minimum=62,
    evaluate=evaluate,
    parameters=DEFAULTS,
    terms=Terms(waits=0, holds=0),  # bought at the trigger, left at the close
    title="Volatility breakout",
    points=POINTS,
    states=tuple(State),
)
