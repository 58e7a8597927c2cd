"""What a worker process works with: built once, after the fork, when the first task asks."""

from functools import cache

from celery.signals import worker_init

from app.bootstrap import Services, connect
from app.settings import SettingsError


@cache
def services() -> Services:
    """Return this process's connected services."""
    return connect(patient=True)


@worker_init.connect
def check_settings(**_given: object) -> None:
    """End the worker with one line when its settings cannot be used, before it takes a task."""
    try:
        connect().close()  # nothing has been opened
    except SettingsError as error:
        raise SystemExit(f"worker: {error}") from error  # celery would log any other, and go on
