"""What a task does when it cannot go on now: its message waits in the queue, never in a worker.

A task that fails is a ticker that is lost, so expected trouble never fails it. It may give its
message back only after having waited: one that does so at once would spin sixty times a second.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from celery import Task
from celery.exceptions import Reject
from redis.exceptions import RedisError

from app.brokers.errors import BrokerUnavailable, RateRefused, TokenUnavailable
from app.database import DatabaseUnavailable
from app.limiter import LimiterUnavailable, PermitTimeout
from app.queues import QueuesUnavailable
from workers.services import services

PAUSE_SECONDS = 3.0
ON_ITS_WAY_SECONDS = 5.0  # until a message that was given back is taken again

# Not the ticker's fault: it goes to the back of the queue as often as it takes.
AWAY = (
    DatabaseUnavailable,
    LimiterUnavailable,
    PermitTimeout,
    QueuesUnavailable,
    RateRefused,
    RedisError,
    TokenUnavailable,
)

log = logging.getLogger(__name__)


@contextmanager
def handled(task: Task[Any, Any], *, fails_when_void: bool = False) -> Iterator[None]:
    """Give the message back, uncounted, when a part is away; counted, when the broker failed.

    ``fails_when_void``: one whose message expires before it could come back fails instead, with
    the reason; given back, it would vanish without a word.
    """
    try:
        yield
    except AWAY as error:
        log.warning("%s; the task goes back to the queue", error)
        with suppress(QueuesUnavailable):
            services().queues.note_trouble(str(error))
        time.sleep(PAUSE_SECONDS)
        if fails_when_void and _is_void(task):
            raise
        raise Reject(error, requeue=True) from error
    except BrokerUnavailable as error:
        if fails_when_void and _is_void(task):
            raise
        raise task.retry(exc=error, countdown=0) from error


def _is_void(task: Task[Any, Any]) -> bool:
    soon = services().clock() + timedelta(seconds=ON_ITS_WAY_SECONDS)
    expires = task.request.expires  # as the message has it: a text
    return expires is not None and datetime.fromisoformat(str(expires)) <= soon
