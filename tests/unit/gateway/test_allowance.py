"""A client's requests: a burst, then a steady rate."""

import pytest

from app.gateway.allowance import MOST_CLIENTS, Allowance


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_one_at_a_time() -> None:
    clock = Clock()
    allowance = Allowance(rate=2, burst=3, clock=clock)

    assert [allowance.take("a") for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now = 0.5
    assert [allowance.take("a") for _ in range(2)] == [0, 0.5]


def test_whoever_waits_has_no_more_than_a_burst() -> None:
    clock = Clock()
    allowance = Allowance(rate=2, burst=3, clock=clock)
    clock.now = 1_000

    assert [allowance.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(0.5)]


def test_one_client_takes_nothing_from_another() -> None:
    allowance = Allowance(rate=2, burst=1, clock=Clock())

    assert (allowance.take("a"), allowance.take("b")) == (0, 0)
    assert allowance.take("a") > 0


def test_only_so_many_are_remembered() -> None:
    allowance = Allowance(rate=2, burst=1, clock=Clock())

    for number in range(MOST_CLIENTS + 1):
        allowance.take(str(number))

    assert allowance.take("0") == 0  # forgotten
    assert allowance.take(str(MOST_CLIENTS)) > 0
