"""The queues: their names, and what is sent to them.

With ``workers`` the only place that knows Celery. Tasks are named here as text, so that the
command line, the gateway and the tasks themselves can send without importing a worker; a test
holds the names against the registered tasks.
"""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError
from pydantic import Field
from redis import Redis
from redis.exceptions import RedisError

from app.domain import Market, Message, Outcome, Scan, Ticker

BROKER, SIGNALS, CONTROL = "broker", "signals", "control"

SCAN_TICKER = "workers.scan_tasks.scan_ticker"
FETCH_QUOTES = "workers.scan_tasks.fetch_quotes"
FETCH_INDEX = "workers.scan_tasks.fetch_index"
START_SCAN = "workers.scan_tasks.start_scan"
KEEP_SIGNAL = "workers.signal_tasks.keep_signal"
SWEEP = "workers.signal_tasks.sweep"
SEND_MESSAGES = "workers.signal_tasks.send_messages"

ROUTES = {
    SCAN_TICKER: BROKER,
    FETCH_QUOTES: BROKER,
    FETCH_INDEX: BROKER,
    START_SCAN: CONTROL,
    SWEEP: CONTROL,
    SEND_MESSAGES: CONTROL,
    KEEP_SIGNAL: SIGNALS,
}

PRIORITY_STEPS = (0, 3, 6, 9)  # 0 first
FOR_A_PERSON, BY_DEFAULT, SCHEDULED = 0, 3, 6
_LAST = 9

_SEPARATOR = "\x06\x16"  # between a queue's name and its priority in kombu's Redis keys
_SWEPT, _SWEPT_SECONDS = "seen:sweep", 24 * 3600
_SWEEP_OVERDUE = timedelta(seconds=90)  # it runs twice a minute
_TROUBLE = "seen:trouble"
_TROUBLE_SECONDS = 15 * 60
_SPENT_SECONDS = 24 * 3600
_MESSAGES_SECONDS = 60  # by then the sweep has asked again


class QueuesUnavailable(Exception):
    """Redis does not take the message: nothing was sent."""


class ScanRequest(Message):
    """What someone wants scanned: the message of ``start_scan``.

    Either ``tickers`` or ``market`` (kospi, kosdaq, all). ``slot`` is true for the schedule: its
    time names the scan, and a running predecessor of the same name makes it skip. ``ends``: a time
    in Korea (HH:MM) by which it must be done, so it takes as many tickers as fit.
    """

    id: str
    name: str = "manual"
    tickers: list[Ticker] = Field(default_factory=list)
    market: str | None = None
    strategies: list[str] = Field(default_factory=list)
    as_of: date | None = None
    priority: int = FOR_A_PERSON
    scheduled: bool = False
    ends: str | None = None


def transport_options(visibility_timeout: int) -> dict[str, Any]:
    """Return kombu's options for Redis; the reasons stand in ``celeryconfig.py``."""
    return {
        "visibility_timeout": visibility_timeout,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "priority",
        "priority_steps": list(PRIORITY_STEPS),
        "socket_timeout": 10,
        "socket_connect_timeout": 5,
        "socket_keepalive": True,
        "health_check_interval": 10,
    }


