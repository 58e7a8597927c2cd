from datetime import date, timedelta

import pytest

from app.domain import Bar, Bars
from app.market.regime import regime_of

LAST = date(2025, 2, 28)


def index(*closes: float) -> Bars:
    """Return bars of an index whose last session is the last day of February."""
    sessions = [LAST - timedelta(days=n) for n in reversed(range(len(closes)))]
    return Bars.of(Bar(s, c, c, c, c, 1.0) for s, c in zip(sessions, closes, strict=True))


def test_an_index_stands_above_or_below_its_averages() -> None:
    bars = index(*[3000.0] * 150, *[2400.0] * 49, 2500.0)

    assert regime_of(bars, LAST) == {
        "session": "2025-02-28",
        "close": 2500.0,
        "average_50": 2402.0,
        "above_50": True,
        "average_200": 2850.5,
        "above_200": False,
    }


def test_a_close_at_its_average_is_not_above_it() -> None:
    found = regime_of(index(*[2500.0] * 200), LAST)

    assert found is not None
    assert (found["above_50"], found["above_200"]) == (False, False)


@pytest.mark.parametrize(("bars", "above"), [(49, (None, None)), (199, (True, None))])
def test_an_average_that_needs_more_bars_is_not_known(
    bars: int, above: tuple[bool | None, bool | None]
) -> None:
    found = regime_of(index(*[2500.0] * (bars - 1), 2600.0), LAST)

    assert found is not None
    assert (found["above_50"], found["above_200"]) == above


def test_without_the_bar_of_the_session_nothing_is_known() -> None:
    assert regime_of(index(), LAST) is None
    assert regime_of(index(2500.0, 2510.0), LAST + timedelta(days=1)) is None
