"""What the limiter's trials share: a referee that counts arrivals, and processes that call it."""

import json
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import ClassVar

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.processes import Child


class Referee(ThreadingHTTPServer):
    """A broker that delays each request, stamps its arrival, delays the answer, and counts.

    Delays are drawn evenly from 0 to ``jitter_seconds`` for each way; after the stamp
    ``answer_seconds`` come on top. Of each arrival it knows when and from whom.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, *, jitter_seconds: float = 0.0, answer_seconds: float = 0.0) -> None:
        super().__init__(("127.0.0.1", 0), _Desk)
        self.jitter_seconds = jitter_seconds
        self.answer_seconds = answer_seconds
        self.arrivals: list[tuple[float, str]] = []
        self.lock = threading.Lock()
        self.chance = random.Random(20250228)

    @property
    def port(self) -> int:
        return self.server_address[1]

    def stamps(self) -> list[float]:
        with self.lock:
            return sorted(stamp for stamp, _ in self.arrivals)

    def violations(self, calls: int, window_seconds: float) -> int:
        """Return how many arrivals were one too many in a sliding window; half-open."""
        stamps = self.stamps()
        return sum(
            late - early < window_seconds
            for early, late in zip(stamps, stamps[calls:], strict=False)
        )

    def longest_gap(self) -> float:
        return max(late - early for early, late in pairwise(self.stamps()))

    def wait_for(self, more: int) -> None:
        """Wait until ``more`` calls have arrived."""
        goal = len(self.stamps()) + more
        wait_until(lambda: len(self.stamps()) >= goal)

    def calls_of(self) -> Counter[str]:
        with self.lock:
            return Counter(caller for _, caller in self.arrivals)


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    pause: ClassVar[threading.Event] = threading.Event()
    server: Referee

    def do_GET(self) -> None:
        referee = self.server
        with referee.lock:
            there, back = (referee.chance.uniform(0, referee.jitter_seconds) for _ in range(2))
        self.pause.wait(there)
        with referee.lock:
            referee.arrivals.append((time.monotonic(), self.path.strip("/")))
        self.pause.wait(back + referee.answer_seconds)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the referee counts."""


@contextmanager
def running_referee(
    *, jitter_seconds: float = 0.0, answer_seconds: float = 0.0
) -> Iterator[Referee]:
    """Run a referee for the length of the block."""
    referee = Referee(jitter_seconds=jitter_seconds, answer_seconds=answer_seconds)
    thread = threading.Thread(target=referee.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield referee
    finally:
        referee.shutdown()
        thread.join()
        referee.server_close()


class Caller:
    """A process that calls a referee as often as the limiter lets it."""

    def __init__(self, redis_url: str, referee: Referee, **options: float) -> None:
        task = json.dumps({"redis_url": redis_url, "port": referee.port, **options})
        self._referee = referee
        self.process = Child([sys.executable, "-m", "tests.integration.limiter_caller", task])

    @property
    def name(self) -> str:
        """Return what the referee knows it by."""
        return str(self.process.pid)

    def calls(self) -> int:
        """Return how many of its calls have arrived."""
        return self._referee.calls_of()[self.name]

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """End it in order, frozen or not; a second time does nothing."""
        if self.process.poll() is None:
            self.process.terminate()
            self.thaw()
            self.process.wait(PATIENCE_SECONDS)


@contextmanager
def calling(
    redis_url: str, referee: Referee, count: int, **options: float
) -> Iterator[list[Caller]]:
    """Run ``count`` callers for the length of the block; each has called once when it begins."""
    callers = [Caller(redis_url, referee, **options) for _ in range(count)]
    try:
        wait_until(lambda: all(caller.calls() for caller in callers))
        yield callers
    finally:
        for caller in callers:
            caller.stop()


def let_pass(seconds: float) -> None:
    """Let the world go on for ``seconds``: how long something stays frozen or dead."""
    end = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() >= end)
