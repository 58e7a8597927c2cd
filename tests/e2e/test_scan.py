"""A scan from the command line to its signals: real processes, real Redis, a mock broker."""

import base64
import json
import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from app.bootstrap import Services, connect
from app.domain import Status
from app.settings import load_settings
from app.signals.scans import ScanState
from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.processes import Child
from tests.system import System, kill_group, running_system

MARKET = [
    *("--tickers", "40", "--seed", "1", "--rate", "20", "--latency", "20", "--jitter", "10"),
    *("--app-key", "a-test-app-key:a-test-app-secret"),
]
TICKERS = 40
SOON = "5"  # seconds until a dead worker's ticker goes to another
# By design: the limiter's memory, beat's schedule, kombu's bindings and what waits or is held.
ENDLESS_KEYS = ("limiter:", "redbeat", "_kombu.", "unacked", "broker", "signals", "control")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return a system whose market has been scanned once."""
    folder = tmp_path_factory.mktemp("system")
    with running_system(folder, mock=MARKET, RATE_LIMIT_RPS="20") as running:
        running.start_workers(2)
        yield running


def test_a_scan_accounts_for_every_ticker_and_never_passes_the_limit(system: System) -> None:
    report = system.scan("--market", "all")

    seen = system.mock.referee()
    counts = report["counts"]
    assert counts["total"] == sum(counts["by_status"].values()) == TICKERS
    assert counts["failed"] == counts["not_reached"] == 0
    assert (seen["violations"], seen["refused"]) == (0, 0)
    found = {signal["strategy"] for signal in report["signals"]}
    assert found >= {"vcp", "volatility_breakout", "smart_money"}
    assert set(report["scan"]["regime"]) == {"KOSPI", "KOSDAQ"}


def test_a_second_scan_of_a_final_day_asks_nothing(system: System) -> None:
    day = ("--market", "all", "--as-of", "2026-01-05")
    first = system.scan(*day)
    before = system.mock.referee()["total"]

    second = system.scan(*day)

    assert system.mock.referee()["total"] == before
    assert (second["requests"], second["counts"]) == (0, first["counts"])


def test_every_redis_key_ends_by_itself_but_those_that_must_not(system: System) -> None:
    system.scan("--market", "all")

    with Redis.from_url(system.redis.url, decode_responses=True) as redis:
        endless = [key for key in redis.scan_iter(count=1000) if redis.ttl(key) == -1]
    assert [key for key in endless if not key.startswith(ENDLESS_KEYS)] == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["00593"], 2, "'00593' is not a ticker"),
        ([], 2, ""),
        (["005930", "--as-of", "2999-01-01"], 2, "future"),
        (["005930", "--strategy", "nope"], 2, "nope"),
        (["ZZZZZZ", "--wait"], 1, "UNKNOWN_TICKER"),
    ],
)
def test_bad_input_is_one_line_and_the_right_exit_code(
    system: System, arguments: list[str], code: int, words: str
) -> None:
    done = system.scanner("scan", *arguments)

    assert done.returncode == code, done.stderr
    assert words in done.stderr + done.stdout
    assert "Traceback" not in done.stderr


def test_secrets_are_in_no_log_no_redis_key_and_no_message(system: System) -> None:
    with Redis.from_url(system.redis.url) as redis, frozen(system.scan_workers):
        sent = system.scanner("scan", "--market", "all", "--as-of", "2025-08-01")
        wait_until(lambda: any(redis.scan_iter("broker*")))
        messages = [*redis.hvals("unacked")]
        for queue in redis.scan_iter("broker*"):
            messages += redis.lrange(queue, 0, -1)
        keys = list(redis.scan_iter(count=1000))
        feed = redis.xrange("feed")
    logs = "".join(system.log(name) for name in ("scan1", "scan2", "signals"))

    said = logs + sent.stdout + sent.stderr + repr((messages, keys, feed))
    bodies = " ".join(decoded(message) for message in messages)
    for secret in ("a-test-app-key", "a-test-app-secret", "Bearer"):
        assert secret not in said + bodies
    account = r"(?<!\d)50000000(?!\d)"  # 50,000,000,000 won is a gate of the closing bet
    assert not re.search(account, said + bodies)


@contextmanager
def frozen(workers: Sequence[Child]) -> Iterator[None]:
    """Keep ``workers`` from working for the length of the block: what they would do waits."""
    for worker in workers:
        worker.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        for worker in workers:
            worker.send_signal(signal.SIGCONT)


def decoded(message: bytes) -> str:
    """Return the arguments of a message on a queue, or in a worker's hands."""
    body = json.loads(message)
    task = body[0] if isinstance(body, list) else body
    return base64.b64decode(task["body"]).decode()


