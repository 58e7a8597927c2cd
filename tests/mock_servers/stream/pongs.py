"""Lets the application see an answer that is no message: a pong frame that carries a text."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame


class PongsAsText(WebSocketsSansIOProtocol):
    """Hands on a pong that answers KIS' PINGPONG, as KIS' own sample client sends it."""

    def handle_pong(self, event: Frame) -> None:
        """Take a pong; what answers the server's own pings stays with it."""
        super().handle_pong(event)
        text = bytes(event.data)
        if b"PINGPONG" in text:
            answer = text.decode(errors="replace")
            self.queue.put_nowait({"type": "websocket.receive", "text": answer})
