"""What becomes of a signal follows from its levels and the later bars alone."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import Bar, Bars, Life, Match, Terms
from app.signals.course import Found, Mark
from app.signals.life import begin, course, courses, turns

DAY = date(2025, 2, 28)
SETUP = Found(DAY, 980.0, Terms(waits=20, holds=60), entry=1000, target=1100, stop=950)
BREAKOUT = Found(DAY, 1020.0, Terms(waits=0, holds=0), entry=1000, target=1100, stop=950)
CLOSING_BET = Found(
    DAY, 1000.0, Terms(waits=0, holds=1), entry=1000, target=1050, stop=970, take=1030, cut=980
)
CONFIRMATION = Found(DAY, 1000.0, Terms(waits=0, holds=20))
QUIET = (980, 990, 970, 985)  # open, high, low, close: between stop and entry

Prices = tuple[float, float, float, float]


def day(after: int) -> date:
    return DAY + timedelta(days=after)


def bars(*prices: Prices) -> Bars:
    """Return bars of the days after the one that it was found on."""
    return Bars.of(Bar(day(at), *each, volume=1.0) for at, each in enumerate(prices, start=1))


def lives(found: Found, *prices: Prices) -> list[Life]:
    start = begin(found)
    return [start.life, *(each.life for each in courses(start, bars(*prices)))]


def test_a_signal_is_new_then_active_then_triggered_then_at_its_target() -> None:
    reached = course(
        SETUP,
        bars(QUIET, (990, 1005, 985, 1000), (1000, 1020, 990, 1010), (980, 1110, 960, 1100)),
    )

    assert lives(SETUP, QUIET, (990, 1005, 985, 1000), (1000, 1020, 990, 1010)) == [
        Life.NEW,
        Life.ACTIVE,
        Life.TRIGGERED,
        Life.TRIGGERED,
    ]
    assert (reached.life, reached.entered, reached.left) == (
        Life.TARGET_HIT,
        Mark(day(2), 1000),
        Mark(day(4), 1100),
    )


@pytest.mark.parametrize(
    ("bar", "life", "entered", "left"),
    [
        ((990, 1000, 985, 995), Life.TRIGGERED, 1000, None),
        ((990, 999, 985, 995), Life.ACTIVE, None, None),
        ((1012, 1020, 990, 1010), Life.TRIGGERED, 1012, None),
        ((990, 1100, 985, 1090), Life.TARGET_HIT, 1000, 1100),
        ((990, 1005, 950, 960), Life.STOPPED, 1000, 950),
        ((990, 1110, 950, 1000), Life.STOPPED, 1000, 950),
        ((1120, 1130, 1090, 1100), Life.EXPIRED, None, None),
        ((970, 975, 940, 949), Life.EXPIRED, None, None),
        ((970, 975, 940, 950), Life.ACTIVE, None, None),
    ],
    ids=[
        "the high touches the entry",
        "a won under the entry",
        "a gap over the entry is filled at the open",
        "entry and target in one bar",
        "entry and stop in one bar, in whatever order",
        "all three levels in one bar: the worse counts",
        "a gap over the target leaves nothing to gain",
        "a close under the stop breaks the pattern",
        "a close at the stop does not",
    ],
)
def test_the_bar_after_a_setup(
    bar: Prices, life: Life, entered: float | None, left: float | None
) -> None:
    reached = course(SETUP, bars(bar))

    assert reached.life is life
    assert reached.entered == (None if entered is None else Mark(day(1), entered))
    assert reached.left == (None if left is None else Mark(day(1), left))


@pytest.mark.parametrize(
    ("bar", "life", "left"),
    [
        ((1000, 1099, 951, 1000), Life.TRIGGERED, None),
        ((1000, 1100, 990, 1050), Life.TARGET_HIT, 1100),
        ((1000, 1010, 950, 1000), Life.STOPPED, 950),
        ((1000, 1100, 950, 1050), Life.STOPPED, 950),
        ((940, 1000, 930, 990), Life.STOPPED, 940),
        ((1115, 1120, 940, 950), Life.TARGET_HIT, 1115),
    ],
    ids=[
        "between the levels",
        "target",
        "stop",
        "both: the stop",
        "a gap under the stop is filled at the open",
        "a gap over the target came first",
    ],
)
def test_the_bar_after_the_entry(bar: Prices, life: Life, left: float | None) -> None:
    reached = course(SETUP, bars((990, 1005, 985, 1000), bar))

    assert reached.life is life
    assert reached.left == (None if left is None else Mark(day(2), left))


def test_a_pattern_found_over_its_entry_is_entered_at_that_close() -> None:
    reached = begin(replace(SETUP, close=1030.0))

    assert (reached.life, reached.entered) == (Life.TRIGGERED, Mark(DAY, 1030))


def test_a_pattern_found_over_its_target_is_never_entered() -> None:
    reached = begin(replace(SETUP, close=1100.0))

    assert (reached.life, reached.entered) == (Life.EXPIRED, None)


def test_a_signal_waits_for_its_entry_as_long_as_its_terms_say() -> None:
    short = replace(SETUP, terms=Terms(waits=3, holds=60))

    assert lives(short, *[QUIET] * 5) == [Life.NEW, Life.ACTIVE, Life.ACTIVE, Life.EXPIRED]
    assert lives(short, QUIET, QUIET, (990, 1000, 985, 995))[-1] is Life.TRIGGERED


def test_a_position_is_held_as_long_as_its_terms_say() -> None:
    short = replace(SETUP, terms=Terms(waits=20, holds=2))
    reached = course(short, bars((990, 1005, 985, 1000), *[(1000, 1010, 990, 1004)] * 5))

    assert (reached.life, reached.left) == (Life.EXPIRED, Mark(day(3), 1004))


def test_a_session_without_trading_counts_for_nothing() -> None:
    short = replace(SETUP, terms=Terms(waits=1, holds=60))
    halted = Bars.of([Bar(day(1), 0, 0, 0, 980, 0.0), Bar(day(2), 980, 980, 980, 980, 0.0)])

    assert course(short, halted) == begin(short)
    assert course(short, halted.followed_by(Bars.of([Bar(day(3), *QUIET, 1.0)]))).over


def test_a_pattern_found_again_is_not_broken_and_its_new_levels_count() -> None:
    deeper = replace(SETUP, session=day(1), close=945.0, stop=930)
    later = bars((960, 970, 935, 945), (940, 1000, 938, 990), (990, 995, 930, 940))

    assert course(SETUP, later).life is Life.EXPIRED
    reached = course(SETUP, later, {day(1): deeper})
    assert (reached.life, reached.entered, reached.left) == (
        Life.STOPPED,
        Mark(day(2), 1000),
        Mark(day(3), 930),
    )


def test_levels_stay_once_the_entry_is_reached() -> None:
    lower = replace(SETUP, session=day(1), close=1000.0, stop=900, target=1300)
    later = bars((990, 1005, 985, 1000), (1000, 1010, 940, 945))

    reached = course(SETUP, later, {day(1): lower})

    assert (reached.life, reached.left) == (Life.STOPPED, Mark(day(2), 950))


@pytest.mark.parametrize(
    ("close", "life", "left"),
    [(1020.0, Life.EXPIRED, 1020), (950.0, Life.STOPPED, 950), (930.0, Life.STOPPED, 950)],
)
def test_a_breakout_is_over_at_the_close_of_its_own_session(
    close: float, life: Life, left: float
) -> None:
    reached = begin(replace(BREAKOUT, close=close))

    assert (reached.life, reached.entered, reached.left) == (
        life,
        Mark(DAY, 1000),
        Mark(DAY, left),
    )


@pytest.mark.parametrize(
    ("bar", "life", "left"),
    [
        ((1030, 1040, 960, 970), Life.TARGET_HIT, 1030),
        ((980, 1060, 975, 1050), Life.STOPPED, 980),
        ((1010, 1050, 990, 1040), Life.TARGET_HIT, 1050),
        ((1010, 1050, 970, 1040), Life.STOPPED, 970),
        ((1010, 1040, 975, 1020), Life.EXPIRED, 1020),
    ],
    ids=["gap to take", "gap to cut", "target", "stop and target", "out at the close"],
)
def test_a_closing_bet_is_over_in_the_next_session(bar: Prices, life: Life, left: float) -> None:
    assert begin(CLOSING_BET).entered == Mark(DAY, 1000)

    reached = course(CLOSING_BET, bars(bar))

    assert (reached.life, reached.left) == (life, Mark(day(1), left))


def test_the_gap_levels_hold_for_the_first_open_only() -> None:
    patient = replace(CLOSING_BET, terms=Terms(waits=0, holds=3))

    assert lives(patient, (1010, 1020, 990, 1000), (1035, 1040, 1000, 1010)) == [Life.TRIGGERED] * 3


def test_a_signal_without_levels_expires_after_its_sessions_and_has_no_result() -> None:
    reached = course(CONFIRMATION, bars(*[QUIET] * 25))

    assert (reached.life, reached.entered, reached.left) == (Life.EXPIRED, None, None)
    assert reached.seen == Mark(day(20), 985)


def test_turns_are_the_sessions_on_which_the_life_changed() -> None:
    later = bars(QUIET, QUIET, (990, 1005, 985, 1000), QUIET, (940, 945, 930, 940), QUIET)

    reached, turned = turns(begin(SETUP), later)

    assert [(each.life, each.seen and each.seen.session) for each in turned] == [
        (Life.ACTIVE, day(1)),
        (Life.TRIGGERED, day(3)),
        (Life.STOPPED, day(5)),
    ]
    assert reached == turned[-1]


def test_the_levels_of_the_next_open_are_taken_from_the_facts() -> None:
    match = Match(
        "BET", entry=1000, target=1050, stop=970, facts={"gap_take": 1030, "gap_cut": None}
    )

    found = Found.of(match, session=DAY, close=1000.0, terms=Terms(waits=0, holds=1))

    assert (found.take, found.cut) == (1030, None)


@st.composite
def prices(draw: st.DrawFn) -> Prices:
    low, high = sorted(draw(st.tuples(*[st.integers(900, 1150)] * 2)))
    inside = st.integers(low, high)
    return draw(inside), high, low, draw(inside)


@given(
    later=st.lists(prices(), max_size=30),
    cut=st.integers(0, 30),
    found=st.sampled_from([SETUP, BREAKOUT, CLOSING_BET, CONFIRMATION]),
)
def test_nothing_is_read_from_the_future_and_a_course_can_be_taken_up_again(
    later: Sequence[Prices], cut: int, found: Found
) -> None:
    whole = bars(*later)
    before = course(found, whole[:cut])
    after = [before, *courses(before, whole[cut:])][-1]

    assert after == course(found, whole)
    if before.over:
        assert after == before
    if after.left:
        assert after.entered is not None
        assert after.over
