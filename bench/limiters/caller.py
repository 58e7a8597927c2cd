"""One process that calls the referee as often as its limiter lets it, and takes notes."""

import http.client
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from redis.connection import AbstractConnection

from bench.limiters.cells import Cell
from bench.limiters.contenders import CONTENDERS, Limiter

SEND = "send_packed_command"  # of redis-py: what it sends at once is one round trip


class Call(NamedTuple):
    """One grant: moments of CLOCK_MONOTONIC, and what acquire and release cost the process.

    ``granted_at`` is None when the wait had not ended with the run.
    """

    worker: int
    asked_at: float
    granted_at: float | None = None
    answered_at: float = 0.0
    cpu_seconds: float = 0.0
    round_trips: int = 0


@dataclass(frozen=True)
class Caller:
    """A process of a cell. A line of ``notes`` is a call, or what is known of it so far."""

    cell: Cell
    worker: int
    redis_url: str
    port: int
    start_at: float
    notes: Path

    def run(self) -> None:
        """Call until killed, or until the process that started this one is gone."""
        round_trips = _RoundTrips()
        limiter = CONTENDERS[self.cell.contender].open(self.redis_url, self.cell.key)
        referee = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        referee.connect()
        parent = os.getppid()
        time.sleep(max(0.0, self.start_at - time.monotonic()))
        with self.notes.open("w") as lines:
            while os.getppid() == parent:
                lines.write(f"{time.monotonic()!r}")
                lines.flush()
                lines.write(self._call(limiter, round_trips, referee))
                lines.flush()

    def _call(
        self, limiter: Limiter, round_trips: "_RoundTrips", referee: http.client.HTTPConnection
    ) -> str:
        sent, cpu = round_trips.total, time.process_time()
        limiter.acquire()
        granted_at, cpu = time.monotonic(), time.process_time() - cpu
        referee.request("GET", f"/{self.cell.path}/{self.worker}")
        answer = referee.getresponse()
        answer.read()
        answered_at, cpu = time.monotonic(), cpu - time.process_time()
        limiter.release(refused=answer.status != http.client.OK)
        cpu += time.process_time()
        return f" {granted_at!r} {answered_at!r} {cpu!r} {round_trips.total - sent}\n"

    def calls(self) -> list[Call]:
        """Return what its process wrote; the last may have no end."""
        calls = []
        for line in self.notes.read_text().splitlines():
            asked, *rest = line.split()
            if rest:
                granted, answered, cpu = map(float, rest[:3])
                calls.append(Call(self.worker, float(asked), granted, answered, cpu, int(rest[3])))
            else:
                calls.append(Call(self.worker, float(asked)))
        return calls


class _RoundTrips:
    """Counts what this process sends to Redis through redis-py."""

    def __init__(self) -> None:
        self.total = 0
        send = getattr(AbstractConnection, SEND)

        def counted(connection: AbstractConnection, *arguments: Any, **options: Any) -> Any:
            self.total += 1
            return send(connection, *arguments, **options)

        setattr(AbstractConnection, SEND, counted)
