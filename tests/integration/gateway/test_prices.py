"""Live prices: one stream of the account for all who watch, and none while nobody does."""

import json
from collections.abc import Iterator
from uuid import uuid4

import pytest
from redis import Redis

from app.bootstrap import Services
from app.domain import Listing, Market
from app.gateway import app
from tests.conftest import free_port, wait_until
from tests.integration.gateway.conftest import Gateway, MakeGateway, serving
from tests.mock_servers.exchange.seeded import LEAST_SESSIONS, seeded_issues
from tests.streams import TODAY, StreamServer, stream_server
from tests.system import MockKis, running_broker

PUBLISHED = 41  # tickers of one KIS stream


@pytest.fixture
def prices() -> Iterator[StreamServer]:
    """Return a stream server with prices twenty times a second."""
    with stream_server(tick=0.05) as server:
        yield server


@pytest.fixture(scope="module")
def broker() -> Iterator[MockKis]:
    """Return the broker that gives out keys for a stream."""
    with running_broker(MockKis, "--tickers", "40", "--seed", "1", "--rate", "100") as server:
        yield server


@pytest.fixture
def account(prices: StreamServer, broker: MockKis) -> dict[str, str]:
    """Return the settings of an account that both gateways of a test share."""
    return {
        "kis_base_url": broker.url,
        "kis_ws_url": prices.ws_url,
        "kis_app_key": uuid4().hex,
        "rate_limit_rps": "100",
    }


def streamed(prices: StreamServer) -> list[list[str]]:
    """Return the tickers of each open stream; the server names them like H0STCNT0 005930."""
    return [sorted(each.split()[-1] for each in follows) for follows in prices.follows() if follows]


def live(gateway: Gateway) -> list[str]:
    tickers: list[str] = gateway.get("/api/system")["stream"]["live"]
    return tickers


def test_a_watched_ticker_has_its_price_as_it_runs(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer
) -> None:
    gateway = make_gateway(**account)
    session = gateway.services.calendar.session_at(gateway.services.clock())
    gateway.services.universe.save(session, [Listing("005930", "삼성전자", Market.KOSPI)])

    with gateway.socket() as client:
        client.ask(type="subscribe", ticker="005930", rank="open")
        price = client.next("realtime_price")

        assert price["data"].keys() >= {"price", "change_rate", "volume", "bid_price", "ask_price"}
        assert (price["data"]["ticker"], price["data"]["name"]) == ("005930", "삼성전자")
        wait_until(lambda: live(gateway) == ["005930"])
        assert gateway.get("/api/tickers/005930")["watched"]
        client.ask(type="unsubscribe", ticker="005930")
        wait_until(lambda: streamed(prices) == [])

    assert gateway.get("/api/system")["stream"]["slots"] == PUBLISHED


def test_nobody_watches_and_the_broker_is_not_connected(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer
) -> None:
    gateway = make_gateway(**account)

    with gateway.socket() as client:
        client.next("quota")
        client.next("quota")

    assert prices.served() == 0


def test_two_gateways_share_one_stream(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer
) -> None:
    one, other = make_gateway(**account), make_gateway(**account)

    with one.socket() as here, other.socket() as there:
        here.ask(type="subscribe", ticker="005930")
        there.ask(type="subscribe", ticker="000660")
        there.ask(type="subscribe", ticker="005930")
        came = {there.next("realtime_price")["data"]["ticker"] for _ in range(6)}

        assert "005930" in came
        wait_until(lambda: streamed(prices) == [["000660", "005930"]])
        wait_until(lambda: live(one) == live(other) == ["000660", "005930"])
    assert prices.served() == 1


def test_who_holds_the_stream_goes_on_for_others_when_nobody_watches_there(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer
) -> None:
    one, other = make_gateway(**account), make_gateway(**account)

    with other.socket() as there:
        with one.socket() as here:
            here.ask(type="subscribe", ticker="005930")
            here.next("realtime_price")  # so the first one holds it
            there.ask(type="subscribe", ticker="000660")
            there.next("realtime_price")
        wait_until(lambda: live(one) == live(other) == ["000660"])
        there.next("realtime_price")
    assert prices.served() == 1


def test_another_gateway_takes_the_stream_over_from_one_that_is_gone(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer
) -> None:
    other = make_gateway(**account)
    with other.socket() as there:
        settings = other.services.settings.model_copy(update={"gateway_port": free_port()})
        with Services(settings, clock=other.services.clock) as services, serving(services):
            one = Gateway(services)
            with one.http, one.socket() as here:
                here.ask(type="subscribe", ticker="005930")
                here.next("realtime_price")
            there.ask(type="subscribe", ticker="000660")
            there.next("realtime_price")

        wait_until(lambda: prices.served() == 2)
        there.next("realtime_price")


def test_a_gateway_that_was_killed_holds_the_stream_no_longer_than_its_lock(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer, redis: Redis
) -> None:
    redis.set("stream:kis:main:lock", "of one that is dead", px=1_500)
    redis.set("stream:kis:main:wants:dead", json.dumps({"000660": 0}), px=1_500)
    gateway = make_gateway(**account)

    with gateway.socket() as client:
        client.ask(type="subscribe", ticker="005930")
        assert client.next("realtime_price")["data"]["ticker"] == "005930"
        assert redis.ttl("stream:kis:main:lock") != -1  # ours has an end, too

    assert prices.served() == 1


def test_what_nobody_foresaw_stops_the_prices_for_a_while_only(
    make_gateway: MakeGateway,
    account: dict[str, str],
    redis: Redis,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(app, "AGAIN_SECONDS", 0.05)
    gateway = make_gateway(**account)
    redis.set("stream:kis:main:wants:another-version", "no JSON")

    with gateway.socket() as client:
        client.ask(type="subscribe", ticker="005930")
        wait_until(lambda: "it begins again" in caplog.text)
        redis.delete("stream:kis:main:wants:another-version")

        assert client.next("realtime_price")["data"]["ticker"] == "005930"


def test_the_few_slots_go_to_what_is_open_and_watched_first(
    make_gateway: MakeGateway, account: dict[str, str], prices: StreamServer
) -> None:
    gateway = make_gateway(**account)
    issues = seeded_issues(40, 1, TODAY, LEAST_SESSIONS)
    listed = sorted(each.listing.ticker for each in issues if len(each.listing.ticker) == 6)
    in_view, watched, opened = listed[: PUBLISHED + 1], listed[-2], listed[-1]

    with gateway.socket() as client:
        for code in in_view:
            client.say(type="subscribe", ticker=code, rank="view")
        wait_until(lambda: live(gateway) == in_view[:-1])
        client.say(type="subscribe", ticker=watched)
        client.say(type="subscribe", ticker=opened, rank="open")

        wait_until(lambda: live(gateway) == [*in_view[:-3], watched, opened])
        assert streamed(prices) == [live(gateway)]


def test_a_ticker_that_the_broker_does_not_know_costs_the_others_nothing(
    make_gateway: MakeGateway, account: dict[str, str]
) -> None:
    gateway = make_gateway(**account)

    with gateway.socket() as client:
        client.say(type="subscribe", ticker="999999", rank="open")
        client.say(type="subscribe", ticker="005930")

        assert client.next("realtime_price")["data"]["ticker"] == "005930"


def test_an_account_without_a_stream_says_why(make_gateway: MakeGateway) -> None:
    gateway = make_gateway()  # its calls go elsewhere than to the broker's own host

    assert gateway.get("/api/system")["stream"] == {
        "slots": 0,
        "used": 0,
        "live": [],
        "reason": "KIS_WS_URL is not set",
    }
