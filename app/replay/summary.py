"""What a replay found, in figures: by strategy and grade, beside the base line of all days."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import NamedTuple

import numpy as np

from app.domain import Grade, Life
from app.replay.forward import HORIZONS, Returns
from app.replay.ticker import Finding, Track


class Spread(NamedTuple):
    """Returns after a number of sessions: shares, None when none is known. ``above``: over 0."""

    sessions: int
    known: int
    unknown: int
    mean: float | None
    median: float | None
    above: float | None


@dataclass(frozen=True)
class Trades:
    """What became of signals that have an entry.

    ``hit_rate``: of those entered and ended, the share that came to their target; None where
    the target does not count, because they are left at the close of their own session.
    ``result``: of those, the mean return from the entry to where they were left.
    """

    number: int
    not_entered: int
    still_open: int
    target_hit: int
    stopped: int
    expired: int
    hit_rate: float | None
    result: float | None


@dataclass(frozen=True)
class Row:
    """One strategy, all its signals or those of one grade."""

    strategy: str
    grade: Grade | None
    number: int
    spreads: tuple[Spread, ...]
    trades: Trades


def rows_of(findings: Sequence[Finding], strategies: Iterable[str]) -> Iterator[Row]:
    """Yield a row a strategy, then one a grade that it gave, best first."""
    for name in strategies:
        mine = [each for each in findings if each.signal.strategy == name]
        yield _row(name, None, mine)
        for grade in Grade:
            if graded := [each for each in mine if each.signal.grade is grade]:
                yield _row(name, grade, graded)


def base_of(tracks: Iterable[Track], strategy: str) -> Returns:
    """Return what followed every session of every ticker that ``strategy`` scored.

    Only these days can be compared with its signals: some strategies score a part of the time
    only, as far back as there are flows, and the market of that part was another one.
    """
    return np.concatenate([np.empty((0, len(HORIZONS))), *(t.base[strategy] for t in tracks)])


def spreads_of(returns: Returns) -> tuple[Spread, ...]:
    """Return a spread a horizon; ``returns`` is float64[any, len(HORIZONS)], NaN: not known."""
    return tuple(_spread(sessions, returns[:, column]) for column, sessions in enumerate(HORIZONS))


def returns_of(findings: Sequence[Finding]) -> Returns:
    """Return the forward returns of signals: float64[len(findings), len(HORIZONS)]."""
    rows = [each.returns for each in findings]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(HORIZONS))  # None is NaN


def result_of(finding: Finding) -> float | None:
    """Return what the trade made, from its entry to where it was left; None while it has not."""
    entered, left = finding.course.entered, finding.course.left
    return left.price / entered.price - 1 if entered and left else None


def _row(strategy: str, grade: Grade | None, findings: Sequence[Finding]) -> Row:
    spreads = spreads_of(returns_of(findings))
    return Row(strategy, grade, len(findings), spreads, trades_of(findings))


def _spread(sessions: int, returns: Returns) -> Spread:
    known = returns[~np.isnan(returns)]
    if not len(known):
        return Spread(sessions, 0, len(returns), None, None, None)
    return Spread(
        sessions,
        len(known),
        len(returns) - len(known),
        float(known.mean()),
        float(np.median(known)),
        float((known > 0).mean()),
    )


def trades_of(findings: Sequence[Finding]) -> Trades:
    """Return what became of those signals that have an entry."""
    planned = [each for each in findings if each.signal.entry is not None]
    ended = [each for each in planned if each.course.over and each.course.entered]
    lives = [each.course.life for each in ended]
    aimed = [each.course.life for each in ended if each.signal.terms.holds]
    results = [result for each in ended if (result := result_of(each)) is not None]
    return Trades(
        number=len(planned),
        not_entered=sum(each.course.over and not each.course.entered for each in planned),
        still_open=sum(not each.course.over for each in planned),
        target_hit=lives.count(Life.TARGET_HIT),
        stopped=lives.count(Life.STOPPED),
        expired=lives.count(Life.EXPIRED),
        hit_rate=aimed.count(Life.TARGET_HIT) / len(aimed) if aimed else None,
        result=fmean(results) if results else None,
    )
