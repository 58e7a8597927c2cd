"""How long a stream that is away is waited for: by a clock that the test sets."""

import pytest

from app.brokers.stream_patience import Absence, Patience

PATIENCE = Patience(
    first_pause=1, longest_pause=8, held_seconds=60, most_failures=7, most_seconds=1000
)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 500.0

    def __call__(self) -> float:
        return self.now


def absence(clock: Clock, *, draw: float = 1.0, patience: Patience = PATIENCE) -> Absence:
    return Absence(patience, clock=clock, random=lambda: draw)


def test_pauses_double_up_to_the_longest_and_end_after_so_many_failures() -> None:
    away = absence(Clock())

    assert [away.pause_after(0) for _ in range(7)] == [1, 2, 4, 8, 8, 8, None]


@pytest.mark.parametrize(("draw", "share"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_a_pause_is_drawn_from_its_upper_half(draw: float, share: float) -> None:
    away = absence(Clock(), draw=draw)

    assert [away.pause_after(0) for _ in range(3)] == [share, 2 * share, 4 * share]


def test_it_ends_when_the_stream_was_away_for_too_long() -> None:
    clock = Clock()
    away = absence(clock)
    away.pause_after(0)

    clock.now += 1000
    assert away.pause_after(0) is not None
    clock.now += 1
    assert away.pause_after(0) is None
    assert (away.failures, away.seconds) == (3, 1001)


def test_a_connection_that_held_makes_everything_start_anew() -> None:
    clock = Clock()
    away = absence(clock)
    for _ in range(6):
        away.pause_after(0)
    clock.now += 5000

    assert away.pause_after(60) == 1
    assert (away.failures, away.seconds) == (1, 0)
    assert away.pause_after(59.9) == 2


def test_a_first_pause_above_the_longest_is_cut_to_it() -> None:
    away = absence(Clock(), patience=Patience(first_pause=20, longest_pause=5))

    assert [away.pause_after(0) for _ in range(2)] == [5, 5]
