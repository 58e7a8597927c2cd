"""Which signals somebody wants to see: the same for the database and for what is announced."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement

from app.domain import Life, Signal, Ticker
from app.signals.tables import signal


@dataclass(frozen=True)
class Filter:
    """Signals that fit each part; an empty part fits all. Both dates count."""

    strategies: Sequence[str] = ()
    tickers: Sequence[Ticker] = ()
    grades: Sequence[str] = ()
    states: Sequence[str] = ()
    lives: Sequence[Life] = ()
    since: date | None = None
    until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """Return what a row of the table of signals must meet."""
        among: list[ColumnElement[bool]] = [
            column.in_(wanted)
            for column, wanted in (
                (signal.c.strategy, self.strategies),
                (signal.c.ticker, self.tickers),
                (signal.c.grade, self.grades),
                (signal.c.state, self.states),
                (signal.c.life, self.lives),
            )
            if wanted
        ]
        if self.since:
            among.append(signal.c.last_bar >= self.since)
        if self.until:
            among.append(signal.c.last_bar <= self.until)
        return among

    def admits(self, found: Signal, life: Life) -> bool:
        """Say whether ``found`` is one of them."""
        return (
            all(
                each in wanted
                for each, wanted in (
                    (found.strategy, self.strategies),
                    (found.ticker, self.tickers),
                    (found.grade, self.grades),
                    (found.state, self.states),
                    (life, self.lives),
                )
                if wanted
            )
            and (self.since is None or found.last_bar >= self.since)
            and (self.until is None or found.last_bar <= self.until)
        )
