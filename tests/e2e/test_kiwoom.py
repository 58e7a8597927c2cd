"""``BROKER=kiwoom`` and nothing else: the same commands and workers, another broker."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.system import MockKiwoom, System, running_system

TICKERS = 40
MARKET = [
    *("--tickers", str(TICKERS), "--seed", "1", "--today", "2025-02-28", "--env", "live"),
    *("--rate", "10", "--latency", "20", "--jitter", "10"),
    *("--app-key", "a-test-app-key:a-test-app-secret"),
]
DAY = ("--as-of", "2025-02-28")


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return a system on the Kiwoom mock; of one call it takes five a second, of all ten."""
    folder = tmp_path_factory.mktemp("system")
    with running_system(folder, broker=MockKiwoom, mock=MARKET, RATE_LIMIT_RPS="10") as running:
        running.start_workers(2)
        yield running


def test_a_scan_accounts_for_every_ticker_and_passes_neither_limit(system: System) -> None:
    report = system.scan("--market", "all", *DAY)

    seen, counts = system.mock.referee(), report["counts"]
    assert counts["total"] == sum(counts["by_status"].values()) == TICKERS
    assert counts["by_status"].keys() == {"OK", "HALTED"}
    assert counts["failed"] == counts["not_reached"] == 0
    assert (seen["violations"], seen["refused"]) == (0, 0)
    assert seen["by_endpoint"]["ka10081"] == TICKERS
    assert seen["by_endpoint"]["ka10099"] == 2
    assert {signal["source"] for signal in report["signals"]} == {"kiwoom-live"}


def test_a_second_scan_of_a_final_day_asks_nothing(system: System) -> None:
    first = system.scan("--market", "all", *DAY)
    before = system.mock.referee()["total"]

    second = system.scan("--market", "all", *DAY)

    assert system.mock.referee()["total"] == before
    assert (second["requests"], second["counts"]) == (0, first["counts"])


@pytest.mark.parametrize(
    ("ticker", "status"), [("ZZZZZZ", "UNKNOWN_TICKER"), ("069500", "EXCLUDED")]
)
def test_what_is_not_scanned_is_told_in_the_same_words(
    system: System, ticker: str, status: str
) -> None:
    done = system.scanner("scan", ticker, "--wait")

    assert done.returncode == 1
    assert status in done.stdout


def test_doctor_asks_the_broker_and_a_wrong_key_is_one_line(system: System) -> None:
    right = system.scanner("doctor", "--broker")
    wrong = system.scanner("doctor", "--broker", settings={"KIWOOM_SECRET_KEY": "another-secret"})

    assert "kiwoom-live at" in right.stdout
    assert "10 calls a second, 5 of each kind" in right.stdout
    assert "answers: 005930 at" in right.stdout
    assert wrong.returncode == 1
    assert "8001" in wrong.stdout
    assert "KIWOOM_ENV" in wrong.stdout
    assert "Traceback" not in wrong.stderr


def test_secrets_are_in_no_log_and_no_redis_key(system: System) -> None:
    with Redis.from_url(system.redis.url) as redis:
        keys = list(redis.scan_iter(count=1000))

    said = "".join(system.log(name) for name in ("scan1", "scan2", "signals")) + repr(keys)
    for secret in ("a-test-app-key", "a-test-app-secret", "Bearer"):
        assert secret not in said
