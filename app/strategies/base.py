"""What a strategy is given and what it is: data about itself and one pure function."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import JsonValue

from app.domain import Bars, Grade, InvestorFlow, Match, Terms

CAPITAL = 10_000_000  # won; what the quantity of a signal is worked out for
LEAST_SCORES = {Grade.S: 80, Grade.A: 65, Grade.B: 50}  # best first; C is the rest


class Need(StrEnum):
    """Whether a strategy reads something that not every broker gives."""

    NONE = "none"
    OPTIONAL = "optional"  # without it the strategy answers all the same, and names it missing
    REQUIRED = "required"


@dataclass(frozen=True)
class News:
    """The newest seven days of news: articles that were positive, and the mean mood, -1 to 1."""

    positive: int
    mood: float


@dataclass(frozen=True)
class Inputs:
    """All that a strategy may read. What is not there is None, and the match names it missing.

    ``bars`` have passed ``quality.check`` and are no fewer than the strategy's minimum.
    ``flows``: net buying of final sessions, oldest first, the newest no later than the last bar.
    ``strength``: the percentile, 0 to 100, of its return among all shares, the session before.
    ``elapsed``: share of the session that has run when the last bar was made, 1.0 when final.
    """

    bars: Bars
    flows: Sequence[InvestorFlow] | None = None
    news: News | None = None
    strength: float | None = None
    elapsed: float = 1.0
    capital: int = CAPITAL


@dataclass(frozen=True)
class Strategy:
    """A strategy: its name, the least number of bars that it reads, and its function.

    ``points``: how many each component of its score can give, in their order. A score is the share
    of them all that was reached, times 100.
    ``parameters``: a frozen dataclass, which ``evaluate`` is given; a TOML file may change it.
    ``terms``: how long what it finds counts. ``flows``: whether it reads investor flows.
    ``states``: all that a match of it can be in.
    """

    name: str
    minimum: int
    evaluate: Callable[[Inputs, Any], Match]
    parameters: Any
    terms: Terms
    title: str = ""
    points: Mapping[str, float] = field(default_factory=dict)
    flows: Need = Need.NONE
    states: Sequence[str] = ()

    @property
    def final_only(self) -> bool:
        """Whether it looks at final sessions only, for flows of a running one are estimates."""
        return self.flows is Need.REQUIRED

    def match(self, given: Inputs) -> Match:
        """Return what the strategy finds with its parameters."""
        return self.evaluate(given, self.parameters)

    def told_parameters(self) -> dict[str, JsonValue]:
        """Return the parameters as plain JSON values, for every result to carry."""
        told: dict[str, JsonValue] = json.loads(json.dumps(asdict(self.parameters)))
        return told


def grade_of(score: float) -> Grade:
    """Return the grade of a score from 0 to 100: the one map there is."""
    return next((grade for grade, least in LEAST_SCORES.items() if score >= least), Grade.C)
