"""What a scan found: a table and a summary for people, one object for programs."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len
from rich.text import Text

from app.cli.output import (
    BAD,
    NONE,
    QUIET,
    Column,
    Part,
    change,
    counted,
    duration,
    fitted,
    remark,
    say_table,
    won,
)
from app.domain import KOREA, Grade, Outcome, Signal, Status, told_score
from app.signals.scans import Progress
from app.signals.tracked import Key, Standing, key_of

PROVISIONAL = "~"
PRICE_CELLS = 20  # of a line: two blanks, a price and its change
SHOWN_TICKERS = 8  # of a group; the rest is counted
# What another try may mend, or a person must: the scan did not do all that was asked of it.
TROUBLES = (Status.FAILED, Status.NOT_REACHED, Status.UNKNOWN_TICKER, Status.EXCLUDED)
LISTED = (*TROUBLES, Status.STALE)  # always told with its reasons

_COLUMNS = (
    Column(""),
    Column("Score", right=True),
    Column("Ticker"),
    Column("Name", drop=1),
    Column("Strategy", drop=6),
    Column("State"),
    Column("Life", drop=3),
    Column("Price", right=True, drop=4),
    Column("Change", right=True, drop=7),
    Column("Entry", right=True),
    Column("Target", right=True, drop=5),
    Column("Stop", right=True, drop=2),
    Column("Session", drop=9),
    Column("Reason", crops=True, least=24, drop=8),
)


def best_first(signals: Iterable[Signal]) -> list[Signal]:
    """Return the signals by score, the greatest first."""
    return sorted(signals, key=lambda each: (-each.score, each.ticker, each.strategy))


def say_signals(
    signals: Sequence[Signal],
    *,
    standings: Mapping[Key, Standing] | None = None,
    of_one_session: bool = False,
) -> None:
    """Write a table of signals in the order given, with what has become of them if that is told."""
    told = standings or {}
    hidden = {"Session"} if of_one_session else set()
    hidden |= set() if told else {"Life"}
    places = [n for n, each in enumerate(_COLUMNS) if each.title not in hidden]
    rows = [_row(signal, told.get(key_of(signal))) for signal in signals]
    say_table(
        [_COLUMNS[place] for place in places], ([row[place] for place in places] for row in rows)
    )
    if any(signal.provisional for signal in signals):
        remark(f"{PROVISIONAL} provisional: its session still runs")


def _row(signal: Signal, standing: Standing | None) -> list[str | Text]:
    return [
        grade(signal.grade),
        told_score(signal.score),
        signal.ticker,
        signal.name,
        signal.strategy,
        f"{signal.state}{PROVISIONAL if signal.provisional else ''}",
        standing.life if standing else NONE,
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


def line(signal: Signal, at: datetime, kind: str = "") -> str:
    """Return a signal as one line, for lists that grow; ``kind`` says what is new about it."""
    at = at.astimezone(KOREA)
    state = f"{signal.state}{PROVISIONAL if signal.provisional else ''}"
    price = Text.assemble(f"  {won(signal.price):>9} ", change(signal.change))
    parts = (
        Part(f"{at:%m-%d} ", drop=4),
        Part(f"{at:%H:%M:%S}  {signal.ticker}  "),
        Part(f"{padded(signal.name, 16)}  ", drop=1),
        Part(f"{signal.strategy:<19}  ", drop=2),
        Part(Text.assemble(grade(signal.grade), f" {told_score(signal.score):>5}  {state:<13}")),
        Part(f"  {kind:<10}" if kind else ""),
        Part(price + " " * max(0, PRICE_CELLS - len(price)), drop=3),
        Part(_levels(signal), drop=5),
    )
    return fitted(parts, signal.reason)


def _levels(signal: Signal) -> str:
    levels = {"entry": signal.entry, "target": signal.target, "stop": signal.stop}
    told = " ".join(f"{name} {won(price)}" for name, price in levels.items() if price is not None)
    return f"  {told}" if told else ""


def padded(name: str, cells: int) -> str:
    """Return ``name`` with blanks behind it; a Korean letter is two cells wide."""
    return name + " " * max(0, cells - cell_len(name))


def say_results(outcomes: Sequence[Outcome]) -> None:
    """Write what every strategy said about each ticker; for few tickers."""
    rows: list[list[str | Text]] = []
    for outcome in outcomes:
        for strategy, result in outcome.results.items():
            scored = "" if result.score is None else told_score(result.score)
            found = [outcome.ticker, strategy, result.state or result.status.value, scored]
            rows.append([*found, grade(result.grade), result.reason])
    columns = (
        Column("Ticker"),
        Column("Strategy"),
        Column("State"),
        Column("Score", right=True, drop=2),
        Column("", drop=3),
        Column("Reason", wraps=True, least=20, drop=1),
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
    return [told, *remarks, *_regime(progress.regime), *grouped(outcomes)]


def _regime(regime: Mapping[str, Any]) -> list[str]:
    """Return where each index stood against its averages, a line each."""
    lines = []
    for index, stood in regime.items():
        sides = {n: stood[f"above_{n}"] for n in (50, 200)}
        told = [
            f"{'above' if above else 'not above'} its {n}-session average"
            for n, above in sides.items()
            if above is not None
        ]
        lines.append(f"  {index} {stood['close']:,.2f} on {stood['session']}: {', '.join(told)}")
    return lines


def grouped(outcomes: Sequence[Outcome]) -> list[str]:
    """Return a line for each reason why tickers have no score, the most frequent first.

    Of a whole market only what went wrong or has not come yet is listed; of a few tickers, all.
    """
    few = len(outcomes) <= SHOWN_TICKERS
    groups: dict[tuple[Status, str], list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.status in LISTED or (few and outcome.status is not Status.OK):
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


def as_object(
    progress: Progress, outcomes: Sequence[Outcome], standings: Mapping[Key, Standing]
) -> dict[str, Any]:
    """Return a finished scan for programs; ``outcomes`` in it are those without a score."""
    counts = Counter(outcome.status for outcome in outcomes)
    found = best_first(signal for outcome in outcomes for signal in outcome.signals)
    return {
        "scan": scan_object(progress)
        | {"parameters": progress.parameters, "seconds": round(seconds_of(progress), 3)},
        "counts": {
            "total": progress.total,
            "scored": counts[Status.OK],
            "by_status": dict(counts),
            "failed": counts[Status.FAILED],
            "not_reached": counts[Status.NOT_REACHED],
        },
        "requests": progress.calls,
        "refused": progress.refused,
        "signals": [signal_object(each, standings.get(key_of(each))) for each in found],
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
        "regime": progress.regime,
    }


def signal_object(signal: Signal, standing: Standing | None) -> dict[str, Any]:
    """Return a signal for programs, with what has become of it; None: it is not kept."""
    found = signal.model_dump(mode="json")
    became = standing.model_dump(mode="json") if standing else dict.fromkeys(Standing.model_fields)
    return found | {"last_bar_date": found.pop("last_bar")} | became
