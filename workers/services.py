"""What a worker process works with: built once, after the fork, when the first task asks."""

from functools import cache

from app.bootstrap import Services, connect


@cache
def services() -> Services:
    """Return this process's connected services."""
    return connect(patient=True)
