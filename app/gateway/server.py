"""The gateway on its port, by uvicorn."""

import logging

import uvicorn

from app.bootstrap import Services
from app.gateway.app import create_app

PING_SECONDS = 20.0  # a socket whose other end is gone is closed after two of them
LONGEST_WORD = 16 * 1024  # bytes that a client may say at once


def server(services: Services) -> uvicorn.Server:
    """Return the server of a gateway over ``services``; ``run`` serves until SIGINT or SIGTERM.

    Raises:
        SettingsError: the gateway would be open to other machines without a token.
    """
    settings = services.settings
    config = uvicorn.Config(
        create_app(services),
        host=settings.gateway_address,
        port=settings.gateway_port,
        log_level=logging.WARNING,
        access_log=False,  # a line a request says nothing, and addresses may carry what is private
        server_header=False,
        proxy_headers=False,  # whoever sits between decides nothing here
        ws_ping_interval=PING_SECONDS,
        ws_ping_timeout=PING_SECONDS,
        ws_max_size=LONGEST_WORD,
        ws_per_message_deflate=False,
        timeout_keep_alive=65,
        timeout_graceful_shutdown=1,  # those who follow never leave by themselves
    )
    return uvicorn.Server(config)
