"""``scanner status``: what runs, what waits, and what is missing."""

from datetime import datetime
from typing import Any

from rich.text import Text

from app.bootstrap import Services
from app.cli.failure import DONE, PROBLEMS
from app.cli.output import (
    BAD,
    Column,
    ago,
    duration,
    korean_time,
    pairs,
    say,
    say_json,
    say_table,
)
from app.cli.quota import per_second
from app.cli.report import scan_object, seconds_of
from app.cli.services import connected, need_all, public
from app.queues import beat_is_alive
from app.signals.scans import Progress, ScanState

SHOWN_SCANS = 8

SCAN_COLUMNS = (
    Column("Started"),
    Column("Name"),
    Column("State"),
    Column("Tickers", right=True),
    Column("Requests", right=True, drop=2),
    Column("Signals", right=True, drop=1),
    Column("Time", right=True),
    Column("Id", drop=3),
    Column("Note", wraps=True, least=20, drop=4),
)


def status(*, as_json: bool) -> int:
    """Show what runs; return 1 when no worker answers."""
    with connected() as services:
        need_all(services)
        seen = _seen(services)
        scans = services.scans.recent(limit=SHOWN_SCANS)
        if as_json:
            say_json(seen | {"scans": [_scan_object(scan) for scan in scans]})
        else:
            say(pairs(_rows(seen, services.clock())))
            if scans:
                say()
                say_table(SCAN_COLUMNS, [_scan_row(scan, services) for scan in scans])
    return DONE if seen["workers"] else PROBLEMS


def _seen(services: Services) -> dict[str, Any]:
    """Return what runs, for programs."""
    now, settings = services.clock(), services.settings
    alive, swept = beat_is_alive(services.queues, now)
    limiter = services.limiter.state(settings.credential)
    market = services.calendar.state(now)
    return {
        "redis": public(settings.redis_url),
        "database": public(settings.database_url),
        "broker": settings.base_url,
        "profile": settings.profile.name,
        "workers": list(services.queues.workers()),
        "beat": {"alive": alive, "swept": swept and swept.isoformat()},
        "queues": services.queues.lengths(),
        "market": {"phase": market.phase, "next": market.next, "at": market.at.isoformat()},
        "rate": {
            "limit_per_second": per_second(limiter.quota or services.quota),
            "used_last_minute": limiter.used_last_minute,
            "refusals": limiter.refusals,
        },
    }


def _rows(seen: dict[str, Any], now: datetime) -> list[tuple[str, str | Text]]:
    """Return the same for people, a name and a value a row."""
    most = 60 * seen["rate"]["limit_per_second"]
    used = seen["rate"]["used_last_minute"]
    market, swept_at = seen["market"], seen["beat"]["swept"]
    coming = korean_time(datetime.fromisoformat(market["at"]))
    nobody = Text("none answers: start one with `scanner up`", style=BAD)
    when = ago(datetime.fromisoformat(swept_at), now) if swept_at else "not seen yet"
    swept = f"last sweep {when}"
    late = Text(f"{swept}: does beat run, and a worker that takes `control`?", style=BAD)
    return [
        ("Redis", seen["redis"]),
        ("Database", seen["database"]),
        ("Broker", f"{seen['broker']} ({seen['profile']})"),
        ("Workers", ", ".join(seen["workers"]) or nobody),
        ("Beat", swept if seen["beat"]["alive"] else late),
        ("Queues", ", ".join(f"{name} {length:,}" for name, length in seen["queues"].items())),
        ("Market", f"{market['phase']}; {market['next']} at {coming}"),
        ("Rate", f"{used} of {most:g} requests in the last minute"),
    ]


def _scan_row(scan: Progress, services: Services) -> list[str | Text]:
    running = scan.state is ScanState.RUNNING
    left = scan.open_calls / float(services.settings.scan_rate)
    return [
        korean_time(scan.created_at),
        scan.name,
        scan.state,
        f"{scan.done:,}/{scan.total:,}",
        f"{scan.calls:,}",
        f"{scan.signals:,}",
        f"{duration(left)} left" if running else duration(seconds_of(scan)),
        scan.id,
        scan.reason,
    ]


def _scan_object(scan: Progress) -> dict[str, Any]:
    return scan_object(scan) | {
        "state": scan.state,
        "reason": scan.reason,
        "total": scan.total,
        "done": scan.done,
        "planned_requests": scan.planned_calls,
        "requests": scan.calls,
        "refused": scan.refused,
        "signals": scan.signals,
        "created_at": scan.created_at.isoformat(),
        "deadline": scan.deadline.isoformat(),
        "closed_at": scan.closed_at and scan.closed_at.isoformat(),
    }
