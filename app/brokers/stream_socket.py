"""A WebSocket to one host: no redirect, no proxy, no frame in a log, every trouble in our words."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from app.brokers.errors import BrokerUnavailable

CONNECT_SECONDS = 10.0
CLOSE_SECONDS = 1.0
MOST_BYTES = 1 << 20  # of a frame; the brokers' are below 10,000

_quiet = logging.getLogger(f"{__name__}.frames")
_quiet.setLevel(logging.WARNING)  # its DEBUG lines are the frames, and the first has our key


class _SameHost(connect):
    """Follows no redirect: our key would be sent to wherever it leads."""

    def process_redirect(self, exc: Exception) -> Exception:
        """Return the redirect as what it is here, a failure."""
        return exc


class StreamSocket:
    """One connection; every method raises BrokerUnavailable when it has ended."""

    def __init__(self, name: str, connection: ClientConnection) -> None:
        self._name = name
        self._connection = connection

    async def receive(self) -> str | bytes:
        """Return the next frame; bytes if it is none of text."""
        try:
            return await self._connection.recv()
        except ConnectionClosed as closed:
            raise self._ended(closed) from None

    async def send(self, frame: str) -> None:
        """Send a frame."""
        try:
            await self._connection.send(frame)
        except ConnectionClosed as closed:
            raise self._ended(closed) from None

    def abort(self) -> None:
        """End the connection at once: it does not answer any more."""
        self._connection.transport.abort()

    def _ended(self, closed: ConnectionClosed) -> BrokerUnavailable:
        if closed.rcvd:
            how = f"closed it with {closed.rcvd.code}"
        elif closed.sent:  # 1009: a frame above our limit; 1002: no frame at all
            how = f"broke the protocol ({closed.sent.code})"
        else:
            how = "ended it without a word"
        return BrokerUnavailable(f"{self._name}: stream: the other side {how}")


@asynccontextmanager
async def open_socket(name: str, url: str) -> AsyncIterator[StreamSocket]:
    """Connect for the length of the block.

    The brokers answer no ping of the WebSocket protocol, so none is sent: their own heartbeats
    are messages.

    Raises:
        BrokerUnavailable: no connection; the message says why.
    """
    try:
        connection = await _SameHost(
            url,
            proxy=None,
            compression=None,
            open_timeout=CONNECT_SECONDS,
            close_timeout=CLOSE_SECONDS,
            ping_interval=None,
            max_size=MOST_BYTES,
            user_agent_header="krx-scanner",
            logger=_quiet,
        )
    except (OSError, InvalidHandshake) as error:
        host = urlsplit(url).netloc.rpartition("@")[2]
        raise BrokerUnavailable(f"{name}: stream: no connection to {host}: {error}") from None
    try:
        yield StreamSocket(name, connection)
    finally:
        await connection.close()
