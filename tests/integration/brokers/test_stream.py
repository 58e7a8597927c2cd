"""A stream of either broker: prices, limits, and whatever goes wrong on the way."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.brokers.errors import (
    BrokerRefused,
    KeyInUse,
    KeyRefused,
    StreamLost,
    TokenRefused,
    TooManyTickers,
)
from app.brokers.stream import Stream
from app.brokers.stream_patience import Patience
from app.domain import BadTicker, Tick
from app.settings import SettingsError
from tests.conftest import free_port
from tests.integration.brokers.kiwoom_rig import KiwoomRig
from tests.integration.brokers.rig import Rig
from tests.integration.brokers.stream_rig import StreamRig, came_up, run, take, until
from tests.mock_servers.stream.faults import GARBAGE
from tests.streams import StreamServer, stream_server

SESSIONS = 700  # of the REST mocks' market, or it is another one
TICKERS = [
    *("005930", "000660", "035420", "051910", "006400", "068270", "000270", "035720", "247540"),
    *("005490", "105560", "207940", "055550", "012330", "086520", "028260", "066570", "196170"),
]


@pytest.fixture(params=["rig", "kiwoom_rig"], ids=["kis", "kiwoom"])
def account(request: pytest.FixtureRequest) -> Rig | KiwoomRig:
    """Return an account at the REST mock of each broker in turn."""
    found: Rig | KiwoomRig = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def streams(account: Rig | KiwoomRig) -> Iterator[StreamRig]:
    """Return it with a WebSocket server of its own."""
    with stream_server(sessions=SESSIONS) as server:
        yield StreamRig(account, server)


def test_prices_of_what_is_subscribed_arrive_as_ticks(streams: StreamRig) -> None:
    async def scenario() -> list[Tick]:
        async with streams.open() as stream:
            await stream.subscribe(["005930", "000660"])
            return await take(stream, 20)

    ticks = run(scenario())

    assert {tick.ticker for tick in ticks} == {"005930", "000660"}
    for tick in ticks:
        assert tick.ask is not None
        assert tick.bid is not None
        assert tick.ask > tick.price >= tick.bid
        assert tick.at.utcoffset() == timedelta(hours=9)
        assert abs(tick.at - datetime.now(UTC)) < timedelta(minutes=1)


def test_a_tick_goes_on_from_the_quote_of_the_rest_server(streams: StreamRig) -> None:
    async def scenario() -> Tick:
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            return await anext(stream)

    tick = run(scenario())

    quote = streams.account.open().fetch_quote("005930")
    assert quote is not None
    assert tick.price == pytest.approx(quote.price, rel=0.01)
    assert tick.change == tick.price - quote.base_price
    assert quote.volume < tick.volume < 1.1 * quote.volume
    assert tick.value == pytest.approx(tick.volume * tick.price, rel=0.05)


def test_what_is_unsubscribed_does_not_arrive_any_more(streams: StreamRig) -> None:
    async def scenario() -> tuple[list[Tick], frozenset[str]]:
        async with streams.open() as stream:
            await stream.subscribe(["005930", "000660"])
            await take(stream, 4)
            await stream.unsubscribe(["005930", "999999"])
            await until(lambda: len(streams.server.follows()[0]) == 1)
            return await take(stream, 10), stream.tickers

    ticks, tickers = run(scenario())

    assert {tick.ticker for tick in ticks} == {"000660"} == tickers


def test_what_is_subscribed_twice_counts_once(streams: StreamRig) -> None:
    async def scenario() -> list[list[str]]:
        async with streams.open() as stream:
            await asyncio.gather(*(stream.subscribe(["005930", " 005930"]) for _ in range(3)))
            return streams.server.follows()

    assert len(run(scenario())[0]) == 1


def test_a_lost_connection_comes_back_with_every_subscription(streams: StreamRig) -> None:
    async def scenario() -> Stream:
        async with streams.open() as stream:
            await stream.subscribe(TICKERS)
            await asyncio.to_thread(streams.server.fault, "cut")
            await came_up(stream, 2)
            seen: set[str] = set()
            while len(seen) < len(TICKERS):
                seen.add((await anext(stream)).ticker)
            assert sorted(map(len, streams.server.follows())) == [len(TICKERS)]
            return stream

    assert run(scenario()).connections == 2
    assert len(streams.pauses) == 1


def test_pauses_grow_while_nobody_answers_and_the_stream_comes_back(streams: StreamRig) -> None:
    def mend() -> None:
        if len(streams.pauses) == 8:
            streams.server.mend()

    async def scenario() -> Tick:
        streams.on_pause = mend
        streams.server.fault("refuse", seconds=600)
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            return await anext(stream)

    assert run(scenario()).ticker == "005930"
    assert streams.pauses == [0.5, 1, 2, 4, 8, 15, 15, 15]


@pytest.mark.parametrize(
    ("patience", "words", "tries"),
    [
        (Patience(most_failures=3), "given up after 3 tries", 2),
        (Patience(most_seconds=5), "given up after", 4),
    ],
)
def test_a_stream_that_stays_away_ends_with_an_error_that_says_so(
    streams: StreamRig, patience: Patience, words: str, tries: int
) -> None:
    async def scenario() -> None:
        dead = {f"{streams.broker}_ws_url": f"ws://127.0.0.1:{free_port()}"}
        async with streams.open(streams.dialect(**dead), patience=patience) as stream:
            with pytest.raises(StreamLost, match=words):
                await stream.subscribe(["005930"])
            with pytest.raises(StreamLost, match="no connection to 127"):
                await anext(stream)

    run(scenario())

    assert len(streams.pauses) == tries


def test_a_connection_that_held_makes_patience_start_anew(streams: StreamRig) -> None:
    async def scenario() -> None:
        async with streams.open(patience=Patience(most_failures=2)) as stream:
            await stream.subscribe(["005930"])
            for count in range(2, 7):
                streams.clock += 61
                await asyncio.to_thread(streams.server.fault, "cut")
                await came_up(stream, count)

    run(scenario())

    assert streams.pauses == [0.5] * 5


def test_a_connection_that_does_not_hold_does_not_make_it_start_anew(streams: StreamRig) -> None:
    async def scenario() -> None:
        async with streams.open(patience=Patience(most_failures=3)) as stream:
            await stream.subscribe(["005930"])
            while True:
                await asyncio.to_thread(streams.server.fault, "cut")
                await anext(stream)

    with pytest.raises(StreamLost):
        run(scenario())

    assert streams.pauses == [0.5, 1]


def test_garbage_is_counted_and_prices_go_on(streams: StreamRig) -> None:
    async def scenario() -> int:
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            await take(stream, 2)
            await asyncio.to_thread(streams.server.fault, "garbage", count=3 * len(GARBAGE))
            await until(lambda: not streams.server.get("/_faults"))
            await take(stream, 5)
            assert stream.connections == 1
            return stream.unreadable

    assert run(scenario()) == 3 * len(GARBAGE)


def test_a_server_that_says_nothing_is_left_and_tried_again(streams: StreamRig) -> None:
    async def scenario() -> None:
        streams.on_pause = streams.server.mend
        async with streams.open(silent_seconds=0.5) as stream:
            await stream.subscribe(["005930"])
            await take(stream, 2)
            await asyncio.to_thread(streams.server.fault, "silence", seconds=600)
            await came_up(stream, 2)
            await take(stream, 2)

    run(scenario())


def test_a_server_that_sends_only_garbage_is_as_good_as_silent(streams: StreamRig) -> None:
    async def scenario() -> None:
        streams.on_pause = streams.server.mend
        async with streams.open(silent_seconds=0.5) as stream:
            await stream.subscribe(["005930"])
            await take(stream, 2)
            await asyncio.to_thread(streams.server.fault, "garbage", count=1_000_000)
            await came_up(stream, 2)

    run(scenario())


def test_heartbeats_are_answered(account: Rig | KiwoomRig) -> None:
    """A server that misses ten answers ends the connection, silence ends it after 0.5 s."""

    async def scenario(streams: StreamRig) -> None:
        async with streams.open(silent_seconds=0.5) as stream:
            await stream.subscribe(["005380"])  # halted: nothing but heartbeats comes
            await until(lambda: any(each["sent"] > 40 for each in sessions(streams.server)))

    with stream_server(ping=0.05) as server:
        run(scenario(StreamRig(account, server)))


def sessions(server: StreamServer) -> list[dict[str, int]]:
    """Return the open sessions of a server, each with how many frames it was sent."""
    found: list[dict[str, int]] = server.get("/_sessions")["open"]
    return found


def test_a_slow_reader_gets_the_newest_prices_and_the_rest_is_counted(streams: StreamRig) -> None:
    async def scenario() -> tuple[list[Tick], int, Tick]:
        async with streams.open() as stream:
            await stream.subscribe(["005930", "000660"])
            first = await anext(stream)
            await until(lambda: stream.dropped >= 50)
            dropped = stream.dropped
            waiting = await take(stream, 2)
            return waiting, dropped, first

    waiting, dropped, first = run(scenario())

    assert {tick.ticker for tick in waiting} == {"005930", "000660"}
    newest = next(tick for tick in waiting if tick.ticker == first.ticker)
    assert newest.volume > first.volume
    assert dropped >= 50


def test_more_tickers_than_the_broker_carries_are_refused_and_none_is_subscribed(
    streams: StreamRig,
) -> None:
    most = {"kis": 41, "kiwoom": 100}[streams.broker]

    async def scenario() -> tuple[str, list[list[str]], frozenset[str]]:
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            with pytest.raises(TooManyTickers) as refused:
                await stream.subscribe([f"{number:06}" for number in range(most)])
            return str(refused.value), streams.server.follows(), stream.tickers

    words, follows, tickers = run(scenario())

    assert str(most) in words
    assert [len(each) for each in follows] == [1]
    assert tickers == {"005930"}


def test_what_the_broker_refuses_leaves_nothing_half_subscribed(streams: StreamRig) -> None:
    dialect = streams.dialect()
    dialect.most = 1000  # ours does not stop it; the broker's own limit does

    async def scenario() -> tuple[list[list[str]], frozenset[str]]:
        async with streams.open(dialect) as stream:
            await stream.subscribe(["005930"])
            with pytest.raises(BrokerRefused):
                await stream.subscribe([*TICKERS, *(f"{number:06}" for number in range(100))])
            await take(stream, 2)
            return streams.server.follows(), stream.tickers

    follows, tickers = run(scenario())

    assert [len(each) for each in follows] == [1]
    assert tickers == {"005930"}


def test_what_is_no_ticker_is_refused_before_anything_is_sent(streams: StreamRig) -> None:
    async def scenario() -> None:
        async with streams.open() as stream:
            with pytest.raises(BadTicker, match="'5930' is not a ticker"):
                await stream.subscribe(["005930", "5930"])

    run(scenario())

    assert streams.server.served() == 0


def test_a_stream_costs_one_permit_however_often_it_connects(streams: StreamRig) -> None:
    async def scenario() -> None:
        async with streams.open() as stream:
            await stream.subscribe(TICKERS)
            for count in (2, 3):
                await asyncio.to_thread(streams.server.fault, "cut")
                await came_up(stream, count)

    run(scenario())

    assert streams.account.calls() == 1


def test_a_key_that_is_not_taken_is_renewed_once(streams: StreamRig) -> None:
    async def scenario() -> Tick:
        streams.on_pause = streams.account.a_minute_passes
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            return await anext(stream)

    streams.server.fault("refuse_key", count=1)

    assert run(scenario()).ticker == "005930"
    assert streams.account.calls() == 2


def test_a_key_that_is_not_taken_twice_ends_the_stream(streams: StreamRig) -> None:
    async def scenario() -> None:
        streams.on_pause = streams.account.a_minute_passes
        async with streams.open() as stream:
            with pytest.raises(TokenRefused):
                await stream.subscribe(["005930"])

    streams.server.fault("refuse_key", count=1000)
    run(scenario())

    assert streams.server.served() == 2


def test_a_wrong_secret_ends_the_stream_without_a_connection(streams: StreamRig) -> None:
    first = streams.dialect()
    first.fetch_credential()  # the mock binds the key to its first secret
    first.close()
    secret = {"kis": "kis_app_secret", "kiwoom": "kiwoom_secret_key"}[streams.broker]
    wrong = streams.dialect(**{secret: "another"})

    async def scenario() -> None:
        async with streams.open(wrong) as stream:
            with pytest.raises(KeyRefused):
                await stream.subscribe(["005930"])

    run(scenario())

    assert streams.server.served() == 0


def test_two_processes_with_one_key_do_not_push_each_other_out_for_ever(streams: StreamRig) -> None:
    async def scenario() -> tuple[str, int]:
        async with streams.open() as first, streams.open() as second:
            await first.subscribe(["005930"])
            older, newer = (second, first) if streams.broker == "kis" else (first, second)
            with pytest.raises(KeyInUse) as told:
                await asyncio.gather(second.subscribe(["000660"]), take(older, 10_000))
            await take(newer, 5)  # one of the two goes on
            return str(told.value), await asyncio.to_thread(streams.server.served)

    words, served = run(scenario())

    assert "another process" in words
    assert served == 2
    assert streams.pauses == []


def test_the_other_host_needs_its_own_address(account: Rig | KiwoomRig) -> None:
    variable = {"kis": "KIS_WS_URL", "kiwoom": "KIWOOM_WS_URL"}[account.settings().broker]

    with pytest.raises(SettingsError, match=f"{variable}: got nothing, want ws"):
        _ = account.settings().stream_url


def test_a_subscription_that_is_not_waited_for_does_not_upset_the_next(
    streams: StreamRig,
) -> None:
    async def scenario() -> set[str]:
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            for _ in range(5):
                given_up = asyncio.create_task(stream.subscribe(["000660"]))
                await asyncio.sleep(0)
                given_up.cancel()
            await stream.subscribe(["035420"])
            return {tick.ticker for tick in await take(stream, 20)}

    assert run(scenario()) >= {"005930", "035420"}


def test_reading_ends_when_the_stream_is_closed(streams: StreamRig) -> None:
    async def scenario() -> list[Tick]:
        async with streams.open() as stream:
            await stream.subscribe(["005930"])
            reading = asyncio.create_task(_all(stream))
            await until(lambda: streams.server.get("/_sessions")["open"][0]["sent"] > 3)
        return await reading

    assert run(scenario())


async def _all(stream: Stream) -> list[Tick]:
    return [tick async for tick in stream]
