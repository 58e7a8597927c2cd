"""A scan from the command line to its signals: real processes, real Redis, a mock broker."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import wait_until
from tests.system import System, kill_group, running_system

MARKET = ("--tickers", "40", "--seed", "1", "--rate", "20", "--latency", "20", "--jitter", "10")
SCANNED = 38  # of 40: an ETF and a preferred share stand beside them


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
    assert counts["total"] == sum(counts["by_status"].values())
    assert counts["failed"] == counts["not_reached"] == 0
    assert (seen["violations"], seen["refused"]) == (0, 0)
    assert {signal["strategy"] for signal in report["signals"]} == {"vcp", "volatility_breakout"}


def test_a_second_scan_of_a_final_day_asks_nothing(system: System) -> None:
    as_of = system.scan("--market", "all")["scan"]["as_of"]
    before = system.mock.referee()["total"]

    system.scan("--market", "all", "--as-of", str(as_of or "2026-01-05"))

    assert system.mock.referee()["total"] - before <= 40


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
    system.scan("005930")

    with Redis.from_url(system.redis.url) as redis:
        keys = b" ".join(key for key in redis.scan_iter(count=1000))
    logs = system.log("scan1") + system.log("scan2") + system.log("signals")
    for secret in ("a-test-app-key", "a-test-app-secret", "50000000"):
        assert secret not in logs
        assert secret.encode() not in keys


@pytest.mark.chaos
def test_a_worker_killed_in_the_middle_loses_no_ticker_and_makes_no_signal_twice(
    tmp_path: Path,
) -> None:
    with running_system(tmp_path, mock=MARKET, RATE_LIMIT_RPS="10") as system:
        first, _ = system.start_workers(2)
        sent = system.scanner("scan", "--market", "all", "--name", "killed")
        assert sent.returncode == 0, sent.stderr
        wait_until(lambda: system.mock.referee()["total"] > 40, seconds=30)

        kill_group(first)
        report = system.scan("--market", "all", seconds=90)

        seen = system.mock.referee()
        by_signal = Counter((each["strategy"], each["ticker"]) for each in report["signals"])
        assert report["counts"]["failed"] == report["counts"]["not_reached"] == 0
        assert set(by_signal.values()) == {1}
        assert seen["violations"] == 0


@pytest.mark.chaos
def test_refusals_and_broken_answers_cost_no_ticker(tmp_path: Path) -> None:
    with running_system(tmp_path, mock=MARKET, RATE_LIMIT_RPS="20") as system:
        system.mock.fault(kind="rate_refusal", share=0.1)
        system.mock.fault(kind="error_5xx", count=5)  # in a row, at the very start
        system.mock.fault(kind="cut", count=8, endpoint="inquire-daily-itemchartprice")
        system.start_workers(2)

        report = system.scan("--market", "all", seconds=110)

        assert report["counts"]["failed"] == report["counts"]["not_reached"] == 0
        assert system.mock.referee()["violations"] == 0
