"""KIS' own WebSocket: approval, registration, records, PINGPONG, one session a key."""

import asyncio
import json
from typing import Any
from uuid import uuid4

import pytest
from websockets.asyncio.client import ClientConnection

from tests.streams import StreamServer, stream_server
from tests.unit.mock_servers.conftest import MockServer, exchange
from tests.unit.mock_servers.stream_client import (
    Message,
    approval_key,
    run,
)

TRADE, BOOK = "H0STCNT0", "H0STASP0"


async def ask(
    socket: ClientConnection,
    tr_key: str = "005930",
    *,
    tr_id: str = TRADE,
    tr_type: str = "1",
    key: str | None = None,
    custtype: str = "P",
) -> Message:
    """Return the answer to a request; records between are passed over."""
    header = {
        "approval_key": key or approval_key(),
        "custtype": custtype,
        "tr_type": tr_type,
        "content-type": "utf-8",
    }
    await socket.send(
        json.dumps({"header": header, "body": {"input": {"tr_id": tr_id, "tr_key": tr_key}}})
    )
    return await answer(socket)


async def answer(socket: ClientConnection) -> Message:
    while True:
        text = str(await socket.recv())
        if text.startswith("{") and "PINGPONG" not in text:
            message: Message = json.loads(text)
            return message


def code(message: Message) -> Any:
    return message["body"]["msg_cd"]


async def records(
    server: StreamServer, tr_id: str, count: int, ticker: str = "005930"
) -> list[str]:
    async with server.connect("/") as socket:
        assert code(await ask(socket, ticker, tr_id=tr_id)) == "OPSP0000"
        return [str(await socket.recv()) for _ in range(count)]


@pytest.mark.parametrize("path", ["/", "/tryitout", f"/tryitout/{TRADE}"])
def test_a_subscription_is_acknowledged_on_every_path(path: str) -> None:
    async def scenario() -> Message:
        async with server.connect(path) as socket:
            return await ask(socket)

    with stream_server() as server:
        message = run(scenario())

    assert message["header"] == {"tr_id": TRADE, "tr_key": "005930", "encrypt": "N"}
    body = message["body"]
    assert (body["rt_cd"], body["msg_cd"], body["msg1"]) == ("0", "OPSP0000", "SUBSCRIBE SUCCESS")
    assert (len(body["output"]["iv"]), len(body["output"]["key"])) == (16, 32)


def test_the_rest_servers_approval_key_is_taken(mock: MockServer) -> None:
    asked = {"grant_type": "client_credentials", "appkey": "key", "secretkey": "secret"}
    issued = mock.control("POST", "/oauth2/Approval", asked)["approval_key"]

    async def scenario() -> Message:
        async with server.connect("/") as socket:
            return await ask(socket, key=issued)

    with stream_server() as server:
        assert code(run(scenario())) == "OPSP0000"


@pytest.mark.parametrize(
    "key", ["no key", str(uuid4()), approval_key()[:-1] + "x"], ids=["none", "other", "forged"]
)
def test_another_approval_key_is_refused(key: str) -> None:
    async def scenario() -> Message:
        async with server.connect("/") as socket:
            return await ask(socket, key=key)

    with stream_server() as server:
        message = run(scenario())

    assert (message["body"]["rt_cd"], code(message)) == ("1", "OPSP0011")


def test_trades_come_as_records_of_46_fields() -> None:
    with stream_server() as server:
        frames = run(records(server, TRADE, 40))

    counts = set()
    for frame in frames:
        flag, tr_id, count, payload = frame.split("|")
        fields = payload.split("^")
        assert (flag, tr_id) == ("0", TRADE)
        assert len(count) == 3
        assert len(fields) == int(count) * 46
        counts.add(int(count))
        for start in range(0, len(fields), 46):
            trade = fields[start : start + 46]
            ticker, clock, price = trade[0], trade[1], int(trade[2])
            assert (ticker, len(clock), len(trade[33])) == ("005930", 6, 8)
            assert int(trade[8]) >= price >= int(trade[9])
            assert int(trade[10]) > price >= int(trade[11])
            assert (trade[3] == "2") == (int(trade[4]) > 0)
    assert counts == {1, 2}  # several trades of a tick stand in one frame


