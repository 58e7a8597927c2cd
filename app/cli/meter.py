"""The progress of one scan on standard error: a bar in a terminal, elsewhere a line at times."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn

from app.cli.follow import Pace
from app.cli.output import counted, duration, remark, standard_error
from app.signals import scans

LINE_SECONDS = 10.0


class Meter:
    """Shows how far a scan is, how fast the account is used, and how long it will take.

    ``limit``: calls a second. Used in a ``with`` block, so that the terminal is left tidy.
    """

    def __init__(self, limit: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._pace = Pace()
        self._next_line = clock() + LINE_SECONDS
        console = standard_error()
        self._live = console.is_terminal
        self._display = Progress(
            BarColumn(bar_width=None, complete_style="green", finished_style="green"),
            TextColumn("{task.description}", markup=False),
            console=console,
            disable=not self._live,
            expand=True,
            transient=True,
        )
        self._task = self._display.add_task("waiting for a worker", total=None)

    def __enter__(self) -> Self:
        self._display.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._display.stop()

    def show(self, progress: scans.Progress) -> None:
        """Show the scan as it stands."""
        now = self._clock()
        self._pace.count(progress.calls, now)
        text = self.words(progress)
        self._display.update(
            self._task, completed=progress.done, total=progress.total, description=text
        )
        if not self._live and now >= self._next_line:
            self._next_line = now + LINE_SECONDS
            remark(text)

    def words(self, progress: scans.Progress) -> str:
        """Return the scan's progress in words."""
        speed = "–" if self._rate is None else f"{self._rate:.2f}"
        return (
            f"{progress.done:,}/{progress.total:,} · {speed} of {self._limit:g} requests/s · "
            f"{progress.refused} refused · {counted(progress.signals, 'signal')} · "
            f"{duration(self._seconds_left(progress))} left"
        )

    @property
    def _rate(self) -> float | None:
        """Return requests a second; counted by whole tickers, a short window can read high."""
        return None if self._pace.rate is None else min(self._pace.rate, self._limit)

    def _seconds_left(self, progress: scans.Progress) -> float:
        """Return open calls ÷ the rate measured; the limit stands in until that is known."""
        return progress.open_calls / (self._rate or self._limit)
