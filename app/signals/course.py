"""How far a signal has come: what was found, the marks of its way, and its life."""

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Self

from app.domain import Life, Match, Signal, Terms

OVER = frozenset({Life.TARGET_HIT, Life.STOPPED, Life.EXPIRED, Life.WITHDRAWN})


class Mark(NamedTuple):
    """A price in won of one session."""

    session: date
    price: float

    def times(self, factor: float) -> "Mark":
        """Return it with its price times ``factor``."""
        return Mark(self.session, self.price * factor)


@dataclass(frozen=True)
class Found:
    """What a strategy found on a final bar; prices in won, and None where it has no such level.

    ``take`` and ``cut``: at or over, and at or under, which the first open after the entry ends it.
    """

    session: date
    close: float
    terms: Terms
    entry: float | None = None
    target: float | None = None
    stop: float | None = None
    take: float | None = None
    cut: float | None = None

    @classmethod
    def of(cls, found: Match | Signal, *, session: date, close: float, terms: Terms) -> Self:
        """Return the levels of ``found``; those of the next open stand in its facts."""
        return cls(
            session=session,
            close=close,
            terms=terms,
            entry=found.entry,
            target=found.target,
            stop=found.stop,
            take=_number(found.facts.get("gap_take")),
            cut=_number(found.facts.get("gap_cut")),
        )


@dataclass(frozen=True)
class Course:
    """How far a signal has come; ``found`` has the levels that count for it.

    ``sessions``: traded ones since the session it was found on, or since that of its entry.
    ``seen``: the newest final bar that it was judged by, with its close; None: no bar yet.
    """

    found: Found
    life: Life = Life.NEW
    reason: str = ""
    sessions: int = 0
    entered: Mark | None = None
    left: Mark | None = None
    seen: Mark | None = None

    @property
    def over(self) -> bool:
        """Say whether it has ended."""
        return self.life in OVER


def _number(fact: object) -> float | None:
    return float(fact) if isinstance(fact, int | float) else None
