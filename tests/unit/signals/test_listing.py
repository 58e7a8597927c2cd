"""Kept signals a page at a time, on both databases."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from app.domain import Life, Outcome, Scan, Status
from app.signals.filters import Filter
from app.signals.listing import BadCursor, Cursor, Named, SignalList
from app.signals.scans import Plan, ScanStore
from app.signals.store import SignalStore
from app.signals.troubles import Trouble, troubles
from tests.unit.cli.conftest import signal_of

T0 = datetime(2025, 2, 28, 11, tzinfo=UTC)


def scan(engine: Engine, *tickers: str) -> str:
    scan_id = uuid.uuid4().hex
    made = Scan(scan_id, "test", None, ("vcp",), 0, T0, T0)
    ScanStore(engine).record(Plan(made, tickers, 0), now=T0)
    return scan_id


def find(engine: Engine, at: datetime, ticker: str, **more: Any) -> None:
    scan_id = scan(engine, ticker)
    signal = signal_of(scan_id, ticker, **more)
    found = Outcome(
        scan_id=scan_id,
        ticker=ticker,
        status=Status.OK,
        last_bar=signal.last_bar,
        signals=[signal],
    )
    SignalStore(engine).keep(found, now=at)


def listed(engine: Engine, *, limit: int, named: Named | None = None) -> list[str]:
    """Return the tickers of all pages."""
    found: list[str] = []
    after = None
    while True:
        page, after = SignalList(engine).page(Filter(), limit=limit, named=named, after=after)
        assert len(page) <= limit
        found += [each.tracked.signal.ticker for each in page]
        if after is None:
            return found
        after = Cursor.read(str(after))


def test_the_newest_change_comes_first_on_every_page(engine: Engine) -> None:
    for number, code in enumerate(("000001", "000002", "000003", "000004", "000005")):
        find(engine, T0 + timedelta(microseconds=number // 2), code)
    find(engine, T0 + timedelta(hours=1), "000001", state="TRIGGERED")

    assert listed(engine, limit=2) == ["000001", "000005", "000004", "000003", "000002"]
    assert listed(engine, limit=5) == listed(engine, limit=50) == listed(engine, limit=2)


def test_a_signal_is_found_by_what_was_typed(engine: Engine) -> None:
    find(engine, T0, "005930")
    find(engine, T0, "000660", name="SK하이닉스")
    find(engine, T0, "00104K", name="CJ4우(전환)")

    assert listed(engine, limit=9, named=Named("sk")) == ["000660"]
    assert listed(engine, limit=9, named=Named("삼성")) == ["005930"]
    assert listed(engine, limit=9, named=Named("00104k")) == ["00104K"]
    assert listed(engine, limit=9, named=Named("(전")) == ["00104K"]
    assert listed(engine, limit=9, named=Named("_")) == []
    assert listed(engine, limit=9, named=Named("ㅅㅅ", ["005930"])) == ["005930"]


def test_one_signal_has_its_history(engine: Engine) -> None:
    find(engine, T0, "005930")
    find(engine, T0 + timedelta(hours=1), "005930", state="TRIGGERED")
    signals = SignalList(engine)
    [kept], _ = signals.page(Filter(), limit=1)

    assert (kept.found_at, kept.changed_at) == (T0, T0 + timedelta(hours=1))
    assert signals.one(kept.id) == kept
    assert signals.one(kept.id + 1) is None
    assert [each.kind for each in signals.history(kept.id)] == ["changed", "new"]
    assert {each.signal_id for each in signals.history(kept.id)} == {kept.id}


def test_signals_that_are_not_over_are_counted(engine: Engine) -> None:
    find(engine, T0, "005930")
    find(engine, T0, "005930", strategy="closing_bet", entry=None)
    find(engine, T0, "000660", price=90_000.0)  # over its target when it was found
    page, _ = SignalList(engine).page(Filter(lives=[Life.EXPIRED]), limit=9)

    assert [each.tracked.signal.ticker for each in page] == ["000660"]
    counts = SignalList(engine).counts(["005930", "000660", "293490"])
    assert counts == {"005930": 2}


@pytest.mark.parametrize("text", ["", "x", "MjAyNQ==", "MjAyNS0wMi0yOFQxMTowMDowMCAx", "가"])
def test_a_cursor_that_no_page_gave_is_refused(text: str) -> None:
    with pytest.raises(BadCursor, match="is not the `next` of a page"):
        Cursor.read(text)


def test_troubles_are_gathered_by_their_reason(engine: Engine) -> None:
    scan_id = scan(engine, "000001", "000002", "000003", "000004")
    other = scan(engine, "000001")
    for ticker, status, reason in (
        ("000001", Status.FAILED, "no answer"),
        ("000002", Status.HALTED, "no trade"),
        ("000003", Status.FAILED, "no answer"),
        ("000004", Status.OK, ""),
    ):
        outcome = Outcome(scan_id=scan_id, ticker=ticker, status=status, reason=reason)
        SignalStore(engine).keep(outcome, now=T0)

    found = troubles(engine, [scan_id, other])

    assert found == {
        scan_id: [
            Trouble(Status.FAILED, "no answer", ("000001", "000003")),
            Trouble(Status.HALTED, "no trade", ("000002",)),
        ]
    }
    assert [each.may_repeat for each in found[scan_id]] == [True, False]
