"""What the tests of the stream client share: an account, a server, and time that does not pass."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from app.brokers.stream import Stream
from app.brokers.stream_dialect import StreamDialect
from app.brokers.stream_patience import Patience
from app.brokers.stream_session import Timeouts
from app.brokers.streams import open_dialect
from app.domain import Tick
from tests.conftest import PATIENCE_SECONDS
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import Rig
from tests.streams import StreamServer

Result = TypeVar("Result")


class StreamRig:
    """An account of one broker with its REST mock, and the mock WebSocket server.

    Streams opened here do not wait between two tries: a pause is noted in ``pauses``, moves
    ``clock`` on, and calls ``on_pause``.
    """

    def __init__(self, account: Rig | KiwoomRig, server: StreamServer) -> None:
        self.account = account
        self.server = server
        self.pauses: list[float] = []
        self.on_pause: Callable[[], None] = lambda: None
        self.clock = 1_000_000.0

    @property
    def broker(self) -> str:
        """Return the broker's name."""
        return self.account.settings().broker

    def dialect(self, **changes: Any) -> StreamDialect:
        """Return the account's dialect; ``changes`` are settings."""
        url = {f"{self.broker}_ws_url": self.server.ws_url}
        settings = self.account.settings(**{**url, **changes})
        account = self.account
        return open_dialect(settings, account.redis, account.limiter, now=lambda: datetime.now(UTC))

    def open(
        self,
        dialect: StreamDialect | None = None,
        *,
        patience: Patience | None = None,
        silent_seconds: float = PATIENCE_SECONDS,
        answer_seconds: float = PATIENCE_SECONDS,
    ) -> Stream:
        """Return a stream; between two tries it only looks at its other tasks."""
        return Stream(
            dialect or self.dialect(),
            patience=patience or Patience(most_failures=20),
            timeouts=Timeouts(silent_seconds, answer_seconds),
            clock=lambda: self.clock,
            sleep=self._pause,
            random=lambda: 1.0,
        )

    async def _pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.clock += seconds
        await asyncio.to_thread(self.on_pause)


def run(scenario: Coroutine[Any, Any, Result]) -> Result:
    """Return what comes of ``scenario``, which ends by itself."""
    return asyncio.run(asyncio.wait_for(scenario, PATIENCE_SECONDS))


async def take(stream: Stream, count: int) -> list[Tick]:
    """Return the next ``count`` ticks."""
    return [await anext(stream) for _ in range(count)]


async def came_up(stream: Stream, count: int) -> None:
    """Return when ``stream`` has its connection number ``count``."""
    await until(lambda: stream.connections >= count)


async def until(true: Callable[[], bool]) -> None:
    """Return when ``true()`` holds, asked beside the event loop."""
    while not await asyncio.to_thread(true):
        await asyncio.sleep(0.01)
