"""Tasks that keep what was found, and see to it that no ticker is forgotten."""

from typing import Any

from celery import Task

from app.domain import Outcome
from app.queues import KEEP_SIGNAL, SWEEP
from app.signals.scans import NoSuchScan
from workers.celery_app import app
from workers.services import services
from workers.troubles import handled


@app.task(bind=True, name=KEEP_SIGNAL, throws=(NoSuchScan,))
def keep_signal(self: Task[Any, None], outcome: dict[str, Any]) -> None:
    """Keep a ticker's outcome and its signals, once, and announce what is new."""
    with handled(self):
        services().keeper.keep(Outcome.model_validate(outcome))


@app.task(bind=True, name=SWEEP)
def sweep(self: Task[Any, None]) -> None:
    """Send again what got lost, close what is overdue, announce what nobody was told of."""
    with handled(self):
        services().keeper.sweep()
