"""What a task does when it cannot go on now: its message waits in the queue, never in a worker.

A task that fails is a ticker that is lost, so expected trouble never fails it. It may give its
message back only after having waited: one that does so at once would spin sixty times a second.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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
def handled(task: Task[Any, Any]) -> Iterator[None]:
    """Give the message back, uncounted, when a part is away; counted, when the broker failed."""
    try:
        yield
    except AWAY as error:
        log.warning("%s; the task goes back to the queue", error)
        with suppress(QueuesUnavailable):
            services().queues.note_trouble(str(error))
        time.sleep(PAUSE_SECONDS)
        raise Reject(error, requeue=True) from error
    except BrokerUnavailable as error:
        raise task.retry(exc=error, countdown=0) from error
