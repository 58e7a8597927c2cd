"""A real worker tells a real receiver what a real scan found, once; and ends at a bad address."""

from pathlib import Path

from redis import Redis

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.receivers import TOKEN, running_receiver
from tests.system import running_system


def test_a_scan_ends_in_one_message(tmp_path: Path) -> None:
    options = ("--tickers", "40", "--seed", "1", "--today", "2025-02-28", "--rate", "50")
    with (
        running_receiver() as receiver,
        running_system(
            tmp_path,
            mock=options,
            NOTIFY_URLS=receiver.url,
            NOTIFY_GRADE="C",
            UI_LANG="en",
            RATE_LIMIT_RPS="50",
        ) as system,
    ):
        wanted = ("--market", "all", "--strategy", "vcp", "--as-of", "2025-02-28")
        system.start_workers()
        report = system.scan(*wanted)
        wait_until(lambda: len(receiver.arrived) == 1)
        again = system.scan(*wanted)  # it finds the same

        found = len(report["signals"])
        assert found
        assert len(again["signals"]) == found
        [message] = receiver.arrived
        assert message.title == f"Manual scan as of the close of Fri 28 Feb · {found} new"
        assert message.text.startswith("Mock prices, not real\n[New · VCP]\n")
        for signal in report["signals"]:
            assert f" {signal['ticker']} · " in message.text
        with Redis.from_url(system.redis.url) as redis:
            kept = [redis.dump(key) for key in redis.scan_iter()]
        logs = [file.read_text(encoding="utf-8") for file in tmp_path.glob("*.log")]
        assert "send_messages" in "".join(logs)
        assert TOKEN not in f"{kept} {logs}"


def test_a_worker_that_cannot_use_an_address_ends_with_one_line(tmp_path: Path) -> None:
    with running_system(tmp_path, NOTIFY_URLS=f"slack://{TOKEN}") as system:
        worker = system.start_worker("signals", "signals,control")

        assert worker.wait(PATIENCE_SECONDS) != 0
        lines = system.log("signals").splitlines()
        assert [line for line in lines if line.startswith("worker: NOTIFY_URLS: number 1, slack")]
        assert "Traceback" not in system.log("signals")
        assert TOKEN not in system.log("signals")
