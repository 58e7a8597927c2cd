"""A quota: calls in a window, as a person or a setting states it."""

import pytest

from app.limiter import Quota


@pytest.mark.parametrize(
    ("rate", "calls", "window_seconds"),
    [(2, 2, 1.0), (2.5, 5, 2.0), (0.5, 1, 2.0), (18, 18, 1.0), (0.1, 1, 10.0), (1 / 3, 1, 3.0)],
)
def test_a_rate_becomes_whole_calls_in_the_shortest_whole_window(
    rate: float, calls: int, window_seconds: float
) -> None:
    assert Quota.per_second(rate) == Quota(calls, window_seconds)


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
def test_a_rate_that_is_no_rate_is_refused_by_its_name(rate: float) -> None:
    with pytest.raises(ValueError, match="calls a second: it must be"):
        Quota.per_second(rate)


def test_less_than_one_call_or_no_window_is_refused() -> None:
    with pytest.raises(ValueError, match="calls is 0"):
        Quota(calls=0)
    with pytest.raises(ValueError, match="window_seconds is 0"):
        Quota(window_seconds=0)
