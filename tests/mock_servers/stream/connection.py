"""One WebSocket: frames wait in a bounded outbox, and whoever does not read is cut off."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

from starlette.websockets import WebSocket, WebSocketDisconnect

from tests.mock_servers.stream.faults import StreamFaults

MOST_WAITING = 2_000  # frames that a client may lag behind before it counts as dead


class Connection:
    """Sends to one client, in order; what it hears is the session's."""

    def __init__(self, socket: WebSocket, faults: StreamFaults, clock: Callable[[], float]) -> None:
        self._socket = socket
        self._faults = faults
        self._clock = clock
        self._outbox: asyncio.Queue[str | None] = asyncio.Queue(MOST_WAITING)
        self.path: str = socket.url.path
        self.opened_at = self.heard_at = clock()
        self.sent = 0

    def send(self, frame: str) -> None:
        """Let ``frame`` be sent after those before it."""
        if not self._faults.lasts("silence"):
            self._put(frame)

    def close(self) -> None:
        """Close when everything before has been sent; what comes after is not."""
        self._put(None)

    def abort(self) -> None:
        """End the connection at once, without a close frame, as a broken line does."""
        abort(self._socket)

    def quiet_seconds(self) -> float:
        """Return how long nothing has come from the client."""
        return self._clock() - self.heard_at

    def open_seconds(self) -> float:
        """Return how long the connection has stood."""
        return self._clock() - self.opened_at

    async def receive(self) -> str:
        """Return the next text; raises WebSocketDisconnect when there is none any more."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006))
        self.heard_at = self._clock()
        text: str | None = message.get("text")
        return message["bytes"].decode(errors="replace") if text is None else text

    async def write(self) -> None:
        """Send what waits until the connection ends."""
        with suppress(WebSocketDisconnect):
            while (frame := await self._outbox.get()) is not None:
                await self._socket.send_text(frame)
                self.sent += 1
            await self._socket.close()

    def _put(self, frame: str | None) -> None:
        try:
            self._outbox.put_nowait(frame)
        except asyncio.QueueFull:
            self.abort()


def abort(socket: WebSocket) -> None:
    """Cut a socket's line; one that was not accepted yet looks like a host that is down."""
    transport: asyncio.Transport = socket.scope["state"]["connection"].transport
    transport.abort()
