"""``scanner replay``: what scans of the past would have found, and what became of it."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

import numpy as np
from redis.exceptions import RedisError

from app.bootstrap import Services, replay_stores
from app.cli.arguments import read_past_date, read_strategies, read_tickers
from app.cli.failure import DONE, INTERRUPTED, PROBLEMS, BadUsage, Failure
from app.cli.files import new_file
from app.cli.output import counted, say_json
from app.cli.progress import TickerMeter
from app.cli.replayed import as_object, say_replayed, write_csv
from app.cli.services import connected
from app.domain import KOREA, Bars, Listing, Market, Ticker
from app.market.universe import select
from app.replay.html import write_html
from app.replay.plan import Plan
from app.replay.pool import replay_all
from app.replay.result import Replayed
from app.replay.strength import jobs_of
from app.replay.ticker import Job, Track
from app.strategies.registry import find


@dataclass(frozen=True)
class Wanted:
    """What somebody typed, not yet read."""

    tickers: Sequence[str]
    market: str | None
    strategies: Sequence[str]
    first: str
    last: str | None
    csv: Path | None
    html: Path | None
    workers: int


def replay(wanted: Wanted, *, as_json: bool) -> int:
    """Replay, and write what was found; return 1 when a ticker that was named has no bars."""
    with connected() as services:
        plan = read_plan(wanted, services)
        asked = _asked(wanted, services)
        stored = _stored(asked, plan, services)
        meter = TickerMeter(len(stored))
        try:
            with _new_files(wanted) as (csv, html), meter:
                jobs = jobs_of(asked, stored, plan)
                tracks = _tracks(jobs, plan, services, wanted.workers, meter)
                without = {each.ticker for each in asked} - set(stored)
                replayed = Replayed.of(plan, tracks, without)
                if csv:
                    write_csv(replayed, csv)
                if html:
                    write_html(replayed, html, bars=stored, made_at=services.clock())
        except KeyboardInterrupt:
            done = f"{meter.done} of {counted(len(stored), 'ticker')}"
            raise Failure(f"interrupted after {done}; nothing was written", INTERRUPTED) from None
        except BrokenProcessPool as error:
            raise Failure(
                f"a process of the replay was killed ({error}): fewer --workers need less memory",
                PROBLEMS,
            ) from error
    if as_json:
        say_json(as_object(replayed))
    else:
        say_replayed(replayed, seconds=meter.seconds)
    return PROBLEMS if without and wanted.tickers else DONE


@contextmanager
def _new_files(wanted: Wanted) -> Iterator[tuple[IO[str] | None, IO[str] | None]]:
    """Open the files before the work, so that it is not lost to a folder nobody may write to."""
    with ExitStack() as files:
        csv = html = None
        if wanted.csv:
            csv = files.enter_context(new_file("--csv", wanted.csv, spreadsheet=True))
        if wanted.html:
            html = files.enter_context(new_file("--html", wanted.html))
        yield csv, html


def read_plan(wanted: Wanted, services: Services) -> Plan:
    """Return what is replayed.

    Raises:
        BadUsage: it cannot be; the message says why.
    """
    now, calendar = services.clock(), services.calendar
    first = read_past_date("--from", wanted.first, now)
    newest = calendar.session_at(now)
    if not calendar.final(newest, now):
        newest = calendar.previous_session(newest)
    today = now.astimezone(KOREA).date()
    last = today if wanted.last is None else read_past_date("--to", wanted.last, now)
    if first > last:
        raise BadUsage(f"--from {first} is after --to {last}")
    names = [each.name for each in find(read_strategies(wanted.strategies))]
    strategies = {name: services.strategies[name] for name in names}
    try:
        return Plan.of(calendar, first, last, newest=newest, strategies=strategies)
    except ValueError as error:
        raise BadUsage(f"--from {first} --to {last}: {error}") from error


def _asked(wanted: Wanted, services: Services) -> list[Listing]:
    """Return the tickers to replay, as far as bars of them are stored."""
    if wanted.tickers and wanted.market:
        raise BadUsage("name tickers, like 005930, or a market with --market; not both")
    listings = _listings(services, needed=wanted.market is not None)
    if wanted.market:
        return select(listings.values(), wanted.market)
    indices = set(Market)  # their bars lie beside those of the tickers
    tickers = read_tickers(wanted.tickers) or sorted(set(services.bars.known()) - indices)
    return [listings.get(ticker, Listing(ticker, "", None)) for ticker in tickers]


def _stored(asked: Sequence[Listing], plan: Plan, services: Services) -> dict[Ticker, Bars]:
    """Return the bars of those tickers that have some of the sessions to replay."""
    first, last = (np.datetime64(plan.replayed[end]) for end in (0, -1))
    loaded = {each.ticker: services.bars.load(each.ticker, plan.span) for each in asked}
    stored = {
        ticker: bars
        for ticker, bars in loaded.items()
        if np.any((bars.session >= first) & (bars.session <= last))
    }
    if not stored:
        when = f"from {plan.replayed[0]} to {plan.replayed[-1]}"
        whose = f" of {counted(len(asked), 'ticker')}" if asked else ""
        raise BadUsage(
            f"no bars {when} are stored{whose}: "
            f"`scanner scan --market all --as-of {plan.replayed[-1]} --wait` fetches a year of them"
        )
    return stored


def _listings(services: Services, *, needed: bool) -> Mapping[Ticker, Listing]:
    """Return today's list by ticker, for names and markets; the broker is not asked."""
    session = services.calendar.session_at(services.clock())
    try:
        listings = services.universe.load(session)
    except RedisError:
        if needed:
            raise
        listings = None
    if listings is None and needed:
        raise BadUsage("--market: which shares it has is not known today: `scanner scan` finds out")
    return listings or {}


def _tracks(
    jobs: Sequence[Job], plan: Plan, services: Services, workers: int, meter: TickerMeter
) -> list[Track]:
    opened = partial(replay_stores, services.settings)
    tracks = []
    with closing(replay_all(jobs, plan, opened, workers=min(workers, len(jobs)))) as arriving:
        for track in arriving:
            tracks.append(track)
            meter.count(len(track.findings))
    return tracks
