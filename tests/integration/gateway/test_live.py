"""The live feed: what comes, to whom, in which order, and what becomes of those who were away."""

import asyncio
import json
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from app.domain import Status
from app.gateway.live.client import MOST_WAITING
from app.gateway.live.messages import EVIDENCE
from app.gateway.live.pulse import Pulse
from app.signals.feed import STREAM
from tests.conftest import PATIENCE_SECONDS, RedisServer, wait_until
from tests.integration.gateway.conftest import Gateway, MakeGateway
from tests.unit.cli.conftest import signal_of


def read_signals(gateway: Gateway, wanted: int, **how: Any) -> list[dict[str, Any]]:
    """Return the first ``wanted`` signals of /events, each by the names of its lines."""
    found: list[dict[str, Any]] = []
    event: dict[str, Any] = {}
    given = {"timeout": PATIENCE_SECONDS, "trust_env": False, **how}
    with httpx.stream("GET", f"{gateway.url}/events", **given) as stream:
        for line in stream.iter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
                continue
            if event.get("event") == "signal":
                found.append(event | {"message": json.loads(event["data"])})
            event = {}
            if len(found) == wanted:
                break
    return found


def test_a_signal_comes_as_it_is_found(gateway: Gateway) -> None:
    with gateway.socket() as client:
        gateway.find(signal_of("", facts={"pivot": 72_500.0}))
        message = client.next("signal")
    [kept] = gateway.get("/api/signals")["signals"]

    assert message["kind"] == "new"
    assert message["signal"] == {name: kept[name] for name in kept if name not in EVIDENCE}
    assert kept["facts"] == {"pivot": 72_500.0}


def test_signals_come_in_the_order_in_which_they_were_found(gateway: Gateway) -> None:
    codes = [f"{number:06}" for number in range(1, 41)]

    with gateway.socket() as client:
        for code in codes:
            gateway.find(signal_of("", code))
        came = [client.next("signal") for _ in codes]

    assert [each["signal"]["ticker"] for each in came] == codes
    places = [tuple(map(int, each["id"].split("-"))) for each in came]
    assert places == sorted(set(places))


def test_one_strategy_stands_in_for_all(gateway: Gateway) -> None:
    with gateway.socket() as client:
        assert client.ask(type="subscribe", strategy="closing_bet")["strategy"] == "closing_bet"
        gateway.find(signal_of(""))
        gateway.find(signal_of("", "000660", strategy="closing_bet", state="AT_CLOSE"))
        assert client.next("signal")["signal"]["strategy"] == "closing_bet"

        client.ask(type="subscribe", strategy="*")
        gateway.find(signal_of("", "009150"))
        assert client.next("signal")["signal"]["ticker"] == "009150"


def test_a_ticker_brings_its_signals_in_the_older_form_as_well(gateway: Gateway) -> None:
    with gateway.socket() as client:
        client.ask(type="subscribe", ticker="005930")
        gateway.find(signal_of("", facts={"pivot": 72_500.0, "rsi14": 55.5}))
        client.next("signal")
        older = client.next("vcp_signal")

    assert older["data"] == {
        "ticker": "005930",
        "name": "삼성전자",
        "pattern_type": "VCP",
        "score": 86,
        "current_price": 71_200.0,
        "pivot_price": 72_500.0,
        "volume_ratio": None,
        "rsi": 55.5,
        "signal_strength": "Strong",
        "detected_at": older["timestamp"],
    }


def test_who_wants_one_ticker_alone_gets_no_other(gateway: Gateway) -> None:
    with gateway.socket() as client:
        client.ask(type="unsubscribe", strategy="*")
        client.ask(type="subscribe", ticker="000660")
        gateway.find(signal_of("", "005930"))
        gateway.find(signal_of("", "000660"))

        assert client.next("signal")["signal"]["ticker"] == "000660"


def test_who_names_a_ticker_in_the_address_begins_with_it_alone(gateway: Gateway) -> None:
    with gateway.socket("?ticker=000660") as client:
        gateway.find(signal_of("", "005930"))
        gateway.find(signal_of("", "000660"))

        assert client.next("signal")["signal"]["ticker"] == "000660"
    [event] = read_signals(gateway, 1, params={"after": "0", "ticker": "000660"})
    assert event["message"]["signal"]["ticker"] == "000660"


