"""The history of a ticker by one strategy, on both databases."""

import uuid
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from app.domain import Grade, Outcome, Result, Scan, Status
from app.signals.looks import Entry, Miss, history
from app.signals.scans import Plan, ScanStore
from app.signals.store import SignalStore
from tests.unit.cli.conftest import signal_of

T0 = datetime(2025, 2, 28, 0, 30, tzinfo=UTC)
NOTHING = Result(status=Status.OK, state="NO_PATTERN", score=12.5)
FORMING = Result(status=Status.OK, state="FORMING", score=70.0)
HALTED = Result(status=Status.HALTED, reason="no trade on 2025-02-28")


def look(engine: Engine, minute: int, said: Result | None, ticker: str = "005930") -> None:
    """Keep what VCP said at a minute; None: it found a signal."""
    scan_id, at = uuid.uuid4().hex, T0 + timedelta(minutes=minute)
    scan = Scan(scan_id, "test", None, ("vcp",), 0, at, at)
    ScanStore(engine).record(Plan(scan, [ticker], 0), now=at)
    found = [] if said else [signal_of(scan_id, ticker)]
    setup = Result(status=Status.OK, state="SETUP", score=80.0, grade=Grade.A)
    outcome = Outcome(
        scan_id=scan_id,
        ticker=ticker,
        status=said.status if said else Status.OK,
        last_bar=found[0].last_bar if found else None,
        results={"vcp": said or setup, "closing_bet": NOTHING},
        signals=found,
    )
    SignalStore(engine).keep(outcome, now=at)


def told(entries: list[Entry]) -> list[tuple[int, str]]:
    """Return the minute of each entry, and what it says."""
    return [
        (
            round((entry.at - T0).total_seconds() / 60),
            (entry.said.state or entry.said.status) if isinstance(entry, Miss) else entry.kind,
        )
        for entry in entries
    ]


def test_looks_without_a_signal_stand_among_its_changes_the_newest_first(engine: Engine) -> None:
    for minute, said in enumerate((NOTHING, FORMING, None, HALTED)):
        look(engine, minute, said)

    entries, behind = history(engine, "005930", "vcp", limit=10)

    assert told(entries) == [(3, "HALTED"), (2, "new"), (1, "FORMING"), (0, "NO_PATTERN")]
    assert behind is None
    assert isinstance(entries[0], Miss)
    assert entries[0].said == HALTED


def test_of_looks_that_say_the_same_only_the_first_is_told(engine: Engine) -> None:
    for minute, said in enumerate((NOTHING, NOTHING, FORMING, NOTHING, NOTHING, NOTHING)):
        look(engine, minute, said)

    entries, _ = history(engine, "005930", "vcp", limit=10)

    assert told(entries) == [(3, "NO_PATTERN"), (2, "FORMING"), (0, "NO_PATTERN")]


def test_a_signal_that_is_seen_again_unchanged_is_told_once(engine: Engine) -> None:
    for minute in range(3):
        look(engine, minute, None)

    assert told(history(engine, "005930", "vcp", limit=10)[0]) == [(0, "new")]


def test_pages_follow_one_another_without_a_gap(engine: Engine) -> None:
    said = [NOTHING, FORMING, FORMING, NOTHING, HALTED, HALTED, NOTHING]
    for minute, each in enumerate(said):
        look(engine, minute, each)
    whole, _ = history(engine, "005930", "vcp", limit=50)

    pages, before = [], None
    while True:
        page, before = history(engine, "005930", "vcp", limit=2, before=before)
        pages.append(told(page))
        if before is None:
            break

    assert [len(page) for page in pages] == [2, 2, 1]
    assert [each for page in pages for each in page] == told(whole)


def test_other_tickers_and_strategies_have_a_history_of_their_own(engine: Engine) -> None:
    look(engine, 0, None)
    look(engine, 1, FORMING, ticker="000660")

    assert told(history(engine, "000660", "vcp", limit=10)[0]) == [(1, "FORMING")]
    assert told(history(engine, "005930", "closing_bet", limit=10)[0]) == [(0, "NO_PATTERN")]
    assert history(engine, "005930", "smart_money", limit=10) == ([], None)
