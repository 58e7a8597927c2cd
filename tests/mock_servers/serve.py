"""Runs a mock server on uvicorn until it is told to stop."""

import asyncio
import gc
import socket
import sys
import threading
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

IDLE_SECONDS = 75  # longer than a client keeps a connection, so that none meets a closing one


class _Wire(H11Protocol):
    """Lets the application reach its connection, to cut it.

    uvicorn's other protocol, httptools, would write every header name in lower case.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, object],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, {**app_state, "connection": self}, _loop)


class _Server(uvicorn.Server):
    """Says a line when it listens, if it has one, and sets ``listens``."""

    def __init__(
        self, app: ASGIApp, line: str = "", sockets: type[asyncio.Protocol] | None = None
    ) -> None:
        config = uvicorn.Config(
            app,
            http=_Wire,
            ws=sockets or "auto",
            lifespan="off",
            log_level="critical",
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=IDLE_SECONDS,
            timeout_graceful_shutdown=0,
        )
        super().__init__(config)
        self._line = line
        self.listens = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listens.set()
        sys.stdout.write(self._line)
        sys.stdout.flush()


def serve(
    app: ASGIApp,
    parser: ArgumentParser,
    *,
    host: str,
    port: int,
    line: str,
    sockets: type[asyncio.Protocol] | None = None,
) -> None:
    """Listen on ``host:port`` (0: a free one) and serve until SIGINT or SIGTERM.

    Says ``line``, in which ``{}`` stands for the address, as soon as it listens. ``sockets``:
    another implementation of WebSockets than uvicorn's choice.
    """
    try:
        listener = socket.create_server((host, port), backlog=512)
    except OSError as error:
        parser.exit(1, f"{parser.prog}: cannot listen on {host}:{port}: {error.strerror}\n")
    address = f"http://{host}:{listener.getsockname()[1]}"
    gc.collect()
    gc.freeze()  # the market never goes away: no need to walk through it at every collection
    with suppress(KeyboardInterrupt):
        _Server(app, line.format(address) + "\n", sockets).run([listener])


@contextmanager
def serving(app: ASGIApp, sockets: type[asyncio.Protocol] | None = None) -> Iterator[str]:
    """Serve in a thread of this process for the length of the block; yield the address."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = _Server(app, sockets=sockets)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        if not server.listens.wait(120):
            raise TimeoutError(f"nobody listens on {address}")
        yield address
    finally:
        server.should_exit = True
        thread.join()
