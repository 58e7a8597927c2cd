"""What a stream does when the other side is not what it should be, and what it never shows."""

import asyncio
import json
import logging
import traceback
from collections.abc import Iterator
from http import HTTPStatus

import pytest
from redis import Redis
from websockets.asyncio.client import connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from app.brokers.errors import BrokerError, BrokerRefused, KeyInUse, StreamLost
from app.brokers.stream import Stream
from app.brokers.stream_patience import Patience
from app.limiter import Limiter
from tests.conftest import free_port
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import Rig
from tests.integration.brokers.stream_rig import StreamRig, came_up, run, take, until
from tests.streams import stream_server


@pytest.fixture
def kis(rig: Rig) -> Iterator[StreamRig]:
    """Return a KIS account with a WebSocket server of its own."""
    with stream_server() as server:
        yield StreamRig(rig, server)


@pytest.fixture
def kiwoom(kiwoom_rig: KiwoomRig) -> Iterator[StreamRig]:
    """Return a Kiwoom account with a WebSocket server of its own."""
    with stream_server() as server:
        yield StreamRig(kiwoom_rig, server)


def address(server: Server) -> str:
    return f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def request_of(approval_key: str) -> str:
    header = {"approval_key": approval_key, "custtype": "P", "tr_type": "1"}
    body = {"input": {"tr_id": "H0STCNT0", "tr_key": "000660"}}
    return json.dumps({"header": header, "body": body})


def test_our_own_connection_that_kis_has_not_let_go_yet_is_waited_for(kis: StreamRig) -> None:
    dialect = kis.dialect()

    async def scenario() -> int:
        async with kis.open(dialect) as stream:
            await stream.subscribe(["005930"])
            loop = asyncio.get_running_loop()
            async with connect(kis.server.ws_url, proxy=None) as ghost:

                async def haunt() -> None:
                    """Hold the key while the stream is away; let it go at its third try."""
                    nonlocal ghost
                    if len(kis.pauses) == 1:
                        ghost = await connect(kis.server.ws_url, proxy=None)
                        await ghost.send(request_of(dialect.fetch_credential()))
                        await ghost.recv()
                    if len(kis.pauses) == 3:
                        await ghost.close()

                kis.on_pause = lambda: asyncio.run_coroutine_threadsafe(haunt(), loop).result()
                await asyncio.to_thread(kis.server.fault, "cut")
                await came_up(stream, 2)
                await take(stream, 2)
            return len(kis.pauses)

    assert run(scenario()) >= 3


def test_a_key_that_ends_while_the_stream_is_up_is_renewed_with_the_next_request(
    kis: StreamRig,
) -> None:
    async def scenario() -> set[str]:
        async with kis.open() as stream:
            await stream.subscribe(["005930"])
            await asyncio.to_thread(kis.server.fault, "refuse_key", count=1)
            await stream.subscribe(["000660"])
            return {tick.ticker for tick in await take(stream, 10)}

    assert run(scenario()) == {"005930", "000660"}
    assert kis.account.calls("Approval") == 2


def test_a_ticker_that_kis_does_not_know_is_refused_and_the_stream_goes_on(kis: StreamRig) -> None:
    async def scenario() -> frozenset[str]:
        async with kis.open() as stream:
            with pytest.raises(BrokerRefused, match="OPSP8992"):
                await stream.subscribe(["999999"])
            await stream.subscribe(["005930"])
            await take(stream, 2)
            return stream.tickers

    assert run(scenario()) == {"005930"}


@pytest.mark.parametrize("moment", ["before the answer", "with the answer", "with the end"])
def test_a_login_elsewhere_ends_the_stream_at_whatever_moment_it_comes(
    kiwoom: StreamRig, moment: str
) -> None:
    system = json.dumps({"trnm": "SYSTEM", "code": "R10001", "message": "elsewhere"})
    done = json.dumps({"trnm": "LOGIN", "return_code": 0, "return_msg": ""})

    async def pushing_out(connection: ServerConnection) -> None:
        await connection.recv()
        for frame in [system] if moment == "before the answer" else [done, system]:
            await connection.send(frame)
        if moment == "with the end":
            await connection.close()
        await connection.wait_closed()

    async def scenario() -> None:
        async with (
            serve(pushing_out, "127.0.0.1", 0) as server,
            kiwoom.open(kiwoom.dialect(kiwoom_ws_url=address(server))) as stream,
        ):
            with pytest.raises(KeyInUse):
                await stream.subscribe(["005930"])

    run(scenario())

    assert kiwoom.pauses == []


def test_a_ping_before_the_answer_to_the_login_is_no_trouble(kiwoom: StreamRig) -> None:
    async def scenario() -> None:
        async with kiwoom.open() as stream:
            await stream.subscribe(["005930"])
            await take(stream, 2)

    kiwoom.server.fault("early_ping", count=1)
    run(scenario())

    assert kiwoom.pauses == []


