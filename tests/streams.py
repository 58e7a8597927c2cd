"""A mock WebSocket server in a thread of the test."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache
from typing import Any

import requests
from websockets.asyncio.client import connect

from tests.conftest import PATIENCE_SECONDS
from tests.mock_servers.exchange.market import Exchange
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.mock_servers.serve import serving
from tests.mock_servers.stream.app import create_app
from tests.mock_servers.stream.hub import Pace
from tests.mock_servers.stream.pongs import PongsAsText

TODAY = date(2025, 2, 28)


class StreamServer:
    """A running server: its addresses, its pages, its faults."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.ws_url = f"ws{url.removeprefix('http')}"

    def get(self, path: str) -> Any:
        """Return the JSON answer of a page."""
        answer = requests.get(self.url + path, timeout=60)
        answer.raise_for_status()
        return answer.json()

    def fault(self, kind: str, **how: float) -> None:
        """Make the server misbehave; see docs/streams.md."""
        given = {"kind": kind, **how}
        requests.post(
            f"{self.url}/_faults", json=given, timeout=PATIENCE_SECONDS
        ).raise_for_status()

    def mend(self) -> None:
        """End every fault."""
        requests.delete(f"{self.url}/_faults", timeout=60).raise_for_status()

    def served(self) -> int:
        """Return how many connections there ever were."""
        count: int = self.get("/_sessions")["served"]
        return count

    def refused(self) -> dict[str, int]:
        """Return how many requests were refused, by the code of the answer."""
        counted: dict[str, int] = self.get("/_sessions")["refused"]
        return counted

    def follows(self) -> list[list[str]]:
        """Return what each open session has subscribed."""
        return [session["follows"] for session in self.get("/_sessions")["open"]]

    def connect(self, path: str) -> connect:
        """Return a connection to be, as published clients open one: without pings."""
        url = self.ws_url + path
        return connect(url, open_timeout=60, ping_interval=None, proxy=None, compression=None)


@contextmanager
def stream_server(
    *,
    tick: float = 0.02,
    ping: float = 60,
    login: float = 60,
    idle: float = 60,
    sessions: int = LEAST_SESSIONS,
) -> Iterator[StreamServer]:
    """Serve 40 shares for the length of the block; the pace in seconds."""
    app = create_app(_exchange(sessions), Pace(tick, ping, login, idle))
    with serving(app, PongsAsText) as url:
        yield StreamServer(url)


@cache
def _exchange(sessions: int) -> Exchange:
    return Exchange(seeded_issues(40, 1, TODAY, sessions), TODAY, 1)
