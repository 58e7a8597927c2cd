import pytest

from app.cli.progress import LINE_SECONDS, TickerMeter


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_time_left_is_that_of_the_tickers_left_at_the_speed_so_far() -> None:
    clock = Clock()
    meter = TickerMeter(200, clock=clock)
    assert meter.words() == "0/200 tickers · 0 signals · – left"

    for found in (3, 0, 4, 0):
        clock.now += 0.5
        meter.count(found)

    assert meter.words() == "4/200 tickers · 7 signals · 1 min 38 s left"
    assert meter.seconds == 2.0


def test_in_a_pipe_a_line_is_written_every_ten_seconds(
    capsys: pytest.CaptureFixture[str],
) -> None:
    clock = Clock()
    with TickerMeter(100, clock=clock) as meter:
        for _ in range(50):
            clock.now += LINE_SECONDS / 20
            meter.count(0)

    assert capsys.readouterr().err.splitlines() == [
        "20/100 tickers · 0 signals · 40 s left",
        "40/100 tickers · 0 signals · 30 s left",
    ]
