"""The schedule as beat reads it: the scans of ``app.schedule``, and the sweep."""

from typing import Any

from celery.schedules import crontab

from app.queues import SCHEDULED, START_SCAN, SWEEP
from app.schedule import SCHEDULE, Entry

SWEEP_SECONDS = 30
STARTS_WITHIN_SECONDS = 600  # a scan that nobody took by then is not this slot's any more


def _beat(entry: Entry) -> dict[str, Any]:
    request = {
        "name": entry.name,
        "market": "all",
        "strategies": list(entry.strategies),
        "priority": SCHEDULED,
        "scheduled": True,
    }
    if entry.ends:
        request["ends"] = f"{entry.ends:%H:%M}"
    hours = ",".join(str(hour) for hour in entry.hours)
    return {
        "task": START_SCAN,
        "schedule": crontab(hour=hours, minute=str(entry.minute), day_of_week="mon-fri"),
        "args": [request],
        "options": {"expires": STARTS_WITHIN_SECONDS},
    }


BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    **{entry.name: _beat(entry) for entry in SCHEDULE},
    "sweep": {"task": SWEEP, "schedule": SWEEP_SECONDS, "options": {"expires": SWEEP_SECONDS}},
}
