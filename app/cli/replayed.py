"""What a replay found: tables and remarks for people, one object for programs."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from typing import IO, Any

from rich.text import Text

from app.cli.export import cell
from app.cli.output import (
    BAD,
    NONE,
    Column,
    change,
    counted,
    duration,
    remark,
    say,
    say_table,
)
from app.cli.report import SHOWN_TICKERS, grade
from app.domain import Status
from app.replay.forward import HORIZONS
from app.replay.result import Replayed
from app.replay.rows import COLUMNS, row_of
from app.replay.summary import Row, Spread

WHAT_IT_DOES_NOT_KNOW = (
    "Not in these figures: shares that have left the exchange, costs, slippage, the order of highs "
    "and lows in a session. A breakout's result rests on a volume that only its close told: "
    "docs/replay.md"
)
TRADES = (
    Column("Strategy"),
    Column("Grade"),
    Column("Signals", right=True, drop=1),
    Column("Not entered", right=True, drop=6),
    Column("Open", right=True, drop=7),
    Column("Target", right=True, drop=3),
    Column("Stopped", right=True, drop=4),
    Column("Expired", right=True, drop=5),
    Column("Hit rate", right=True),
    Column("Result", right=True, drop=2),
)


def say_replayed(replayed: Replayed, *, seconds: float) -> None:
    """Write what was found, beside what all days did that a strategy scored."""
    days = replayed.plan.replayed
    tickers = counted(len(replayed.tracks), "ticker")
    say(
        f"{days[0]} to {days[-1]}: {counted(len(days), 'session')}, {tickers}, "
        f"{counted(len(replayed.findings), 'signal')} · {duration(seconds)}"
    )
    say()
    say(Text("Return of the close, sessions after a signal was found", "bold"))
    _say_returns(replayed)
    say()
    say(Text("What became of those with an entry", "bold"))
    say_table(TRADES, [_trades(row) for row in replayed.rows if row.trades.number])
    say()
    for line in _remarks(replayed):
        say(line)
    remark(WHAT_IT_DOES_NOT_KNOW)


def _say_returns(replayed: Replayed) -> None:
    columns = [Column("Strategy"), Column("Grade"), Column("Signals", right=True)]
    for sessions in HORIZONS:
        columns += [
            Column(f"+{sessions}: mean", right=True),
            Column("median", right=True, drop=2),
            Column("over 0", right=True, drop=1),
            Column("known", right=True, drop=3),
        ]
    rows = []
    for name, base in replayed.base.items():
        found = [row for row in replayed.rows if row.strategy == name]
        for row in found:
            which = grade(row.grade) if row.grade else "all"
            rows.append([name, which, f"{row.number:,}", *_spreads(row.spreads)])
        rows.append([name, "all days", "", *_spreads(base)])
    say_table(columns, rows)


def _spreads(spreads: Sequence[Spread]) -> list[str | Text]:
    return [
        figure
        for spread in spreads
        for figure in (
            change(spread.mean),
            change(spread.median),
            _share(spread.above),
            f"{spread.known:,}",
        )
    ]


def _trades(row: Row) -> list[str | Text]:
    trades = row.trades
    numbers = (trades.number, trades.not_entered, trades.still_open)
    ends = (trades.target_hit, trades.stopped, trades.expired)
    return [
        row.strategy,
        grade(row.grade) if row.grade else "all",
        *(f"{number:,}" for number in (*numbers, *ends)),
        _share(trades.hit_rate),
        change(trades.result),
    ]


def _share(share: float | None) -> str:
    return NONE if share is None else f"{share:.0%}"


def _remarks(replayed: Replayed) -> list[str | Text]:
    """Return what could not be scored or followed, and why."""
    lines: list[str | Text] = []
    total = sum(track.sessions for track in replayed.tracks)
    for name, statuses in replayed.statuses.items():
        rest = [
            f"{number:,} {status}"
            for status, number in statuses.most_common()
            if status is not Status.OK
        ]
        lines.append(
            f"{name}: {statuses[Status.OK]:,} of {total:,} days of tickers scored"
            + (f"; {', '.join(rest)}" if rest else "")
        )
    if replayed.without_bars:
        shown = " ".join(replayed.without_bars[:SHOWN_TICKERS])
        more = len(replayed.without_bars) - SHOWN_TICKERS
        named = shown + (f" and {more:,} more" if more > 0 else "")
        without = counted(len(replayed.without_bars), "ticker")
        lines.append(Text(f"no bars of the time are stored of {without}: {named}", BAD))
    return lines


def write_csv(replayed: Replayed, file: IO[str]) -> None:
    """Write a line a signal, under a line of names; what is not known is empty."""
    lines = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    lines.writeheader()
    for row in map(row_of, replayed.findings):
        lines.writerow({name: cell(value) for name, value in row.items()})


def as_object(replayed: Replayed) -> dict[str, Any]:
    """Return a replay for programs: shares of one, won, ISO dates."""
    plan = replayed.plan
    return {
        "from": plan.replayed[0].isoformat(),
        "to": plan.replayed[-1].isoformat(),
        "sessions": len(plan.replayed),
        "tickers": len(replayed.tracks),
        "without_bars": list(replayed.without_bars),
        "strategies": {name: each.told_parameters() for name, each in plan.strategies.items()},
        "statuses": {name: dict(counts) for name, counts in replayed.statuses.items()},
        "rows": [_row_object(row) for row in replayed.rows],
        "all_days": {
            name: [spread._asdict() for spread in base] for name, base in replayed.base.items()
        },
        "signals": [_plain(row_of(finding)) for finding in replayed.findings],
    }


def _row_object(row: Row) -> dict[str, Any]:
    return {
        "strategy": row.strategy,
        "grade": row.grade,
        "number": row.number,
        "returns": [spread._asdict() for spread in row.spreads],
        "trades": asdict(row.trades),
    }


def _plain(row: Mapping[str, object]) -> dict[str, object]:
    return {
        name: each.isoformat() if isinstance(each, date) else each for name, each in row.items()
    }
