"""``scanner scan``: ask for a scan, and follow it to its end when told to."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from app.bootstrap import Services
from app.cli.arguments import read_as_of, read_name, read_strategies, read_tickers
from app.cli.failure import DONE, INTERRUPTED, NOT_REACHABLE, PROBLEMS, BadUsage, Failure
from app.cli.follow import Follower
from app.cli.meter import Meter
from app.cli.output import counted, duration, remark, say, say_json
from app.cli.report import (
    TROUBLES,
    as_object,
    best_first,
    say_results,
    say_signals,
    scan_object,
    summary,
)
from app.cli.services import connected, need_all
from app.domain import NO_BROKER, Outcome
from app.queues import BY_DEFAULT, FOR_A_PERSON, ScanRequest
from app.signals.scans import Progress, ScanState

EXPIRES_SECONDS = 60.0  # so that nothing starts later, when nobody looks any more
FEW = 20  # tickers; what each strategy said about them fits on a screen


@dataclass(frozen=True)
class Wanted:
    """What somebody typed, not yet read."""

    tickers: Sequence[str]
    market: str | None
    strategies: Sequence[str]
    as_of: str | None
    name: str


def scan(wanted: Wanted, *, wait: bool, as_json: bool) -> int:
    """Have something scanned; return 1 when a ticker was not scanned that should have been."""
    with connected() as services:
        request = read_request(wanted, services)
        need_all(services)
        services.universe.load(services.calendar.session_at(services.clock()))  # its file is right
        try:
            services.queues.send_start_scan(request, expires_seconds=EXPIRES_SECONDS)
            progress = _watched(services, request.id, wait=wait)
        except KeyboardInterrupt:
            remark(
                f"Scan {request.id} goes on without this command, if a worker takes it within "
                f"{EXPIRES_SECONDS:g} s; follow it: scanner status"
            )
            return INTERRUPTED
        if not wait:
            _say_started(services, progress, as_json=as_json)
            return DONE
        outcomes = services.scans.outcomes(request.id)
        found = (signal for outcome in outcomes for signal in outcome.signals)
        standings = services.signals.standings(found)
    if as_json:
        say_json(as_object(progress, outcomes, standings))
    else:
        _say_found(request, progress, outcomes)
    return exit_code(outcomes)


def read_request(wanted: Wanted, services: Services) -> ScanRequest:
    """Return what to scan.

    Raises:
        BadUsage: it cannot be scanned; the message says why.
    """
    if bool(wanted.tickers) == bool(wanted.market):
        raise BadUsage("name tickers, like 005930, or a market with --market; one of the two")
    return ScanRequest(
        id=uuid.uuid4().hex,
        name=read_name(wanted.name),
        tickers=read_tickers(wanted.tickers),
        market=wanted.market,
        strategies=read_strategies(wanted.strategies),
        as_of=read_as_of(wanted.as_of, services.calendar, services.clock()),
        priority=FOR_A_PERSON if wanted.tickers else BY_DEFAULT,  # few before many
    )


def started(progress: Progress) -> Progress:
    """Return the scan again if it could be started.

    Raises:
        Failure: it could not; the message says why.
    """
    if progress.state is ScanState.FAILED:
        code = NOT_REACHABLE if progress.reason.startswith(NO_BROKER) else PROBLEMS
        raise Failure(f"the scan could not be started: {progress.reason}", code)
    return progress


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """Return 0 when every ticker was scanned, 3 when the broker answered for none of them."""
    if outcomes and all(each.reason.startswith(NO_BROKER) for each in outcomes):
        return NOT_REACHABLE
    return PROBLEMS if any(each.status in TROUBLES for each in outcomes) else DONE


def _watched(services: Services, scan_id: str, *, wait: bool) -> Progress:
    """Return the scan as it was recorded, or at its end."""
    follower = Follower(services)
    with Meter(float(services.settings.rate)) as meter:
        progress = started(follower.recorded(scan_id))
        if wait:
            for progress in follower.progress(scan_id):
                meter.show(progress)
    return progress


def _say_found(request: ScanRequest, progress: Progress, outcomes: Sequence[Outcome]) -> None:
    found = best_first(signal for outcome in outcomes for signal in outcome.signals)
    if found:
        say_signals(found, of_one_session=True)
        say()
    elif request.tickers and len(outcomes) <= FEW and any(each.results for each in outcomes):
        say_results(outcomes)
        say()
    for text in summary(progress, outcomes):
        say(text)


def _say_started(services: Services, progress: Progress, *, as_json: bool) -> None:
    calls, rate = progress.planned_calls, services.settings.scan_rate
    before = max(0, services.scans.open_calls(progress.priority) - calls)
    seconds = float((calls + before) / rate)
    if as_json:
        expected = {"requests": calls, "requests_before": before, "seconds": round(seconds, 1)}
        say_json({"scan": scan_object(progress), "tickers": progress.total, "expected": expected})
        return
    say(expected_cost(progress, float(rate)))
    if before:
        say(f"{counted(before, 'request')} of scans that run already go first: {duration(seconds)}")
    say("Follow it: scanner status, scanner signals --follow")


def expected_cost(progress: Progress, rate: float) -> str:
    """Return what a scan that has just been recorded will cost."""
    calls = progress.planned_calls
    return (
        f"Scan {progress.id}: {counted(progress.total, 'ticker')}, about "
        f"{counted(calls, 'request')}, {duration(calls / rate)} at {rate:g} a second"
    )
