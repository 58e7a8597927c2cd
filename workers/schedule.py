"""When what is scanned, in Korean time. ``start_scan`` asks the calendar: on holidays it rests.

Each scan holds a name: while one runs, the next of its name is skipped.
"""

from typing import Any

from celery.schedules import crontab

from app.queues import SCHEDULED, START_SCAN, SWEEP

SWEEP_SECONDS = 30
WEEKDAYS = "mon-fri"


def _scan(name: str, hour: str, minute: str, strategies: list[str], **more: Any) -> dict[str, Any]:
    request = {
        "name": name,
        "market": "all",
        "strategies": strategies,
        "priority": SCHEDULED,
        "scheduled": True,
        **more,
    }
    return {
        "task": START_SCAN,
        "schedule": crontab(hour=hour, minute=minute, day_of_week=WEEKDAYS),
        "args": [request],
        "options": {
            "expires": 600
        },  # a scan that nobody started in 10 min is not this slot's any more
    }


BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "pre_open": _scan("pre_open", "8", "0", ["vcp"]),
    "intraday": _scan("intraday", "9-14", "30", ["volatility_breakout"]),
    "closing": _scan("closing", "14", "50", ["volatility_breakout"], ends="15:18"),
    "after_close": _scan("after_close", "18", "10", ["vcp", "volatility_breakout"]),
    "sweep": {"task": SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}
