"""Kiwoom's own WebSocket: login, registration, real-time data, heartbeats, one session a key."""

import asyncio
import time
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from tests.conftest import wait_until
from tests.mock_servers.signed import new_token
from tests.streams import StreamServer, stream_server
from tests.unit.mock_servers.stream_client import (
    KIWOOM,
    Message,
    access_token,
    receive,
    receive_until,
    run,
    send,
)


async def logged_in(server: StreamServer, key: str = "key") -> ClientConnection:
    socket = await server.connect(KIWOOM)
    await send(socket, trnm="LOGIN", token=access_token(key))
    await receive_until(socket, "trnm", "LOGIN")
    return socket


async def ask(socket: ClientConnection, trnm: str, **fields: object) -> Message:
    await send(socket, trnm=trnm, grp_no="1", **fields)
    return await receive_until(socket, "trnm", trnm)


def data(items: list[str], *types: str) -> list[dict[str, list[str]]]:
    return [{"item": items, "type": list(types)}]


async def entries(server: StreamServer, wanted: object, count: int) -> list[Message]:
    """Return the first ``count`` entries that come after registering ``wanted``."""
    async with await logged_in(server) as socket:
        assert (await ask(socket, "REG", refresh="1", data=wanted))["return_code"] == 0
        found: list[Message] = []
        while len(found) < count:
            found += (await receive_until(socket, "trnm", "REAL"))["data"]
        return found


def test_a_login_with_the_rest_servers_token_is_answered_with_zero() -> None:
    async def scenario() -> Message:
        async with server.connect(KIWOOM) as socket:
            await send(socket, trnm="LOGIN", token=access_token())
            return await receive(socket)

    with stream_server() as server:
        answer = run(scenario())

    assert answer == {"trnm": "LOGIN", "return_code": 0, "return_msg": "", "sor_yn": "Y"}


@pytest.mark.parametrize(
    "token",
    [
        "no token of ours",
        "",
        access_token(seconds=-1),
        new_token("kis", "key", issued=time.time(), ends=time.time() + 60),
    ],
)
def test_a_login_with_another_token_is_refused_and_the_connection_closed(token: str) -> None:
    async def scenario() -> list[Message]:
        async with server.connect(KIWOOM) as socket:
            await send(socket, trnm="LOGIN", token=token)
            answer = await receive(socket)
            await socket.wait_closed()
            return [answer]

    with stream_server() as server:
        answer = run(scenario())[0]

    assert answer["return_code"] == 805004
    assert "[CODE=8005," in answer["return_msg"]


@pytest.mark.parametrize("first", [None, {"trnm": "REG", "data": data(["005930"], "0B")}])
def test_who_does_not_log_in_is_told_so_and_sent_away(first: Message | None) -> None:
    async def scenario() -> Message:
        async with server.connect(KIWOOM) as socket:
            if first:
                await send(socket, **first)
            message = await receive(socket)
            await socket.wait_closed()
            return message

    with stream_server(login=60 if first else 0.05) as server:
        message = run(scenario())

    assert (message["trnm"], message["code"]) == ("SYSTEM", "R10004")
    assert message["message"]


def test_registered_trades_come_with_every_key_and_text_values() -> None:
    with stream_server() as server:
        found = run(entries(server, data(["005930", "000660"], "0B"), 20))

    assert {(entry["item"], entry["type"]) for entry in found} == {
        ("005930", "0B"),
        ("000660", "0B"),
    }
    for entry in found:
        assert set(entry) == {"values", "type", "name", "item"}
        assert entry["name"] == "주식체결"
        values = entry["values"]
        assert all(isinstance(value, str) for value in values.values())
        assert abs(int(values["27"])) > abs(int(values["10"])) >= abs(int(values["28"]))
        assert int(values["13"]) > 0
        assert len(values["20"]) == 6


def test_a_price_carries_the_sign_of_its_direction_and_a_change_its_own() -> None:
    with stream_server() as server:
        found = run(entries(server, data(["005930"], "0B"), 3))

    for values in (entry["values"] for entry in found):
        change = int(values["11"])
        assert values["10"][0] == ("+" if change > 0 else "-")
        assert values["25"] == ("2" if change > 0 else "5")
        assert (float(values["12"]) > 0) == (change > 0)


@pytest.mark.parametrize(
    ("kind", "item", "name", "fields"),
    [
        ("0A", "005930", "주식기세", ["10", "11", "12", "13", "14", "16", "17", "18", "27", "28"]),
        ("0C", "005930", "주식우선호가", ["27", "28"]),
        ("0D", "005930", "주식호가잔량", ["21", "41", "50", "61", "70", "51", "60", "71", "121"]),
        ("0J", "001", "업종지수", ["20", "10", "11", "12", "13", "14", "15", "16", "25"]),
        ("0J", "101", "업종지수", ["10"]),
        ("0s", "", "장시작시간", ["215", "20", "214"]),
    ],
)
def test_every_type_has_its_fields(kind: str, item: str, name: str, fields: list[str]) -> None:
    with stream_server() as server:
        entry = run(entries(server, data([item], kind), 1))[0]

    assert (entry["type"], entry["name"], entry["item"]) == (kind, name, item)
    assert set(fields) <= set(entry["values"])


def test_an_index_is_told_in_points() -> None:
    with stream_server() as server:
        values = run(entries(server, data(["001"], "0J"), 1))[0]["values"]

    assert float(values["10"].lstrip("+-")) == pytest.approx(2500, rel=0.01)


