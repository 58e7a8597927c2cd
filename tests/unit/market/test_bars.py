import math
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import numpy as np
import pytest
from sqlalchemy import Engine

from app.domain import Bar
from app.market.bars import BarStore, Filled, Span

FIRST = date(2024, 1, 1)
TICKER = "005930"


def session(number: int) -> date:
    """Return the session with that number; here every day is one."""
    return FIRST + timedelta(days=number)


def span(first: int, last: int) -> Span:
    return Span(session(first), session(last))


def rows(numbers: Iterable[int], *, scale: float = 1.0) -> list[Bar]:
    return [
        Bar(session(n), 100.0 * scale, 110.0 * scale, 90.0 * scale, (100.0 + n) * scale, 1e6, None)
        for n in numbers
    ]


def pages(bars: Sequence[Bar], size: int = 100) -> Iterator[list[Bar]]:
    """Yield ``bars`` as a broker does: newest page first, each oldest first."""
    for end in range(len(bars), 0, -size):
        yield list(bars[max(0, end - size) : end])


class Killed(Exception):
    """The worker was killed."""


def killed_after(number: int, bars: Sequence[Bar], size: int = 100) -> Iterator[list[Bar]]:
    for at, page in enumerate(pages(bars, size)):
        if at == number:
            raise Killed
        yield page


@pytest.fixture
def store(engine: Engine) -> BarStore:
    return BarStore(engine)


def fill(store: BarStore, first: int, last: int, *, final: int | None = None) -> Filled:
    """Fill a span with all of its sessions' bars, up to 280 of them final by default."""
    bars = rows(range(first, last + 1))
    until = session(last if final is None else final)
    return store.fill(TICKER, span(first, last), pages(bars), final=until)


def test_nothing_stored_means_ask_for_everything(store: BarStore) -> None:
    assert store.missing(TICKER, span(0, 279)) == [span(0, 279)]
    assert len(store.load(TICKER, span(0, 279))) == 0


def test_what_was_filled_is_loaded_oldest_first_and_not_asked_for_again(store: BarStore) -> None:
    fill(store, 0, 279)

    bars = store.load(TICKER, span(0, 279))

    assert store.missing(TICKER, span(0, 279)) == []
    assert len(bars) == 280
    assert bars.date(0) == session(0)
    assert bars.date(-1) == session(279)
    assert bars.close[-1] == 379.0
    assert np.isnan(bars.value).all()


def test_only_the_wanted_sessions_are_loaded(store: BarStore) -> None:
    fill(store, 0, 20)

    assert len(store.load(TICKER, span(5, 9))) == 5
    assert len(store.load("000660", span(5, 9))) == 0


def test_a_halted_session_is_stored_as_it_came(store: BarStore) -> None:
    halted = Bar(session(0), 0.0, 0.0, 0.0, 100.0, 0.0, 0.0)

    store.fill(TICKER, span(0, 0), [[halted]], final=session(0))

    loaded = store.load(TICKER, span(0, 0))
    assert loaded.volume[0] == 0.0
    assert loaded.value[0] == 0.0


def test_the_next_session_is_asked_for_with_the_last_stored_one(store: BarStore) -> None:
    fill(store, 0, 279)

    assert store.missing(TICKER, span(1, 280)) == [span(279, 280)]


def test_a_running_session_is_given_back_and_not_stored(store: BarStore) -> None:
    filled = fill(store, 0, 5, final=4)

    assert filled == Filled(unfinished=rows([5]), adjusted=False)
    assert len(store.load(TICKER, span(0, 5))) == 5
    assert store.missing(TICKER, span(0, 5)) == [span(4, 5)]


def test_a_larger_window_is_asked_for_what_lies_before(store: BarStore) -> None:
    fill(store, 100, 279)

    assert store.missing(TICKER, span(0, 279)) == [span(0, 100)]


def test_a_young_listing_is_not_asked_for_its_past_again(store: BarStore) -> None:
    store.fill(TICKER, span(0, 279), pages(rows(range(250, 280))), final=session(279))

    assert store.missing(TICKER, span(0, 279)) == []
    assert store.missing(TICKER, span(1, 280)) == [span(279, 280)]


def test_a_gap_without_bars_is_not_asked_for_again(store: BarStore) -> None:
    suspended = rows([*range(40), *range(60, 100)])

    store.fill(TICKER, span(0, 99), pages(suspended, 30), final=session(99))

    assert store.missing(TICKER, span(0, 99)) == []
    assert len(store.load(TICKER, span(0, 99))) == 80


def test_a_session_without_a_row_yet_is_asked_for_again(store: BarStore) -> None:
    store.fill(TICKER, span(0, 9), pages(rows(range(9))), final=session(9))

    assert store.missing(TICKER, span(0, 9)) == [span(8, 9)]


def test_an_unknown_ticker_leaves_nothing_behind(store: BarStore) -> None:
    store.fill(TICKER, span(0, 9), [], final=session(9))

    assert store.missing(TICKER, span(0, 9)) == [span(0, 9)]
    assert store.known() == {}


def test_an_empty_answer_between_stored_bars_is_not_believed(store: BarStore) -> None:
    fill(store, 0, 3)
    fill(store, 6, 9)

    store.fill(TICKER, span(3, 6), [], final=session(9))

    assert store.missing(TICKER, span(0, 9)) == [span(3, 6)]