def test_a_scan_tells_how_far_it_is_to_its_end(gateway: Gateway) -> None:
    with gateway.socket() as client:
        scan_id = gateway.begin("005930", "000660")
        gateway.services.feed.announce([{"type": "scan", "id": scan_id, "state": "running"}])
        assert client.next("scan")["scan"] == {"id": scan_id, "state": "running"}
        gateway.keep(scan_id, "005930", Status.OK, signals=[signal_of(scan_id)])
        while (scan := client.next("scan")["scan"]).get("done") != 1:
            pass
        gateway.keep(scan_id, "000660", Status.HALTED, reason="no trade")
        while (scan := client.next("scan")["scan"]).get("closed_at") is None:
            pass

    assert (scan["id"], scan["state"], scan["done"]) == (scan_id, "done", 2)
    assert scan["failed"][0]["tickers"] == ["000660"]


def test_the_limit_is_told_every_second(gateway: Gateway) -> None:
    with gateway.socket() as client:
        first, second = client.next("quota"), client.next("quota")
        gateway.services.limiter.ask("kis:main", gateway.services.quota)
        wait_until(lambda: client.next("quota")["limit"] == 2.0)

    assert first["at"] == second["at"]  # by the clock of the test
    assert gateway.get("/api/quota")["seconds"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("no json", 'want a JSON object with a "type"'),
        ("[1]", 'want a JSON object with a "type"'),
        ('{"type": "subscribe"}', "want one of ticker, strategy, scan, quota"),
        ('{"type": "subscribe", "ticker": "59"}', "six digits or capital letters"),
        ('{"type": "subscribe", "ticker": 5930}', "ticker: want a text"),
        ('{"type": "subscribe", "strategy": "tea"}', "no strategy tea"),
        ('{"type": "subscribe", "ticker": "005930", "rank": "first"}', "want open, watched, view"),
        ("[" * 5_000, 'want a JSON object with a "type"'),
    ],
)
def test_what_a_client_gets_wrong_is_said_and_it_stays(
    gateway: Gateway, said: str, words: str
) -> None:
    with gateway.socket() as client:
        client.connection.send(said)
        assert words in client.next("error")["message"]
        assert client.ask(type="ping")["type"] == "pong"


def test_what_is_no_text_is_said_to_be_none(gateway: Gateway) -> None:
    with gateway.socket() as client:
        client.connection.send(b"\x00\x01")
        assert "want a JSON object" in client.next("error")["message"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?after=yesterday", "query.after"),
        ("?strategy=tea", "no strategy tea: there are vcp"),
        ("?ticker=59", "six digits or capital letters"),
        ("?all=1", "query.all"),
    ],
)
def test_an_address_that_cannot_be_used_opens_no_socket(
    gateway: Gateway, query: str, words: str
) -> None:
    with pytest.raises(InvalidStatus) as refused, gateway.socket(query):
        pass

    response = refused.value.response
    assert response.status_code == 422
    assert words in json.loads(bytes(response.body or b""))["detail"]


def test_who_comes_back_gets_what_was_missed_once_and_in_order(gateway: Gateway) -> None:
    with gateway.socket() as client:
        gateway.find(signal_of("", "000001"))
        place = client.next("signal")["id"]
    for code in ("000002", "000003"):
        gateway.find(signal_of("", code))

    with gateway.socket(f"?after={place}") as client:
        gateway.find(signal_of("", "000004"))
        came = [client.next("signal", "gap") for _ in range(3)]
    by_events = read_signals(gateway, 3, headers={"Last-Event-ID": place})

    assert [each["signal"]["ticker"] for each in came] == ["000002", "000003", "000004"]
    assert [each["message"] for each in by_events] == came


def test_nothing_is_missed_before_the_first_message(gateway: Gateway) -> None:
    with gateway.socket() as client:
        place = client.greeting["place"]
    gateway.find(signal_of(""))

    with gateway.socket(f"?after={place}") as client:
        assert client.next("signal", "gap")["type"] == "signal"


def test_who_never_saw_redis_may_have_missed_anything(gateway: Gateway) -> None:
    with gateway.socket("?after=") as client:
        assert client.next("signal", "gap") == {"type": "gap", "after": ""}