def test_a_server_that_does_not_answer_a_request_is_tried_again(kis: StreamRig) -> None:
    async def scenario() -> None:
        kis.on_pause = kis.server.mend
        async with kis.open(answer_seconds=0.3) as stream:
            await stream.subscribe(["005930"])
            await take(stream, 2)

    kis.server.fault("silence", seconds=600)
    run(scenario())

    assert kis.pauses[0] == 0.5  # a slow machine may need another try


def test_a_redirect_is_not_followed(kis: StreamRig) -> None:
    reached: list[str] = []

    async def elsewhere(connection: ServerConnection) -> None:
        reached.append(str(await connection.recv()))

    async def scenario() -> str:
        async with serve(elsewhere, "127.0.0.1", 0) as other:

            async def redirect(_connection: ServerConnection, _request: Request) -> Response:
                return Response(HTTPStatus.FOUND, "Found", Headers(Location=address(other)))

            async with serve(elsewhere, "127.0.0.1", 0, process_request=redirect) as server:
                dialect = kis.dialect(kis_ws_url=address(server))
                async with kis.open(dialect, patience=Patience(most_failures=1)) as stream:
                    with pytest.raises(StreamLost) as told:
                        await stream.subscribe(["005930"])
                    return str(told.value)

    assert "HTTP 302" in run(scenario())
    assert reached == []


def test_frames_that_are_no_text_are_counted_and_a_giant_one_costs_the_connection(
    kis: StreamRig,
) -> None:
    async def odd(connection: ServerConnection) -> None:
        await connection.recv()
        header = {"tr_id": "H0STCNT0", "tr_key": "005930"}
        body = {"rt_cd": "0", "msg_cd": "OPSP0000", "msg1": ""}
        await connection.send(json.dumps({"header": header, "body": body}))
        await connection.send(b"0|H0STCNT0|001|")
        await connection.send("x" * (1 << 21))
        await connection.wait_closed()

    async def read(stream: Stream) -> None:
        await stream.subscribe(["005930"])
        await anext(stream)

    async def scenario() -> tuple[int, str]:
        async with serve(odd, "127.0.0.1", 0) as server:
            dialect = kis.dialect(kis_ws_url=address(server))
            async with kis.open(dialect, patience=Patience(most_failures=2)) as stream:
                with pytest.raises(StreamLost) as told:
                    await read(stream)
                return stream.unreadable, str(told.value)

    unreadable, words = run(scenario())

    assert unreadable == 2
    assert "broke the protocol (1009)" in words


def test_no_redis_no_permit_and_so_in_the_end_no_stream(kis: StreamRig) -> None:
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds

    nowhere = Redis(port=free_port(), socket_connect_timeout=1)
    account = kis.account
    account.limiter.close()
    account.limiter = Limiter(nowhere, lease_seconds=15, sleep=sleep, clock=lambda: passed[0])

    async def scenario() -> str:
        async with kis.open(patience=Patience(most_failures=1)) as stream:
            with pytest.raises(StreamLost) as told:
                await stream.subscribe(["005930"])
            return str(told.value)

    assert "no permit of kis:main" in run(scenario())
    assert kis.server.served() == 0
    nowhere.close()


@pytest.mark.parametrize("broker", ["kis", "kiwoom"])
def test_no_secret_is_shown(
    broker: str, request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    streams: StreamRig = request.getfixturevalue(broker)
    dialect = streams.dialect()
    credential = dialect.fetch_credential()
    seen: list[str] = []

    async def scenario(stream: Stream) -> None:
        async def fault(kind: str, **how: float) -> None:
            await asyncio.to_thread(streams.server.fault, kind, **how)

        async with stream:
            await stream.subscribe(["005930"])
            seen.extend((repr(stream), repr(dialect), repr(await anext(stream))))
            await fault("garbage", count=10)
            await until(lambda: stream.unreadable == 10)
            await fault("cut")
            await came_up(stream, 2)
            await fault("refuse_key", count=100)
            await fault("cut")
            await take(stream, 10_000)

    with pytest.raises(BrokerError) as told:
        run(scenario(streams.open(dialect)))

    seen += [repr(told.value), *traceback.format_exception(told.value)]
    seen += [record.getMessage() for record in caplog.records]
    text = "\n".join(seen)
    assert "a frame cannot be read" in text
    account = streams.account
    for secret in (account.app_key, account.app_secret, credential):
        assert secret not in text


def test_a_server_that_hangs_up_is_tried_no_more_often_than_the_pauses_say(kis: StreamRig) -> None:
    tries = 0

    async def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()

    async def scenario() -> None:
        async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            dialect = kis.dialect(kis_ws_url=f"ws://127.0.0.1:{port}")
            async with kis.open(dialect, patience=Patience()) as stream:  # that of every day
                with pytest.raises(StreamLost):
                    await stream.subscribe(["005930"])

    run(scenario())

    assert tries == len(kis.pauses) + 1
    assert sum(kis.pauses) / tries > 10  # seconds
