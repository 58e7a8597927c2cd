"""What became of signals, change by change: a table for people, objects for programs."""

from collections.abc import Sequence

from rich.text import Text

from app.cli.output import Column, change, say_table, won
from app.cli.report import PROVISIONAL, grade, signal_object
from app.domain import KOREA, Life
from app.signals.rows import Change


def say_changes(changes: Sequence[Change]) -> None:
    """Write a table of changes in the order given."""
    columns = (
        Column("At"),
        Column("Session", drop=2),
        Column("Ticker"),
        Column("Name", drop=4),
        Column("Strategy", drop=3),
        Column("Pattern", drop=7),
        Column("Change"),
        Column(""),
        Column("State"),
        Column("Entered", right=True, drop=5),
        Column("Left", right=True, drop=6),
        Column("Gain", right=True, drop=1),
        Column("Reason", crops=True, least=24, drop=8),
    )
    say_table(columns, [_change_row(change) for change in changes])


def _change_row(given: Change) -> list[str | Text]:
    signal, standing = given.signal, given.standing
    of_life = given.kind in {*Life}
    return [
        f"{given.at.astimezone(KOREA):%m-%d %H:%M}",
        str(standing.seen_on if of_life and standing.seen_on else signal.last_bar),
        signal.ticker,
        signal.name,
        signal.strategy,
        str(signal.pattern),
        given.kind,
        grade(signal.grade),
        f"{signal.state}{PROVISIONAL if signal.provisional else ''}",
        won(standing.entered_price),
        won(standing.left_price),
        change(standing.gain),
        (of_life and standing.life_reason) or signal.reason,
    ]


def change_object(given: Change) -> dict[str, object]:
    """Return a change for programs: the signal as it was then."""
    told = signal_object(given.signal, given.standing)
    return {"id": given.id, "kind": given.kind, "at": given.at.isoformat(), "signal": told}
