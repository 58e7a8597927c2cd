"""WebSocket frames that are made once for all who get them.

A server's frames carry no mask, so that a message is the same bytes for everyone. uvicorn makes
them for each client anew and writes each by itself, some 20 us: four seconds where 200 clients get
1,000 messages. Its protocol is told to write ready ones instead, as many as there are at once.
"""

from collections.abc import Sequence
from typing import Any

from starlette.types import Message
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode


def frame(text: str) -> bytes:
    """Return a text message as the one frame that it is on the wire."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def frames_of(messages: Sequence[bytes]) -> Message:
    """Return what to send to a client of ``FramesProtocol`` that gets these frames."""
    return {"type": "websocket.send", "frames": messages}


class FramesProtocol(WebSocketsSansIOProtocol):
    """uvicorn's WebSocket, which writes the frames of ``frames_of`` as they are."""

    async def send(self, message: Any) -> None:
        """Send a message; one of frames waits, as any other, while the client takes nothing."""
        if "frames" not in message:
            await super().send(message)
            return
        await self.writable.wait()
        if self.disconnected or self.close_sent or self.transport.is_closing():
            raise ClientDisconnected
        self.transport.writelines(message["frames"])
