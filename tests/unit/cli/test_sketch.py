from collections.abc import Sequence
from datetime import date

import pytest

from app.cli.sketch import HEIGHT, sketch
from app.domain import Bars
from app.evidence import Leg
from tests.unit.strategies.examples import bars_of, flat_rows, walk_rows

BARS = bars_of([(100, 110, 90, 105, 1000), (105, 120, 100, 101, 500), (101, 104, 80, 82, 100)])


def lines_of(bars: Bars, width: int = 60, legs: Sequence[Leg] = ()) -> list[str]:
    return [line.plain for line in sketch(bars, width=width, levels={}, legs=legs)]


def column(lines: list[str], at: int) -> str:
    """Return what stands in a column of the picture, from the top."""
    return "".join(line[at] for line in lines[:HEIGHT])


def test_a_candle_is_a_body_between_its_wicks() -> None:
    lines = lines_of(BARS)

    first = column(lines, 0).strip(" ┈")
    assert first[0] in "│╷"
    assert first[-1] in "│╵"
    assert "┃" in first or "╽" in first or "╿" in first
    assert len(column(lines, 2).strip()) > len(first) > 0


def test_the_highest_price_touches_the_top_and_the_lowest_the_bottom() -> None:
    lines = lines_of(BARS)

    assert column(lines, 1)[0] != " "
    assert column(lines, 2)[HEIGHT - 1] != " "


def test_rising_is_red_and_falling_is_blue() -> None:
    drawn = sketch(BARS, width=60, levels={})[:HEIGHT]

    styles = {
        (span.start, str(span.style))
        for line in drawn
        for span in line.spans
        if span.start < len(BARS)
    }
    assert styles == {(0, "bright_red"), (1, "bright_blue"), (2, "bright_blue")}


@pytest.mark.parametrize("width", [50, 80, 140])
def test_no_line_is_wider_than_the_terminal_and_the_newest_bars_are_shown(width: int) -> None:
    bars = bars_of(walk_rows(1))
    levels = {"target": bars.high.max() * 1.1, "entry": bars.close[-1], "stop": bars.low[-1]}

    drawn = [line.plain for line in sketch(bars, width=width, levels=levels)]

    assert max(map(len, drawn)) <= width
    assert bars.date(-1).isoformat()[:7] in drawn[-1]


def test_too_narrow_a_terminal_gets_no_picture() -> None:
    assert lines_of(bars_of(walk_rows(1)), width=30) == []


def test_levels_are_lines_with_their_prices_on_the_axis() -> None:
    drawn = [line.plain for line in sketch(BARS, width=60, levels={"entry": 110.0, "stop": 85.0})]

    [entry] = [line for line in drawn if line.endswith("┤ 110 entry")]
    [stop] = [line for line in drawn if line.endswith("┤ 85 stop")]
    assert drawn.index(entry) < drawn.index(stop)
    assert "┈" in entry


def test_levels_of_nearly_one_price_share_a_line() -> None:
    drawn = [line.plain for line in sketch(BARS, width=60, levels={"entry": 95.1, "pivot": 95.0})]

    assert sum("entry, pivot" in line for line in drawn) == 1


def test_a_level_far_away_does_not_squash_the_bars() -> None:
    near, far = lines_of(BARS), sketch(BARS, width=60, levels={"target": 1000.0})

    assert [line.plain for line in far][:HEIGHT] == near[:HEIGHT]


def test_pull_backs_carry_their_numbers_and_a_bracket() -> None:
    bars = bars_of(walk_rows(2))
    day = [bars.date(at) for at in range(-20, 0)]
    legs = [
        Leg(day[0], bars.high[-20], day[10], bars.low[-10], 0.183, 1.0),
        Leg(day[13], bars.high[-7], day[19], bars.low[-1], 0.0612, 1.0),
    ]

    lines = lines_of(bars, width=100, legs=legs)

    brackets = lines[HEIGHT]
    assert brackets.endswith("└─1 −18.3%┘  └─−6%─┘")
    for number in ("1", "2"):
        assert any(number in line[: len(brackets)] for line in lines[:HEIGHT])


def test_a_pull_back_before_the_picture_is_left_out() -> None:
    long_ago = Leg(date(2001, 1, 2), 1.0, date(2001, 1, 3), 1.0, 0.1, 1.0)

    assert lines_of(BARS, legs=[long_ago])[HEIGHT].strip() == ""


def test_a_price_that_never_moved_is_drawn_too() -> None:
    assert any(
        "╹" in line or "╻" in line or "┃" in line for line in lines_of(bars_of(flat_rows(30)))
    )
