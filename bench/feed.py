"""How quickly do 200 pages hear of 1,000 signals? See README.md beside this file.

python bench/feed.py                          a burst, and one client that never reads
python bench/feed.py --clients 50 --a-second 200
"""

import argparse
import asyncio
import bisect
import itertools
import json
import multiprocessing
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx
from redis import Redis

from app.brokers.base import Tally
from app.domain import Listing, Market, Scan, Signal
from app.outcome import Seen, scanned
from app.signals.feed import Feed
from app.strategies.evaluation import Known, evaluate
from app.strategies.quality import check
from app.strategies.registry import STRATEGIES
from tests.conftest import free_port, running_redis, wait_until
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.system import ROOT
from tests.unit.strategies.test_planted import bars_of

TODAY = date(2025, 2, 28)
PLANTED = "005930"  # a VCP, with all that is told of one
CLIENT_PROCESSES = 2
LAST_WORD = b'"kind": "new"'  # a signal has one
HEARD = re.compile(rb'"change": (\d+), "kind": "new", "at": "([^"]+)"')


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--signals", type=int, default=1_000)
    parser.add_argument("--a-second", type=float, help="instead of as fast as they can be told")
    parser.add_argument("--no-sleeper", action="store_true", help="everybody reads")
    return parser.parse_args()


def main() -> None:
    given = arguments()
    told = messages(given.signals)
    with (
        tempfile.TemporaryDirectory() as folder,
        running_redis(Path(folder), append_only=True) as redis,
        gateway(Path(folder), redis.url) as (port, process),
    ):
        before = memory_mb(process.pid)
        with followers(port, given) as pipes, sleeper(port, asleep=not given.no_sleeper):
            joined = memory_mb(process.pid)
            seconds = tell(redis.url, told, given.a_second)
            heard = [result for pipe in pipes for result in pipe.recv()]
            after = memory_mb(process.pid)
        peak = memory_mb(process.pid, "VmHWM")
    report(given, heard, seconds)
    sizes = f"{before:.0f} alone, {joined:.0f} with clients, {after:.0f} after, {peak:.0f} at most"
    print(f"gateway, MB  {sizes}")


@contextmanager
def gateway(folder: Path, redis_url: str) -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Run a gateway in a process of its own."""
    port = free_port()
    settings = {
        "PYTHONPATH": str(ROOT),
        "REDIS_URL": redis_url,
        "DATABASE_URL": f"sqlite:///{folder}/scanner.db",
        "GATEWAY_PORT": str(port),
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "-m", "app.gateway"]
    process = subprocess.Popen(command, cwd=folder, env=dict(os.environ) | settings)
    try:
        wait_until(lambda: alive(port) or process.poll() is not None)
        assert process.poll() is None, "the gateway has ended"
        yield port, process
    finally:
        process.terminate()
        process.wait(timeout=20)


def alive(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", trust_env=False).is_success
    except httpx.TransportError:
        return False


def memory_mb(pid: int, what: str = "VmRSS") -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    kilobytes = next(line.split()[1] for line in lines if line.startswith(f"{what}:"))
    return int(kilobytes) / 1024


@contextmanager
def followers(port: int, given: argparse.Namespace) -> Iterator[list[Connection]]:
    """Run the clients in processes of their own; each pipe says what its clients have heard."""
    pipes, processes = [], []
    share = given.clients // CLIENT_PROCESSES
    for _ in range(CLIENT_PROCESSES):
        ours, theirs = multiprocessing.Pipe()
        args = (port, share, given.signals, theirs)
        process = multiprocessing.Process(target=listen, args=args, daemon=True)
        process.start()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        assert pipe.recv() == "joined"
    yield pipes
    for process in processes:
        process.join(timeout=10)


def listen(port: int, clients: int, signals: int, pipe: Connection) -> None:
    pipe.send(asyncio.run(listen_all(port, clients, signals, pipe)))


async def listen_all(
    port: int, clients: int, signals: int, pipe: Connection
) -> list[tuple[list[int], list[float]]]:
    """Return what each client has heard; says ``joined`` when all of them listen."""
    loop = asyncio.get_running_loop()
    listeners = []
    for _ in range(clients):
        _, listener = await loop.create_connection(
            lambda: Listener(port, signals), "127.0.0.1", port
        )
        listeners.append(listener)
    async with asyncio.timeout(60):
        await asyncio.gather(*(each.joined for each in listeners))
        pipe.send("joined")
        await asyncio.gather(*(each.done for each in listeners))
    return [each.heard() for each in listeners]


class Listener(asyncio.Protocol):
    """A WebSocket client that keeps what it reads, and when.

    It is understood later: understanding 200,000 messages would take time from who writes them.
    """

    def __init__(self, port: int, signals: int) -> None:
        self.joined = asyncio.get_running_loop().create_future()
        self.done = asyncio.get_running_loop().create_future()
        self._signals = signals
        self._hello = handshake(port)
        self._read: list[bytes] = []
        self._at: list[float] = []  # when each of it was read
        self._number = 0
        self._tail = b""  # of a word that the next read may end

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask to follow."""
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(self._hello)

    def data_received(self, data: bytes) -> None:
        """Keep it, and count."""
        self._at.append(time.time())
        self._read.append(data)
        if not self.joined.done() and b'"connected"' in data:
            self.joined.set_result(None)
        seen = self._tail + data
        self._number += seen.count(LAST_WORD)
        self._tail = seen[1 - len(LAST_WORD) :]
        if self._number >= self._signals and not self.done.done():
            self.done.set_result(self)

    def heard(self) -> tuple[list[int], list[float]]:
        """Return the numbers of the changes in their order, and how old each was, in seconds."""
        ends = list(itertools.accumulate(map(len, self._read)))
        numbers, ages = [], []
        for heard in HEARD.finditer(b"".join(self._read)):
            read = self._at[bisect.bisect_left(ends, heard.end())]
            numbers.append(int(heard[1]))
            ages.append(read - datetime.fromisoformat(heard[2].decode()).timestamp())
        return numbers, ages


