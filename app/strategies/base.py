"""What a strategy is given and what it is: data about itself and one pure function."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from app.domain import Bars, Grade, InvestorFlow, Match, Quote

CAPITAL = 10_000_000  # won; what the quantity of a signal is worked out for


@dataclass(frozen=True)
class Inputs:
    """All that a strategy may read. What is not there is None, and the match names it missing.

    ``bars`` have passed ``quality.check`` and are no fewer than the strategy's minimum.
    ``elapsed``: share of the session that has run when the last bar was made, 1.0 when final.
    """

    bars: Bars
    quote: Quote | None = None
    flows: Sequence[InvestorFlow] | None = None
    matches: Mapping[str, Match] = field(default_factory=dict)
    elapsed: float = 1.0
    capital: int = CAPITAL


@dataclass(frozen=True)
class Strategy:
    """A strategy: its name, the least number of bars that it reads, and its function.

    ``points``: how many each component of its score can give, in their order; 100 together.
    """

    name: str
    minimum: int
    evaluate: Callable[[Inputs], Match]
    title: str = ""
    points: Mapping[str, float] = field(default_factory=dict)


def grade_of(score: float) -> Grade:
    """Return the grade of a score from 0 to 100: the one map there is."""
    if score >= 80:
        return Grade.S
    if score >= 65:
        return Grade.A
    if score >= 50:
        return Grade.B
    return Grade.C
