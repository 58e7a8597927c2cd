"""What the bench says of arrivals and calls, on figures worked out by hand."""

import pytest

from bench.limiters.caller import Call
from bench.limiters.cells import Cell
from bench.limiters.judge import Verdict, judge

CELL = Cell("krx-scanner", "none", workers=2)
END = 100.0


def judged(*stamps: float, calls: tuple[Call, ...] = (), begin: float = 0.0) -> Verdict:
    arrivals = [(at, number % 2, True) for number, at in enumerate(stamps)]
    return judge(CELL, arrivals, calls, begin=begin, end=END)


def test_two_calls_a_second_use_the_whole_budget_and_break_nothing() -> None:
    verdict = judged(0.0, 0.5, 1.0, 1.5, 2.0)

    assert (verdict.use, verdict.violations, verdict.windows) == (1.0, 0, 3)
    assert verdict.most_in_a_second == 2  # 1.000 s apart is allowed


def test_a_third_call_within_a_second_is_counted_and_a_close_one_is_told_from_a_clear_one() -> None:
    verdict = judged(0.0, 0.5, 0.998, 1.4, 2.0)  # windows of 0.998, 0.9 and 1.002 s

    assert (verdict.violations, verdict.clear_violations) == (2, 1)
    assert verdict.most_in_a_second == 3


def test_use_is_of_the_time_between_the_first_call_and_the_last() -> None:
    assert judged(10.0, 10.0, 11.25, 11.25, 12.5, 12.5).use == pytest.approx(0.8)


def test_what_came_before_the_beginning_does_not_count() -> None:
    assert judged(1.0, 1.1, 1.2, 50.0, 50.5, 51.0, begin=40.0).violations == 0


def test_a_refused_call_counts_as_an_arrival_but_not_against_the_limit() -> None:
    arrivals = [(0.0, 0, True), (0.5, 1, True), (0.7, 0, False), (1.0, 1, True)]

    verdict = judge(CELL, arrivals, [], begin=0.0, end=END)

    assert (verdict.arrivals, verdict.refused, verdict.violations) == (4, 1, 0)


def test_a_grant_is_overtaken_when_one_who_asked_later_was_served_first() -> None:
    calls = (
        Call(0, asked_at=1.0, granted_at=5.0),
        Call(1, asked_at=2.0, granted_at=4.0),  # overtakes the one above
        Call(1, asked_at=4.5, granted_at=6.0),
        Call(0, asked_at=4.51, granted_at=5.9),  # asked within 20 ms: nobody was first
    )

    assert judged(calls=calls).overtaken == 0.25


def test_a_wait_that_never_ended_counts_up_to_the_end() -> None:
    calls = (Call(0, asked_at=10.0, granted_at=12.0), Call(1, asked_at=40.0))

    assert judged(calls=calls).waits == [2.0, 60.0]


def test_a_process_with_less_than_a_tenth_of_its_share_starves() -> None:
    arrivals = [(number * 0.5, 0, True) for number in range(40)] + [(20.0, 1, True)]

    verdict = judge(CELL, arrivals, [], begin=0.0, end=END)

    assert (verdict.starved, verdict.share_ratio, verdict.even) == (1, 40.0, False)
