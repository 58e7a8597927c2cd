"""``/ws`` keeps the older contract, and what is subscribed is honoured."""

import asyncio
import socket
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.conftest import wait_until
from tests.mock_servers.exchange.ticks import is_on_tick
from tests.mock_servers.stream.older import CHANCE, Board
from tests.mock_servers.stream.tape import Tape
from tests.streams import StreamServer, stream_server
from tests.unit.mock_servers.conftest import exchange
from tests.unit.mock_servers.stream_client import (
    Message,
    receive,
    receive_until,
    run,
    send,
)

FIVE = ["005930", "000660", "035420", "051910", "006400"]


async def messages(server: StreamServer, count: int, *sent: Message) -> list[Message]:
    async with server.connect("/ws") as client:
        for message in sent:
            await send(client, **message)
        return [await receive(client) for _ in range(count)]


def of_type(kind: str, received: list[Message]) -> list[Any]:
    return [message["data"] for message in received if message["type"] == kind]


def test_a_client_is_greeted_and_gets_the_five_tickers_every_tick() -> None:
    with stream_server() as server:
        received = run(messages(server, 31))

    assert received[0]["type"] == "connected"
    assert received[0]["message"]
    prices = of_type("realtime_price", received)
    assert [price["ticker"] for price in prices[:5]] == FIVE
    assert [price["ticker"] for price in prices[5:10]] == FIVE


def test_a_price_has_the_fields_of_the_contract_and_stands_near_the_last_close() -> None:
    with stream_server() as server:
        price = of_type("realtime_price", run(messages(server, 2)))[0]

    issue = exchange().issue("005930")
    assert issue is not None
    close = int(issue.bars.close[-1])
    assert price["name"] == "삼성전자"
    assert abs(price["price"] - close) <= 0.01 * close
    assert is_on_tick(price["price"])
    assert price["bid_price"] == price["price"] - 100
    assert price["ask_price"] == price["price"] + 100
    assert price["change"] == price["price"] - int(issue.bars.close[-2])
    assert price["volume"] > int(issue.bars.volume[-1])
    assert set(price) == {
        *("ticker", "name", "price", "change", "change_rate", "volume"),
        *("bid_price", "ask_price"),
    }


def test_every_message_is_stamped_in_utc() -> None:
    with stream_server() as server:
        received = run(messages(server, 12))

    stamps = [datetime.fromisoformat(message["timestamp"]) for message in received]

    assert all(stamp.utcoffset() == timedelta() for stamp in stamps)


def test_smart_money_tells_who_buys_and_the_three_cancel_out() -> None:
    with stream_server() as server:
        flow = of_type("smart_money", run(messages(server, 12)))[0]

    assert flow["smart_money_net"] == flow["foreign_net"] + flow["institution_net"]
    assert abs(flow["individual_net"] + flow["smart_money_net"]) <= 3  # won, rounded thrice
    assert flow["direction"] == ("IN" if flow["smart_money_net"] > 0 else "OUT")


def test_from_the_first_subscription_on_a_client_gets_only_its_own() -> None:
    async def scenario() -> tuple[Message, list[Message]]:
        async with server.connect("/ws") as client:
            await send(client, type="subscribe", ticker="207940")
            answer = await receive_until(client, "type", "subscribed")
            return answer, [await receive(client) for _ in range(20)]

    with stream_server() as server:
        answer, received = run(scenario())

    assert answer["ticker"] == "207940"
    assert answer["message"]
    assert {message["data"]["ticker"] for message in received} == {"207940"}


def test_what_is_unsubscribed_is_not_sent_any_more() -> None:
    async def scenario() -> list[Message]:
        async with server.connect("/ws") as client:
            for ticker in ("005930", "000660"):
                await send(client, type="subscribe", ticker=ticker)
            await send(client, type="unsubscribe", ticker="005930")
            await receive_until(client, "type", "unsubscribed")
            return [await receive(client) for _ in range(20)]

    with stream_server() as server:
        received = run(scenario())

    assert {message["data"]["ticker"] for message in received} == {"000660"}


def test_two_clients_get_each_their_own() -> None:
    async def follow(ticker: str) -> set[str]:
        async with server.connect("/ws") as client:
            await send(client, type="subscribe", ticker=ticker)
            await receive_until(client, "type", "subscribed")
            return {(await receive(client))["data"]["ticker"] for _ in range(20)}

    async def scenario() -> tuple[set[str], set[str]]:
        one, other = await asyncio.gather(follow("005930"), follow("000660"))
        return one, other

    with stream_server() as server:
        assert run(scenario()) == ({"005930"}, {"000660"})


def test_ping_is_answered_by_pong_and_other_types_by_nothing() -> None:
    with stream_server(tick=60) as server:
        received = run(messages(server, 2, {"type": "dance"}, {"type": "ping"}))

    assert [message["type"] for message in received] == ["connected", "pong"]


