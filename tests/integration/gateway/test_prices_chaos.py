"""The gateway that holds the broker's stream is killed: another takes it over, within the limit."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from websockets.exceptions import ConnectionClosed

from tests.conftest import free_port, http_client, is_alive, wait_until
from tests.integration.gateway.conftest import Socket, socket_of
from tests.integration.gateway.test_process import running
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.processes import Child
from tests.streams import TODAY, StreamServer
from tests.system import ROOT, MockKis, running_broker

PUBLISHED = 41  # tickers of one KIS stream
MARKET = ("--tickers", "40", "--seed", "1", "--today", TODAY.isoformat())

pytestmark = [pytest.mark.chaos, pytest.mark.usefixtures("redis")]


@pytest.fixture
def prices() -> Iterator[StreamServer]:
    """Return a stream server in a process of its own, too slow to drown who does not read."""
    port = free_port()
    command = [sys.executable, "-m", "tests.mock_servers.stream", "--port", str(port)]
    process = Child([*command, "--tick", "1", *MARKET], cwd=ROOT, stdout=subprocess.DEVNULL)
    server = StreamServer(f"http://127.0.0.1:{port}")
    try:
        wait_until(lambda: is_alive(server.url))
        yield server
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def account(prices: StreamServer, redis_url: str, sqlite_file: Path) -> Iterator[dict[str, str]]:
    """Return the variables of one account, for gateways that share all else as well."""
    with running_broker(MockKis, *MARKET, "--rate", "100") as broker:
        yield broker.settings | {
            "KIS_APP_KEY": uuid4().hex,
            "KIS_WS_URL": prices.ws_url,
            "RATE_LIMIT_RPS": "100",
            "REDIS_URL": redis_url,
            "DATABASE_URL": f"sqlite:///{sqlite_file}",
        }


def test_the_other_gateway_s_pages_have_prices_again(
    tmp_path: Path, account: dict[str, str], prices: StreamServer
) -> None:
    issues = seeded_issues(40, 1, TODAY, LEAST_SESSIONS)
    listed = sorted(each.listing.ticker for each in issues if len(each.listing.ticker) == 6)
    here, there = listed[:PUBLISHED], listed[-PUBLISHED:]  # together more than one stream carries
    one, other = free_port(), free_port()
    with (
        running(tmp_path, one, **account) as holder,
        running(tmp_path, other, **account),
        socket_of(f"127.0.0.1:{one}") as cut,
        socket_of(f"127.0.0.1:{other}") as left,
    ):
        watch(cut, here)
        cut.next("realtime_price")  # so the first one holds the stream
        watch(left, there)
        wait_until(lambda: streamed(prices) == [PUBLISHED])
        left.next("realtime_price")

        holder.kill()

        with pytest.raises(ConnectionClosed):
            cut.next("none that there is")
        left.ask(type="ping")  # behind it come no prices of before
        for _ in range(2 * PUBLISHED):
            assert left.next("realtime_price")["data"]["ticker"] in there
        assert prices.served() > 1
        with socket_of(f"127.0.0.1:{other}") as again:  # its pages go to who is left
            watch(again, here, rank="open")
            assert again.next("realtime_price")["data"]["ticker"] in here
            wait_until(lambda: streamed(prices) == [PUBLISHED])

        with running(tmp_path, one, **account), socket_of(f"127.0.0.1:{one}") as back:
            watch(back, here[:1], rank="open")
            assert back.next("realtime_price")["data"]["ticker"] == here[0]
            wait_until(lambda: live(one) == live(other) != [])
            wait_until(lambda: streamed(prices) == [PUBLISHED])  # one stream, as before

    assert "OPSP0008" not in prices.refused()


def watch(client: Socket, tickers: list[str], rank: str = "watched") -> None:
    """Have a client want the prices of these."""
    for ticker in tickers:
        client.say(type="subscribe", ticker=ticker, rank=rank)


def streamed(prices: StreamServer) -> list[int]:
    """Return how many tickers each open stream carries; it is never more than it may."""
    counts = [len(follows) for follows in prices.follows() if follows]
    assert max(counts, default=0) <= PUBLISHED
    assert len(counts) <= 1
    return counts


def live(port: int) -> list[str]:
    """Return the tickers that a gateway knows to be streamed."""
    with http_client(f"http://127.0.0.1:{port}") as http:
        tickers: list[str] = http.get("/api/system").json()["stream"]["live"]
    return tickers
