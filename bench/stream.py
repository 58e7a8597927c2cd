"""What does the stream client cost while its server is away? See README.md beside this file.

python bench/stream.py --seconds 30
"""

import argparse
import asyncio
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from redis import Redis

from app.brokers.stream import Stream
from app.brokers.stream_dialect import StreamDialect
from app.brokers.streams import open_dialect
from app.limiter import Limiter
from app.settings import load_settings
from tests.conftest import free_port, running_redis
from tests.system import MockBroker, MockKis, MockKiwoom, running_broker

MOCKS: dict[str, type[MockBroker]] = {"kis": MockKis, "kiwoom": MockKiwoom}
LEASE_SECONDS = 15.0
KEY_SECONDS = 1.0  # by then the key is had, and the first try has failed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=10)
    given = parser.parse_args()
    for broker in MOCKS:
        with account(broker) as dialect:
            share = asyncio.run(share_of_a_core(dialect, given.seconds))
        print(f"{broker:<8} {share:.2%} of a core in {given.seconds:g} s without a server")


@contextmanager
def account(broker: str) -> Iterator[StreamDialect]:
    """Yield an account whose REST calls are answered, and whose stream is nowhere."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_redis(Path(folder)) as server,
        running_broker(MOCKS[broker], "--tickers", "40") as mock,
        Redis.from_url(server.url) as redis,
    ):
        here = {name.lower(): value for name, value in mock.settings.items()}
        nowhere = {f"{broker}_ws_url": f"ws://127.0.0.1:{free_port()}"}
        settings = load_settings(**here, **nowhere, redis_url=server.url)
        limiter = Limiter(redis, lease_seconds=LEASE_SECONDS)
        yield open_dialect(settings, redis, limiter, now=lambda: datetime.now(UTC))
        limiter.close()


async def share_of_a_core(dialect: StreamDialect, seconds: float) -> float:
    """Return what the client uses, with the clock, the pauses and the draws of every day."""
    async with Stream(dialect) as stream:
        waiting = asyncio.create_task(stream.subscribe(["005930"]))
        await asyncio.sleep(KEY_SECONDS)
        began, used = time.monotonic(), processor_seconds()
        await asyncio.sleep(seconds)
        share = (processor_seconds() - used) / (time.monotonic() - began)
        waiting.cancel()
    return share


def processor_seconds() -> float:
    """Return what this process has used, in the program and in the system for it."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
