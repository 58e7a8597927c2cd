"""The words that everything is told in."""

from app.domain import told_score
from app.strategies.base import grade_of


def test_a_score_that_misses_a_grade_does_not_look_as_if_it_had_reached_it() -> None:
    for missed, least in ((49.99, "50.0"), (64.96, "65.0"), (79.96, "80.0")):
        assert told_score(missed) != least
        assert grade_of(float(told_score(missed))) is grade_of(missed)


def test_a_score_of_one_decimal_is_told_as_it_is() -> None:
    assert [told_score(tenths / 10) for tenths in range(1001)] == [
        f"{tenths // 10}.{tenths % 10}" for tenths in range(1001)
    ]
