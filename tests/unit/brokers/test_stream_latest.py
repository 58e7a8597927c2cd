"""What waits for a slow reader: the newest price of each ticker, and no more."""

import asyncio
from dataclasses import replace
from datetime import datetime

import pytest

from app.brokers.errors import StreamLost
from app.brokers.stream_latest import Latest
from app.domain import KOREA, Tick

AT = datetime(2025, 2, 28, 10, 0, tzinfo=KOREA)
TICK = Tick("005930", AT, 71_000, -300, 1_000, 71_000_000, 71_100, 71_000)


def tick(ticker: str, price: float) -> Tick:
    return replace(TICK, ticker=ticker, price=price)


async def taken(latest: Latest, count: int) -> list[tuple[str, float]]:
    ticks = [await latest.take() for _ in range(count)]
    return [(each.ticker, each.price) for each in ticks]


def test_a_newer_tick_takes_the_place_of_the_unread_one_and_that_is_counted() -> None:
    latest = Latest()
    for price in range(1000):
        latest.put(tick("005930", price))
        latest.put(tick("000660", price + 0.5))

    assert asyncio.run(taken(latest, 2)) == [("005930", 999), ("000660", 999.5)]
    assert latest.dropped == 1998


def test_a_tick_that_was_read_is_not_dropped() -> None:
    async def scenario() -> list[tuple[str, float]]:
        latest.put(tick("005930", 1))
        first = await taken(latest, 1)
        latest.put(tick("005930", 2))
        return first + await taken(latest, 1)

    latest = Latest()

    assert asyncio.run(scenario()) == [("005930", 1), ("005930", 2)]
    assert latest.dropped == 0


def test_a_reader_that_is_early_waits() -> None:
    async def scenario() -> list[tuple[str, float]]:
        reading = asyncio.create_task(taken(latest, 1))
        await asyncio.sleep(0)
        latest.put(tick("005930", 7))
        return await reading

    latest = Latest()

    assert asyncio.run(scenario()) == [("005930", 7)]


def test_what_is_forgotten_is_not_read() -> None:
    latest = Latest()
    latest.put(tick("005930", 1))
    latest.put(tick("000660", 2))
    latest.forget({"005930", "999999"})

    assert asyncio.run(taken(latest, 1)) == [("000660", 2)]


def test_what_waits_is_read_before_the_error_that_has_ended_the_stream() -> None:
    async def scenario() -> list[tuple[str, float]]:
        got = await taken(latest, 1)
        for _ in range(2):  # it stays ended
            with pytest.raises(StreamLost):
                await latest.take()
        return got

    latest = Latest()
    latest.put(tick("005930", 1))
    latest.end(StreamLost("kis:main: stream: given up"))

    assert asyncio.run(scenario()) == [("005930", 1)]


def test_a_stream_that_was_closed_ends_the_loop_of_its_reader() -> None:
    async def scenario() -> None:
        with pytest.raises(StopAsyncIteration):
            await latest.take()

    latest = Latest()
    latest.end(None)

    asyncio.run(scenario())
