from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import Engine

from app.domain import KOREA, InvestorFlow
from app.market.bars import Span
from app.market.flows import FlowStore

THURSDAY, FRIDAY = date(2025, 2, 27), date(2025, 2, 28)
WEEK = Span(date(2025, 2, 24), FRIDAY)
EVENING = datetime(2025, 2, 28, 18, 30, tzinfo=KOREA)
TICKER, OTHER = "005930", "000660"


def flows(*sessions: date, foreign: float = 1e9) -> list[InvestorFlow]:
    return [InvestorFlow(session, foreign, -2e9, 1e9) for session in sessions]


@pytest.fixture
def store(engine: Engine) -> FlowStore:
    return FlowStore(engine)


def is_missing(store: FlowStore, session: date = FRIDAY, now: datetime = EVENING) -> bool:
    return store.missing([TICKER], session, now=now) == {TICKER}


def test_what_was_saved_is_loaded_oldest_first(store: FlowStore) -> None:
    store.save(TICKER, flows(FRIDAY, THURSDAY), final=FRIDAY, now=EVENING)

    assert store.load(TICKER, WEEK) == flows(THURSDAY, FRIDAY)
    assert store.load(TICKER, Span(THURSDAY, THURSDAY)) == flows(THURSDAY)
    assert store.load(OTHER, WEEK) == []


def test_a_session_that_is_stored_is_not_missing(store: FlowStore) -> None:
    assert is_missing(store)

    store.save(TICKER, flows(THURSDAY, FRIDAY), final=FRIDAY, now=EVENING)

    assert not is_missing(store)
    assert not is_missing(store, THURSDAY)
    assert is_missing(store, date(2025, 3, 4), EVENING + timedelta(days=4))
    assert store.missing([OTHER, TICKER], FRIDAY, now=EVENING) == {OTHER}


def test_what_is_not_counted_in_the_evening_is_asked_for_again_in_an_hour(
    store: FlowStore,
) -> None:
    store.save(TICKER, flows(THURSDAY), final=FRIDAY, now=EVENING)

    assert not is_missing(store, now=EVENING + timedelta(minutes=59))
    assert is_missing(store, now=EVENING + timedelta(hours=1))
    assert not is_missing(store, THURSDAY, EVENING + timedelta(hours=1))


def test_what_is_not_counted_on_another_day_never_will_be(store: FlowStore) -> None:
    store.save(TICKER, [], final=FRIDAY, now=EVENING + timedelta(days=1))

    assert not is_missing(store, now=EVENING + timedelta(days=30))


def test_a_session_that_is_not_final_is_not_stored(store: FlowStore) -> None:
    store.save(TICKER, flows(THURSDAY, FRIDAY), final=THURSDAY, now=EVENING)

    assert store.load(TICKER, WEEK) == flows(THURSDAY)
    assert is_missing(store)


def test_the_newer_answer_counts_and_a_late_one_takes_back_nothing(store: FlowStore) -> None:
    store.save(TICKER, flows(THURSDAY, FRIDAY), final=FRIDAY, now=EVENING)

    store.save(TICKER, flows(THURSDAY, foreign=3e9), final=THURSDAY, now=EVENING)

    assert store.load(TICKER, WEEK) == flows(THURSDAY, foreign=3e9) + flows(FRIDAY)
    assert not is_missing(store)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_none_is_refused_and_nothing_is_stored(
    store: FlowStore, number: float
) -> None:
    given = [*flows(THURSDAY), InvestorFlow(FRIDAY, 1.0, number, 1.0)]

    with pytest.raises(ValueError, match="005930 2025-02-28: institution is"):
        store.save(TICKER, given, final=FRIDAY, now=EVENING)

    assert store.load(TICKER, WEEK) == []
    assert is_missing(store)
