"""Each change is told once to each receiver, by one sender at a time, a bounded number of times."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Engine

from app.domain import Grade
from app.signals.messages import (
    GAP,
    LATEST,
    LEASE,
    MOST_TRIES,
    NO_END,
    PAUSES,
    Claim,
    MessageStore,
)
from app.signals.scans import Plan, ScanStore
from app.signals.store import SignalStore
from tests.unit.signals.test_store import NOW, SCAN, a_signal, an_outcome

ME, OTHER = "telegram #1", "slack #2"
Scanned: TypeAlias = Callable[..., None]


@pytest.fixture
def messages(engine: Engine) -> MessageStore:
    return MessageStore(engine, least=Grade.A)


@pytest.fixture
def scanned(engine: Engine) -> Scanned:
    """Return what records a scan of one ticker, closed with one signal."""

    def scan(scan_id: str = "s1", *, ends: timedelta = timedelta(), **signal: Any) -> None:
        found = a_signal(scan_id=scan_id, **signal)
        plan = Plan(replace(SCAN, id=scan_id, name=scan_id), [found.ticker], 1)
        ScanStore(engine).record(plan, now=NOW)
        kept = SignalStore(engine).keep(
            an_outcome(found.ticker, found, scan_id=scan_id), now=NOW + ends
        )
        assert kept.closed

    return scan


def claimed(messages: MessageStore, receiver: str = ME, after: timedelta = timedelta()) -> Claim:
    claim = messages.claim(receiver, now=NOW + after)
    assert claim is not None
    return claim


def told(claim: Claim) -> list[tuple[str, str]]:
    return [(change.kind, change.signal.ticker) for change in claim.telling.changes]


def test_what_a_scan_found_is_told_once_to_each_receiver(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned()

    for receiver in (ME, OTHER):
        claim = claimed(messages, receiver)
        messages.succeeded(claim)
        assert told(claim) == [("new", "005930")]

    assert messages.claim(ME, now=NOW + LEASE) is None
    assert not messages.waits([ME, OTHER], now=NOW + LEASE)


def test_nothing_is_told_while_the_scan_runs(engine: Engine, messages: MessageStore) -> None:
    ScanStore(engine).record(Plan(SCAN, ["005930", "000660"], 2), now=NOW)
    store = SignalStore(engine)
    store.keep(an_outcome("005930", a_signal()), now=NOW)
    assert not messages.waits([ME], now=NOW)

    store.keep(an_outcome("000660"), now=NOW)

    assert messages.waits([ME], now=NOW)


def test_a_scan_that_finds_the_same_again_tells_nothing(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned("first")
    messages.succeeded(claimed(messages))

    scanned("second", score=95.0)

    assert not messages.waits([ME], now=NOW + GAP)


def test_only_good_signals_are_told_but_those_to_their_end(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned("poor", grade=Grade.B, ticker="000660")
    assert not messages.waits([ME], now=NOW)
    scanned("good", grade=Grade.A)
    messages.succeeded(claimed(messages))

    scanned("worse", grade=Grade.C, last_bar=date(2025, 3, 4))

    assert told(claimed(messages, after=GAP)) == [("changed", "005930")]


def test_many_senders_at_once_tell_it_once(messages: MessageStore, scanned: Scanned) -> None:
    scanned()

    with ThreadPoolExecutor(8) as threads:
        claims = list(threads.map(lambda _: messages.claim(ME, now=NOW), range(16)))

    assert len([claim for claim in claims if claim]) == 1


def test_a_refused_message_is_tried_again_after_growing_pauses_and_then_given_up(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned()
    now = NOW
    for tried in range(1, MOST_TRIES + 1):
        claim = messages.claim(ME, now=now)
        assert claim is not None
        assert not claim.telling.again
        due = messages.failed(claim, "it answered 500", unsure=False, now=now)
        assert due == (now + PAUSES[tried - 1] if tried < MOST_TRIES else None)
        assert not messages.waits([ME], now=now + GAP)
        now = due or now + LEASE

    assert not messages.waits([ME], now=now + timedelta(minutes=30))
    (failure,) = messages.failures(since=NOW)
    assert (failure.receiver, failure.reason, failure.given_up) == (ME, "it answered 500", True)


def test_a_delivery_ends_the_failure(messages: MessageStore, scanned: Scanned) -> None:
    scanned()
    messages.failed(claimed(messages), "it answered 500", unsure=False, now=NOW)

    messages.succeeded(claimed(messages, after=PAUSES[0]))

    assert messages.failures(since=NOW) == []
    assert not messages.waits([ME], now=NOW + LEASE)


def test_what_a_killed_worker_left_is_told_again_and_says_so(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned()
    first = claimed(messages)
    assert not first.telling.again
    assert messages.claim(ME, now=NOW + LEASE - timedelta(seconds=1)) is None

    again = claimed(messages, after=LEASE)

    assert told(again) == told(first)
    assert again.telling.again
    assert [failure.reason for failure in messages.failures(since=NOW)] == [NO_END]


def test_a_message_that_kills_every_worker_is_not_sent_for_ever(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned()

    claims = [messages.claim(ME, now=NOW + LEASE * n) for n in range(MOST_TRIES + 2)]

    assert [claim is not None for claim in claims] == [True] * MOST_TRIES + [False] * 2


def test_a_sender_that_took_too_long_does_not_disturb_the_next(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned()
    slow, next_one = claimed(messages), claimed(messages, after=LEASE)

    messages.failed(slow, "it answered 500", unsure=False, now=NOW + LEASE)

    assert not messages.waits([ME], now=NOW + LEASE + PAUSES[0])
    messages.succeeded(next_one)
    assert not messages.waits([ME], now=NOW + LEASE * 3)


def test_scans_that_end_together_are_told_together(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned("first", ends=timedelta(seconds=1))
    messages.succeeded(claimed(messages, after=timedelta(seconds=1)))
    scanned("second", ends=timedelta(seconds=2), ticker="000660")
    scanned("third", ends=timedelta(seconds=3), ticker="035420")
    assert messages.claim(ME, now=NOW + timedelta(seconds=3)) is None  # it was just told

    claim = claimed(messages, after=timedelta(seconds=1) + GAP)

    assert [scan.name for scan in claim.telling.scans] == ["second", "third"]
    assert told(claim) == [("new", "000660"), ("new", "035420")]


def test_what_may_have_arrived_is_not_mixed_with_what_is_new(
    messages: MessageStore, scanned: Scanned
) -> None:
    scanned("first")
    claimed(messages)  # and nobody saw the end of it
    scanned("second", ends=LEASE, ticker="000660")

    repeated = claimed(messages, after=LEASE)
    messages.succeeded(repeated)
    fresh = claimed(messages, after=LEASE + GAP)

    assert (told(repeated), repeated.telling.again) == ([("new", "005930")], True)
    assert (told(fresh), fresh.telling.again) == ([("new", "000660")], False)


def test_old_news_is_not_told(messages: MessageStore, scanned: Scanned) -> None:
    scanned()

    assert not messages.waits([ME], now=NOW + LATEST)


def test_a_signal_that_comes_after_the_end_of_its_scan_is_told_too(
    engine: Engine, messages: MessageStore, scanned: Scanned
) -> None:
    scanned()
    messages.succeeded(claimed(messages))

    late = a_signal(ticker="000660")
    SignalStore(engine).keep(an_outcome("000660", late), now=NOW + GAP)

    assert told(claimed(messages, after=LEASE)) == [("new", "000660")]