def test_the_book_has_ten_levels_in_order_and_their_totals() -> None:
    with stream_server() as server:
        values = run(entries(server, data(["005930"], "0D"), 1))[0]["values"]

    asks, bids = ([abs(int(values[str(f + n)])) for n in range(10)] for f in (41, 51))
    sizes = [int(values[str(61 + n)]) for n in range(10)]
    assert asks == sorted(asks)
    assert bids == sorted(bids, reverse=True)
    assert asks[0] > bids[0]
    assert int(values["121"]) == sum(sizes)


def test_a_ticker_of_all_exchanges_keeps_its_suffix() -> None:
    with stream_server() as server:
        assert run(entries(server, data(["005930_AL"], "0B"), 1))[0]["item"] == "005930_AL"


def test_what_is_removed_is_not_sent_any_more() -> None:
    async def scenario() -> set[str]:
        async with await logged_in(server) as socket:
            await ask(socket, "REG", refresh="1", data=data(["005930", "000660"], "0B"))
            assert (await ask(socket, "REMOVE", data=data(["005930"], "0B")))["return_code"] == 0
            real = [(await receive_until(socket, "trnm", "REAL"))["data"] for _ in range(10)]
            return {entry["item"] for found in real for entry in found}

    with stream_server() as server:
        assert run(scenario()) == {"000660"}


@pytest.mark.parametrize(("refresh", "left"), [("1", 2), ("0", 1)])
def test_refresh_says_whether_earlier_registrations_stay(refresh: str, left: int) -> None:
    async def scenario() -> list[str]:
        async with await logged_in(server) as socket:
            await ask(socket, "REG", refresh="1", data=data(["005930"], "0B"))
            await ask(socket, "REG", refresh=refresh, data=data(["000660"], "0B"))
            sessions = await asyncio.to_thread(server.get, "/_sessions")
            follows: list[str] = sessions["open"][0]["follows"]
            return follows

    with stream_server() as server:
        assert len(run(scenario())) == left


def test_a_group_takes_100_codes_and_a_refused_request_changes_nothing() -> None:
    hundred = [f"{number:06}" for number in range(100)]

    async def scenario() -> list[Any]:
        async with await logged_in(server) as socket:
            first = await ask(socket, "REG", refresh="1", data=data(hundred, "0B"))
            second = await ask(socket, "REG", refresh="1", data=data(["005930"], "0B"))
            sessions = await asyncio.to_thread(server.get, "/_sessions")
            return [first["return_code"], second, len(sessions["open"][0]["follows"])]

    with stream_server() as server:
        first, second, registered = run(scenario())

    assert (first, second["return_code"], registered) == (0, 1, 100)
    assert "100" in second["return_msg"]


@pytest.mark.parametrize(
    "fields",
    [
        {"trnm": "REG"},
        {"trnm": "REG", "data": "005930"},
        {"trnm": "REG", "data": ["005930"]},
        {"trnm": "REG", "data": data(["005930"])},
        {"trnm": "REG", "data": data(["005930"], "9Z")},
        {"trnm": "DANCE"},
    ],
)
def test_a_request_without_what_it_needs_is_answered_with_one(fields: Message) -> None:
    async def scenario() -> Message:
        async with await logged_in(server) as socket:
            return await ask(socket, **fields)

    with stream_server() as server:
        answer = run(scenario())

    assert answer["return_code"] == 1
    assert answer["return_msg"]


def test_who_answers_pings_stays_and_who_misses_five_is_sent_away() -> None:
    async def answering() -> int:
        async with await logged_in(server) as socket:
            for _ in range(8):
                await socket.send(await socket.recv())  # the PING, verbatim
            return 8

    async def silent() -> list[Message]:
        async with await logged_in(server, "another key") as socket:
            got = [await receive(socket) for _ in range(6)]
            await socket.wait_closed()
            return got

    async def scenario() -> tuple[int, list[Message]]:
        return await asyncio.gather(answering(), silent())

    with stream_server(ping=0.2) as server:
        answered, got = run(scenario())

    assert answered == 8
    assert got[:5] == [{"trnm": "PING"}] * 5
    assert (got[5]["trnm"], got[5]["code"]) == ("SYSTEM", "R10002")


def test_a_second_login_with_the_same_key_ends_the_first_session() -> None:
    async def scenario() -> Message:
        async with await logged_in(server) as first, await logged_in(server) as second:
            told = await receive(first)
            await first.wait_closed()
            assert (await ask(second, "REG", data=data(["005930"], "0B")))["return_code"] == 0
            async with await logged_in(server, "another key"):
                await receive_until(second, "trnm", "REAL")
            return told

    with stream_server() as server:
        told = run(scenario())
        wait_until(lambda: server.get("/health")["connections"] == 0)

    assert (told["trnm"], told["code"]) == ("SYSTEM", "R10001")


def test_a_ping_may_come_before_the_login() -> None:
    async def scenario() -> list[str]:
        async with server.connect(KIWOOM) as socket:
            first = await receive(socket)
            await send(socket, trnm="LOGIN", token=access_token())
            return [first["trnm"], (await receive(socket))["trnm"]]

    with stream_server() as server:
        server.fault("early_ping", count=1)
        assert run(scenario()) == ["PING", "LOGIN"]
