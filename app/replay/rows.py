"""A replay's signals as flat rows, for spreadsheets and programs."""

from datetime import date
from typing import TypeAlias

from app.replay.forward import HORIZONS
from app.replay.summary import result_of
from app.replay.ticker import Finding

Cell: TypeAlias = str | float | int | date | None

COLUMNS = (
    *("strategy", "ticker", "name", "market", "session", "pattern", "state", "grade", "score"),
    *("actionable", "price", "entry", "target", "stop"),
    *(f"return_{sessions}" for sessions in HORIZONS),
    *("life", "life_reason", "entered_on", "entered_price", "left_on", "left_price", "result"),
)


def row_of(finding: Finding) -> dict[str, Cell]:
    """Return a signal and what became of it, by COLUMNS: won, shares of one, dates."""
    signal, course = finding.signal, finding.course
    entered, left = course.entered, course.left
    returns = dict(zip(HORIZONS, finding.returns, strict=True))
    return {
        "strategy": signal.strategy,
        "ticker": signal.ticker,
        "name": signal.name,
        "market": signal.market,
        "session": signal.last_bar,
        "pattern": signal.pattern,
        "state": signal.state,
        "grade": signal.grade,
        "score": round(signal.score, 4),
        "actionable": signal.actionable,
        "price": signal.price,
        "entry": signal.entry,
        "target": signal.target,
        "stop": signal.stop,
        **{f"return_{sessions}": each for sessions, each in returns.items()},
        "life": course.life,
        "life_reason": course.reason,
        "entered_on": entered.session if entered else None,
        "entered_price": entered.price if entered else None,
        "left_on": left.session if left else None,
        "left_price": left.price if left else None,
        "result": result_of(finding),
    }
