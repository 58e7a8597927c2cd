"""``scanner signals``: what was found, what became of it, and what is being found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from app.bootstrap import Services
from app.cli.arguments import (
    read_date,
    read_lives,
    read_states,
    read_strategies,
    read_tickers,
)
from app.cli.export import export, read_format
from app.cli.failure import DONE, BadUsage
from app.cli.history import change_object, say_changes
from app.cli.output import counted, remark, say_json
from app.cli.report import line, say_signals, signal_object
from app.cli.services import connected
from app.domain import Signal
from app.signals.filters import Filter
from app.signals.rows import Change
from app.signals.tracked import Standing, key_of

SHOWN = 50  # signals or changes in a list, unless told otherwise
SHOWN_BEFORE = 10  # signals, before those that are followed
NOTHING = "No kept signal fits; `scanner scan --market all --wait` looks for some."


@dataclass(frozen=True)
class Filters:
    """Which signals somebody wants to see, not yet read; empty: all."""

    strategies: Sequence[str]
    tickers: Sequence[str]
    grades: Sequence[str]
    states: Sequence[str]
    lives: Sequence[str]
    since: str | None
    until: str | None
    limit: int | None


@dataclass(frozen=True)
class Way:
    """How somebody wants to see them; a plain list when nothing is set."""

    follow: bool = False
    changes: bool = False
    export: str | None = None
    output: Path | None = None
    as_json: bool = False


def signals(filters: Filters, way: Way) -> int:
    """Show kept signals or their history, follow them until Ctrl-C, or write them to a file."""
    _check(way)
    wanted = _read(filters)
    form = None if way.export is None else read_format(way.export)
    with connected() as services:
        if way.follow:
            _follow(services, wanted, filters.limit, as_json=way.as_json)
        elif form:
            number = export(services.signals.each(wanted, limit=filters.limit), form, way.output)
            if way.output:
                remark(f"{counted(number, 'signal')} written to {way.output}")
        elif way.changes:
            changes = services.signals.history(wanted, limit=filters.limit or SHOWN)
            _say_history(changes, as_json=way.as_json)
        else:
            _say_kept(services, wanted, filters.limit or SHOWN, as_json=way.as_json)
    return DONE


def _check(way: Way) -> None:
    ways = {"--follow": way.follow, "--changes": way.changes, "--export": way.export is not None}
    if len(chosen := [name for name, given in ways.items() if given]) > 1:
        raise BadUsage(f"{' and '.join(chosen)} exclude each other")
    if way.export is not None and way.as_json:
        raise BadUsage("--export and --json exclude each other; --export json writes JSON")
    if way.output and way.export is None:
        raise BadUsage("--output is for --export csv, json or parquet")


def _read(filters: Filters) -> Filter:
    since = None if filters.since is None else read_date("--since", filters.since)
    until = None if filters.until is None else read_date("--until", filters.until)
    if since and until and since > until:
        raise BadUsage(f"--since {since} is after --until {until}")
    return Filter(
        strategies=read_strategies(filters.strategies),
        tickers=read_tickers(filters.tickers),
        grades=filters.grades,
        states=read_states(filters.states),
        lives=read_lives(filters.lives),
        since=since,
        until=until,
    )


def _say_kept(services: Services, wanted: Filter, limit: int, *, as_json: bool) -> None:
    kept = services.signals.signals(wanted, limit=limit)
    if as_json:
        say_json({"signals": [signal_object(each.signal, each.standing) for each in kept]})
    elif kept:
        standings = {key_of(each.signal): each.standing for each in kept}
        say_signals([each.signal for each in kept], standings=standings)
    else:
        remark(NOTHING)


def _say_history(changes: Sequence[Change], *, as_json: bool) -> None:
    if as_json:
        say_json({"changes": [change_object(change) for change in changes]})
    elif changes:
        say_changes(changes)
    else:
        remark(NOTHING)


def _follow(services: Services, wanted: Filter, limit: int | None, *, as_json: bool) -> None:
    """Show the signals that are announced from now on, as they come; it has no end of its own."""
    after = services.feed.newest()  # what comes while the kept ones are shown is not lost
    if not as_json:
        before = min(limit or SHOWN_BEFORE, SHOWN_BEFORE)
        for kept in reversed(services.signals.signals(wanted, limit=before)):
            typer.echo(line(kept.signal, kept.signal.as_of, kept.standing.life))
        remark("Following; Ctrl-C ends it.")
    for message in services.feed.follow(after):
        if message.get("type") != "signal":
            continue
        change = Change(
            id=message["id"],
            signal_id=message["signal_id"],
            kind=message["kind"],
            at=datetime.fromisoformat(message["at"]),
            signal=Signal.model_validate(message["signal"]),
            standing=Standing.model_validate(message["standing"]),
        )
        if not wanted.admits(change.signal, change.standing.life):
            continue
        if as_json:
            say_json(change_object(change), on_one_line=True)
        else:
            typer.echo(line(change.signal, change.at, change.kind))
