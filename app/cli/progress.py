"""How far a command is, on standard error: a bar in a terminal, elsewhere a line at times."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, Progress, TextColumn

from app.cli.output import counted, duration, remark, standard_error

LINE_SECONDS = 10.0


class Bar:
    """A bar with words beside it; used in a ``with`` block, so that the terminal is left tidy.

    ``total`` None: not known yet.
    """

    def __init__(
        self, words: str, total: int | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._said = clock()
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
        self._task = self._display.add_task(words, total=total)

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

    def move(self, words: str, done: int, total: int) -> None:
        """Show that so much is done."""
        self._display.update(self._task, completed=done, total=total, description=words)
        if not self._live and self._clock() - self._said >= LINE_SECONDS:
            self._said = self._clock()
            remark(words)


class TickerMeter(Bar):
    """How far a command is that works through many tickers."""

    def __init__(self, total: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.done = self.found = 0
        self._total = total
        self._started = clock()
        super().__init__("", total, clock=clock)
        self.move(self.words(), 0, total)

    @property
    def seconds(self) -> float:
        """Return how long it has taken so far."""
        return self._clock() - self._started

    def count(self, found: int) -> None:
        """Count one more ticker, in which so many signals were found."""
        self.done += 1
        self.found += found
        self.move(self.words(), self.done, self._total)

    def words(self) -> str:
        """Return how far it is, and how long the rest will take."""
        left = self.seconds / self.done * (self._total - self.done) if self.done else None
        return (
            f"{self.done:,}/{self._total:,} tickers · {counted(self.found, 'signal')} · "
            f"{'–' if left is None else duration(left)} left"
        )
