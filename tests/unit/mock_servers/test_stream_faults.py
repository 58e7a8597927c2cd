"""The faults of the WebSocket server strike as asked, and end."""

import asyncio
import subprocess
import sys
from contextlib import suppress

import pytest
import requests
from websockets.exceptions import ConnectionClosedError, InvalidMessage

from tests.conftest import PATIENCE_SECONDS, wait_until
from tests.mock_servers.stream.faults import GARBAGE, StreamFault, StreamFaults
from tests.streams import stream_server
from tests.unit.mock_servers.stream_client import (
    KIWOOM,
    access_token,
    receive,
    receive_until,
    run,
    send,
)


def test_a_cut_ends_every_connection_without_a_close_frame() -> None:
    async def scenario() -> None:
        async with server.connect("/ws") as one, server.connect(KIWOOM) as other:
            await receive(one)
            await asyncio.to_thread(server.fault, "cut")
            for socket in (one, other):
                with pytest.raises(ConnectionClosedError):
                    await receive_until(socket, "type", "the end")

    with stream_server() as server:
        run(scenario())
        wait_until(lambda: server.get("/health")["connections"] == 0)


def test_connections_are_refused_until_it_ends() -> None:
    async def refused() -> bool:
        try:
            async with server.connect("/ws"):
                return False
        except InvalidMessage:  # the line ends where an answer should stand
            return True

    with stream_server() as server:
        server.fault("refuse", seconds=600)
        assert run(refused())
        assert server.get("/_faults")[0]["kind"] == "refuse"
        server.mend()
        assert not run(refused())


def test_a_silent_server_sends_nothing_until_it_ends() -> None:
    async def scenario() -> None:
        async with server.connect("/ws") as socket:
            await receive(socket)
            await asyncio.to_thread(server.fault, "silence", seconds=600)
            with suppress(TimeoutError):  # what was on its way may come; then nothing does
                while True:
                    async with asyncio.timeout(0.3):
                        await receive(socket)
            server.mend()
            await receive(socket)

    with stream_server() as server:
        run(scenario())


def test_garbage_takes_the_place_of_so_many_frames() -> None:
    async def scenario() -> list[str]:
        async with server.connect("/ws") as socket:
            await receive(socket)
            await asyncio.to_thread(server.fault, "garbage", count=5)
            return [str(await socket.recv()) for _ in range(60)]

    with stream_server() as server:
        received = run(scenario())

    assert [text for text in received if text in GARBAGE] == list(GARBAGE[:5])


def test_so_many_keys_are_refused() -> None:
    async def scenario() -> list[int]:
        codes = []
        for _ in range(3):
            async with server.connect(KIWOOM) as socket:
                await send(socket, trnm="LOGIN", token=access_token())
                codes.append((await receive_until(socket, "trnm", "LOGIN"))["return_code"])
        return codes

    with stream_server() as server:
        server.fault("refuse_key", count=2)
        assert run(scenario()) == [805004, 805004, 0]


@pytest.mark.parametrize(
    ("fault", "wanted"),
    [
        ({"kind": "refuse"}, "refuse wants seconds"),
        ({"kind": "silence", "count": 3}, "silence wants seconds"),
        ({"kind": "garbage"}, "garbage wants count"),
        ({"kind": "cut", "seconds": 3}, "cut wants nothing else"),
        ({"kind": "silence", "seconds": -1}, "greater than 0"),
        ({"kind": "hiccup"}, "'cut', 'refuse'"),
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_in_words(
    fault: dict[str, object], wanted: str
) -> None:
    with stream_server() as server:
        answer = requests.post(f"{server.url}/_faults", json=fault, timeout=60)

    assert answer.status_code == 422
    assert wanted in answer.text


def test_a_fault_lasts_for_as_long_as_asked() -> None:
    now = 100.0
    faults = StreamFaults(lambda: now)
    faults.add(StreamFault(kind="refuse", seconds=60))

    now = 159.9
    assert faults.lasts("refuse")
    now = 160.0
    assert not faults.lasts("refuse")
    assert faults.report() == []


def test_a_fault_of_a_kind_replaces_the_one_before_it() -> None:
    faults = StreamFaults(lambda: 100.0)
    faults.add(StreamFault(kind="silence", seconds=60))
    faults.add(StreamFault(kind="silence", seconds=5))
    faults.add(StreamFault(kind="garbage", count=9))

    assert faults.report() == [
        {"kind": "silence", "seconds": 5.0},
        {"kind": "garbage", "count": 9},
    ]

    faults.clear()

    assert faults.report() == []


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--tick", "0"], "'0' is not seconds, 0.001 to 3600"),
        (["--tickers", "3"], "'3' is not a whole number, 10 to 3000"),
        (["--rate", "2"], "unrecognized arguments: --rate 2"),
    ],
)
def test_the_command_refuses_a_bad_option_in_one_line(options: list[str], line: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.mock_servers.stream", *options],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert done.returncode == 2
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
