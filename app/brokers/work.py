"""A stretch of work: the priority of its requests, and what they cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from app.brokers.base import Tally

PRIORITY = 6  # of requests outside any work: behind a person's
PERMIT_SECONDS = 60.0  # far above workers / rate, and a task stays below VISIBILITY_TIMEOUT


@dataclass
class Work:
    """What the requests of one thread share for a while."""

    priority: int = PRIORITY
    permit_seconds: float = PERMIT_SECONDS
    tally: Tally = field(default_factory=Tally)


_CURRENT: ContextVar[Work | None] = ContextVar("work", default=None)


def current_work() -> Work:
    """Return the work that this thread is in; outside of any, one that nobody reads."""
    return _CURRENT.get() or Work()


@contextmanager
def work(*, priority: int, permit_seconds: float = PERMIT_SECONDS) -> Iterator[Tally]:
    """Count the requests that this thread makes inside; they count in the work around it too."""
    around, inside = _CURRENT.get(), Work(priority, permit_seconds)
    before = _CURRENT.set(inside)
    try:
        yield inside.tally
    finally:
        _CURRENT.reset(before)
        if around is not None:
            around.tally.add(inside.tally)
