"""A scan is recorded before anything is sent, and closed in the end whatever happens."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Engine

from app.domain import Status
from app.signals.scans import Plan, ScanState, ScanStore
from app.signals.store import SignalStore
from tests.unit.signals.test_store import NOW, SCAN, an_outcome

TICKERS = ["005930", "000660"]


def test_a_scan_sent_twice_is_recorded_once(engine: Engine) -> None:
    scans = ScanStore(engine)

    assert scans.record(Plan(SCAN, TICKERS, 6), now=NOW) is ScanState.RUNNING
    assert scans.record(Plan(SCAN, TICKERS, 6), now=NOW) is None
    assert scans.load("s1") == SCAN


def test_two_beats_of_one_slot_make_one_scan(engine: Engine) -> None:
    scans = ScanStore(engine)
    first = Plan(SCAN, TICKERS, 6, slot="pre_open:2025-02-28T08:00")
    scans.record(first, now=NOW)
    scans.give_up("s1", Status.NOT_REACHED, "", now=NOW)

    assert scans.record(replace(first, scan=replace(SCAN, id="s2")), now=NOW) is None
    assert scans.load("s2") is None


def test_a_scheduled_scan_is_skipped_while_its_predecessor_runs_and_the_skip_is_recorded(
    engine: Engine,
) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, TICKERS, 6, slot="a:1"), now=NOW)

    state = scans.record(Plan(replace(SCAN, id="s2"), TICKERS, 6, slot="a:2"), now=NOW)

    skipped = scans.progress("s2")
    assert state is ScanState.SKIPPED
    assert skipped is not None
    assert skipped.reason == "scan s1 still runs"
    assert [each.id for each in scans.running()] == ["s1"]


def test_a_persons_scan_runs_beside_another(engine: Engine) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, TICKERS, 6), now=NOW)

    assert scans.record(Plan(replace(SCAN, id="s2"), TICKERS, 6), now=NOW) is ScanState.RUNNING


def test_the_open_tickers_are_those_without_an_outcome_in_the_planned_order(
    engine: Engine,
) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, ["C00000", "A00000", "B00000"], 6), now=NOW)
    SignalStore(engine).keep(an_outcome("A00000"), now=NOW)

    assert scans.open_tickers("s1") == ["C00000", "B00000"]


def test_giving_up_accounts_for_every_ticker_and_closes_the_scan_once(engine: Engine) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, TICKERS, 6), now=NOW)
    SignalStore(engine).keep(an_outcome("005930"), now=NOW)

    given_up = [scans.give_up("s1", Status.NOT_REACHED, "late", now=NOW) for _ in range(2)]

    progress = scans.progress("s1")
    assert given_up == [1, 0]
    assert progress is not None
    assert progress.state is ScanState.OVERDUE
    assert (progress.done, progress.total) == (2, 2)
    assert progress.by_status == {Status.OK: 1, Status.NOT_REACHED: 1}


def test_rounds_of_sending_again_are_limited(engine: Engine) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, TICKERS, 6), now=NOW)

    assert [scans.count_round("s1", most=3) for _ in range(4)] == [True, True, True, False]


def test_calls_that_stand_before_a_new_scan_are_those_of_its_priority_or_better(
    engine: Engine,
) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(replace(SCAN, id="urgent"), TICKERS, 6), now=NOW)
    scans.record(Plan(replace(SCAN, id="later", priority=6), TICKERS, 100), now=NOW)
    SignalStore(engine).keep(an_outcome("005930", scan_id="urgent"), now=NOW)

    assert scans.open_calls(0) == 3
    assert scans.open_calls(6) == 103


def test_the_newest_scans_come_first(engine: Engine) -> None:
    scans = ScanStore(engine)
    for number in range(3):
        made = replace(SCAN, id=f"s{number}", created_at=NOW + timedelta(seconds=number))
        scans.record(Plan(made, TICKERS, 6), now=NOW)

    assert [each.id for each in scans.recent(limit=2)] == ["s2", "s1"]


def test_a_scan_may_have_the_id_of_its_task(engine: Engine) -> None:
    scans, task_id = ScanStore(engine), str(UUID(int=1))

    scans.record(Plan(replace(SCAN, id=task_id), ["005930"], 3), now=NOW)
    SignalStore(engine).keep(an_outcome("005930", scan_id=task_id), now=NOW)

    assert [each.done for each in scans.recent()] == [1]


def test_a_ticker_given_up_by_the_sweep_still_takes_its_late_outcome(engine: Engine) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, ["005930"], 3), now=NOW)
    scans.give_up("s1", Status.FAILED, "sent 4 times", now=NOW)

    SignalStore(engine).keep(an_outcome("005930"), now=NOW)

    assert [each.status for each in scans.outcomes("s1")] == [Status.OK]


def test_what_is_found_and_spent_for_a_scan_as_a_whole_stands_with_it(engine: Engine) -> None:
    scans = ScanStore(engine)
    scans.record(Plan(SCAN, ["005930"], 3, parameters={"vcp": {"trend": 6}}), now=NOW)
    of_tickers = an_outcome("005930").model_copy(update={"calls": 3, "refused": 0})
    SignalStore(engine).keep(of_tickers, now=NOW)

    scans.add_calls("s1", 2, 1)
    scans.add_calls("s1", 6, 0)
    scans.note_regime("s1", {"KOSPI": {"close": 2532.78}})
    scans.note_regime("s1", {"KOSDAQ": {"close": 743.96}})
    scans.note_regime("s1", {})

    found = scans.progress("s1")
    assert found is not None
    assert (found.calls, found.refused) == (3 + 8, 1)
    assert found.regime == {"KOSPI": {"close": 2532.78}, "KOSDAQ": {"close": 743.96}}
    assert found.parameters == {"vcp": {"trend": 6}}


def test_refusals_are_counted_over_all_scans_since_a_moment(engine: Engine) -> None:
    scans, signals = ScanStore(engine), SignalStore(engine)
    for number in range(3):
        began = NOW + timedelta(hours=number)
        plan = Plan(replace(SCAN, id=f"s{number}", created_at=began), ["005930"], 1)
        scans.record(plan, now=began)
        scans.add_calls(f"s{number}", 8, 1)
        seen = an_outcome().model_copy(update={"scan_id": f"s{number}", "refused": 2})
        signals.keep(seen, now=began)

    since = [scans.refused_since(NOW + timedelta(hours=hour)) for hour in (0, 1, 2, 3)]
    assert since == [9, 6, 3, 0]