def test_it_is_said_when_something_is_lost_for_good(gateway: Gateway) -> None:
    with gateway.socket() as client:
        gateway.find(signal_of("", "000001"))
        place = client.next("signal")["id"]
    gateway.find(signal_of("", "000002"))
    gateway.services.redis.xtrim(STREAM, maxlen=1, approximate=False)

    with gateway.socket(f"?after={place}") as client:
        assert client.next("signal", "gap") == {"type": "gap", "after": place}


def test_a_place_that_was_never_seen_may_be_of_a_feed_that_is_lost(gateway: Gateway) -> None:
    with gateway.socket("?after=99999999999999-0") as client:
        gateway.find(signal_of(""))
        gap, later = client.next("signal", "gap"), client.next("signal", "gap")

    assert gap == {"type": "gap", "after": "99999999999999-0"}
    assert later["type"] == "signal"


def test_events_are_told_with_their_place(gateway: Gateway) -> None:
    gateway.find(signal_of(""))

    [event] = read_signals(gateway, 1, params={"after": "0"})

    assert event["id"] == event["message"]["id"]
    assert event["message"]["signal"]["ticker"] == "005930"


@pytest.mark.parametrize("after", ["yesterday", "-1", "1-2-3", "9" * 40])
def test_a_place_that_is_none_is_refused(gateway: Gateway, after: str) -> None:
    answer = gateway.http.get("/events", params={"after": after})

    assert answer.status_code == 422


def test_a_feed_that_stands_still_is_told_and_goes_on(
    make_gateway: MakeGateway, redis_server: RedisServer
) -> None:
    gateway = make_gateway(redis_url=redis_server.url)

    with gateway.socket() as client:
        gateway.find(signal_of("", "000001"))
        client.next("signal")
        redis_server.kill()
        assert not client.next("feed")["up"]
        redis_server.start()
        assert client.next("gap")["type"] == "gap"  # it came back empty
        assert client.next("feed")["up"]
        gateway.find(signal_of("", "000002"))
        assert client.next("signal")["signal"]["ticker"] == "000002"


def test_who_does_not_read_is_sent_away_and_the_others_are_not_held_up(gateway: Gateway) -> None:
    bulky = [{"type": "scan", "id": "a" * 32, "state": "x" * 4_000}] * (MOST_WAITING // 4)

    with gateway.socket(max_queue=1) as sleeper, gateway.socket() as reader:
        ended = threading.Event()
        came: list[int] = []

        def read() -> None:
            while (message := reader.next("scan", "signal"))["type"] == "scan":
                if message["scan"]["id"] == bulky[0]["id"]:  # not how far the signal's own scan is
                    came.append(1)
            ended.set()

        threading.Thread(target=read, daemon=True).start()
        for said in range(1, 9):  # some 16 MB: more than the connection's buffers hold
            gateway.services.feed.announce(bulky)
            wait_until(partial(heard, came, said * len(bulky)))
        gateway.find(signal_of(""))

        assert ended.wait(PATIENCE_SECONDS)
        assert len(came) == 8 * len(bulky)
        with pytest.raises(ConnectionClosed) as closed:
            drain(lambda: sleeper.connection.recv(PATIENCE_SECONDS))
    assert closed.value.rcvd is None or closed.value.rcvd.code == 1013


def heard(came: list[int], number: int) -> bool:
    return len(came) == number


def drain(receive: Callable[[], object]) -> None:
    while True:
        receive()


def test_of_messages_that_come_together_each_is_a_frame(gateway: Gateway) -> None:
    scans = [{"id": f"{n:032}", "state": "x" * (500 * n)} for n in range(150)]

    with gateway.socket() as client:
        gateway.services.feed.announce([{"type": "scan"} | scan for scan in scans])
        came = [client.next("scan")["scan"] for _ in scans]

    assert came == scans


def test_a_client_that_talks_without_end_is_sent_away(gateway: Gateway) -> None:
    def talk() -> None:
        for _ in range(2_000):
            client.say(type="ping")
        drain(lambda: client.next("pong"))

    with gateway.socket() as client, pytest.raises(ConnectionClosed) as closed:
        talk()

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


def test_it_ends_although_a_part_of_it_did_not_hear_that_it_should(
    make_gateway: MakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    deaf = threading.Event()

    async def run(_: Pulse) -> None:
        deaf.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:  # lost, as the Redis client may lose it on Python 3.11
            await asyncio.Event().wait()

    monkeypatch.setattr(Pulse, "run", run)

    make_gateway()  # whose fixture waits for its end

    wait_until(deaf.is_set)