def handshake(port: int) -> bytes:
    return (
        f"GET /ws HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ).encode()


@contextmanager
def sleeper(port: int, *, asleep: bool) -> Iterator[None]:
    """Open a WebSocket that never reads."""
    if not asleep:
        yield
        return
    with socket.socket() as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.connect(("127.0.0.1", port))
        raw.sendall(handshake(port))
        assert raw.recv(12) == b"HTTP/1.1 101"
        yield


def messages(number: int) -> list[dict[str, Any]]:
    """Return what the keeper announces of that many new signals; when, is told as it does."""
    body = json.loads(signal_of(PLANTED).model_dump_json())
    standing = {"life": "new", "found_on": TODAY.isoformat()}
    print(f"a signal     {len(json.dumps(body)):,} bytes")
    return [
        {
            "type": "signal",
            "id": count,
            "signal_id": count,
            "kind": "new",
            "signal": body,
            "standing": standing,
        }
        for count in range(1, number + 1)
    ]


def tell(redis_url: str, told: list[dict[str, Any]], a_second: float | None) -> float:
    """Announce signals one by one; return the seconds that it took."""
    with Redis.from_url(redis_url) as redis:
        feed = Feed(redis)
        start = time.perf_counter()
        for count, message in enumerate(told, start=1):
            if a_second:
                time.sleep(max(0.0, start + count / a_second - time.perf_counter()))
            feed.announce([message | {"at": datetime.now(UTC).isoformat()}])
        return time.perf_counter() - start


def signal_of(ticker: str) -> Signal:
    """Return what a scan finds in a ticker of the seeded market."""
    issues = seeded_issues(40, 1, TODAY, LEAST_SESSIONS)
    bars = bars_of(next(each for each in issues if each.listing.ticker == ticker))
    checked = check(bars, bars.session.tolist())
    now = datetime(2025, 2, 28, 11, tzinfo=UTC)
    seen = Seen(
        listing=Listing(ticker, "삼성전자", Market.KOSPI),
        scan=Scan("0" * 32, "bench", None, tuple(STRATEGIES), 0, now, now),
        bars=checked.bars,
        strategies=STRATEGIES,
        now=now,
        running=False,
        source="bench",
    )
    found = scanned(seen, evaluate(STRATEGIES, checked, Known()), Tally())
    return next(each for each in found.signals if each.strategy == "vcp")


def report(
    given: argparse.Namespace, heard: list[tuple[list[int], list[float]]], seconds: float
) -> None:
    wanted = list(range(1, given.signals + 1))
    wrong = sum(numbers != wanted for numbers, _ in heard)
    ages = sorted(age * 1000 for _, each in heard for age in each)
    p95 = ages[int(len(ages) * 0.95)]
    print(f"told         {given.signals:,} signals in {seconds:.2f} s")
    print(
        f"heard        {len(ages):,} by {len(heard)} clients; {wrong} got not each once, in order"
    )
    print(
        f"age          median {statistics.median(ages):.0f} ms, p95 {p95:.0f} ms, "
        f"greatest {ages[-1]:.0f} ms"
    )


if __name__ == "__main__":
    main()