def test_a_worker_killed_in_its_first_fetch_leaves_the_older_part_missing(store: BarStore) -> None:
    with pytest.raises(Killed):
        store.fill(TICKER, span(0, 279), killed_after(1, rows(range(280))), final=session(279))

    assert store.missing(TICKER, span(0, 279)) == [span(0, 180)]
    fill(store, 0, 180)
    assert store.missing(TICKER, span(0, 279)) == []


def test_a_worker_killed_while_catching_up_leaves_a_gap_that_is_seen(store: BarStore) -> None:
    fill(store, 0, 20)

    with pytest.raises(Killed):
        store.fill(TICKER, span(20, 279), killed_after(1, rows(range(20, 280))), final=session(279))

    assert store.missing(TICKER, span(0, 279)) == [span(20, 180)]
    assert store.missing(TICKER, span(1, 280)) == [span(279, 280), span(20, 180)]
    fill(store, 20, 180)
    assert store.missing(TICKER, span(0, 279)) == []


def test_a_gap_next_to_sessions_without_bars_is_asked_for_up_to_a_bar(store: BarStore) -> None:
    fill(store, 0, 2)
    store.fill(TICKER, span(5, 20), pages(rows(range(10, 21))), final=session(20))

    assert store.missing(TICKER, span(0, 20)) == [span(2, 10)]


def test_bars_forgotten_between_two_pages_of_another_worker_are_missing(store: BarStore) -> None:
    def broken_into() -> Iterator[list[Bar]]:
        yield rows(range(180, 280))
        store.forget(TICKER)
        fill(store, 279, 279)
        yield rows(range(80, 180))

    store.fill(TICKER, span(80, 279), broken_into(), final=session(279))

    assert store.missing(TICKER, span(80, 279)) == [span(179, 279)]


def test_a_window_far_behind_the_stored_bars_is_asked_for_alone(store: BarStore) -> None:
    fill(store, 200, 279)

    assert store.missing(TICKER, span(0, 99)) == [span(0, 99)]


def test_adjusted_prices_throw_the_older_bars_away(store: BarStore) -> None:
    fill(store, 0, 99)

    halved = rows(range(99, 101), scale=0.5)
    filled = store.fill(TICKER, span(99, 100), pages(halved), final=session(100))

    assert filled.adjusted
    assert store.missing(TICKER, span(1, 100)) == [span(1, 99)]
    assert store.load(TICKER, span(0, 100)).close.tolist() == [99.5, 100.0]


def test_a_correction_that_leaves_the_close_alone_is_taken_over(store: BarStore) -> None:
    fill(store, 0, 0)
    corrected = rows([0])[0]._replace(volume=7.0, value=8.0)

    filled = store.fill(TICKER, span(0, 0), [[corrected]], final=session(0))

    assert not filled.adjusted
    assert store.load(TICKER, span(0, 0)).volume.tolist() == [7.0]


def test_a_forgotten_ticker_is_asked_for_anew_and_others_stay(store: BarStore) -> None:
    fill(store, 0, 9)
    store.fill("000660", span(0, 9), pages(rows(range(10))), final=session(9))

    store.forget(TICKER)

    assert store.missing(TICKER, span(0, 9)) == [span(0, 9)]
    assert store.known() == {"000660": span(0, 9)}


@pytest.mark.parametrize("number", [math.nan, math.inf, -1.0])
def test_a_number_that_is_no_price_is_refused_and_nothing_of_its_page_kept(
    store: BarStore, number: float
) -> None:
    bad = rows(range(3))
    bad[1] = bad[1]._replace(low=number)

    with pytest.raises(ValueError, match=f"005930 2024-01-02: low is {number}, want 0 or more"):
        store.fill(TICKER, span(0, 2), [bad], final=session(2))

    assert len(store.load(TICKER, span(0, 2))) == 0


def test_workers_that_fill_the_same_ticker_at_once_agree(engine: Engine) -> None:
    def work(size: int) -> None:
        store = BarStore(engine)
        for missing in store.missing(TICKER, span(0, 99)):
            bars = rows(range((missing.first - FIRST).days, (missing.last - FIRST).days + 1))
            store.fill(TICKER, missing, pages(bars, size), final=session(99))

    with ThreadPoolExecutor(max_workers=6) as pool:
        list(pool.map(work, [7, 13, 20, 33, 50, 100]))

    assert BarStore(engine).missing(TICKER, span(0, 99)) == []
    assert len(BarStore(engine).load(TICKER, span(0, 99))) == 100


def test_closes_are_of_the_tickers_traded_at_the_end_without_their_halts(store: BarStore) -> None:
    fill(store, 0, 5)
    halted = [row._replace(volume=0.0) for row in rows([3, 5])]
    store.fill(
        "000660", span(0, 4), pages(sorted([*rows([0, 1, 2, 4]), halted[0]])), final=session(4)
    )
    store.fill("000270", span(0, 5), pages([*rows(range(5)), halted[1]]), final=session(5))

    assert {ticker: list(found) for ticker, found in store.closes(span(1, 4)).items()} == {
        TICKER: [101.0, 102.0, 103.0, 104.0],
        "000660": [101.0, 102.0, 104.0],
        "000270": [101.0, 102.0, 103.0, 104.0],
    }
    assert set(store.closes(span(0, 5))) == {TICKER}
    assert store.closes(span(6, 9)) == {}


def test_a_ticker_covers_what_is_known_of_it_from_end_to_end(store: BarStore) -> None:
    fill(store, 10, 20)

    assert store.covering(span(10, 20)) == {TICKER}
    assert store.covering(span(12, 18)) == {TICKER}
    assert store.covering(span(9, 20)) == store.covering(span(10, 21)) == set()
