"""One who follows: what it gets, and what becomes of it when it does not read."""

import asyncio
from datetime import UTC, datetime

import pytest

from app.gateway.live.client import MOST_TOPICS, MOST_WAITING, Client, Rank, TooManyTopics
from app.gateway.live.messages import Message, message
from app.gateway.live.words import answered

NOW = datetime(2025, 2, 28, 5, tzinfo=UTC)


def about(*topics: str) -> Message:
    return message("signal", frozenset(topics), {})


def test_at_first_it_gets_all_signals_and_scans_and_no_price() -> None:
    wants = Client().wants

    assert about("strategy:*", "strategy:vcp", "ticker:005930").is_for(wants)
    assert about("scan:*", "scan:1").is_for(wants)
    assert not about("ticker:005930").is_for(wants)


def test_one_scan_stands_in_for_all() -> None:
    client = Client()
    client.follow("scan:1")

    assert about("scan:*", "scan:1").is_for(client.wants)
    assert not about("scan:*", "scan:2").is_for(client.wants)


def test_a_ticker_takes_nothing_away() -> None:
    client = Client()
    client.follow("ticker:005930", Rank.OPEN)

    assert about("strategy:*").is_for(client.wants)
    assert dict(client.tickers) == {"005930": Rank.OPEN}
    client.leave("ticker:005930")
    assert not client.tickers


def test_there_is_a_most_to_follow() -> None:
    client = Client(())
    for number in range(MOST_TOPICS):
        client.follow(f"ticker:{number:06}")

    client.follow("ticker:000000", Rank.OPEN)  # it is there already
    with pytest.raises(TooManyTopics, match="500 subscriptions are the most"):
        client.follow("ticker:999999")


def test_messages_wait_in_their_order() -> None:
    client = Client()
    sent = [about(str(number)) for number in range(5)]
    client.put(sent[:3])
    client.put(sent[3:])

    assert asyncio.run(client.take()) == sent


def test_one_that_does_not_read_is_lost_and_holds_nothing() -> None:
    client = Client()
    states = []
    for number in (MOST_WAITING, 1):
        client.put([about("1")] * number)
        states.append(client.lost)

    assert states == [False, True]
    assert asyncio.run(client.take()) == []


def test_it_is_answered_what_it_has_done() -> None:
    client = Client()

    done = answered('{"type": "subscribe", "ticker": " 00593a ", "rank": "open"}', client, NOW)

    assert done is not None
    assert '"subscribed"' in done.text
    assert dict(client.tickers) == {"00593A": Rank.OPEN}
    assert answered('{"type": "dance"}', client, NOW) is None
