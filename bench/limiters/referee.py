"""The referee: a server that delays, stamps, perhaps refuses, and answers. It knows no limiter.

``GET /<cell>/<process>`` is a call; ``GET /_arrivals/<cell>`` returns what arrived, as JSON rows of
seconds (CLOCK_MONOTONIC, which all processes of a machine share), process and whether accepted.
"""

import asyncio
import json
import os
import random
import socket
import time
from collections import defaultdict, deque

from bench.limiters.cells import CALLS, PROFILES, WINDOW_SECONDS, Cell

ORPHAN_CHECK_SECONDS = 1.0


class _Court:
    """What arrived in one cell."""

    def __init__(self, cell: Cell) -> None:
        self.draw = PROFILES[cell.profile]
        self.chance = random.Random(cell.path)
        self.enforcing = cell.enforcing
        self.arrivals: list[tuple[float, int, bool]] = []
        self._accepted: deque[float] = deque(maxlen=CALLS)

    def arrive(self, worker: int) -> bool:
        """Stamp an arrival; say whether it is accepted. Refused ones do not count as used."""
        now = time.monotonic()
        full = len(self._accepted) == CALLS and now - self._accepted[0] < WINDOW_SECONDS
        accepted = not (self.enforcing and full)
        if accepted:
            self._accepted.append(now)
        self.arrivals.append((now, worker, accepted))
        return accepted


class _Courts(defaultdict[str, _Court]):
    def __missing__(self, path: str) -> _Court:
        self[path] = _Court(Cell.at(path))
        return self[path]


class _Desk(asyncio.Protocol):
    """One kept-alive connection: a request at a time, as HTTP/1.1 clients send them."""

    transport: asyncio.Transport

    def __init__(self, courts: _Courts) -> None:
        self._courts = courts
        self._loop = asyncio.get_running_loop()
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(b"\r\n\r\n"):
            return
        path = self._received.split(b" ", 2)[1].decode().strip("/")
        self._received = b""
        cell, _, worker = path.rpartition("/")
        if path.startswith("_arrivals/"):
            court = self._courts[path.removeprefix("_arrivals/")]
            self._answer(200, json.dumps(court.arrivals).encode())
        else:
            court = self._courts[cell]
            self._after(court.draw(court.chance), self._arrive, court, int(worker))

    def _arrive(self, court: _Court, worker: int) -> None:
        accepted = court.arrive(worker)
        self._after(court.draw(court.chance), self._answer, 200 if accepted else 500, b"")

    def _after(self, seconds: float, then: object, *arguments: object) -> None:
        assert callable(then)
        if seconds:
            self._loop.call_later(seconds, then, *arguments)
        else:
            then(*arguments)

    def _answer(self, status: int, body: bytes) -> None:
        head = f"HTTP/1.1 {status} .\r\nContent-Length: {len(body)}\r\n\r\n"
        self.transport.write(head.encode() + body)


async def _judge(listener: socket.socket) -> None:
    courts = _Courts()
    async with await asyncio.get_running_loop().create_server(lambda: _Desk(courts), sock=listener):
        parent = os.getppid()
        while os.getppid() == parent:
            await asyncio.sleep(ORPHAN_CHECK_SECONDS)


def serve(listener: socket.socket) -> None:
    """Serve until terminated, or until the process that started this one is gone."""
    asyncio.run(_judge(listener))