def test_the_book_comes_as_records_of_59_fields() -> None:
    with stream_server() as server:
        frames = run(records(server, BOOK, 3))

    fields = frames[0].split("|")[3].split("^")
    asks, bids = ([int(field) for field in fields[first : first + 10]] for first in (3, 13))
    assert len(fields) == 59
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert int(fields[43]) == sum(int(field) for field in fields[23:33])


def test_what_is_cancelled_is_not_sent_any_more() -> None:
    async def scenario() -> list[str]:
        async with server.connect("/") as socket:
            await ask(socket)
            await ask(socket, "000660")
            assert code(await ask(socket, tr_type="2")) == "OPSP0001"
            return [str(await socket.recv()) for _ in range(10)]

    with stream_server() as server:
        assert all("|000660^" in frame for frame in run(scenario()))


def test_41_registrations_are_taken_and_no_more() -> None:
    tickers = [issue.listing.ticker for issue in exchange()]
    wanted = [(TRADE, ticker) for ticker in tickers[:40]] + [(BOOK, tickers[0]), (BOOK, tickers[1])]

    async def scenario() -> list[Any]:
        async with server.connect("/") as socket:
            return [code(await ask(socket, tr_key, tr_id=tr_id)) for tr_id, tr_key in wanted]

    with stream_server() as server:
        assert run(scenario()) == ["OPSP0000"] * 41 + ["OPSP0008"]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"tr_id": "H0STXXX0"}, "OPSP8991"),
        ({"tr_key": "999999"}, "OPSP8992"),
        ({"tr_type": "7"}, "OPSP8997"),
        ({"custtype": "X"}, "OPSP8998"),
        ({"custtype": "B"}, "OPSP0000"),
        ({"tr_type": "2"}, "OPSP0003"),
        ({"tr_id": "H0STCNI9", "tr_key": "my-hts-id"}, "OPSP0000"),
    ],
)
def test_a_request_is_answered_by_its_code(changed: dict[str, str], expected: str) -> None:
    async def scenario() -> Message:
        async with server.connect("/") as socket:
            return await ask(socket, **changed)

    with stream_server() as server:
        assert code(run(scenario())) == expected


def test_what_is_registered_twice_is_told_so() -> None:
    async def scenario() -> list[Any]:
        async with server.connect("/") as socket:
            return [code(await ask(socket)) for _ in range(2)]

    with stream_server() as server:
        assert run(scenario()) == ["OPSP0000", "OPSP0002"]


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"header":1}', "{}", '{"header":{},"body":1}'])
def test_what_cannot_be_read_is_told_so_and_the_connection_stands(text: str) -> None:
    async def scenario() -> list[Any]:
        async with server.connect("/") as socket:
            await socket.send(text)
            return [code(await answer(socket)), code(await ask(socket))]

    with stream_server() as server:
        assert run(scenario()) == ["OPSP9999", "OPSP0000"]


def test_a_second_session_with_the_same_key_is_turned_away() -> None:
    async def scenario() -> tuple[Message, str, Message]:
        async with server.connect("/") as first:
            await ask(first)
            async with server.connect("/") as second:
                refused = await ask(second)
                going_on = str(await first.recv())
                await first.close()
                while (again := await ask(second))["body"]["msg_cd"] == "OPSP8996":
                    pass
                return refused, going_on, again

    with stream_server() as server:
        refused, going_on, again = run(scenario())

    assert refused["header"]["tr_id"] == "(null)"
    assert (refused["body"]["rt_cd"], code(refused)) == ("9", "OPSP8996")
    assert going_on.startswith(f"0|{TRADE}|")
    assert code(again) == "OPSP0000"


@pytest.mark.parametrize("by", ["text", "pong frame"])
def test_who_answers_pingpong_stays_and_who_misses_ten_is_sent_away(by: str) -> None:
    async def answering() -> None:
        async with server.connect("/") as socket:
            for _ in range(12):
                ping = str(await socket.recv())
                assert set(json.loads(ping)["header"]) == {"tr_id", "datetime"}
                await (socket.send(ping) if by == "text" else socket.pong(ping))

    async def silent() -> int:
        async with server.connect("/") as socket:
            return len([ping async for ping in socket])

    async def scenario() -> int:
        return (await asyncio.gather(answering(), silent()))[1]

    with stream_server(ping=0.1) as server:
        assert run(scenario()) == 10
