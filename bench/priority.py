"""How long does a person wait while 2,600 tickers are queued? See README.md beside this file.

python bench/priority.py             20 tickers, one after another, behind a scheduled scan
"""

import argparse
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from app.bootstrap import Services
from app.queues import FOR_A_PERSON, SCHEDULED, ScanRequest
from app.settings import load_settings
from tests.system import running_system

DEADLINE_SECONDS = 120


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queued", type=int, default=2_600)
    parser.add_argument("--asked", type=int, default=20)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--rate", default="2")
    given = parser.parse_args()
    market = ["--tickers", str(given.queued), "--rate", given.rate, "--latency", "40"]
    with (
        tempfile.TemporaryDirectory() as folder,
        running_system(Path(folder), mock=market, RATE_LIMIT_RPS=given.rate) as system,
    ):
        names = ("REDIS_URL", "DATABASE_URL", "KIS_BASE_URL", "KIS_APP_KEY", "KIS_APP_SECRET")
        settings = {name.lower(): system.environment[name] for name in names}
        services = Services(load_settings(**settings))
        system.start_workers(given.workers)
        scan(services, SCHEDULED, market="all")
        tickers = services.scans.recent(limit=1)[0].total
        waited = [wait_for(services, f"{code:06d}") for code in listed(services, given.asked)]
        print(
            f"behind {tickers:,} tickers, {given.workers} workers, {given.rate} calls a second: "
            f"enqueue to kept outcome, three calls each, median {statistics.median(waited):.2f} s, "
            f"p95 {sorted(waited)[int(len(waited) * 0.95) - 1]:.2f} s, greatest {max(waited):.2f} s"
        )


def listed(services: Services, number: int) -> list[int]:
    """Return tickers from the end of the universe, where the scheduled scan comes last."""
    session = services.calendar.session_at(services.clock())
    listings = services.universe.load(session) or {}
    fit = [int(each.ticker) for each in listings.values() if not each.excluded]
    return fit[-number:]


def scan(services: Services, priority: int, **wanted: object) -> str:
    """Ask for a scan and wait until it is recorded; its id."""
    request = ScanRequest.model_validate(
        {"id": uuid.uuid4().hex, "name": "bench", "priority": priority, **wanted}
    )
    services.queues.send_start_scan(request, expires_seconds=DEADLINE_SECONDS)
    deadline = time.monotonic() + DEADLINE_SECONDS
    while services.scans.progress(request.id) is None:
        if time.monotonic() > deadline:
            raise SystemExit(f"the scan was not recorded within {DEADLINE_SECONDS} s")
        time.sleep(0.01)
    return request.id


def wait_for(services: Services, ticker: str) -> float:
    """Return the seconds from asking for a ticker to its kept outcome."""
    start = time.monotonic()
    scan_id = scan(services, FOR_A_PERSON, tickers=[ticker])
    while not services.signals.has_outcome(scan_id, ticker):
        if time.monotonic() > start + DEADLINE_SECONDS:
            raise SystemExit(f"{ticker} had no outcome within {DEADLINE_SECONDS} s")
        time.sleep(0.01)
    return time.monotonic() - start


if __name__ == "__main__":
    main()
