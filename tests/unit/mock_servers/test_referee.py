"""The referee, with times passed in."""

from fractions import Fraction

import pytest

from tests.mock_servers.call import Call
from tests.mock_servers.referee import SECOND_NS, Limit, Referee

TWO_A_SECOND = Limit.per_second(Fraction(2))


def call(account: str | None = "key", name: str = "/price", ticker: str = "005930") -> Call:
    return Call(account=account, path=name, id=name, name=name, tickers=(ticker,))


def admitted(referee: Referee, *seconds: float) -> list[bool]:
    """Send one call at each of ``seconds``; say which were within the limit."""
    return [referee.admit(call(), round(at * SECOND_NS)) for at in seconds]


def test_a_third_call_in_any_second_is_refused() -> None:
    assert admitted(Referee(TWO_A_SECOND), 10.0, 10.9, 10.999) == [True, True, False]


def test_calls_exactly_one_second_apart_do_not_meet() -> None:
    referee = Referee(TWO_A_SECOND)

    assert admitted(referee, 10.0, 10.0, 11.0, 11.0) == [True] * 4
    assert referee.report()["greatest"] == 2


def test_a_refused_call_is_an_arrival_but_not_against_the_limit() -> None:
    referee = Referee(TWO_A_SECOND)

    assert admitted(referee, 0.0, 0.1, 0.9, 1.0) == [True, True, False, True]

    report = referee.report()
    assert (report["total"], report["violations"], report["greatest"]) == (4, 1, 3)


@pytest.mark.parametrize(
    ("rate", "calls", "seconds"), [("2.5", 5, 2), ("0.5", 1, 2), ("18", 18, 1)]
)
def test_a_rate_is_so_many_whole_calls_in_whole_seconds(
    rate: str, calls: int, seconds: int
) -> None:
    limit = Limit.per_second(Fraction(rate))

    assert (limit.calls, limit.window_ns) == (calls, seconds * SECOND_NS)


def test_a_calendar_window_begins_with_the_clock_s_second() -> None:
    by_calendar = Referee(Limit.per_second(Fraction(2), calendar=True))

    assert admitted(by_calendar, 10.8, 10.9, 11.0, 11.1, 11.2) == [True, True, True, True, False]
    assert admitted(Referee(TWO_A_SECOND), 10.8, 10.9, 11.0) == [True, True, False]


def test_without_a_limit_nothing_is_refused_and_there_is_no_budget() -> None:
    referee = Referee(Limit())

    assert all(admitted(referee, *[5.0] * 50))
    assert (referee.report()["greatest"], referee.report()["use"]) == (50, None)


def test_the_budget_is_used_up_by_two_calls_each_second() -> None:
    referee = Referee(TWO_A_SECOND)
    admitted(referee, 0.0, 0.5, 1.0, 1.5, 2.0)

    assert referee.report()["use"] == pytest.approx((5 - 2) / (2 * 2.0))


def test_calls_that_arrive_a_little_out_of_order_are_counted_where_they_belong() -> None:
    referee = Referee(TWO_A_SECOND)

    assert admitted(referee, 1.0, 1.6, 1.5) == [True, True, False]
    (account,) = referee.report(with_arrivals=True)["by_app_key"].values()
    assert account["arrivals"] == [1.0, 1.5, 1.6]


def test_each_app_key_has_a_limit_of_its_own() -> None:
    referee = Referee(TWO_A_SECOND)

    assert all(referee.admit(call(key), 0) for key in ("one", "one", "two", "two"))
    assert not referee.admit(call("one"), 1)


def test_calls_without_a_key_are_counted_to_the_one_account() -> None:
    referee = Referee(TWO_A_SECOND)

    assert referee.admit(call(None), 0)
    assert referee.admit(call("key"), 1)
    assert not referee.admit(call(None), 2)


def test_a_call_can_have_a_limit_of_its_own_beside_the_account_s() -> None:
    referee = Referee(Limit(), call_limit=Limit(calls=1))

    assert referee.admit(call(name="chart"), 0)
    assert referee.admit(call(name="price"), 1)
    assert not referee.admit(call(name="chart"), 2)


def test_calls_are_counted_by_endpoint_and_ticker_and_no_key_is_shown() -> None:
    referee = Referee(TWO_A_SECOND)
    referee.admit(call("secret-key", "/chart", "005930"), 0)
    referee.admit(call("secret-key", "/price", "005930"), 1)

    report = referee.report()
    assert report["by_endpoint"] == {"/chart": 1, "/price": 1}
    assert report["by_ticker"] == {"005930": 2}
    assert "secret-key" not in str(report)


def test_a_reset_forgets_everything() -> None:
    referee = Referee(TWO_A_SECOND)
    admitted(referee, 0.0, 0.1)
    referee.reset()

    assert admitted(referee, 0.2, 0.3) == [True, True]
    assert referee.report()["total"] == 2
