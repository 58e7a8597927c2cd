"""``scanner up``: the whole system on this machine, and without a broker's key a demo scan."""

import uuid
from collections.abc import Callable, Iterator

from app.bootstrap import Services, connect
from app.cli.failure import DONE, PROBLEMS, BadUsage, Failure, NotReachable
from app.cli.follow import Follower
from app.cli.output import remark, say_json
from app.cli.report import as_object, best_first, line, signal_object, summary
from app.cli.scan import EXPIRES_SECONDS, expected_cost, started
from app.database import DatabaseUnavailable
from app.domain import Signal, Ticker
from app.local.console import print_line
from app.local.redis_server import NoRedis
from app.local.run_file import AlreadyRuns
from app.local.up import CannotStart, run
from app.queues import BY_DEFAULT, QueuesUnavailable, ScanRequest
from app.settings import Settings, SettingsError, load_settings
from app.signals.tracked import key_of


def up(*, scan_workers: int, flower: bool, beat: bool, as_json: bool) -> int:
    """Run everything until Ctrl-C. As JSON: standard output has the demo's finds, one a line."""
    say: Callable[[str], None] = remark if as_json else print_line
    try:
        settings = load_settings()
        with connect(settings) as services:  # a strategy file that cannot be used ends it here
            services.check_receivers()

        def on_ready(running: Settings) -> None:
            if settings.has_credentials:
                say("No scan is started by itself; scan now: scanner scan --market all --wait")
            else:
                scan_the_demo(running, say, as_json=as_json)

        run(
            settings,
            scan_workers=scan_workers,
            flower=flower,
            beat=beat,
            on_ready=on_ready,
            say=say,
        )
    except SettingsError as error:
        raise BadUsage(str(error)) from error
    except (NoRedis, CannotStart, DatabaseUnavailable) as error:
        raise NotReachable(str(error)) from error
    except (AlreadyRuns, OSError) as error:
        raise Failure(str(error), PROBLEMS) from error
    return DONE


def scan_the_demo(settings: Settings, say: Callable[[str], None], *, as_json: bool) -> None:
    """Scan the invented market once; what goes wrong is one line, for the system runs on."""
    try:
        with connect(settings) as services:
            _scan_all(services, say, as_json=as_json)
    except (Failure, DatabaseUnavailable, QueuesUnavailable) as error:
        say(f"The demo scan ended: {error}")


def _scan_all(services: Services, say: Callable[[str], None], *, as_json: bool) -> None:
    request = ScanRequest(id=uuid.uuid4().hex, name="demo", market="all", priority=BY_DEFAULT)
    follower = Follower(services)
    services.queues.send_start_scan(request, expires_seconds=EXPIRES_SECONDS)
    progress = started(follower.recorded(request.id))
    say(f"Demo. {expected_cost(progress, float(services.settings.scan_rate))}")
    for signal in found(services, follower, request.id):
        if as_json:
            standing = services.signals.standings([signal]).get(key_of(signal))
            say_json(signal_object(signal, standing), on_one_line=True)
        else:
            say(line(signal, services.clock()))
    _say_end(services, request.id, say, as_json=as_json)


def found(services: Services, follower: Follower, scan_id: str) -> Iterator[Signal]:
    """Yield the signals of a scan as they come, until it is closed."""
    seen: set[Ticker] = set()
    counted = 0
    for progress in follower.progress(scan_id):
        if progress.signals == counted:
            continue
        counted = progress.signals
        for outcome in services.scans.outcomes(scan_id):
            if outcome.ticker not in seen:
                seen.add(outcome.ticker)
                yield from best_first(outcome.signals)


def _say_end(
    services: Services, scan_id: str, say: Callable[[str], None], *, as_json: bool
) -> None:
    progress, outcomes = services.scans.progress(scan_id), services.scans.outcomes(scan_id)
    if progress is None:
        return
    if as_json:
        found = (signal for outcome in outcomes for signal in outcome.signals)
        standings = services.signals.standings(found)
        say_json(as_object(progress, outcomes, standings), on_one_line=True)
    for text in summary(progress, outcomes):
        say(str(text))
