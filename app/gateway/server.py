"""The gateway on its port, by uvicorn."""

import logging
import socket

import uvicorn
from fastapi import FastAPI

from app.bootstrap import Services
from app.gateway.app import create_app
from app.gateway.live.frames import FramesProtocol

PING_SECONDS = 20.0  # a socket whose other end is gone is closed after two of them
LONGEST_WORD = 16 * 1024  # bytes that a client may say at once


class _Server(uvicorn.Server):
    """Sends those who follow away before it waits for others: they never leave by themselves."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what is open, and stop."""
        self._app.state.following.hub.end()
        await super().shutdown(sockets)


def server(services: Services) -> uvicorn.Server:
    """Return the server of a gateway over ``services``; ``run`` serves until SIGINT or SIGTERM.

    Raises:
        SettingsError: the gateway would be open to other machines without a token.
    """
    settings = services.settings
    app = create_app(services)
    config = uvicorn.Config(
        app,
        host=settings.gateway_address,
        port=settings.gateway_port,
        log_level=logging.WARNING,
        access_log=False,  # a line a request says nothing, and addresses may carry what is private
        server_header=False,
        proxy_headers=False,  # whoever sits between decides nothing here
        ws=FramesProtocol,
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_max_size=LONGEST_WORD,
        ws_per_message_deflate=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=3,
    )
    return _Server(config, app)
