"""How long does a scan take, and what does it cost? See README.md beside this file.

python bench/scan.py                 the short form, about a minute
python bench/scan.py --tickers 200 --workers 4 --latency 40 --jitter 20
python bench/scan.py --broker kiwoom --tickers 200
python bench/scan.py --bars krx.csv.gz --today 2025-02-28 --workers 4 --kill
"""

import argparse
import statistics
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from redis import Redis

from app.domain import Bars, InvestorFlow, Scan
from app.queues import SCHEDULED, Queues
from app.strategies.base import Inputs
from app.strategies.registry import STRATEGIES
from tests.conftest import running_redis
from tests.system import MockKis, MockKiwoom, System, kill_group, running_system

# With four workers a ticker takes 8 s at 2 a second: after the 5 s of the tests a second worker
# would be given it as well.
VISIBILITY_SECONDS = "30"
MOCKS = {"kis": (MockKis, []), "kiwoom": (MockKiwoom, ["--env", "live", "--api-rate", "5"])}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--broker", choices=sorted(MOCKS), default="kis")
    parser.add_argument("--tickers", type=int, default=10, help="of the seeded market")
    parser.add_argument("--bars", help="a CSV file of daily bars instead of the seeded market")
    parser.add_argument("--today", help="the mock's last session, YYYY-MM-DD; also the as-of date")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rate", default="2")
    parser.add_argument("--latency", default="40", help="milliseconds")
    parser.add_argument("--jitter", default="20", help="milliseconds")
    parser.add_argument("--kill", action="store_true", help="kill -9 one worker half-way")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    print(
        f"strategies   {strategies_ms():.3f} ms a ticker of 280 bars (median of 500, all of them)"
    )
    seconds, size = enqueue(2_600)
    print(f"enqueue      {seconds:.2f} s for 2,600 tickers, {size:,.0f} bytes of Redis a ticker")
    with tempfile.TemporaryDirectory() as folder:
        scan(Path(folder), given)


def strategies_ms() -> float:
    """Return the median time of every strategy together on one ticker, in milliseconds."""
    bars = a_year()
    flows = [InvestorFlow(day, 1e8, -5e7, -5e7) for day in bars.session[-20:].tolist()]
    given = Inputs(bars=bars, flows=flows)
    times = []
    for _ in range(500):
        start = time.perf_counter()
        for strategy in STRATEGIES.values():
            strategy.match(given)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def a_year(length: int = 280) -> Bars:
    """Return a walk that rises, rests and narrows: what costs a strategy most."""
    generator = np.random.default_rng(1)
    rise = np.linspace(0, 0.8, length)
    close = np.round(10_000 * np.exp(rise + np.cumsum(generator.normal(0, 0.015, length))))
    open_ = np.concatenate((close[:1], close[:-1]))
    high = np.round(np.maximum(open_, close) * 1.01)
    low = np.round(np.minimum(open_, close) * 0.99)
    volume = generator.integers(200_000, 900_000, length).astype(float)
    session = np.datetime64("2024-01-01") + np.arange(length)
    return Bars(session, open_, high, low, close, volume, close * volume)


def enqueue(number: int) -> tuple[float, float]:
    """Return the seconds that sending takes, and the bytes of Redis memory a message."""
    tickers = [f"{code:06d}" for code in range(number)]
    now = datetime.now(UTC)
    scan = Scan(
        id="0123456789abcdef0123456789abcdef",
        name="bench",
        as_of=None,
        strategies=tuple(STRATEGIES),
        priority=SCHEDULED,
        deadline=now + timedelta(hours=1),
        created_at=now,
    )
    with tempfile.TemporaryDirectory() as folder, running_redis(Path(folder)) as server:
        redis = Redis.from_url(server.url)
        queues = Queues(server.url, redis, visibility_timeout=180)
        queues.send_tickers(scan, tickers[:1])
        before = used_memory(redis)
        start = time.perf_counter()
        queues.send_tickers(scan, tickers)
        return time.perf_counter() - start, (used_memory(redis) - before) / number


def used_memory(redis: Redis) -> int:
    info: Any = redis.info("memory")
    return int(info["used_memory"])


def scan(folder: Path, given: argparse.Namespace) -> None:
    market = ["--bars", given.bars] if given.bars else ["--tickers", str(given.tickers)]
    market += ["--today", given.today] if given.today else []
    options = [*market, "--rate", given.rate, "--latency", given.latency, "--jitter", given.jitter]
    broker, of_broker = MOCKS[given.broker]
    options += of_broker
    settings = {"RATE_LIMIT_RPS": given.rate, "VISIBILITY_TIMEOUT": VISIBILITY_SECONDS}
    with running_system(folder, broker=broker, mock=options, **settings) as system:
        workers = system.start_workers(given.workers)
        command = ["--market", "all", *(["--as-of", given.today] if given.today else [])]
        if given.kill:
            threading.Thread(target=kill_half_way, args=(system, workers[0]), daemon=True).start()
        report("first scan ", system.scan(*command, timeout_seconds=7200), system)
        system.mock.reset()
        report("second scan", system.scan(*command, timeout_seconds=7200), system)


def kill_half_way(system: System, worker: Any) -> None:
    total = 0
    while total < 100:
        time.sleep(1)
        total = system.mock.referee()["total"]
    kill_group(worker)
    print(f"             one worker killed after {total} requests")


def report(title: str, scanned: dict[str, Any], system: System) -> None:
    counts, seen = scanned["counts"], system.mock.referee()
    statuses = ", ".join(f"{number} {name}" for name, number in counts["by_status"].items())
    print(
        f"{title}  {scanned['scan']['seconds']:.1f} s, {counts['total']} tickers ({statuses}), "
        f"{len(scanned['signals'])} signals, {seen['total']} requests"
    )
    if seen["total"]:
        use = seen["use"]
        print(
            f"             referee: {seen['violations']} violations, {seen['refused']} refused, "
            f"greatest {seen['greatest']} in a second, "
            f"use of the budget {'–' if use is None else format(use, '.2%')}"
        )


if __name__ == "__main__":
    main()
