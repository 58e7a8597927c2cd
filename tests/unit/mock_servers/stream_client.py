"""How a plain client speaks to the mock WebSocket server."""

import asyncio
import json
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection

from tests.conftest import PATIENCE_SECONDS
from tests.mock_servers.kis.approval import new_approval_key
from tests.mock_servers.signed import new_token

KIWOOM = "/api/dostk/websocket"
Result = TypeVar("Result")
Message = dict[str, Any]


def run(scenario: Coroutine[Any, Any, Result]) -> Result:
    """Return what comes of ``scenario``, which ends by itself."""
    return asyncio.run(asyncio.wait_for(scenario, PATIENCE_SECONDS))


async def send(socket: ClientConnection, **message: Any) -> None:
    await socket.send(json.dumps(message))


async def receive(socket: ClientConnection) -> Message:
    message: Message = json.loads(await socket.recv())
    return message


async def receive_until(socket: ClientConnection, name: str, value: str) -> Message:
    """Return the first message whose field ``name`` is ``value``."""
    while (message := await receive(socket)).get(name) != value:
        pass
    return message


def access_token(key: str = "key", *, seconds: float = 60) -> str:
    """Return a token as the mock REST server of Kiwoom issues it."""
    now = time.time()
    return new_token("kiwoom", key, issued=now, ends=now + seconds)


def approval_key(key: str = "key") -> str:
    """Return a key as the mock REST server of KIS issues it."""
    return new_approval_key(key, time.time())
