"""What a scan found: a table and a summary for people, one object for programs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from app.cli.output import (
    BAD,
    NONE,
    QUIET,
    Column,
    change,
    counted,
    duration,
    fitted,
    remark,
    say_table,
    won,
)
from app.domain import KOREA, Grade, Outcome, Signal, Status
from app.signals.scans import Progress

PROVISIONAL = "~"
SHOWN_TICKERS = 8  # of a group; the rest is counted
# What another try may mend, or a person must: always listed with its reasons.
TROUBLES = (Status.FAILED, Status.NOT_REACHED, Status.UNKNOWN_TICKER, Status.EXCLUDED)

_COLUMNS = (
    Column(""),
    Column("Score", right=True),
    Column("Ticker"),
    Column("Name"),
    Column("Strategy", drop=3),
    Column("State"),
    Column("Price", right=True),
    Column("Change", right=True, drop=4),
    Column("Entry", right=True),
    Column("Target", right=True, drop=2),
    Column("Stop", right=True),
    Column("Session", drop=6),
    Column("Reason", crops=True, least=24, drop=5),
)


def best_first(signals: Iterable[Signal]) -> list[Signal]:
    """Return the signals by score, the greatest first."""
    return sorted(signals, key=lambda each: (-each.score, each.ticker, each.strategy))


def say_signals(signals: Sequence[Signal], *, of_one_session: bool) -> None:
    """Write a table of signals in the order given."""
    places = [n for n, each in enumerate(_COLUMNS) if each.title != "Session" or not of_one_session]
    rows = ([_row(signal)[place] for place in places] for signal in signals)
    say_table([_COLUMNS[place] for place in places], rows)
    if any(signal.provisional for signal in signals):
        remark(f"{PROVISIONAL} provisional: its session still runs")


def _row(signal: Signal) -> list[str | Text]:
    return [
        grade(signal.grade),
        f"{signal.score:.1f}",
        signal.ticker,
        signal.name,
        signal.strategy,
        f"{signal.state}{PROVISIONAL if signal.provisional else ''}",
        won(signal.price),
        change(signal.change),
        won(signal.entry),
        won(signal.target),
        won(signal.stop),
        str(signal.last_bar),
        signal.reason,
    ]


def grade(given: Grade | None) -> Text:
    """Return a grade: S stands out, C steps back."""
    style = {Grade.S: "bold reverse", Grade.A: "bold", Grade.C: QUIET}
    return Text(given or NONE, style=style.get(given, "") if given else "")


def line(signal: Signal, at: datetime) -> str:
    """Return a signal as one line, for lists that grow."""
    levels = f"entry {won(signal.entry)} target {won(signal.target)} stop {won(signal.stop)}"
    text = Text.assemble(
        f"{at.astimezone(KOREA):%m-%d %H:%M:%S}  {signal.ticker}  {padded(signal.name, 16)}  ",
        f"{signal.strategy:<19}  ",
        grade(signal.grade),
        f" {signal.score:>5.1f}  ",
        f"{signal.state}{PROVISIONAL if signal.provisional else ''}".ljust(13),
        f"  {won(signal.price):>9} ",
        change(signal.change),
        f"  {levels}  ",
    )
    return fitted(text, signal.reason)


def padded(name: str, cells: int) -> str:
    """Return ``name`` with blanks behind it; a Korean letter is two cells wide."""
    return name + " " * max(0, cells - cell_len(name))


def say_results(outcomes: Sequence[Outcome]) -> None:
    """Write what every strategy said about each ticker; for few tickers."""
    rows: list[list[str | Text]] = []
    for outcome in outcomes:
        for strategy, result in outcome.results.items():
            scored = "" if result.score is None else f"{result.score:.1f}"
            found = [outcome.ticker, strategy, result.state or result.status.value, scored]
            rows.append([*found, grade(result.grade), result.reason])
    columns = (
        Column("Ticker"),
        Column("Strategy"),
        Column("State"),
        Column("Score", right=True),
        Column(""),
        Column("Reason", wraps=True, least=20),
    )
    if rows:
        say_table(columns, rows)


def summary(progress: Progress, outcomes: Sequence[Outcome]) -> list[str | Text]:
    """Return lines that say what became of all tickers, and what the scan cost."""
    counts = Counter(outcome.status for outcome in outcomes)
    parts = [f"{counts.pop(Status.OK, 0):,} scored"]
    parts += [f"{number:,} {status}" for status, number in counts.most_common()]
    told = (
        f"{counted(progress.total, 'ticker')}: {', '.join(parts)} · "
        f"{counted(progress.signals, 'signal')} · {counted(progress.calls, 'request')}, "
        f"{progress.refused} refused · {duration(seconds_of(progress))}"
    )
    remarks = [Text(progress.reason, style=BAD)] if progress.reason else []
    return [told, *remarks, *grouped(outcomes)]


def grouped(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each reason why tickers have no score, the most frequent first.

    Of a whole market only what went wrong is listed; of a few tickers, everything.
    """
    few = len(outcomes) <= SHOWN_TICKERS
    groups: dict[tuple[Status, str], list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.status in TROUBLES or (few and outcome.status is not Status.OK):
            groups[outcome.status, outcome.reason].append(outcome.ticker)
    lines = []
    for (status, reason), tickers in sorted(groups.items(), key=lambda group: -len(group[1])):
        more = len(tickers) - SHOWN_TICKERS
        named = " ".join(tickers[:SHOWN_TICKERS]) + (f" and {more} more" if more > 0 else "")
        lines.append(f"  {status}: {reason} ({named})")
    return lines


def seconds_of(progress: Progress) -> float:
    """Return how long a closed scan took."""
    closed = progress.closed_at or progress.created_at
    return (closed - progress.created_at).total_seconds()


def as_object(progress: Progress, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Return a finished scan for programs; ``outcomes`` in it are those without a score."""
    counts = Counter(outcome.status for outcome in outcomes)
    found = best_first(signal for outcome in outcomes for signal in outcome.signals)
    return {
        "scan": scan_object(progress) | {"seconds": round(seconds_of(progress), 3)},
        "counts": {
            "total": progress.total,
            "scored": counts[Status.OK],
            "by_status": dict(counts),
            "failed": counts[Status.FAILED],
            "not_reached": counts[Status.NOT_REACHED],
        },
        "requests": progress.calls,
        "refused": progress.refused,
        "signals": [signal_object(signal) for signal in found],
        "outcomes": [
            {"ticker": each.ticker, "status": each.status, "reason": each.reason}
            for each in outcomes
            if each.status is not Status.OK
        ],
    }


def scan_object(progress: Progress) -> dict[str, Any]:
    """Return what a scan is, for programs."""
    return {
        "id": progress.id,
        "name": progress.name,
        "as_of": progress.as_of and progress.as_of.isoformat(),
        "strategies": list(progress.strategies),
    }


def signal_object(signal: Signal) -> dict[str, Any]:
    """Return a signal for programs."""
    found = signal.model_dump(mode="json")
    return found | {"last_bar_date": found.pop("last_bar")}