class Queues:
    """Send, and see what waits. ``patient``: a worker's sends outlive a restart of Redis."""

    def __init__(
        self, redis_url: str, redis: Redis, *, visibility_timeout: int, patient: bool = False
    ) -> None:
        self._redis = redis
        self._app = Celery("scanner", broker=redis_url, set_as_current=False)
        self._app.conf.update(
            broker_transport_options=transport_options(visibility_timeout),
            task_serializer="json",
            accept_content=["json"],
            task_ignore_result=True,
            task_publish_retry_policy={
                "max_retries": None if patient else 2,
                "interval_start": 0.2,
                "interval_step": 0.3,
                "interval_max": 2,
            },
        )

    def close(self) -> None:
        """Close the connections to the queue."""
        self._app.close()

    def send_start_scan(self, request: ScanRequest, *, expires_seconds: float) -> None:
        """Ask for a scan; the message is void after ``expires_seconds``."""
        with self._sending():
            self._app.send_task(
                START_SCAN,
                args=[request.model_dump(mode="json")],
                queue=CONTROL,
                expires=expires_seconds,
            )

    def send_tickers(
        self, scan: Scan, tickers: Iterable[Ticker], *, batches: Sequence[Sequence[Ticker]] = ()
    ) -> None:
        """Put the tickers of a scan on the queue, batches of quotes before them.

        One held producer: workers start on the first message while the last is being sent.
        """
        options: dict[str, Any] = {"queue": BROKER, "priority": scan.priority}
        with self._sending(), self._app.producer_or_acquire() as producer:
            options |= {"producer": producer, "expires": scan.deadline}
            for batch in batches:
                self._app.send_task(FETCH_QUOTES, args=[list(batch), scan.id], **options)
            for ticker in tickers:
                self._app.send_task(SCAN_TICKER, args=[ticker, scan.id], **options)

    def send_index(self, scan: Scan, market: Market) -> None:
        """Have the bars of a board's index fetched for a scan."""
        options: dict[str, Any] = {"queue": BROKER, "priority": scan.priority}
        options |= {"expires": scan.deadline}
        with self._sending():
            self._app.send_task(FETCH_INDEX, args=[market, scan.id], **options)

    def send_outcome(self, outcome: Outcome) -> None:
        """Hand a ticker's outcome to the signal workers."""
        with self._sending():
            self._app.send_task(
                KEEP_SIGNAL,
                args=[outcome.model_dump(mode="json")],
                queue=SIGNALS,
                # What people see of it in Flower and in logs.
                argsrepr=f"{outcome.ticker}: {outcome.status}, {len(outcome.signals)} signals",
            )

    def send_messages(self) -> None:
        """Have a message sent to somebody; it stands behind all else that waits in its queue."""
        options: dict[str, Any] = {"queue": CONTROL, "priority": _LAST}
        with self._sending():
            self._app.send_task(SEND_MESSAGES, expires=_MESSAGES_SECONDS, **options)

    def workers(self, *, timeout_seconds: float = 1.0) -> dict[str, list[str]]:
        """Return the workers that answer within the time given, by name: what queues each takes."""
        with self._sending():
            answers = self._app.control.inspect(timeout=timeout_seconds).active_queues() or {}
        return {name: sorted(each["name"] for each in answers[name]) for name in sorted(answers)}

    def lengths(self) -> dict[str, int]:
        """Return how many messages wait in each queue, all priorities together."""
        with self._sending(), self._redis.pipeline(transaction=False) as pipeline:
            for queue in (BROKER, SIGNALS, CONTROL):
                for key in _keys(queue):
                    pipeline.llen(key)
            counts = pipeline.execute()
        steps = len(PRIORITY_STEPS)
        queues = (BROKER, SIGNALS, CONTROL)
        return {queue: sum(counts[n * steps : (n + 1) * steps]) for n, queue in enumerate(queues)}

    def note_sweep(self, now: datetime) -> None:
        """Leave a mark that the sweep has run: beat, and a worker of ``control``, are alive."""
        with self._sending():
            self._redis.set(_SWEPT, now.isoformat(), ex=_SWEPT_SECONDS)

    def swept_at(self) -> datetime | None:
        """Return when the sweep ran last; None when it has not for a day."""
        with self._sending():
            mark = self._redis.get(_SWEPT)
        return datetime.fromisoformat(mark.decode()) if isinstance(mark, bytes) else None

    def note_trouble(self, text: str) -> None:
        """Leave word of what keeps the workers from going on, for a quarter of an hour."""
        with self._sending():
            self._redis.set(_TROUBLE, text, ex=_TROUBLE_SECONDS)

    def trouble(self) -> str:
        """Return what has lately kept a worker from going on; empty when nothing has."""
        with self._sending():
            text = self._redis.get(_TROUBLE)
        return text.decode() if isinstance(text, bytes) else ""

    def count_calls(
        self, scan_id: str, ticker: Ticker, calls: int, refused: int
    ) -> tuple[int, int]:
        """Add what one try of a ticker cost; return the calls and refusals of all its tries."""
        key = f"spent:{scan_id}"
        with self._sending(), self._redis.pipeline(transaction=False) as pipeline:
            pipeline.hincrby(key, f"{ticker}:calls", calls)
            pipeline.hincrby(key, f"{ticker}:refused", refused)
            pipeline.expire(key, _SPENT_SECONDS)
            all_calls, all_refused, _ = pipeline.execute()
        return int(all_calls), int(all_refused)

    def open_tickers(self, scan_id: str) -> set[Ticker]:
        """Return the tickers of a scan with a message waiting or in a worker's hands."""
        waiting: list[bytes] = []
        with self._sending(), self._redis.pipeline(transaction=False) as pipeline:
            for key in (*_keys(BROKER), *_keys(SIGNALS)):
                pipeline.lrange(key, 0, -1)
            pipeline.hvals("unacked")
            *lists, held = pipeline.execute()
        for messages in lists:
            waiting += messages
        tasks = [json.loads(message) for message in waiting]
        tasks += [json.loads(message)[0] for message in held]  # [message, exchange, routing key]
        return set(_tickers_of(tasks, scan_id))

    @contextmanager
    def _sending(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, RedisError, ConnectionError, TimeoutError) as error:
            raise QueuesUnavailable(f"Redis does not answer: {error}") from error


def beat_is_alive(queues: Queues, now: datetime) -> tuple[bool, datetime | None]:
    """Say whether beat has lately had the sweep run, and when it did so last."""
    swept = queues.swept_at()
    return swept is not None and now - swept < _SWEEP_OVERDUE, swept


def _keys(queue: str) -> list[str]:
    return [queue if step == 0 else f"{queue}{_SEPARATOR}{step}" for step in PRIORITY_STEPS]


def _tickers_of(messages: Iterable[Mapping[str, Any]], scan_id: str) -> Iterator[Ticker]:
    for message in messages:
        task = message["headers"].get("task")
        args = json.loads(base64.b64decode(message["body"]))[0]
        if task == SCAN_TICKER and args[1:2] == [scan_id]:
            yield args[0]
        elif task == KEEP_SIGNAL and args[0].get("scan_id") == scan_id:
            yield args[0]["ticker"]
