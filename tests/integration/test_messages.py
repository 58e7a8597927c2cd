"""From the end of a scan to a receiver over real HTTP: once each, and never in a scan's way."""

import json
import logging
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

import pytest
from redis import Redis

from app.bootstrap import Services
from app.queues import CONTROL, SCHEDULED, SEND_MESSAGES, START_SCAN, ScanRequest
from app.settings import SettingsError, load_settings
from app.signals import receivers
from app.signals.messages import GAP, LEASE, PAUSES
from app.signals.scans import Plan
from tests.conftest import wait_until
from tests.processes import Child
from tests.receivers import GONE, TOKEN, Receiver, loads_apprise, running_receiver
from tests.system import ROOT
from tests.unit.signals.test_store import NOW, SCAN, a_signal, an_outcome

pytestmark = loads_apprise

Process: TypeAlias = Callable[..., Services]

TRY_TO_SEND = """
from datetime import datetime
from app.bootstrap import Services
from app.settings import load_settings
Services(load_settings(), clock=lambda: datetime.fromisoformat("{now}")).messenger.send_next()
"""


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with running_receiver() as server:
        yield server


@pytest.fixture
def process(
    redis_url: str,
    redis: Redis,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    receiver: Receiver,
) -> Iterator[Process]:
    """Return what makes the services of a worker at a moment; all share Redis and database."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("REDIS_URL", redis_url)
    monkeypatch.setenv("NOTIFY_URLS", receiver.url)
    monkeypatch.setenv("KIS_BASE_URL", "http://127.0.0.1:1")
    made = []

    def make(now: datetime = NOW, **settings: str) -> Services:
        made.append(Services(load_settings(**settings), clock=lambda: now))
        return made[-1]

    yield make
    for services in made:
        services.close()


def scan_of_two(services: Services) -> None:
    """Have a scan of two tickers end with one signal."""
    services.scans.record(Plan(SCAN, ["005930", "000660"], 2), now=NOW)
    services.keeper.keep(an_outcome("005930", a_signal(name="삼성전자", entry=18_900)))
    services.keeper.keep(an_outcome("000660"))


def test_the_end_of_a_scan_is_told_by_a_task_of_its_own(
    process: Process, receiver: Receiver
) -> None:
    worker = process()

    scan_of_two(worker)

    assert receiver.arrived == []
    assert worker.queues.lengths()[CONTROL] == 1
    worker.keeper.send_messages()
    [message] = receiver.arrived
    assert message.title == "수동 스캔 2월 28일 (금) 종가 기준 · 새 신호 1건"
    assert message.text.splitlines() == [
        "모의 서버 시세 (실제 시세 아님)",
        "[새 신호 · VCP]",
        "S 91.6 삼성전자 005930 · 돌파 대기",
        "18,800 · 진입 18,900",
    ]


def test_nobody_is_told_twice_however_often_the_task_runs(
    process: Process, receiver: Receiver
) -> None:
    scan_of_two(process())

    for seconds in (0, 0, 5, 40, 400, 4000):
        process(NOW + timedelta(seconds=seconds)).keeper.send_messages()

    assert len(receiver.arrived) == 1


def test_without_a_receiver_nothing_is_queued(process: Process) -> None:
    worker = process(notify_urls="")

    scan_of_two(worker)
    worker.keeper.sweep()

    assert worker.queues.lengths()[CONTROL] == 0


def test_a_task_that_was_lost_is_sent_again_by_the_sweep(
    process: Process, redis: Redis, receiver: Receiver
) -> None:
    scan_of_two(process())
    redis.flushall()

    later = process(NOW + timedelta(seconds=30))
    later.keeper.sweep()

    assert later.queues.lengths()[CONTROL] == 1


def test_each_task_sends_one_message_and_asks_for_the_next(
    process: Process, redis: Redis, receiver: Receiver
) -> None:
    with running_receiver() as second:
        both = process(notify_urls=f"{receiver.url} {second.url}")
        scan_of_two(both)
        redis.flushall()

        both.keeper.send_messages()
        assert (len(receiver.arrived), len(second.arrived)) == (1, 0)
        assert both.queues.lengths()[CONTROL] == 1
        both.keeper.send_messages()

        assert (len(receiver.arrived), len(second.arrived)) == (1, 1)
        assert both.queues.lengths()[CONTROL] == 1


def test_a_message_stands_behind_a_scan_that_is_to_start(process: Process, redis: Redis) -> None:
    worker = process()
    scan_of_two(worker)

    worker.queues.send_start_scan(ScanRequest(id="s2", priority=SCHEDULED), expires_seconds=60)

    [later] = redis.lrange("control\x06\x169", 0, -1)
    [first] = redis.lrange("control", 0, -1)
    assert (SEND_MESSAGES in str(later), START_SCAN in str(first)) == (True, True)


def test_a_receiver_that_refuses_keeps_no_other_from_its_message(
    process: Process, receiver: Receiver
) -> None:
    receiver.answers.extend([500, 503])
    with running_receiver() as second:
        urls = f"{receiver.url} {second.url}"
        scan_of_two(process(notify_urls=urls))
        now = NOW
        for pause in (timedelta(), timedelta(), *PAUSES[:2]):
            now += pause
            process(now, notify_urls=urls).keeper.send_messages()

        assert len(second.arrived) == 1
    assert len(receiver.arrived) == 3  # the third was taken
    assert len({message.text for message in receiver.arrived}) == 1  # none said that it was sent


def test_an_answer_that_never_came_is_followed_by_a_message_that_says_so(
    process: Process, receiver: Receiver
) -> None:
    receiver.answers.append(GONE)
    scan_of_two(process())

    process().keeper.send_messages()
    process(NOW + PAUSES[0]).keeper.send_messages()

    first, second = receiver.arrived
    assert second.text == f"{first.text}\n다시 보냄 (이미 받았을 수 있음)"


def test_a_slow_receiver_holds_a_worker_up_for_no_longer_than_it_may(
    process: Process, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receivers, "SEND_SECONDS", 0.5)
    receiver.open.clear()
    worker = process()
    scan_of_two(worker)

    worker.keeper.send_messages()

    (failure,) = worker.messages.failures(since=NOW)
    assert failure.reason == "no answer in 0.5 s"


def test_a_worker_killed_while_it_sends_is_followed_by_one_that_says_so(
    process: Process, receiver: Receiver
) -> None:
    scan_of_two(process())
    receiver.open.clear()
    script = TRY_TO_SEND.format(now=NOW.isoformat())
    killed = Child([sys.executable, "-c", script], env=os.environ | {"PYTHONPATH": str(ROOT)})
    wait_until(lambda: len(receiver.arrived) == 1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    receiver.open.set()

    process(NOW + GAP).keeper.send_messages()
    assert len(receiver.arrived) == 1
    process(NOW + LEASE).keeper.send_messages()
    process(NOW + LEASE * 2).keeper.send_messages()

    first, second = receiver.arrived
    assert second.text == f"{first.text}\n다시 보냄 (이미 받았을 수 있음)"


def test_the_address_of_a_receiver_is_nowhere(
    process: Process, receiver: Receiver, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.answers.extend([401, GONE])
    urls = f"{receiver.url} json://{TOKEN}:{TOKEN}@127.0.0.1:1/{TOKEN}"
    scan_of_two(process(notify_urls=urls))
    for pause in (timedelta(), timedelta(), *PAUSES):
        worker = process(NOW + pause, notify_urls=urls)
        worker.keeper.sweep()
        worker.keeper.send_messages()

    reasons = [failure.reason for failure in worker.messages.failures(since=NOW)]
    assert "not reachable" in reasons
    assert "json #1 was not told (it answered 401), tried again in 30 s" in caplog.text
    kept = [redis.dump(key) for key in redis.scan_iter()]
    waiting = [json.dumps(redis.lrange(key, 0, -1), default=str) for key in redis.keys("control*")]
    database = [file.read_bytes().decode(errors="replace") for file in Path("var").glob("*.db*")]
    assert kept
    assert waiting
    assert database
    assert TOKEN not in f"{caplog.text} {kept} {waiting} {database} {worker.receivers}"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"gibberish{TOKEN}", "number 2 is no address like SCHEME://…"),
        (f"telegrams://{TOKEN}", "number 2, telegrams://, is unknown to apprise"),
        (f"slack://{TOKEN}", "number 2, slack://, is unknown to apprise or lacks a part"),
        (f"kakao://{TOKEN}", "number 2, kakao://, is unknown to apprise or lacks a part"),
    ],
)
def test_an_address_that_cannot_be_used_is_named_by_its_number_alone(
    process: Process, caplog: pytest.LogCaptureFixture, url: str, said: str
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(SettingsError, match=f"^NOTIFY_URLS: {said}") as refused:
        process(notify_urls=f"json://127.0.0.1 {url}").check_receivers()

    assert TOKEN not in f"{refused.value} {refused.value.__cause__} {caplog.text}"
