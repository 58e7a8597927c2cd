"""The Celery app: ``celery -A workers.celery_app worker|beat|flower|call``."""

import logging

from celery import Celery
from celery.exceptions import Reject

from workers.schedule import BEAT_SCHEDULE

app = Celery("scanner")
app.config_from_object("celeryconfig")
app.conf.beat_schedule = BEAT_SCHEDULE


def _without_its_chain(record: logging.LogRecord) -> bool:
    """Let a message that goes back to its queue be one line: the task has said why."""
    if record.exc_info and isinstance(record.exc_info[1], Reject):
        record.exc_info = None
    return True


logging.getLogger("celery.app.trace").addFilter(_without_its_chain)
