"""What a task does when something it needs is away: wait, and put its message back.

A task that fails is a ticker that is lost, so expected trouble never fails it. It may reject its
message only after having waited: one that rejects at once would spin sixty times a second.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

from celery.exceptions import Reject
from redis.exceptions import RedisError

from app.brokers.errors import RateRefused, TokenUnavailable
from app.database import DatabaseUnavailable
from app.limiter import LimiterUnavailable, PermitTimeout
from app.queues import QueuesUnavailable

PAUSE_SECONDS = 3.0

log = logging.getLogger(__name__)

# These have waited themselves: for a permit, for the broker's mercy, for a token.
PATIENT = (LimiterUnavailable, PermitTimeout, RateRefused, TokenUnavailable)
AWAY = (DatabaseUnavailable, QueuesUnavailable, RedisError)


@contextmanager
def requeued() -> Iterator[None]:
    """Put the message back, uncounted, when Redis, the database, a permit or the token is away."""
    try:
        yield
    except PATIENT as error:
        log.warning("%s; the task goes back to the queue", error)
        raise Reject(error, requeue=True) from error
    except AWAY as error:
        log.warning("%s; the task goes back to the queue in %g s", error, PAUSE_SECONDS)
        time.sleep(PAUSE_SECONDS)
        raise Reject(error, requeue=True) from error