def test_a_ticker_sent_from_a_shell_makes_a_scan_of_one(system: System) -> None:
    call = [sys.executable, "-m", "celery", "-A", "workers.celery_app", "call"]
    call += ["workers.scan_tasks.scan_ticker", "--args", '["000660"]']
    sent = subprocess.run(
        call, cwd=system.folder, env=system.environment, capture_output=True, text=True, check=True
    )
    task_id = sent.stdout.strip()

    wait_for_scan(system, task_id)


@pytest.mark.parametrize(
    ("settings", "code", "words"),
    [
        ({"KIS_APP_SECRET": "another-secret"}, 1, "EGW00105"),
        ({"REDIS_URL": "redis://127.0.0.1:1/0"}, 3, "127.0.0.1:1"),
        ({"RATE_LIMIT_RPS": "0"}, 2, "RATE_LIMIT_RPS: got '0', want"),
    ],
    ids=["a wrong key", "an unreachable Redis", "no rate"],
)
def test_what_cannot_work_is_one_line_and_the_right_exit_code(
    system: System, settings: dict[str, str], code: int, words: str
) -> None:
    done = system.scanner("doctor", "--broker", settings=settings)

    assert done.returncode == code, done.stdout + done.stderr
    assert words in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.chaos
@pytest.mark.parametrize("trouble", ["frozen", "killed and restarted empty"])
def test_a_scan_goes_on_by_itself_when_redis_was_away(tmp_path: Path, trouble: str) -> None:
    with running_system(
        tmp_path, mock=MARKET, RATE_LIMIT_RPS="10", VISIBILITY_TIMEOUT=SOON
    ) as system:
        system.start_workers(2)
        sent = system.scanner("scan", "--market", "all", "--json")
        scan_id = json.loads(sent.stdout)["scan"]["id"]
        wait_until(lambda: system.mock.referee()["total"] > 20)

        if trouble == "frozen":
            system.redis.freeze(seconds=12)  # longer than a socket waits
        else:
            system.redis.kill()
            system.redis.forget()
            system.redis.start()
        system.start_beat()  # it ends when Redis does; `scanner up` and compose start it again

        wait_for_scan(system, scan_id)
        assert system.mock.referee()["violations"] == 0


@pytest.mark.chaos
def test_a_worker_killed_in_the_middle_loses_no_ticker_and_makes_no_signal_twice(
    tmp_path: Path,
) -> None:
    with running_system(
        tmp_path, mock=MARKET, RATE_LIMIT_RPS="10", VISIBILITY_TIMEOUT=SOON
    ) as system:
        first, _ = system.start_workers(2)
        sent = system.scanner("scan", "--market", "all", "--json")
        scan_id = json.loads(sent.stdout)["scan"]["id"]
        wait_until(lambda: system.mock.referee()["total"] > 40)

        kill_group(first)
        wait_for_scan(system, scan_id)

        with services_of(system) as services:
            outcomes = services.scans.outcomes(scan_id)
            made = Counter(
                (change.signal.strategy, change.signal.ticker)
                for change in services.signals.changes()
                if change.kind == "new"
            )
        assert len(outcomes) == TICKERS
        assert {each.status for each in outcomes} == {Status.OK, Status.HALTED}
        assert made
        assert set(made.values()) == {1}
        assert system.mock.referee()["violations"] == 0


def services_of(system: System) -> Services:
    """Return what reads the database of ``system``."""
    return connect(load_settings(database_url=system.environment["DATABASE_URL"]))


def wait_for_scan(system: System, scan_id: str) -> None:
    """Wait until every ticker of a scan is accounted for."""

    def is_done() -> bool:
        found = services.scans.progress(scan_id)
        return found is not None and found.state is ScanState.DONE

    with services_of(system) as services:
        wait_until(is_done, seconds=3 * PATIENCE_SECONDS)


@pytest.mark.chaos
def test_refusals_and_broken_answers_cost_no_ticker(tmp_path: Path) -> None:
    with running_system(tmp_path, mock=MARKET, RATE_LIMIT_RPS="20") as system:
        system.mock.fault(kind="rate_refusal", share=0.1)
        system.mock.fault(kind="error_5xx", count=5)  # in a row, at the very start
        system.mock.fault(kind="cut", count=8, endpoint="inquire-daily-itemchartprice")
        system.start_workers(2)

        report = system.scan("--market", "all")

        seen = system.mock.referee()
        of_start = sum(n for path, n in seen["by_endpoint"].items() if "master" in path)
        assert report["counts"]["failed"] == report["counts"]["not_reached"] == 0
        assert seen["violations"] == 0
        assert report["requests"] == seen["total"] - of_start
        assert 0 < report["refused"] <= seen["refused"]
