"""What a match or a signal rests on, read back from its facts: to draw it and to argue with it.

Facts are plain JSON values, for they cross the queue and are stored. Here they get types again;
nothing is worked out anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import JsonValue, TypeAdapter

from app.domain import Match, Signal


@dataclass(frozen=True)
class Leg:
    """A pull-back, from its high to its low: prices in won, depth as a share, mean volume."""

    high_session: date
    high: float
    low_session: date
    low: float
    depth: float
    volume: float


@dataclass(frozen=True)
class Condition:
    """A gate: whether it held, its figure (None: not known), and what it needs, in words."""

    name: str
    passed: bool
    value: float | None
    need: str


_LEGS = TypeAdapter(list[Leg])
_CONDITIONS = TypeAdapter(list[Condition])
_PRICE = TypeAdapter(float | None)


def legs_of(facts: Mapping[str, JsonValue]) -> list[Leg]:
    """Return the pull-backs that were found, oldest first."""
    return _LEGS.validate_python(facts.get("contractions") or [])


def conditions_of(facts: Mapping[str, JsonValue]) -> list[Condition]:
    """Return the gates, passed and failed."""
    return _CONDITIONS.validate_python(facts.get("gates") or [])


def levels_of(found: Match | Signal) -> dict[str, float]:
    """Return the prices in won to draw as lines, by name; those that there are."""
    pivot = _PRICE.validate_python(found.facts.get("pivot"))
    named = {"target": found.target, "entry": found.entry, "pivot": pivot, "stop": found.stop}
    return {name: float(price) for name, price in named.items() if price is not None}
