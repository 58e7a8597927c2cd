"""Beat sends what the table of the schedule says."""

from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest
from celery.schedules import crontab

from app.queues import ScanRequest
from app.schedule import SCHEDULE
from app.strategies.registry import find
from workers.schedule import BEAT_SCHEDULE


def test_beat_starts_every_entry_at_its_times() -> None:
    for entry in SCHEDULE:
        when: Any = BEAT_SCHEDULE[entry.name]["schedule"]  # Celery's stubs lack its fields
        assert isinstance(BEAT_SCHEDULE[entry.name]["schedule"], crontab)
        assert [time(hour, minute) for hour in sorted(when.hour) for minute in when.minute] == (
            entry.times
        )
        assert when.day_of_week == {1, 2, 3, 4, 5}


def test_what_it_sends_is_a_scan_of_strategies_that_there_are() -> None:
    for entry in SCHEDULE:
        [sent] = BEAT_SCHEDULE[entry.name]["args"]
        request = ScanRequest.model_validate({"id": "a-task"} | sent)
        assert request.scheduled
        assert tuple(request.strategies) == entry.strategies
        assert request.ends == (entry.ends and f"{entry.ends:%H:%M}")
        find(entry.strategies)


@pytest.mark.parametrize(
    ("hours", "every"),
    [
        ((9, 10, 11), timedelta(hours=1)),
        ((9, 11, 13), timedelta(hours=2)),
        ((9, 10, 14), None),
        ((9,), None),
    ],
)
def test_a_scan_repeats_when_its_starts_lie_evenly(
    hours: tuple[int, ...], every: timedelta | None
) -> None:
    assert replace(SCHEDULE[0], hours=hours).every == every
