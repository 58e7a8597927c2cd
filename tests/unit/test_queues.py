"""What is sent lands where it should, in the order it should, and can be seen while it waits."""

import json
from dataclasses import replace

import pytest
from redis import Redis

from app.domain import Outcome, Status
from app.queues import (
    BROKER,
    CONTROL,
    FOR_A_PERSON,
    ROUTES,
    SCHEDULED,
    SIGNALS,
    Queues,
    QueuesUnavailable,
    ScanRequest,
)
from tests.conftest import free_port
from tests.unit.signals.test_store import SCAN
from workers.celery_app import app as worker_app
from workers.schedule import BEAT_SCHEDULE


@pytest.fixture
def queues(redis_url: str, redis: Redis) -> Queues:
    return Queues(redis_url, redis, visibility_timeout=5)


def test_every_task_that_is_sent_by_name_is_registered() -> None:
    worker_app.loader.import_default_modules()

    assert set(ROUTES) <= set(worker_app.tasks)


def test_every_entry_of_the_schedule_is_a_registered_task_with_a_request_it_can_read() -> None:
    worker_app.loader.import_default_modules()

    for entry in BEAT_SCHEDULE.values():
        assert entry["task"] in worker_app.tasks
        for request in entry.get("args", []):
            ScanRequest.model_validate({"id": "x"} | request)


def test_tickers_wait_in_the_queue_of_the_broker(queues: Queues) -> None:
    queues.send_tickers(SCAN, ["005930", "000660"])

    assert queues.lengths() == {BROKER: 2, SIGNALS: 0, CONTROL: 0}


def test_a_persons_tickers_stand_before_scheduled_ones(queues: Queues, redis: Redis) -> None:
    queues.send_tickers(replace(SCAN, id="later", priority=SCHEDULED), ["005930"])
    queues.send_tickers(replace(SCAN, id="now", priority=FOR_A_PERSON), ["000660"])

    assert redis.llen("broker") == 1
    assert redis.llen("broker\x06\x166") == 1
    assert queues.open_tickers("now") == {"000660"}
    assert queues.open_tickers("later") == {"005930"}


def test_a_ticker_is_on_its_way_until_its_outcome_is_kept(queues: Queues, redis: Redis) -> None:
    queues.send_tickers(SCAN, ["005930"])
    held = redis.rpop("broker")
    assert isinstance(held, bytes)
    redis.hset("unacked", "tag", json.dumps([json.loads(held), "", "broker"]))
    assert queues.open_tickers("s1") == {"005930"}

    redis.delete("unacked")
    assert queues.open_tickers("s1") == set()

    queues.send_outcome(Outcome(scan_id="s1", ticker="005930", status=Status.OK))
    assert queues.open_tickers("s1") == {"005930"}
    assert queues.open_tickers("another") == set()


def test_a_message_holds_the_ticker_and_the_scan_and_no_more(queues: Queues, redis: Redis) -> None:
    queues.send_tickers(SCAN, ["005930"])

    (message,) = redis.lrange("broker", 0, -1)
    headers = json.loads(message)["headers"]
    assert headers["argsrepr"] == "['005930', 's1']"
    assert headers["expires"] == SCAN.deadline.isoformat()


def test_without_redis_a_send_ends_with_one_clear_error() -> None:
    port = free_port()
    away = Queues(
        f"redis://127.0.0.1:{port}/0", Redis(host="127.0.0.1", port=port), visibility_timeout=5
    )

    with pytest.raises(QueuesUnavailable, match="Redis does not answer"):
        away.send_start_scan(ScanRequest(id="x", market="all"), expires_seconds=60)


def test_no_worker_is_seen_where_there_is_none(queues: Queues) -> None:
    assert queues.workers(timeout_seconds=0.1) == {}
