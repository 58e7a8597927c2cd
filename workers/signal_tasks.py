"""Tasks that keep what was found, and see to it that no ticker is forgotten."""

from typing import Any

from celery import Task
from celery.signals import worker_init

from app.bootstrap import connect
from app.domain import Outcome
from app.queues import CONTROL, KEEP_SIGNAL, SEND_MESSAGES, SWEEP
from app.settings import SettingsError
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


@app.task(bind=True, name=SEND_MESSAGES)
def send_messages(self: Task[Any, None]) -> None:
    """Tell somebody by message what a scan has changed; what fails is tried again later."""
    with handled(self):
        services().keeper.send_messages()


@worker_init.connect
def check_receivers(sender: Any, **_given: object) -> None:
    """End a worker that is to send messages with one line when it has an address it cannot use."""
    if CONTROL not in sender.app.amqp.queues.consume_from:
        return
    try:
        connect().check_receivers()
    except SettingsError as error:
        raise SystemExit(f"worker: {error}") from error
