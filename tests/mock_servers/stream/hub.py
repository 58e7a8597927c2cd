"""Everybody who is connected, and the clock that drives them."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.mock_servers.stream.connection import Connection, abort
from tests.mock_servers.stream.faults import StreamFaults


@dataclass(frozen=True)
class Pace:
    """How fast things go, in seconds."""

    tick: float = 2.0
    ping: float = 10.0  # between two heartbeats; the real intervals are not published
    login: float = 5.0  # that Kiwoom waits for a LOGIN
    idle: float = 300.0  # after which a client of /ws that follows nothing is sent away


class Session(Protocol):
    """One client in one protocol; it answers by ``connection.send``."""

    connection: Connection

    def opened(self) -> None:
        """Greet."""
        ...

    def heard(self, text: str) -> None:
        """Take what the client sent."""
        ...

    def tick(self, tick: int) -> None:
        """Send what happened in this tick."""
        ...

    def ping(self) -> None:
        """Ask for a sign of life, and end the session if too many were missed."""
        ...

    def gone(self) -> None:
        """Let go of what the session held."""
        ...

    def follows(self) -> list[str]:
        """Return what is subscribed, for reports."""
        ...


class Hub:
    """Serves sessions. The tape moves on while somebody is connected, and stands still else."""

    def __init__(
        self,
        pace: Pace,
        faults: StreamFaults,
        clock: Callable[[], float],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.pace = pace
        self.faults = faults
        self.clock = clock
        self.now = now
        self.ticks = 0
        self.served = 0
        self.refused: Counter[str] = Counter()  # requests, by the code they were answered with
        self._sessions: list[Session] = []
        self._ticking: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return len(self._sessions)

    def __iter__(self) -> Iterator[Session]:
        return iter(list(self._sessions))

    def start(self) -> None:
        """Start the clock, once; it ends with the server's loop."""
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())

    @property
    def ticking(self) -> bool:
        """Say whether the clock runs."""
        return self._ticking is not None and not self._ticking.done()

    async def serve(self, socket: WebSocket, session_of: Callable[[Connection], Session]) -> None:
        """Serve one client until it has gone."""
        if self.faults.lasts("refuse"):
            abort(socket)
            await asyncio.sleep(0)  # the server learns of it before we return without an answer
            return
        await socket.accept()
        connection = Connection(socket, self.faults, self.clock)
        session = session_of(connection)
        self._sessions.append(session)
        self.served += 1
        tasks = [asyncio.ensure_future(each) for each in (connection.write(), self._ping(session))]
        session.opened()
        try:
            while True:
                session.heard(await connection.receive())
        except WebSocketDisconnect:
            pass
        finally:
            self._sessions.remove(session)
            session.gone()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def cut(self) -> None:
        """Cut every connection."""
        for session in self:
            session.connection.abort()

    async def _ping(self, session: Session) -> None:
        while True:
            await asyncio.sleep(self.pace.ping)
            session.ping()

    async def _tick(self) -> None:
        with suppress(asyncio.CancelledError):
            while True:
                await asyncio.sleep(self.pace.tick)
                if self._sessions:
                    self.ticks += 1
                for session in self:
                    session.tick(self.ticks)