@pytest.mark.parametrize("text", ["no JSON", "[1]", '"x"', "{}", "[" * 100_000])
def test_what_is_no_message_is_told_so_and_the_connection_stands(text: str) -> None:
    async def scenario() -> list[str]:
        async with server.connect("/ws") as client:
            await client.send(text)
            await send(client, type="ping")
            return [(await receive(client))["type"] for _ in range(3)]

    with stream_server(tick=60) as server:
        assert run(scenario()) == ["connected", "error", "pong"]


@pytest.mark.parametrize("ticker", ["999999", "", None, 5930, ["005930"]])
def test_a_ticker_that_is_not_listed_is_refused_by_name(ticker: object) -> None:
    with stream_server(tick=60) as server:
        answer = run(messages(server, 2, {"type": "subscribe", "ticker": ticker}))[1]

    assert answer["type"] == "error"
    assert repr(ticker) in answer["message"]


def test_signals_come_in_about_one_tick_of_ten_with_the_fields_of_the_contract() -> None:
    board = Board(Tape(exchange()))
    found = [message for tick in range(1, 1001) for message in board.messages(tick, FIVE)]

    vcp = [data for kind, data in found if kind == "vcp_signal"]
    bets = [data for kind, data in found if kind == "closing_bet_signal"]
    assert len(vcp) == pytest.approx(1000 * CHANCE, abs=40)
    assert len(bets) == pytest.approx(1000 * CHANCE, abs=40)
    for signal in vcp:
        assert signal["pattern_type"] in {"VCP", "Tight", "Cup"}
        assert 70 <= int(str(signal["score"])) <= 95
        assert 0.5 <= float(str(signal["volume_ratio"])) <= 2
        assert 30 <= float(str(signal["rsi"])) <= 70
        assert signal["signal_strength"] in {"Strong", "Moderate", "Weak"}
        assert {"current_price", "pivot_price"} <= set(signal)
    for bet in bets:
        assert isinstance(bet["scores"], dict)
        assert len(bet["scores"]) == 10
        assert set(bet["scores"].values()) <= {0, 1, 2}
        assert 0 <= int(str(bet["score"])) <= 12
        assert bet["signal_type"] in {"BUY", "HOLD", "SELL"}
        assert {"current_price", "target_price", "stop_loss"} <= set(bet)


def test_a_signal_reaches_those_who_follow_its_ticker_with_the_time_of_its_detection() -> None:
    async def scenario() -> Message:
        async with server.connect("/ws") as client:
            return await receive_until(client, "type", "vcp_signal")

    with stream_server(tick=0.002) as server:
        signal = run(scenario())

    assert signal["data"]["ticker"] in FIVE
    assert signal["data"]["detected_at"] == signal["timestamp"]


def test_two_runs_with_one_seed_send_the_same_messages() -> None:
    def of_a_run() -> list[tuple[str, object]]:
        with stream_server() as server:
            received = run(messages(server, 200))
        return [
            (message["type"], {**message["data"], "detected_at": None}) for message in received[1:]
        ]

    assert of_a_run() == of_a_run()


def test_the_pages_tell_how_many_are_connected() -> None:
    async def scenario() -> list[Any]:
        async with server.connect("/ws") as client:
            await receive(client)
            return [await asyncio.to_thread(server.get, page) for page in ("/health", "/stats")]

    with stream_server() as server:
        health, stats = run(scenario())
        wait_until(lambda: server.get("/health")["connections"] == 0)
        root = server.get("/")

    assert health == {"status": "healthy", "connections": 1}
    assert (stats["active_connections"], stats["broadcasting"]) == (1, True)
    assert datetime.fromisoformat(stats["timestamp"])
    assert root["status"] == "running"


def test_a_client_that_follows_nothing_and_says_nothing_is_sent_away() -> None:
    async def scenario() -> None:
        async with server.connect("/ws") as client:
            for ticker in FIVE:
                await send(client, type="unsubscribe", ticker=ticker)
            async for _ in client:
                pass  # until it is closed

    with stream_server(ping=0.05, idle=0.2) as server:
        run(scenario())


def test_a_client_that_listens_without_a_word_stays() -> None:
    async def scenario() -> None:
        async with server.connect("/ws") as client:
            for _ in range(200):
                await receive(client)

    with stream_server(ping=0.01, idle=0.05) as server:
        run(scenario())


def test_a_client_that_has_gone_without_a_word_is_forgotten() -> None:
    async def scenario() -> None:
        async with server.connect("/ws") as client:
            await receive(client)
            client.transport.abort()

    with stream_server() as server:
        run(scenario())
        wait_until(lambda: server.get("/health")["connections"] == 0)


def test_a_client_that_does_not_read_is_cut_off_and_the_others_go_on() -> None:
    async def scenario() -> None:
        async with server.connect("/ws") as deaf, server.connect("/ws") as hearing:
            raw = deaf.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            for issue in exchange():  # a lot, to fill what the kernel takes before it stops
                await send(deaf, type="subscribe", ticker=issue.listing.ticker)
            deaf.transport.pause_reading()
            while (await asyncio.to_thread(server.get, "/health"))["connections"] == 2:
                for _ in range(200):
                    await receive(hearing)
            await receive_until(hearing, "type", "realtime_price")
            deaf.transport.abort()

    with stream_server(tick=0.002) as server:
        run(scenario())
