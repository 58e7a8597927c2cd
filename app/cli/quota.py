"""``scanner quota``: the one limit of all processes, as it stands."""

import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any, NoReturn

from rich.live import Live
from rich.text import Text

from app.bootstrap import Services
from app.cli.failure import DONE
from app.cli.output import BAD, QUIET, duration, pairs, say, say_json, standard_output
from app.cli.services import connected
from app.limiter import LimiterState, Quota

EVERY_SECONDS = 1.0


def quota(*, follow: bool, as_json: bool) -> int:
    """Show the limit once, or every second until Ctrl-C."""
    with connected() as services:
        if follow:
            _follow(services, as_json=as_json)
        if as_json:
            say_json(as_object(services))
        else:
            say(pairs(rows(services)))
    return DONE


def _follow(
    services: Services, *, as_json: bool, sleep: Callable[[float], None] = time.sleep
) -> NoReturn:
    console = standard_output()
    if as_json or not console.is_terminal:
        while True:
            say_json(as_object(services), on_one_line=True)
            sleep(EVERY_SECONDS)
    with Live(console=console, auto_refresh=False) as live:
        while True:
            live.update(pairs(rows(services)), refresh=True)
            sleep(EVERY_SECONDS)


def as_object(services: Services) -> dict[str, Any]:
    """Return the limit for programs; durations in seconds."""
    state = services.limiter.state(services.settings.credential)
    limit = state.quota or services.quota
    return asdict(state) | {"quota": asdict(limit), "limit_per_second": per_second(limit)}


def rows(services: Services) -> list[tuple[str, str | Text]]:
    """Return the limit for people, a name and a value a row."""
    state = services.limiter.state(services.settings.credential)
    limit = state.quota or services.quota
    most = 60 * per_second(limit)
    return [
        ("Account", f"{state.name} ({services.settings.profile.name})"),
        ("Limit", f"{limit.calls} in {limit.window_seconds:g} s"),
        (
            "Last minute",
            f"{state.used_last_minute} of {most:g} ({state.used_last_minute / most:.0%})",
        ),
        ("In flight", str(state.in_flight)),
        ("Cooling down", str(state.cooling)),
        ("Waiting", waiting(state)),
        ("Pause", _trouble(state.pause_seconds, f"no permit for {duration(state.pause_seconds)}")),
        (
            "Guard",
            _trouble(state.guard_seconds, f"{state.guard_seconds * 1000:.0f} ms more a permit"),
        ),
        ("Grants", f"{state.grants:,}"),
        ("Refusals", _trouble(state.refusals, f"{state.refusals:,} by the broker")),
        ("Timeouts", _trouble(state.timeouts, f"{state.timeouts:,} waits without a permit")),
        ("Unanswered", _trouble(state.unanswered, f"{state.unanswered:,} calls")),
        ("Lapsed", _trouble(state.lapsed, f"{state.lapsed:,} leases of processes that ended")),
    ]


def per_second(limit: Quota) -> float:
    """Return calls a second."""
    return limit.calls / limit.window_seconds


def waiting(state: LimiterState) -> str:
    """Return how many wait for a permit, by their priority."""
    total = sum(state.waiting.values())
    by_priority = ", ".join(
        f"{number} of priority {priority}" for priority, number in sorted(state.waiting.items())
    )
    return f"{total} ({by_priority})" if total else "0"


def _trouble(amount: float, text: str) -> Text:
    return Text(text, style=BAD) if amount else Text("none", style=QUIET)
