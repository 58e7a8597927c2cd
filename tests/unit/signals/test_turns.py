"""What a look at a ticker makes of a signal that is known."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Bar, Bars, Grade, Life, Outcome, Result, Signal, Status, Terms
from app.signals import life
from app.signals.course import Mark
from app.signals.tracked import Tracked, levels_of
from app.signals.turns import Moved, found_first, moved
from tests.unit.signals.test_store import DAY, NOW, a_signal, an_outcome

SETUP = a_signal(price=980.0, entry=1000, target=1100, stop=950, quantity=43)
RUNNING = SETUP.model_copy(update={"provisional": True})
BREAKOUT = RUNNING.model_copy(
    update={"strategy": "volatility_breakout", "price": 1010.0, "terms": Terms(waits=0, holds=0)}
)
NOTHING = {"vcp": Result(status=Status.OK, state="FORMING", score=41.0, grade=Grade.C)}

Prices = tuple[float, float, float, float]
FOUND = (985, 990, 975, 980)  # open, high, low, close of the session that it was found on
QUIET = (980, 990, 970, 985)
ENTRY = (990, 1005, 985, 1000)
STOP = (960, 970, 940, 945)


def day(after: int) -> date:
    return DAY + timedelta(days=after)


def bars(*prices: Prices) -> Bars:
    """Return bars from the day on that it was found on."""
    return Bars.of(Bar(day(at), *each, volume=1.0) for at, each in enumerate(prices))


def divided(given: Bars, by: float) -> Bars:
    """Return bars as a split leaves them."""
    prices = {name: getattr(given, name) / by for name in ("open", "high", "low", "close")}
    return replace(given, **prices)


def view(of: Signal, after: int, **changes: Any) -> Signal:
    later = {"last_bar": day(after), "as_of": NOW + timedelta(days=after)}
    return of.model_copy(update=later | changes)


def look(after: int, *found: Signal, **changes: Any) -> Outcome:
    """Return a look at the close of a day, which finds this or nothing."""
    return an_outcome("005930", *found, last_bar=day(after), results=NOTHING, **changes)


def kinds(after: Moved, *, told: bool = True) -> list[str]:
    return [turn.kind for turn in after.turns if turn.told or not told]


def known(first: Signal = SETUP) -> Tracked:
    return found_first(first).now


def test_what_is_found_while_its_session_runs_is_new_until_its_close() -> None:
    first = found_first(BREAKOUT)

    assert kinds(first) == ["new"]
    assert (first.now.course.life, first.now.course.entered) == (Life.NEW, None)


def test_what_the_close_finds_again_is_confirmed_as_the_close_shows_it() -> None:
    final = SETUP.model_copy(update={"price": 1004.0, "state": "TRIGGERED"})

    after = moved(known(RUNNING), look(0, final), bars((985, 1010, 975, 1004)))

    assert kinds(after) == ["confirmed"]
    assert after.now.signal == final
    assert after.now.course.entered == Mark(DAY, 1004)


def test_a_breakout_is_confirmed_and_over_in_one_message() -> None:
    final = BREAKOUT.model_copy(update={"provisional": False, "price": 1020.0})

    after = moved(known(BREAKOUT), look(0, final), bars((985, 1030, 975, 1020)))

    assert kinds(after) == ["confirmed"]
    assert after.now.standing.life is Life.EXPIRED
    assert after.now.standing.gain == pytest.approx(0.02)


def test_what_the_close_does_not_find_is_withdrawn() -> None:
    after = moved(known(RUNNING), look(0), bars(FOUND))

    assert kinds(after) == ["withdrawn"]
    assert after.now.standing.life_reason == "not found at the close of 2025-02-28"
    assert not after.now.signal.actionable
    assert not after.now.signal.provisional


@pytest.mark.parametrize(
    "silent",
    [
        look(0, provisional=True),
        look(0).model_copy(update={"results": {}}),
        look(0).model_copy(update={"results": {"vcp": Result(status=Status.INSUFFICIENT_DATA)}}),
        look(-1),
        Outcome(scan_id="s1", ticker="005930", status=Status.FAILED),
    ],
    ids=["still running", "not its strategy", "could not look", "an earlier close", "no bars"],
)
def test_who_has_not_looked_at_the_close_says_nothing_about_it(silent: Outcome) -> None:
    running = known(RUNNING)

    assert moved(running, silent, bars(FOUND)) == Moved(running)


def test_a_withdrawn_pattern_that_a_later_session_finds_is_new() -> None:
    gone = moved(known(RUNNING), look(0), bars(FOUND)).now

    again = moved(gone, look(3, view(SETUP, 3)), bars())
    assert kinds(again) == ["new"]
    assert (again.now.found_on, again.now.course.life) == (day(3), Life.NEW)
    late = moved(gone, look(0, RUNNING, provisional=True), bars())
    assert late == Moved(gone)


def test_where_nobody_looked_at_the_close_later_bars_move_it_and_it_stays_provisional() -> None:
    after = moved(known(RUNNING), look(1), bars(FOUND, ENTRY))

    assert kinds(after) == ["triggered"]
    assert after.now.course.entered == Mark(day(1), 1000)
    assert after.now.signal.provisional


def test_a_breakout_at_whose_close_nobody_looked_is_over_in_the_next_session() -> None:
    after = moved(known(BREAKOUT), look(1, provisional=True), bars((985, 1030, 975, 1020)))

    assert kinds(after) == ["expired"]
    assert after.now.course.left == Mark(DAY, 1020)


def test_that_a_signal_goes_on_waiting_is_kept_and_not_told() -> None:
    after = moved(known(), look(1), bars(FOUND, QUIET))

    assert [(turn.kind, turn.told) for turn in after.turns] == [("active", False)]
    assert after.now.course.seen == Mark(day(1), 985)


def test_the_end_of_a_signal_without_levels_is_kept_and_not_told() -> None:
    confirmation = a_signal(price=980.0, terms=Terms(waits=0, holds=2))

    after = moved(known(confirmation), look(2), bars(FOUND, QUIET, QUIET))

    assert [(turn.kind, turn.told) for turn in after.turns] == [
        ("active", False),
        ("expired", False),
    ]


def test_of_what_many_bars_did_the_history_has_all_and_the_last_is_told() -> None:
    after = moved(known(), look(3), bars(FOUND, QUIET, ENTRY, STOP))

    assert kinds(after, told=False) == ["active", "triggered", "stopped"]
    assert kinds(after) == ["stopped"]


def test_entry_and_new_state_are_one_message_that_shows_both() -> None:
    triggered = view(SETUP, 1, state="TRIGGERED", price=1000.0)

    after = moved(known(), look(1, triggered), bars(FOUND, ENTRY))

    assert kinds(after, told=False) == ["triggered"]
    assert after.turns[-1].now.signal.state == "TRIGGERED"
    assert after.turns[-1].now == after.now


def test_a_message_that_comes_twice_or_late_changes_nothing() -> None:
    first = moved(known(), look(2, view(SETUP, 2, score=80.0)), bars(FOUND, QUIET, QUIET))

    for late in (
        look(2, view(SETUP, 2, score=80.0)),
        look(1, view(SETUP, 1, state="TRIGGERED")),
        look(1),
        look(2, view(RUNNING, 2, state="TRIGGERED"), provisional=True),
    ):
        assert moved(first.now, late, bars(FOUND, QUIET, QUIET)) == Moved(first.now)


def test_a_finding_older_than_the_bar_that_judged_it_changes_nothing() -> None:
    judged = moved(known(), look(2), bars(FOUND, QUIET, QUIET)).now

    late = look(1, view(SETUP, 1, state="TRIGGERED", stop=930))

    assert moved(judged, late, bars(FOUND, QUIET)) == Moved(judged)


def test_a_close_that_is_looked_at_after_a_later_one_withdraws_nothing() -> None:
    judged = moved(known(RUNNING), look(1), bars(FOUND, QUIET)).now

    assert moved(judged, look(0), bars(FOUND)) == Moved(judged)


def test_a_close_that_is_looked_at_the_next_morning_still_withdraws() -> None:
    morning = look(1, provisional=True)
    waiting = moved(known(RUNNING), morning, bars(FOUND)).now

    assert kinds(moved(waiting, look(0), bars(FOUND))) == ["withdrawn"]


def test_what_was_only_ever_seen_in_running_sessions_is_withdrawn() -> None:
    again = look(1, view(RUNNING, 1), provisional=True)
    running = moved(known(RUNNING), again, bars()).now

    assert kinds(moved(running, look(1), bars())) == ["withdrawn"]


def test_of_two_looks_at_a_running_session_the_later_one_counts() -> None:
    early, late = (
        RUNNING.model_copy(update={"as_of": NOW + timedelta(hours=hours), "score": 50.0 + hours})
        for hours in (1, 4)
    )
    now = known(late)

    assert moved(now, look(0, early, provisional=True), bars()) == Moved(now)
    assert moved(known(early), look(0, late, provisional=True), bars()).now.signal == late


def test_the_newest_finding_at_a_close_says_the_levels_until_the_entry() -> None:
    wider = view(SETUP, 1, stop=930, target=1140)

    waiting = moved(known(), look(1, wider), bars(FOUND, STOP))
    assert kinds(waiting) == ["changed"]
    assert (waiting.now.signal.stop, waiting.now.course.life) == (930, Life.ACTIVE)

    entered = moved(known(), look(1), bars(FOUND, ENTRY)).now
    held = moved(entered, look(2, view(wider, 2)), bars(FOUND, ENTRY, QUIET))
    assert (held.now.signal.stop, held.now.course.found.stop) == (950, 950)


def test_a_running_session_shows_a_new_state_and_leaves_the_levels() -> None:
    running = view(RUNNING, 1, state="TRIGGERED", stop=930)

    after = moved(known(), look(1, running, provisional=True), bars(FOUND))

    assert kinds(after) == ["changed"]
    assert (after.now.signal.state, after.now.signal.stop) == ("TRIGGERED", 950)
    assert after.now.course.life is Life.NEW


def test_what_a_running_session_showed_is_taken_back_where_the_close_does_not_find_it() -> None:
    running = view(RUNNING, 1, state="TRIGGERED", actionable=True)
    shown = moved(known(), look(1, running, provisional=True), bars(FOUND)).now

    after = moved(shown, look(1), bars(FOUND, QUIET))

    assert kinds(after) == ["changed"]
    assert after.now.course.life is Life.ACTIVE
    found = after.now.signal
    assert (found.state, found.score, found.grade) == ("FORMING", 41.0, Grade.C)
    assert (found.provisional, found.actionable) == (False, False)


def test_what_has_ended_stays_as_it_is() -> None:
    over = moved(known(), look(2), bars(FOUND, ENTRY, STOP)).now

    assert over.course.life is Life.STOPPED
    again = moved(over, look(3, view(SETUP, 3)), bars(FOUND, ENTRY, STOP, ENTRY))
    assert again == Moved(over)


def test_after_a_split_prices_are_brought_to_the_scale_of_the_bars() -> None:
    after = moved(known(), look(2), divided(bars(FOUND, QUIET, ENTRY), 5))

    assert kinds(after, told=False) == ["adjusted", "active", "triggered"]
    found = after.now.signal
    assert (found.entry, found.target, found.stop, found.quantity) == (200, 220, 190, 215)
    assert found.price == pytest.approx(196)
    assert found.flags == ["ADJUSTED"]
    assert after.now.course.entered == Mark(day(2), 200)


def test_adjusted_levels_lie_on_the_price_ladder_and_are_adjusted_once() -> None:
    thirds, running = divided(bars(FOUND), 3), look(1, provisional=True)

    after = moved(known(), running, thirds)

    found = after.now.signal
    assert (found.entry, found.target, found.stop) == (334, 366, 316)
    assert moved(after.now, running, thirds) == Moved(after.now)


def test_a_position_keeps_its_gain_through_a_split() -> None:
    entered = moved(known(), look(1), bars(FOUND, ENTRY)).now
    after = moved(entered, look(2), divided(bars(FOUND, ENTRY, STOP), 5))

    assert kinds(after) == ["stopped"]
    assert after.now.standing.gain == pytest.approx(-0.05)


def test_without_the_bar_that_judged_it_last_it_is_not_moved() -> None:
    later = bars(FOUND, QUIET, ENTRY)[1:]

    assert moved(known(), look(2), later) == Moved(known())


def test_the_levels_of_the_next_open_are_adjusted_too() -> None:
    bet = a_signal(
        strategy="closing_bet",
        price=1000.0,
        entry=1000,
        target=1050,
        stop=970,
        facts={"gap_take": 1030, "gap_cut": 980},
        terms=Terms(waits=0, holds=1),
    )
    half = bars((500, 500, 500, 500), (515, 520, 510, 512))

    after = moved(known(bet), look(1), half)

    assert after.now.course.life is Life.TARGET_HIT
    assert after.now.course.left == Mark(day(1), 515)


@st.composite
def sessions(draw: st.DrawFn) -> list[tuple[Prices, bool]]:
    """Return sessions after a finding, and whether each finds the pattern again."""
    prices = st.integers(900, 1150)
    drawn = draw(st.lists(st.tuples(prices, prices, prices, prices, st.booleans()), max_size=25))
    return [((four[0], max(four), min(four), four[3]), again) for *four, again in drawn]


@given(sessions())
def test_looked_at_day_by_day_it_comes_to_where_a_replay_says(
    later: list[tuple[Prices, bool]],
) -> None:
    market = bars(FOUND, *(prices for prices, _ in later))
    views = {
        after: view(SETUP, after, price=float(prices[3]), stop=950 - after)
        for after, (prices, again) in enumerate(later, start=1)
        if again
    }

    now = known()
    for after in range(1, len(later) + 1):
        found = [views[after]] if after in views else []
        now = moved(now, look(after, *found), market[: after + 1]).now

    again = {each.last_bar: levels_of(each) for each in views.values()}
    expected = life.course(levels_of(SETUP), market[1:], again)
    assert replace(now.course, found=expected.found) == expected
    if not expected.over or expected.entered:
        assert now.signal.stop == now.course.found.stop == expected.found.stop
