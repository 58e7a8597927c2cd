"""``scanner signals``: what was found, and with ``--follow`` what is being found."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import typer

from app.bootstrap import Services
from app.cli.arguments import read_date, read_strategies, read_tickers
from app.cli.failure import DONE
from app.cli.output import remark, say_json
from app.cli.report import line, say_signals, signal_object
from app.cli.services import connected
from app.domain import Signal
from app.signals.feed import Feed

SHOWN_BEFORE = 10  # signals, before the new ones


@dataclass(frozen=True)
class Filters:
    """Which signals somebody wants to see, not yet read; empty: all."""

    strategies: Sequence[str]
    tickers: Sequence[str]
    grades: Sequence[str]
    since: str | None
    limit: int


def signals(filters: Filters, *, follow: bool, as_json: bool) -> int:
    """Show kept signals, or follow them until Ctrl-C."""
    with connected() as services:
        wanted = _Wanted(filters, services)
        if follow:
            _follow(wanted, services.feed, min(filters.limit, SHOWN_BEFORE), as_json=as_json)
            return DONE
        kept = wanted.kept(filters.limit)
        if as_json:
            say_json({"signals": [signal_object(signal) for signal in kept]})
        elif kept:
            say_signals(kept, of_one_session=False)
        else:
            remark("No kept signal fits; `scanner scan --market all --wait` looks for some.")
    return DONE


def _follow(wanted: "_Wanted", feed: Feed, before: int, *, as_json: bool) -> None:
    """Show the signals that are announced from now on, as they come; it has no end of its own."""
    after = feed.newest()  # what comes while the kept ones are shown is not lost
    if not as_json:
        for signal in reversed(wanted.kept(before)):
            typer.echo(line(signal, signal.as_of))
        remark("Following; Ctrl-C ends it.")
    for message in feed.follow(after):
        if message.get("type") != "signal":
            continue
        signal = Signal.model_validate(message["signal"])
        if not wanted.has(signal):
            continue
        if as_json:
            told = {"kind": message["kind"], "at": message["at"], "signal": signal_object(signal)}
            say_json(told, on_one_line=True)
        else:
            typer.echo(line(signal, datetime.fromisoformat(message["at"])))


class _Wanted:
    """The signals that pass the filters."""

    def __init__(self, filters: Filters, services: Services) -> None:
        self._strategies = read_strategies(filters.strategies)
        self._tickers = read_tickers(filters.tickers)
        self._grades = filters.grades
        self._since = read_date("--since", filters.since) if filters.since else None
        self._store = services.signals

    def kept(self, limit: int) -> list[Signal]:
        """Return kept signals, the newest session first, then by score."""
        return self._store.signals(
            strategies=self._strategies,
            tickers=self._tickers,
            grades=self._grades,
            since=self._since,
            limit=limit,
        )

    def has(self, signal: Signal) -> bool:
        """Say whether ``signal`` is one of them."""
        return (
            (not self._strategies or signal.strategy in self._strategies)
            and (not self._tickers or signal.ticker in self._tickers)
            and (not self._grades or signal.grade in self._grades)
            and (self._since is None or signal.last_bar >= self._since)
        )
